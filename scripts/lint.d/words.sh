# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154  # "files" is set by files()
#
# Words that do not belong into the tree or into commit messages; words.conf lists them.

lint_words() {
	local pattern why
	files '*'
	without 'scripts/lint.d/words.conf' 'LICENSE' '*/corpus/*'
	while IFS=$'\t' read -r pattern why; do
		grep -HnIPe "$pattern" "${files[@]}" | cut -c1-160 | sed "s/\$/   [$why]/"
	done < <(sed '/^#/d; /^$/d; s/\t\t*/\t/' scripts/lint.d/words.conf) | report "words: files"

	if ! git rev-parse --verify -q HEAD >/dev/null 2>&1; then
		skip "words: commits" "no git history here"
		return
	fi
	while IFS=$'\t' read -r pattern why; do
		git log --format='%h %s%n%b' | grep -Pe "$pattern" | cut -c1-160 |
			sed "s/\$/   [$why]/"
	done < <(sed '/^#/d; /^$/d; s/\t\t*/\t/' scripts/lint.d/words.conf) | report "words: commits"
}
