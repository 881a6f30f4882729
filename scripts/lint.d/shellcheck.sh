# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154  # "files" is set by files()
#
# All shell scripts, whatever their names, with what they source.

check_shellcheck() {
	shellcheck --external-sources --source-path=SCRIPTDIR --format=gcc "$1"
}

lint_shellcheck() {
	local set sourced
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
		[ ${#files[@]} -eq 0 ] || each shellcheck "$sourced $(shellcheck --version)" \
			"${files[@]}" | report "shellcheck: $set"
	done
}
