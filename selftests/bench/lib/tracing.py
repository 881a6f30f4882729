# SPDX-License-Identifier: GPL-2.0-only
"""Instruction traces of guests in the emulated machine, and what they say.

The emulator's debugger stops at a mark in the guest, prints every instruction until the next
mark, whoever executes it, guest, module or kernel, and costs nothing: neither the module nor the
kernel is built in another way, and ticks are the same with and without it.
"""

import bisect
import os
import re
import subprocess
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(
	os.path.realpath(__file__)))))
KERNEL_SPACE = 0xffff800000000000

_INSTRUCTION = re.compile(
	r"vm: \((\d+)\)\.\[(\d+)\] \[0x[0-9a-f]+\] ([0-9a-f]{4}):([0-9a-f]{16}) \([^)]*\): "
	r"(.*?) *; ([0-9a-f]+)$")
_SECTION = re.compile(r"section (\S+) (0x[0-9a-f]+)$")
_LOAD = re.compile(r"mov (e[a-z]{2}|r\d+d), 0x([0-9a-f]+)$")
_WIDE = {"eax": "rax", "ebx": "rbx", "ecx": "rcx", "edx": "rdx", "esi": "rsi", "edi": "rdi",
	 "ebp": "rbp"}


class TraceError(Exception):
	"""There is no trace; the message says why."""


class Instruction:
	"""One line of a trace."""

	__slots__ = ("cpu", "tick", "address", "text")

	def __init__(self, cpu, tick, address, text):
		self.cpu, self.tick, self.address, self.text = cpu, tick, address, text

	@property
	def guest(self):
		"""Is it the guest's? Its programs are where the kernel never is."""
		return self.address < KERNEL_SPACE


class Symbols:
	"""Names of addresses in the kernel, the module and the guest."""

	def __init__(self):
		self._addresses, self._names = [], []
		self.module_text = None

	def add(self, symbols):
		"""(address, name) in any order."""
		merged = sorted(set(zip(self._addresses, self._names)) | set(symbols))
		self._addresses = [a for a, _ in merged]
		self._names = [n for _, n in merged]

	def name(self, address):
		"""The function that an address is in."""
		place = bisect.bisect_right(self._addresses, address) - 1
		return self._names[place] if place >= 0 else hex(address)


def _lines(*command):
	done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
	return done.stdout.splitlines()


def symbols_of_kernel(name):
	"""Of a kernel of scripts/kernel, asked once: it is never loaded elsewhere (nokaslr)."""
	with open(os.path.join(TOP, "build/kernels", name, "release"), encoding="utf-8") as text:
		release = text.read().strip()
	path = os.path.join(TOP, "build/bench", f"symbols-{release}")
	if not os.path.exists(path):
		os.makedirs(os.path.dirname(path), exist_ok=True)
		lines = _lines(os.path.join(TOP, "selftests/vm/run"), "--no-load", "--kernel", name,
			       "grep -i ' [tw] [^\t]*$' /proc/kallsyms")
		with open(f"{path}.{os.getpid()}", "w", encoding="utf-8") as out:
			out.write("\n".join(lines) + "\n")
		os.rename(f"{path}.{os.getpid()}", path)
	with open(path, encoding="utf-8") as text:
		rows = [line.split() for line in text]
	return [(int(row[0], 16), row[2]) for row in rows]


def symbols_of_guest(path):
	"""From a guest's ELF file."""
	return [(int(line.split()[0], 16), "guest:" + line.split()[2])
		for line in _lines("nm", path) if re.match(r"[0-9a-f]+ [tTwW] ", line)]


def symbols_of_module(path, sections):
	"""From the module, at the addresses where its sections were loaded."""
	names = {}
	for line in _lines("readelf", "-SW", path):
		found = re.match(r" *\[ *(\d+)\] (\S+)", line)
		if found:
			names[found.group(1)] = found.group(2)
	symbols = []
	for line in _lines("readelf", "-sW", path):
		parts = line.split()
		if len(parts) == 8 and parts[3] in ("FUNC", "NOTYPE") and parts[6] in names:
			base = sections.get(names[parts[6]])
			if base is not None and not parts[7].startswith(("__pfx_", ".L")):
				symbols.append((base + int(parts[1], 16), "xlhv:" + parts[7]))
	return symbols


def _script(mark, rounds):
	lines = [f"lb {mark:#x}"]
	for _ in range(rounds):
		lines += ["c", "trace on", "c", "trace off"]
	return "\n".join([*lines, "c", "c", ""])


def record(bundle, run, mark, rounds, options=()):
	"""Runs one benchmark of a bundle with a trace between its marks.

	Returns the traces in their order, each a list of instructions, with the output of the
	run and the addresses of the module's sections.
	"""
	with tempfile.TemporaryDirectory() as folder:
		script = os.path.join(folder, "script")
		with open(script, "w", encoding="utf-8") as stream:
			stream.write(_script(mark, rounds))
		command = [os.path.join(TOP, "selftests/vm/run"), "--timeout", "900", *options,
			   "--debugger", script, "--add", f"{bundle}:/guest", "--",
			   "cd /sys/module/xlhv/sections; for s in .text*; do "
			   "echo section $s $(cat $s); done; "
			   f"exec /guest/run-in-vm -b /guest {run}"]
		with open(os.path.join(folder, "out"), "w+", encoding="utf-8") as out, \
				subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE,
						 text=True, errors="replace") as child:
			traces, rest = parse(child.stderr)
			status = child.wait()
			out.seek(0)
			output = out.read()
	if status:
		raise TraceError(f"the run ended with status {status}\n" + "".join(rest[-20:]) +
				 "\n".join(output.splitlines()[-30:]))
	sections = dict((name, int(base, 16)) for name, base in
			(found.groups() for found in map(_SECTION.match, output.splitlines())
			 if found))
	return traces, output, sections


def parse(lines):
	"""Splits the output of a run in traces and what is none of it."""
	traces, rest, current = [], [], None
	for line in lines:
		found = _INSTRUCTION.match(line)
		if found:
			if current is not None:
				cpu, tick, _, address, text, _ = found.groups()
				current.append(Instruction(int(cpu), int(tick),
							   int(address, 16), text))
		elif "Tracing enabled" in line:
			current = []
			traces.append(current)
		elif "Tracing disabled" in line:
			current = None
		elif not re.match(r"vm: (Next at t=|\(\d+\) )", line):
			rest.append(line)
	return traces, rest


class Exit:
	"""From one VM exit to the next entry."""

	def __init__(self, start):
		self.start = start		# index of its first instruction
		self.end = None			# index of the VMRESUME
		self.reads, self.writes = [], []


def exits(trace):
	"""The exits of a trace, with the VMCS fields that they read and wrote.

	Nothing but a VM exit leads from the guest to the kernel. A field is its encoding, or None
	where the register with it was not loaded with a constant since the exit.
	"""
	found, current, registers = [], None, {}
	for i, insn in enumerate(trace):
		if insn.guest:
			continue
		if i and trace[i - 1].guest:
			current, registers = Exit(i), {}
			found.append(current)
		if current is None:
			continue
		load = _LOAD.match(insn.text)
		if load:
			register = load.group(1)
			registers[_WIDE.get(register, register[:-1])] = int(load.group(2), 16)
		word = insn.text.split(None, 1)[0]
		if word == "vmread":
			current.reads.append(registers.get(insn.text.rpartition(" ")[2]))
		elif word == "vmwrite":
			current.writes.append(registers.get(re.split("[ ,]+", insn.text)[1]))
		elif word in ("vmresume", "vmlaunch"):
			current.end = i
			current = None
	return found


def field_names(kernel):
	"""Names of VMCS fields by encoding, from a kernel's headers."""
	folder = os.path.join(TOP, "build/kernels", kernel, "root/usr/src")
	found = {}
	for headers in sorted(os.listdir(folder)):
		path = os.path.join(folder, headers, "arch/x86/include/asm/vmx.h")
		if os.path.exists(path):
			with open(path, encoding="utf-8") as text:
				for name, value in re.findall(r"^\t([A-Z0-9_]+)\s*=\s*(0x[0-9a-fA-F]{8}),",
							      text.read(), re.M):
					found.setdefault(int(value, 16), name)
	return found


def histogram(trace, symbols):
	"""Instructions by function, in the order of its first one: (name, count, calls)."""
	counts, calls, last = {}, {}, None
	for insn in trace:
		name = symbols.name(insn.address)
		counts[name] = counts.get(name, 0) + 1
		if name != last:
			calls[name] = calls.get(name, 0) + 1
		last = name
	return [(name, counts[name], calls[name]) for name in counts]


def flow(trace, symbols):
	"""Where it went, one run of instructions in the same function after the other."""
	runs = []
	for insn in trace:
		name = symbols.name(insn.address)
		if runs and runs[-1][0] == name:
			runs[-1][1] += 1
		else:
			runs.append([name, 1])
	return runs
