# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154  # "files" is set by files()
#
# Interrupts are not switched on and off again with nothing between: an STI takes effect behind the
# next instruction, and if that is the CLI, none of those pending is ever taken. Kernels that
# patch these calls have no-ops there by chance.

lint_irqs() {
	files 'kmod/*.[ch]' 'selftests/*.[ch]'
	without 'selftests/guest/*'
	python3 - "${files[@]}" <<-'END' | report "irqs"
		import re
		import sys
		GAP = r"(?:\s|/\*.*?\*/|//[^\n]*)*"
		BOTH = re.compile(r"\blocal_irq_enable\(\);" + GAP + r"(?:raw_)?local_irq_(?:disable|save)\(|"
		                  r"\braw_local_irq_enable\(\);" + GAP + r"(?:raw_)?local_irq_(?:disable|save)\(|"
		                  r"\bsti\b(?:\s|;|\\[nt]|\"|:)*\bcli\b", re.S)
		for path in sys.argv[1:]:
		    with open(path, encoding="utf-8") as stream:
		        text = stream.read()
		    for found in BOTH.finditer(text):
		        line = text.count("\n", 0, found.start()) + 1
		        print(f"{path}:{line}: interrupts on and off with no instruction between: "
		              "none is taken")
	END
}
