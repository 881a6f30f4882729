# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154  # "files" is set by files()
#
# The kernel's checkpatch.pl --strict on C and assembler; checkpatch.conf names the types that
# are ignored in which files.

check_checkpatch() {
	local file pattern types ignore
	local -A alike=()	# files by what is ignored in them

	for file; do
		ignore=
		while read -r pattern types; do
			# shellcheck disable=SC2053
			[[ $file == $pattern ]] && ignore+=,${types// /,}
		done <<<"$CHECKPATCH_CONF"
		alike[$ignore]+=" $file"
	done
	for ignore in "${!alike[@]}"; do
		# shellcheck disable=SC2086  # several files
		(cd "$LINT_RUN" && perl "$LINT_TOOLS/checkpatch.pl" --no-tree --root "$LINT_RUN" --strict \
			--terse --show-types --no-summary --max-line-length=100 --ignore "${ignore#,}" -f ${alike[$ignore]})
	done
}

lint_checkpatch() {
	local set top
	if ! LINT_TOOLS=$(scripts/lint-tools 2>"$TAP_DIR/why"); then
		sed 's/^/# /' "$TAP_DIR/why"
		not_ok "checkpatch" "there is no checkpatch.pl"
		return
	fi
	CHECKPATCH_CONF=$(conf scripts/lint.d/checkpatch.conf)
	# It goes by the paths of files, and leaves a file of names behind where it runs.
	LINT_RUN=$PWD/$LINT/run
	mkdir -p "$LINT_RUN"
	for top in */; do
		ln -sfn "$PWD/$top" "$LINT_RUN/${top%/}"
	done
	export LINT_RUN LINT_TOOLS CHECKPATCH_CONF
	for set in "${SETS[@]}"; do
		files '*.[chS]'
		in_set "$set"
		[ ${#files[@]} -eq 0 ] || each -20 checkpatch \
			"$CHECKPATCH_CONF $(cat "$LINT_TOOLS/package")" "${files[@]}" |
			report "checkpatch: $set"
	done
}
