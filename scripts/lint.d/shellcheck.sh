# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154  # "files" is set by files()
#
# All shell scripts, whatever their names, with what they source.

check_shellcheck() {
	# shellcheck disable=SC2086  # several options
	shellcheck $SHELLCHECK_OPTIONS --external-sources --source-path=SCRIPTDIR --format=gcc "$1"
}

lint_shellcheck() {
	local set sourced
	SHELLCHECK_OPTIONS=$(conf scripts/lint.d/shellcheck.conf | sed 's/^/--exclude=/')
	export SHELLCHECK_OPTIONS
	files '*.sh'
	sourced=$(cat "${files[@]}" | sha256sum)
	for set in "${SETS[@]}"; do
		files '*'
		in_set "$set"
		interpreted '(ba|da)?sh( |$)'
		local scripts=("${files[@]}")
		files '*.sh'
		in_set "$set"
		mapfile -t files < <(printf '%s\n' "${scripts[@]}" "${files[@]}" | sort -u | sed '/^$/d')
		[ ${#files[@]} -eq 0 ] || each shellcheck "$SHELLCHECK_OPTIONS $sourced $(shellcheck --version)" \
			"${files[@]}" | report "shellcheck: $set"
	done
}
