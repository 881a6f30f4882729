# SPDX-License-Identifier: GPL-2.0-only
"""Is the machine to be trusted? Reads the kernel's log for signs that it is not."""

import re

# Reports of the kernel, at the start of a message. User programs that crash are
# logged too ("traps: prog[1] general protection fault"), which says nothing bad.
_REPORTS = re.compile(r"""
	^WARNING:\ | ^(watchdog:\ )?BUG:\ | kernel\ BUG\ at | ^Oops | ^invalid\ opcode: |
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

# Flags of /proc/sys/kernel/tainted that say that something went wrong.
_TAINTS = {4: "machine check", 5: "bad page", 7: "oops or BUG", 9: "warning", 14: "soft lockup"}

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


def console_report(text):
	"""Lines of the console from the first report on, or the last lines there are."""
	lines = [line for line in text.replace("\r", "").splitlines() if line.strip()]
	for i, line in enumerate(lines):
		if is_report(re.sub(r"^(\[[ 0-9.]+\]|<\d+>)+ ?", "", line)):
			return lines[i:i + MAX_LINES]
	return lines[-20:]


def emulator_report(log):
	"""What the emulator's log says about the end: panics and VM-entry failures."""
	found = []
	for line in log.splitlines():
		if ">>PANIC<<" in line or re.search(r"\bVM(ENTER FAIL|ABORT)", line):
			found.append(line)
	return found[-8:]
