#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usercopy.py FILE...: where the module touches memory of user space.

An access there may take for ever, so nothing may be held meanwhile and no domain be entered. Told
from the text, for the functions of all FILEs together:

  - what the kernel has for such accesses is called in kmod/base/usercopy.h alone
  - what a row of a table of ioctls has as .work, which runs inside, never gets there
  - between taking a lock (or entering a domain) and giving it back, nothing is called that does
  - nor is mmap_lock taken, or memory of a task's had

A function "gets there" if it calls one that does. Calls by pointers are not followed, but for .work.
Complaints are printed, "FILE:LINE: ...".
"""
import re
import sys

ALONE = "kmod/base/usercopy.h"
RAW = re.compile(
    r"\b(_*copy_(?:to|from|in)_user\w*|v?memdup_user\w*|memdup_array_user|strn\w*_user|"
    r"_*(?:get|put|clear)_user(?!\w*pages)|copy_struct_from_user|copy_(?:to|from)_iter\w*|"
    r"import_(?:iovec|ubuf|single_range)|fault_in_\w+|(?:get|pin)_user_pages\w*|access_process_vm|"
    r"mmap_(?:read|write)_lock\w*|down_(?:read|write)\w*\(&\w+->mmap_lock|vm_(?:mmap|munmap)|"
    r"kernel_(?:read|write))\s*\(")
TAKE = re.compile(r"\b(dom_enter|mutex_lock\w*|down_(?:read|write)\w*|(?:raw_)?spin_lock\w*|"
                  r"read_lock\w*|write_lock\w*|rcu_read_lock|cpus_read_lock|preempt_disable|"
                  r"local_irq_(?:save|disable))\s*\(")
GIVE = re.compile(r"\b(dom_leave|mutex_unlock|up_(?:read|write)|(?:raw_)?spin_unlock\w*|"
                  r"read_unlock\w*|write_unlock\w*|rcu_read_unlock|cpus_read_unlock|preempt_enable|"
                  r"local_irq_(?:restore|enable))\s*\(")
CALL = re.compile(r"\b([A-Za-z_]\w*)\s*\(")
WORK = re.compile(r"\.work\s*=\s*(\w+)")
LEAVES = re.compile(r"\b(return|goto|break|continue)\b[^;{}]*;\s*$")


def strip(text):
    """Comments, strings and characters become blanks, so that places stay."""
    pattern = r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
    return re.sub(pattern, lambda m: re.sub(r"[^\n]", " ", m.group()), text, flags=re.S)


class Function:
    def __init__(self, path, name, start, body):
        self.path, self.name, self.start, self.body = path, name, start, body
        self.calls = {m.group(1) for m in CALL.finditer(body)}
        self.reaches = bool(RAW.search(body))


def functions(path, text):
    """The functions of a file in kernel style: their braces stand in the first column."""
    for m in re.finditer(r"^\{$.*?^\}", text, flags=re.M | re.S):
        head = text[:m.start()].rsplit("\n}", 1)[-1].rsplit(";", 1)[-1]
        name = CALL.search(head)
        if name:
            yield Function(path, name.group(1), text.count("\n", 0, m.start()) + 1, m.group())


def held_calls(body):
    """(offset, name) of each call while something is held, in the order of the text."""
    token = re.compile(r"[{}]|" + CALL.pattern)
    held, stack = 0, []
    for m in token.finditer(body):
        if m.group() == "{":
            stack.append(held)
        elif m.group() == "}":
            before = stack.pop() if stack else 0
            # Who leaves here gave back what the others still hold.
            if LEAVES.search(body[max(0, m.start() - 300):m.start()]):
                held = before
        else:
            if TAKE.match(m.group()):
                held += 1
            elif GIVE.match(m.group()):
                held = max(held - 1, 0)
            elif held:
                yield m.start(), m.group(1)


def main(paths):
    texts = {path: strip(open(path, encoding="utf-8").read()) for path in paths}
    found = [f for path, text in texts.items() for f in functions(path, text)]
    by_name, local = {}, {}
    for f in found:
        by_name.setdefault(f.name, []).append(f)
        local[f.path, f.name] = f

    def resolve(path, name):
        f = local.get((path, name))
        return [f] if f else by_name.get(name, [])

    changed = True
    while changed:
        changed = False
        for f in found:
            if not f.reaches and any(g.reaches for c in f.calls for g in resolve(f.path, c)):
                f.reaches = changed = True

    complaints = []
    for path, text in texts.items():
        if not path.endswith(ALONE):
            for m in RAW.finditer(text):
                complaints.append((path, text.count("\n", 0, m.start()) + 1,
                                   f"{m.group(1)}: only {ALONE} does that"))
        for m in WORK.finditer(text):
            if any(f.reaches for f in resolve(path, m.group(1))):
                complaints.append((path, text.count("\n", 0, m.start()) + 1,
                                   f"{m.group(1)} runs inside and gets to memory of user space"))
    for f in found:
        for at, name in held_calls(f.body):
            if RAW.match(name + "(") or any(g.reaches for g in resolve(f.path, name)):
                complaints.append((f.path, f.start + f.body.count("\n", 0, at),
                                   f"{name} gets to memory of user space, with something held"))
    for path, line, text in sorted(complaints):
        print(f"{path}:{line}: {text}")


main(sys.argv[1:])
