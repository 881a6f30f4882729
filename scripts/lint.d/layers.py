#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""layers.py FILE...: includes and calls from a lower layer of the module into a higher one.

The layers stand in kmod/LAYERS, exceptions in scripts/lint.d/layers.conf. Told from the text: a call
is a name followed by a parenthesis, of a function that is defined in one file and is not static.
Calls by pointers, as by the table of a domain's parts, are not calls of that function.
Complaints are printed, "FILE:LINE: ..."; so are files of no layer, and exceptions without a use.
"""
import fnmatch
import os
import re
import sys

TOP = "kmod/"
LAYERS = "kmod/LAYERS"
CONF = "scripts/lint.d/layers.conf"
INCLUDE = re.compile(r'^[ \t]*#\s*include\s+"([^"]+)"', re.M)
# A definition of a function that others can call: its name is in the line above the brace, or some
# lines above if the arguments take more than one.
DEFINITION = re.compile(r"^(?!static\b|typedef\b|struct \w+ \{)[a-z_][\w \t*]*?\b([a-z_]\w*)\("
                        r"[^;{}]*\)\n(?:\t[^\n]*\n)*\{", re.M)
CALL = re.compile(r"(?<![>.])\b([a-z_]\w*)\s*\(")


def strip(text):
    """Comments become blanks, so that places stay."""
    return re.sub(r"/\*.*?\*/|//[^\n]*", lambda m: re.sub(r"[^\n]", " ", m.group()), text,
                  flags=re.S)


def rows(path):
    if not os.path.exists(path):
        return
    for line in open(path, encoding="utf-8"):
        line = line.split("#")[0].split()
        if line:
            yield line


def main(paths):
    patterns, names = [], []
    for row in rows(LAYERS):
        patterns += [(pattern, len(names)) for pattern in row[1:]]
        names.append(row[0])
    allowed = {(row[0], row[1]): False for row in rows(CONF)}

    def layer(path):
        fit = [(not p.endswith("/*"), n) for p, n in patterns if fnmatch.fnmatch(path[len(TOP):], p)]
        return max(fit)[1] if fit else None

    texts = {p: strip(open(p, encoding="utf-8").read()) for p in paths if p.startswith(TOP)}
    complaints, where = [], {}
    for path, text in texts.items():
        if layer(path) is None:
            complaints.append(f"{path}:1: in no layer of {LAYERS}")
        for m in DEFINITION.finditer(text):
            # One of several ways to build it: the lowest counts.
            name = m.group(1)
            if name not in where or layer(path) < layer(where[name]):
                where[name] = path

    def look(path, text, at, target, name, verb):
        low, high = layer(path), layer(target)
        if low is None or high is None or high <= low:
            return
        if (path, name) in allowed:
            allowed[path, name] = True
            return
        line = text.count("\n", 0, at) + 1
        complaints.append(f"{path}:{line}: {names[low]} {verb} {name} of {names[high]}, "
                          "which is above it")

    for path, text in texts.items():
        for m in INCLUDE.finditer(text):
            target = TOP + m.group(1)
            if target in texts:
                look(path, text, m.start(), target, target, "includes")
        own = set(re.findall(r"^static[^;{}=]*?\b([a-z_]\w*)\(", text, flags=re.M))
        for m in CALL.finditer(text):
            name = m.group(1)
            target = where.get(name)
            line = text[text.rfind("\n", 0, m.start()) + 1:m.start()]
            # A declaration stands in the first column, a call never does.
            if target and target != path and name not in own and line[:1] in ("\t", " "):
                look(path, text, m.start(), target, name, "calls")
    complaints += [f"{CONF}:1: {path} {name}: not needed any more"
                   for (path, name), used in allowed.items() if not used and path in texts]
    print("\n".join(sorted(set(complaints))), end="\n" if complaints else "")


if __name__ == "__main__":
    main(sys.argv[1:])
