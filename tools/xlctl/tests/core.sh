# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2016
#
# Cores: their format, and when they are written.
# shellcheck source-path=SCRIPTDIR source=played.sh
. "$TREE/tools/xlctl/tests/played.sh"

# core FILE PYTHON: runs PYTHON with what is in a core: notes, sections, pages by their numbers
core() {
	python3 - "$1" "$2" <<'PYTHON'
import struct, sys
data = open(sys.argv[1], "rb").read()
assert data[:5] == b"\x7fELF\2" and struct.unpack_from("<HH", data, 16) == (4, 62)
shoff, = struct.unpack_from("<Q", data, 40)
phnum, shentsize, shnum, shstrndx = struct.unpack_from("<HHHH", data, 56)
assert not phnum and shentsize == 64
heads = [struct.unpack_from("<IIQQQQIIQQ", data, shoff + i * 64) for i in range(shnum)]
strings = heads[shstrndx][4]
name = lambda h: data[strings + h[0]:data.index(b"\0", strings + h[0])].decode()
sections = {name(h): data[h[4]:h[4] + h[5]] for h in heads[1:]}
entsize = {name(h): h[9] for h in heads[1:]}
notes, at, text = {}, 0, sections[".note.Xen"]
while at < len(text):
    namesz, size, kind = struct.unpack_from("<III", text, at)
    assert text[at + 12:at + 12 + namesz] == b"Xen\0"
    notes[kind] = text[at + 16:at + 16 + size]
    at += 16 + size
magic, vcpus, pages, page = struct.unpack("<QQQQ", notes[0x2000001])
pfns = struct.unpack("<%dQ" % pages, sections[".xen_pfn"])
memory = {p: sections[".xen_pages"][i * page:(i + 1) * page] for i, p in enumerate(pfns)}
exec(sys.argv[2])
PYTHON
}

fresh
at_exit 'x destroy debian >/dev/null 2>&1'
export XLHV_FAKE_ROOT="$TAP_DIR/cores"
x create -p -e "$CFG"
silent "dump-core" dump-core debian "$TAP_DIR/core"
is "it is the user's alone" "$(stat -c %a "$TAP_DIR/core")" 600
check_match "CORE" "readelf knows it" readelf -hS "$TAP_DIR/core"
check_output "" "and has nothing to complain about" sh -c 'readelf -aW "$1" 2>&1 >/dev/null' sh "$TAP_DIR/core"
check "sections and notes are xl's" core "$TAP_DIR/core" '
assert sorted(sections) == [".note.Xen", ".shstrtab", ".xen_pages", ".xen_pfn", ".xen_prstatus"]
assert sorted(notes) == [0x2000000, 0x2000001, 0x2000002, 0x2000003]
assert (magic, vcpus, page) == (0xf00febee, 2, 4096) and notes[0x2000000] == b""
assert struct.unpack_from("<QQ", notes[0x2000002]) == (4, 17) and len(notes[0x2000002]) == 1280
assert notes[0x2000003] == struct.pack("<Q", 1)
assert entsize[".xen_pages"] == 4096 and entsize[".xen_pfn"] == 8
assert len(sections[".xen_pages"]) == pages * 4096
assert list(pfns) == sorted(set(pfns)) and 0 < pages < 16384'
check "the kernel is in its page" core "$TAP_DIR/core" 'assert memory[0x100][:64] == b"\xf4" * 64'
check "what was not touched is not in it" core "$TAP_DIR/core" 'assert 0x3f00 not in memory'
check "registers are in .xen_prstatus" core "$TAP_DIR/core" '
context = sections[".xen_prstatus"]
assert entsize[".xen_prstatus"] * vcpus == len(context) == 2 * 5168
# Behind the FPU and the flags: r15, r14 ... rip
assert struct.unpack_from("<Q", context, 520)[0] == 0x100f
assert struct.unpack_from("<Q", context, 5168 + 520 + 16 * 8)[0] == 0x100001'
says 0 "a paused domain stays so" "^debian .* --p---" list
x unpause debian
silent "dump-core of one that runs" dump-core debian "$TAP_DIR/core"
says 0 "which runs again" "^debian .* r-----" list
says 1 "a folder that is not there" "^xlctl: /nowhere/core: No such file" dump-core debian /nowhere/core
XLHV_FAKE_FAIL=4c:5 says 1 "memory that cannot be read" "^xlctl: memory of the domain: Input/output error$" \
	dump-core debian "$TAP_DIR/other"
XLHV_FAKE_FAIL=4d:1 says 1 "registers that are not for this user" "^xlctl: registers of vCPU 0: Operation not permitted$" \
	dump-core debian "$TAP_DIR/other"
is "nothing is left of that" "$(cd "$TAP_DIR" && echo other*)" "other*"
says 0 "nor is the domain paused" "^debian .* r-----" list
says 1 "dump-core of the host" "Domain-0 is this host and cannot be dumped" dump-core 0 "$TAP_DIR/core"
says 2 "dump-core without a file" "expected a domain and a file" dump-core debian
x destroy debian

fresh
XLHV_FAKE_LIFE=crash x create "$CFG" on_crash=coredump-restart
becomes "coredump-restart" "^debian +2 " list
check "there is a core" core "$TAP_DIR/cores/var/lib/xen/dump/debian" 'assert memory[0x100][:64] == b"\xf4" * 64'
says 0 "in the words of libxl" '"on_crash": ?"coredump_restart"' list -l debian
x destroy debian
rm -r "$TAP_DIR/cores"
fresh
XLHV_FAKE_LIFE=watchdog x create "$CFG" on_watchdog=coredump-destroy
becomes "coredump-destroy" "no domain 'debian'" list debian
check "there is one, too" test -s "$TAP_DIR/cores/var/lib/xen/dump/debian"
rm -r "$TAP_DIR/cores"
touch "$TAP_DIR/cores"
fresh
XLHV_FAKE_LIFE=crash x create "$CFG" on_crash=coredump-restart
becomes "without room for one it is restarted all the same" "^debian +2 " list
x destroy debian
rm "$TAP_DIR/cores"
unset XLHV_FAKE XLHV_FAKE_ROOT
