#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""layers.py FILE...: what a lower layer has of a higher one, in the module and in xlctl.

A folder with a file LAYERS has layers: kmod/LAYERS, tools/xlctl/LAYERS. Exceptions stand in
scripts/lint.d/layers.conf. Told from the text: an include, by whatever path; and an identifier that
another file defines for others, a function (inline ones of headers too) or a variable, wherever it
is named: a call, a declaration, a pointer to it, a macro. Not seen is what goes by pointers, as by
the table of a domain's parts: that is the way to let a higher layer act. Complaints are printed,
"FILE:LINE: ..."; so are files of no layer, and exceptions without a use.
"""
import fnmatch
import os
import re
import sys

TOPS = ("kmod", "tools/xlctl")
CONF = "scripts/lint.d/layers.conf"
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+["<]([^">\n]+)[">]', re.M)
# A definition of a function: its name is in the line above the brace, or some lines above if the
# arguments take more than one.
FUNCTION = re.compile(r"^(static [^\n;{}=]*?\b(?:inline|__always_inline)\b |"
                      r"(?!static\b|typedef\b|struct \w+ \{))"
                      r"[a-z_][\w \t*]*?\b([A-Za-z_]\w*)\([^;{}]*\)\n(?:\t[^\n]*\n)*\{", re.M)
# One of a variable: in the first column, neither static nor of another file.
VARIABLE = re.compile(r"^(?!static\b|typedef\b|extern\b|(?:struct|union|enum)\s+\w+;)"
                      r"(?:(?:const|unsigned|struct|union|enum|volatile)\s+)*[A-Za-z_]\w*(?:\s+|\s*\*+\s*)"
                      r"(?:(?:const|__\w+)\s+|\*)*([A-Za-z_]\w*)(?:\[[^\]]*\])*(?:\s+__\w+)*"
                      r"\s*(?:=|;)", re.M)
# Of the same name, but of this file alone: a static function or variable.
STATIC = re.compile(r"^static[^;{}=()]*?\b([A-Za-z_]\w*)(?:\[[^\]]*\])*\s*(?:[(=;]|__\w+)", re.M)
# No field of a structure, and no structure's name.
NAME = re.compile(r"(?<![\w.#])(?<!->)(?<!struct )(?<!union )(?<!enum )([A-Za-z_]\w*)\b")

# What looks like the declaration of a field, an argument or a local variable, and its name.
LOCAL = re.compile(r"(?<=[(,\t ])(?!(?:return|goto|case|else) )\w+ \**([A-Za-z_]\w*)(?:\[[^\]]*\])*"
                   r"(?=\s*[,;)=])")


def blank(text, pattern):
    """What matches becomes blanks, so that places stay."""
    return re.sub(pattern, lambda m: re.sub(r"[^\n]", " ", m.group()), text, flags=re.S)


def rows(path):
    if not os.path.exists(path):
        return
    for line in open(path, encoding="utf-8"):
        line = line.split("#")[0].split()
        if line:
            yield line


def check(top, paths, allowed):
    patterns, names = [], []
    for row in rows(f"{top}/LAYERS"):
        patterns += [(pattern, len(names)) for pattern in row[1:]]
        names.append(row[0])

    def layer(path):
        fit = [(not p.endswith("/*"), n) for p, n in patterns
               if fnmatch.fnmatch(path[len(top) + 1:], p)]
        return max(fit)[1] if fit else None

    texts = {p: blank(open(p, encoding="utf-8").read(), r"/\*.*?\*/|//[^\n]*") for p in paths}
    complaints, where = [], {}
    for path, text in texts.items():
        if layer(path) is None:
            complaints.append(f"{path}:1: in no layer of {top}/LAYERS")
            continue
        found = [m.group(2) for m in FUNCTION.finditer(text)
                 if not m.group(1) or path.endswith(".h")]
        found += [m.group(1) for m in VARIABLE.finditer(text)]
        for name in found:
            # One of several ways to build it: the lowest counts.
            if name not in where or layer(path) < layer(where[name]):
                where[name] = path
    # A header that may declare what a higher layer defines: there it is for all above the header.
    for path, name in allowed:
        if path in texts and path.endswith(".h") and name in where and \
                re.search(r"\b%s\b" % name, texts[path]):
            allowed[path, name] = layer(path) < layer(where[name])
            where[name] = path

    def look(path, text, at, target, name, verb):
        low, high = layer(path), layer(target)
        if low is None or high is None or high <= low:
            return
        for exception in ((path, name), (path, target)):
            if exception in allowed:
                allowed[exception] = True
                return
        line = text.count("\n", 0, at) + 1
        complaints.append(f"{path}:{line}: {names[low]} {verb} {name} of {names[high]}, "
                          "which is above it")

    for path, text in texts.items():
        for m in INCLUDE.finditer(text):
            for base in (os.path.dirname(path), top):
                target = os.path.normpath(f"{base}/{m.group(1)}")
                if target in texts:
                    look(path, text, m.start(), target, target, "includes")
                    break
        bare = blank(blank(text, INCLUDE.pattern), r'"(?:\\.|[^"\\\n])*"')
        own = set(STATIC.findall(bare))
        own |= set(LOCAL.findall(re.sub(r"^extern[^;]*;", "", bare, flags=re.M)))
        for m in NAME.finditer(bare):
            name = m.group(1)
            target = where.get(name)
            if target and target != path and name not in own:
                look(path, text, m.start(), target, name, "names")
    return complaints


def main(paths):
    allowed = {(row[0], row[1]): False for row in rows(CONF)}
    complaints = []
    for top in TOPS:
        if os.path.exists(f"{top}/LAYERS"):
            complaints += check(top, [p for p in paths if p.startswith(f"{top}/")], allowed)
    complaints += [f"{CONF}:1: {path} {name}: not needed any more"
                   for (path, name), used in allowed.items() if not used and path in paths]
    print("\n".join(sorted(set(complaints))), end="\n" if complaints else "")


if __name__ == "__main__":
    main(sys.argv[1:])
