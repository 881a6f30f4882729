# SPDX-License-Identifier: GPL-2.0-only
"""Is the machine to be trusted? Reads the kernel's log for signs that it is not."""

import re

# Reports of the kernel, at the start of a message. User programs that crash are
# logged too ("traps: prog[1] general protection fault"), which says nothing bad.
_REPORTS = re.compile(r"""
	^WARNING:\ | ^(watchdog:\ )?BUG:\ | ^\[\ BUG:\ | kernel\ BUG\ at | ^Oops | ^invalid\ opcode: |
	^general\ protection\ fault | ^stack\ segment: | ^double\ fault: | ^int3: |
	^divide\ error: | ^PANIC: | ^Kernel\ panic | ^Internal\ error |
	^INFO:\ rcu.*stall | ^rcu:.*(detected\ stall|self-detected\ stall|detected\ expedited) |
	^rcu:\ INFO: | ^INFO:\ task\ .*\ blocked\ for\ more\ than |
	^INFO:\ (possible|inconsistent|trying|lockdep) |
	possible\ (circular|recursive)\ locking | possible\ irq\ lock\ inversion |
	inconsistent\ lock\ state | suspicious\ RCU\ usage | held\ lock\ freed |
	lock\ held\ when\ returning\ to\ user\ space |
	^refcount_t: | list_(add|del)\ corruption | ^KASAN | ^UBSAN | ^KCSAN | ^kmemleak:\ [1-9] |
	^unchecked\ MSR\ access | ^usercopy:\ Kernel\ memory | ^Bad\ page | ^page_owner |
	^slab.*corrupt | ^Call\ Trace: | ^Uhhuh\.\ NMI | nobody\ cared |
	^NMI\ watchdog: | ^Fixing\ recursive\ fault | ^Code:\ Unable\ to\ access
""", re.X)

# After these nothing is as it was, and often nothing moves.
_DEADLY = re.compile(r"^Kernel panic - not syncing|^BUG: (unable to|kernel NULL)|kernel BUG at|^Oops|"
		     r"^general protection fault|^double fault: |^PANIC: ")

# Flags of /proc/sys/kernel/tainted that say that something went wrong.
_TAINTS = {4: "machine check", 5: "bad page", 7: "oops or BUG", 9: "warning", 14: "soft lockup"}

# A message with a trace that says no more than that there was no memory, and how many records after
# it the trace begins.
_WITH_TRACE = re.compile(r"^sysctl could not get directory: .* -12$")
_TRACE_AFTER = 2

# Printed when the kernel goes down in an orderly way.
_NOISE = re.compile(r"^(WARNING: Spectre|WARNING: CPU: \d+ is not)")

MAX_LINES = 80


class KernelLog:
	"""Records of /dev/kmsg: those of boot, and those after it that are judged."""

	def __init__(self, show=None):
		self.lines = []			# text of all records
		self.judged = None		# index of the first one that counts
		self._show = show

	def add(self, data):
		"""One or more records, as read from /dev/kmsg."""
		for record in data.decode(errors="replace").split("\n"):
			if not record:
				continue
			if record.startswith(" "):	# properties of the record before
				continue
			head, _, text = record.partition(";")
			fields = head.split(",")
			try:
				microseconds = int(fields[2])
			except (IndexError, ValueError):
				continue
			self.lines.append((microseconds, text))
			if self._show:
				self._show(f"[{microseconds / 1e6:12.6f}] {text}")

	def boot_ends(self):
		"""What comes from now on counts."""
		if self.judged is None:
			self.judged = len(self.lines)

	def report(self):
		"""Lines of the first report and what follows it, or None."""
		if self.judged is None:
			return None
		lines = self.lines[self.judged:]
		for i, (_, text) in enumerate(lines):
			before = lines[max(0, i - _TRACE_AFTER):i]
			if text.startswith("Call Trace:") and any(_WITH_TRACE.match(line) for _, line in before):
				continue
			if is_report(text):
				return [line for _, line in lines[i:i + MAX_LINES]]
		return None

	def text(self):
		"""The log as dmesg prints it."""
		return "".join(f"[{time / 1e6:12.6f}] {text}\n" for time, text in self.lines)


def is_report(text):
	"""Is this message of the kernel the sign of a fault?"""
	return bool(_REPORTS.search(text)) and not _NOISE.search(text)


def taints(before, after):
	"""Words for the alarming taint flags that came up in between."""
	return [word for bit, word in _TAINTS.items() if after & ~before & 1 << bit]


def _console_lines(text):
	"""Lines of the console: as they are, and without their time."""
	lines = [line for line in text.replace("\r", "").splitlines() if line.strip()]
	return [(line, re.sub(r"^(\[[ 0-9.]+\]|<\d+>)+ ?", "", line)) for line in lines]


def console_report(text):
	"""Lines of the console from the first report on, or the last lines there are."""
	lines = _console_lines(text)
	for i, (_, message) in enumerate(lines):
		if is_report(message):
			return [line for line, _ in lines[i:i + MAX_LINES]]
	return [line for line, _ in lines[-20:]]


def console_death(text):
	"""Lines of the console from where the kernel died on, or None if it has not.

	A report just before it belongs to it: "list_add corruption" and then "kernel BUG at".
	"""
	lines = _console_lines(text)
	for i, (_, message) in enumerate(lines):
		if _DEADLY.search(message):
			while i and is_report(lines[i - 1][1]):
				i -= 1
			return [line for line, _ in lines[i:i + MAX_LINES]]
	return None


def emulator_report(log):
	"""What the emulator's log says about the end: panics and VM-entry failures."""
	found = []
	for line in log.splitlines():
		if ">>PANIC<<" in line or re.search(r"\bVM(ENTER FAIL|ABORT)", line):
			found.append(line)
	return found[-8:]
