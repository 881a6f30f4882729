# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2016,SC2034  # who sources this uses what is set
#
# For the tests of commands on domains: xlctl with a module that is none (fake.c), and how it is run.

if [ -n "${XLCTL_FAKE-}" ]; then
	FAKE=$XLCTL_FAKE
else
	make -s -j"$(nproc)" -C "$TREE/tools/xlctl" O="$TREE/build/xlctl-asan" DEBUG=1 tests >"$TAP_DIR/build" 2>&1 ||
		{ diag "$(cat "$TAP_DIR/build")"; bail_out "xlctl does not build with the fake module"; }
	FAKE=$TREE/build/xlctl-asan/tests/xlctl
fi
export XLHV_FAKE="$TAP_DIR/fake"
unset XLHV_FAKE_FAIL XLHV_FAKE_LIFE XLHV_FAKE_MAJOR XLHV_FAKE_CHECK

# The least that is a PVH kernel: one segment, one note.
python3 - "$TAP_DIR/kernel" <<'PYTHON'
import struct, sys
note = struct.pack("<III4sI", 4, 4, 18, b"Xen\0", 0x100000)
code = b"\xf4" * 64
header = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\2\1\1", 2, 62, 1, 0x100000, 64, 0, 0, 64, 56, 2, 0, 0, 0)
load = struct.pack("<IIQQQQQQ", 1, 5, 0x1000, 0x100000, 0x100000, len(code), len(code), 0x1000)
notes = struct.pack("<IIQQQQQQ", 4, 4, 0x800, 0, 0, len(note), len(note), 4)
image = (header + load + notes).ljust(0x800, b"\0") + note
open(sys.argv[1], "wb").write(image.ljust(0x1000, b"\0") + code)
PYTHON
cat >"$TAP_DIR/debian.cfg" <<CONFIG
name = "debian"
type = "pvh"
kernel = "$TAP_DIR/kernel"
memory = 64
vcpus = 2
xenstore = "off"
CONFIG
CFG=$TAP_DIR/debian.cfg

# fresh: no domains
fresh() {
	rm -rf "$XLHV_FAKE"
	mkdir "$XLHV_FAKE"
}

x() {
	timeout 20 "$FAKE" "$@"
}

# says STATUS NAME REGEX ARG...: status and a line of either output
says() {
	want=$1 name=$2 regex=$3
	shift 3
	status=0
	x "$@" </dev/null >"$TAP_DIR/out" 2>&1 || status=$?
	if [ "$status" -eq "$want" ] && grep -Eq -e "$regex" "$TAP_DIR/out"; then
		ok "$name"
	else
		not_ok "$name" "xlctl $*: status $status, expected $want and: $regex" \
			"$(cat "$TAP_DIR/out")"
	fi
}

# silent NAME ARG...: it is done, and there is nothing to say
silent() {
	name=$1
	shift
	check_output "" "$name" x "$@"
}

# becomes NAME REGEX ARG...: within some seconds, the output matches
becomes() {
	name=$1 regex=$2
	shift 2
	for _ in $(seq 100); do
		x "$@" >"$TAP_DIR/out" 2>&1 </dev/null || :
		if grep -Eq -e "$regex" "$TAP_DIR/out"; then
			ok "$name"
			return
		fi
		sleep 0.05
	done
	not_ok "$name" "never: $regex" "$(cat "$TAP_DIR/out")"
}

# monitor FIELD: of /proc/PID/status of the monitor there is now
monitor() {
	for _ in $(seq 100); do
		for process in /proc/[0-9]*; do
			if [ "$(cat "$process/comm" 2>/dev/null)" = xlctl-monitor ] &&
				tr '\0' '\n' 2>/dev/null <"$process/environ" |
				grep -qx "XLHV_FAKE=$XLHV_FAKE"; then
				sed -n "s/^$1:[[:space:]]*//p" "$process/status"
				return
			fi
		done
		sleep 0.05
	done
}
