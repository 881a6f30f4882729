# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154  # "files" is set by files()
#
# Plain text everywhere: no blanks at line ends, no carriage returns, a newline at the end of the
# file; programs can be executed, and nothing else can.

lint_text() {
	local file line
	files '*'
	without '*/corpus/*' '*/data/*'
	{
		grep -HnIE $'[ \t\r]$' "${files[@]}" | cut -d: -f1,2 | sed 's/$/: blank at the end/'
		python3 - "${files[@]}" <<-'END'
			import sys
			for path in sys.argv[1:]:
			    with open(path, "rb") as stream:
			        if stream.seek(0, 2):
			            stream.seek(-1, 2)
			            if stream.read(1) not in b"\n\0":
			                print(path + ": no newline at the end")
		END
		for file in "${files[@]}"; do
			line=
			IFS= read -r line <"$file" 2>/dev/null
			if [ "${line:0:2}" = '#!' ]; then
				[ -x "$file" ] || [[ $file == *.@(py|sh) ]] ||
					echo "$file: a script that cannot be executed"
			elif [ -x "$file" ]; then
				echo "$file: executable, but not a script"
			fi
		done 2>/dev/null
	} | report "text"
}
