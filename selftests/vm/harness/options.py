# SPDX-License-Identifier: GPL-2.0-only
"""The command line."""

import getopt
import os
import shlex

from . import kernel, strict
from .common import HarnessError

HELP = """\
usage: selftests/vm/run [OPTION]... [--] COMMAND [ARGUMENT]...

Boots a Debian kernel in an emulated machine with VT-x, loads the module and runs
COMMAND there as root. A COMMAND without arguments is a line for the shell; with
arguments it gets them as they are.

  --kernel NAME        6.1-cloud (default), 6.1, 6.1-rt, 6.12-cloud, 6.12, backports-cloud,
                       or a file; debug: 6.1, which checks itself at every step
  --modules DIR        module tree of that kernel (default: its package's)
  --cpus N             processors (1)
  --memory MIB         memory (256; debug: 768)
  --model CPU          skylake_x (default), tigerlake, haswell, ...: any unambiguous
                       part of a name the emulator knows
  --timeout SECONDS    time limit of the run (300)
  --ticks N            limit in emulated instructions since power-on
  --append ARGS        more kernel arguments
  --leaks              look for memory that was lost, after COMMAND (debug)
  --add SRC[:DEST]     bring a file or folder in, as DEST (default: /root/NAME);
                       programs bring their libraries
  --dom0               bring Xen's daemons and tools (xenstored, oxenstored, xenconsoled,
                       xenstore-ls, ...), ip, bridge, tc, nft, ethtool, dnsmasq, mkfs.ext4,
                       losetup and dmsetup, of the Debian that the kernel is of
  --disk FILE          attach a disk image (sda, sdb, ...), written to in place
  --get PATH[:DEST]    bring a file or folder out, to DEST (default: NAME here)
  --no-load            do not load the module
  --module-args ARGS   its parameters (in the emulators but the strict one, if none are
                       given: disable=virt_intr_delivery, which they get wrong)
  --keep DIR           keep logs and configuration there
  --emulator WHICH     fast (default): 3.0, compiled here; 3.0 or 2.7: Debian's; native:
                       run COMMAND on this machine, which must have VT-x; strict,
                       strict-eager, strict-stale: 3.0, which reports who relies on more
                       than a CPU promises (docs/testing.md)
  --cold               boot, even where a snapshot would do
  --verbose            show the kernel's messages
  --debugger FILE      commands for the emulator's debugger (docs/testing.md)
  --interactive        a root shell on this terminal instead of COMMAND (make vm)

In the machine the working directory is /root, "vmctl" prints ticks and marks the
emulator's log, and modprobe knows kvm_intel, msr, cpuid, the disk and e1000 drivers.

The exit status is COMMAND's, or 124: time limit; 125: tick limit, or the harness
cannot do it; 126: the machine died or is not to be trusted after a kernel report.
Standard output is COMMAND's output and nothing else.
"""

LONG = ["kernel=", "modules=", "cpus=", "memory=", "model=", "timeout=", "ticks=", "append=",
	"add=", "dom0", "disk=", "get=", "no-load", "leaks", "module-args=", "keep=", "emulator=", "cold",
	"verbose", "interactive", "debugger=", "help"]

MAX_CPUS = 8
MIN_MEMORY, MAX_MEMORY = 96, 3072	# MiB: what a kernel needs, what is below the PCI hole
MAX_DISKS = 2


# Runs the arguments, and then has the kernel look for memory that nobody points to. What it finds
# goes to its log, where it is taken for the report that it is. Young memory is not looked at.
LEAKS = """\
leaks=/sys/kernel/debug/kmemleak
[ -e $leaks ] || mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null
[ -e $leaks ] || { echo "--leaks: this kernel cannot look"; exit 1; }
"$@"
status=$?
echo on >/proc/sys/kernel/printk_devkmsg
sleep 6
echo scan >$leaks && echo scan >$leaks || { echo "--leaks: the kernel has stopped looking"; exit 1; }
cat $leaks >/tmp/leaks			# whose own size is always 0
[ -s /tmp/leaks ] || exit $status
while IFS= read -r line; do
	echo "kmemleak: $line" >/dev/kmsg	# one write is one record, and has a limit
done </tmp/leaks
exit 1
"""


class Options:
	"""What was asked for, checked as far as that needs no files of the kernel."""

	def __init__(self):
		self.kernel = "6.1-cloud"
		self.modules = None
		self.cpus = 1
		self.memory = None
		self.model = "skylake_x"
		self.timeout = 300.0
		self.ticks = None
		self.append = ""
		self.add = []			# (source, destination) pairs
		self.dom0 = False
		self.disks = []
		self.get = []			# (path, destination) pairs
		self.load = True
		self.leaks = False
		self.module_args = None		# what suits the machine
		self.keep = None
		self.emulator = None
		self.cold = False
		self.verbose = False
		self.interactive = False
		self.debugger = None
		self.command = []

	@property
	def argv(self):
		"""The command as a list of arguments."""
		if len(self.command) == 1:
			argv = ["/bin/sh", "-c", self.command[0]]
		else:
			argv = ["/bin/sh", "-c", '"$@"', "sh", *self.command]
		return ["/bin/sh", "-c", LEAKS, "leaks", *argv] if self.leaks else argv

	@property
	def text(self):
		"""The command for people."""
		return shlex.join(self.command)


def _number(name, text, low, high):
	try:
		value = int(text, 0)
	except ValueError:
		raise HarnessError(f"{name} {text}: not a number") from None
	if not low <= value <= high:
		raise HarnessError(f"{name} {text}: must be from {low} to {high}")
	return value


def _seconds(text):
	try:
		value = float(text)
	except ValueError:
		raise HarnessError(f"--timeout {text}: not a number") from None
	if not 0 < value < 1e7:
		raise HarnessError(f"--timeout {text}: must be a positive number of seconds")
	return value


def _add(text):
	source, _, target = text.partition(":")
	if not os.path.exists(source):
		raise HarnessError(f"--add {source}: no such file or folder")
	name = os.path.basename(os.path.abspath(source))
	if not target or target.endswith("/"):
		target += name
	return source, os.path.normpath(os.path.join("/root", target))


def _get(text):
	path, _, target = text.partition(":")
	path = os.path.normpath(os.path.join("/root", path))
	if path == "/":
		raise HarnessError("--get /: name something in it")
	name = os.path.basename(path)
	if not target or os.path.isdir(target):
		target = os.path.join(target, name)
	parent = os.path.dirname(os.path.abspath(target))
	if not os.path.isdir(parent):
		raise HarnessError(f"--get {text}: there is no folder {parent} here")
	return path, os.path.abspath(target)


def _disk(text):
	if not os.path.isfile(text):
		raise HarnessError(f"--disk {text}: no such file")
	size = os.path.getsize(text)
	if size == 0 or size % 512:
		raise HarnessError(f"--disk {text}: its size is not a multiple of 512 bytes")
	return os.path.abspath(text)


def parse(argv):
	"""Options from a command line; None when only help was asked for."""
	options = Options()
	try:
		given, options.command = getopt.getopt(argv, "h", LONG)
	except getopt.GetoptError as error:
		raise HarnessError(f"{error} (--help lists the options)") from None
	for name, value in given:
		if name in ("-h", "--help"):
			return None
		_apply(options, name, value)
	if options.memory is None:
		options.memory = kernel.pace(options.kernel).memory
	if options.interactive and options.command:
		raise HarnessError("--interactive takes no command")
	if not options.interactive and not options.command:
		raise HarnessError("no command given (--help lists the options)")
	if options.debugger and options.emulator in ("fast", *strict.MODES):
		raise HarnessError(f"--debugger: the {options.emulator} emulator has none")
	if len(options.disks) > MAX_DISKS:
		raise HarnessError(f"at most {MAX_DISKS} disks can be attached")
	return options


def _apply(options, name, value):
	if name == "--cpus":
		options.cpus = _number(name, value, 1, MAX_CPUS)
	elif name == "--memory":
		options.memory = _number(name, value, MIN_MEMORY, MAX_MEMORY)
	elif name == "--ticks":
		options.ticks = _number(name, value, 1, 1 << 62)
	elif name == "--timeout":
		options.timeout = _seconds(value)
	elif name == "--append":
		options.append += " " + value
	elif name == "--leaks":
		options.leaks = True
		options.append += " kmemleak=on"
	elif name == "--add":
		options.add.append(_add(value))
	elif name == "--disk":
		options.disks.append(_disk(value))
	elif name == "--get":
		options.get.append(_get(value))
	elif name == "--no-load":
		options.load = False
	elif name == "--emulator":
		if value not in ("fast", "3.0", "2.7", "native", *strict.MODES):
			raise HarnessError(f"--emulator {value}: use fast, 3.0, 2.7, strict or native")
		options.emulator = value
	elif name == "--module-args":
		options.module_args = value
	elif name == "--debugger":
		if not os.path.isfile(value):
			raise HarnessError(f"--debugger {value}: no such file")
		options.debugger = value
	elif name in ("--kernel", "--modules", "--model", "--keep"):
		if not value:
			raise HarnessError(f"{name}: its value is empty")
		setattr(options, name[2:], value)
	else:				# --cold, --dom0, --verbose, --interactive
		setattr(options, name[2:], True)
