# SPDX-License-Identifier: GPL-2.0-only
"""Part "boot": Debian's cloud kernel as a domain, from the vCPU's first entry to the first process.

The emulator's debugger tells the tick at the guest's first instruction and at the first one of its
first process; the module's own counters, read right after, tell the exits.
"""

import json
import os
import re
import struct
import subprocess
import sys
import tempfile

import tracing
from machine import BenchError

TOP = tracing.TOP
SOURCE = os.path.join(TOP, "selftests/bench/in-machine")
INIT = 0x20000000	# nothing else is linked there
PHYS32_ENTRY = 18	# the ELF note of PVH kernels
CONFIG = """\
type = "pvh"
name = "debian"
kernel = "/boot-bench/vmlinuz"
ramdisk = "/boot-bench/initrd"
memory = 256
cmdline = "cryptomgr.notests console=hvc0 quiet"
"""

sys.path.insert(0, os.path.join(TOP, "selftests/vm"))
from harness import kernel as kernels	# pylint: disable=wrong-import-position


def unpack(path):
	"""The ELF file in a bzImage."""
	with open(path, "rb") as stream:
		content = stream.read()
	setup = (content[0x1f1] + 1) * 512
	offset, length = struct.unpack_from("<II", content, 0x248)
	return kernels.decompress(content[setup + offset:setup + offset + length - 4])


def entry_point(elf):
	"""Where a PVH kernel wants to be entered, by its note."""
	table, = struct.unpack_from("<Q", elf, 32)
	size, count = struct.unpack_from("<HH", elf, 54)
	for i in range(count):
		kind, _, start, _, _, length, _, _ = struct.unpack_from("<IIQQQQQQ", elf,
								       table + i * size)
		end = start + length
		while kind == 4 and start + 12 <= end:
			name_size, data_size, note = struct.unpack_from("<III", elf, start)
			data = start + 12 + (name_size + 3 & ~3)
			if note == PHYS32_ENTRY and elf[start + 12:start + 16] == b"Xen\0":
				return int.from_bytes(elf[data:data + data_size], "little")
			start = data + (data_size + 3 & ~3)
	raise BenchError("the kernel has no entry point for PVH")


def _initrd(folder):
	subprocess.run(["gcc", "-nostdlib", "-static", "-no-pie", f"-Wl,-Ttext={INIT:#x}",
			"-Wl,--build-id=none", "-Wl,-z,noexecstack", "-o",
			os.path.join(folder, "init"), os.path.join(SOURCE, "init.S")], check=True)
	path = os.path.join(folder, "initrd")
	with open(path, "wb") as out:
		subprocess.run(["cpio", "-o", "-H", "newc", "--quiet", "-R", "0:0"], cwd=folder,
			       input=b"init\n", stdout=out, check=True)
	return path


def _ticks(text):
	"""The tick at which the debugger first came to each breakpoint, by its number.

	It comes again when the instruction there faults first.
	"""
	first = {}
	for number, tick in re.findall(r"Breakpoint (\d+), .*\nvm: Next at t=(\d+)", text):
		first.setdefault(int(number), int(tick))
	return first


def _counters(output):
	found = re.search(r"^counters (.*)$", output, re.M)
	if not found:
		raise BenchError("the guest's counters are missing")
	return json.loads(found.group(1))[0]["counters"]


def measure(rows, machine):
	"""Fills the rows of this part; returns what else there is to tell."""
	kernel = os.path.join(TOP, "build/kernels", machine.kernel, "vmlinuz")
	with tempfile.TemporaryDirectory() as folder:
		with open(os.path.join(folder, "debian.cfg"), "w", encoding="utf-8") as out:
			out.write(CONFIG)
		script = os.path.join(folder, "script")
		with open(script, "w", encoding="utf-8") as out:
			out.write(f"lb {entry_point(unpack(kernel)):#x}\nlb {INIT:#x}\n" + "c\n" * 20)
		options = ["--memory", "384"]
		for name, path in (("vmlinuz", kernel), ("initrd", _initrd(folder)),
				   ("debian.cfg", os.path.join(folder, "debian.cfg")),
				   ("in-machine", os.path.join(SOURCE, "boot"))):
			options += ["--add", f"{path}:/boot-bench/{name}"]
		output = machine.run("--", "/boot-bench/in-machine",
				     options=[*options, "--debugger", script])
		ticks = _ticks(machine.messages)
		traced = machine.run("--", "/boot-bench/in-machine trace", options=options)
	if set(ticks) != {1, 2}:
		raise BenchError("the debugger did not see the guest begin and its first process")
	counters = _counters(output)
	exits = {name[5:]: n for name, n in counters.items() if name.startswith("exit.") and n}
	for name, value in (("boot-ticks", ticks[2] - ticks[1]), ("boot-exits", sum(exits.values())),
			    ("boot-hypercalls", counters["hypercalls"])):
		rows[name].min = rows[name].median = value
		rows[name].rounds = 1
	calls = {int(nr): int(n) for nr, n in
		 re.findall(r"^hypercall (\d+) (\d+)$", traced, re.M)}
	return {"boot": {"exits": exits, "hypercalls": calls, "counters": counters}}


def hypercall_names():
	"""Names of hypercalls by number, from the public header."""
	with open("/usr/include/xen/xen.h", encoding="utf-8") as text:
		return {int(number): name for name, number in re.findall(
			r"^#define __HYPERVISOR_(\w+) +(\d+)", text.read(), re.M)}


def show(told):
	"""For people: exits by reason, hypercalls by name."""
	names = hypercall_names()
	for title, counts in (("exits", told["exits"]),
			      ("hypercalls", {names.get(nr, str(nr)): n
					      for nr, n in told["hypercalls"].items()})):
		parts = [f"{name} {n}" for name, n in
			 sorted(counts.items(), key=lambda item: -item[1])]
		print(f"{title} of the Debian boot: {', '.join(parts)}")
