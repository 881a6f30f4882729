# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154  # "files" is set by files()
#
# The kernel's checkpatch.pl --strict on C and assembler; checkpatch.conf names the types that
# are ignored in which files.

check_checkpatch() {
	local pattern types ignore=
	while read -r pattern types; do
		# shellcheck disable=SC2053
		[[ $1 == $pattern ]] && ignore+=,${types// /,}
	done <<<"$CHECKPATCH_CONF"
	# Where it runs it leaves a file of names behind.
	cd build/lint || return
	perl "$LINT_TOOLS/checkpatch.pl" --no-tree --strict --terse --show-types --no-summary \
		--max-line-length=100 ${ignore:+--ignore "${ignore#,}"} -f "../../$1" |
		sed 's,^\.\./\.\./,,'
}

lint_checkpatch() {
	local set
	if ! LINT_TOOLS=$(scripts/lint-tools 2>"$TAP_DIR/why"); then
		sed 's/^/# /' "$TAP_DIR/why"
		not_ok "checkpatch" "there is no checkpatch.pl"
		return
	fi
	CHECKPATCH_CONF=$(conf scripts/lint.d/checkpatch.conf)
	export LINT_TOOLS CHECKPATCH_CONF
	for set in "${SETS[@]}"; do
		files '*.[chS]'
		in_set "$set"
		[ ${#files[@]} -eq 0 ] || each checkpatch \
			"$CHECKPATCH_CONF $(cat "$LINT_TOOLS/package")" "${files[@]}" |
			report "checkpatch: $set"
	done
}
