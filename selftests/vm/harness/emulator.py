# SPDX-License-Identifier: GPL-2.0-only
"""The emulators there are, their configuration, and one run of one of them."""

import os
import re
import signal
import subprocess

from . import common
from . import kernel as kernels
from . import strict as strict_model
from .common import HarnessError

# Emulated instructions per emulated second of a person's machine with several processors: it runs in
# real time, so the clock must not be far behind the emulator.
IPS_PERSON = 50_000_000
START_OF_TIME = 946684800

# How often an emulator says where it is, in millions of ticks.
PROGRESS = 10

# Initcalls that only cost time: type information for BPF, event tracers.
SKIPPED = ("cubictcp_register", "init_blk_tracer", "init_kprobe_trace", "bpf_rstat_kfunc_init")


class Emulator:
	"""A Bochs: its version, and how it is called."""

	def __init__(self, version, program, share, environment, variant=None):
		self.version = version
		self.variant = variant		# what ../emulator/build calls it; None: Debian's own
		self.strict = variant == "strict"
		self.program = program		# list of arguments
		self.share = share
		self.environment = environment
		# What it saves, only the same one restores.
		self.identity = [self.name, *program]
		if variant:
			key = os.path.join(os.path.dirname(program[0]), "key")
			self.identity.append(common.read_bytes(key).decode())
		self.always_debugs = version.startswith("2.")

	@property
	def name(self):
		"""For people."""
		return f"Bochs {self.version}{f', {self.variant}' if self.variant else ''}"

	@property
	def module_args(self):
		"""What the module is loaded with, unless a run says otherwise.

		When an interrupt of the host comes while a virtual one waits for the guest's IF, both
		versions deliver the virtual one, with IF=0: guests then hang in locks that their
		handlers take twice. Those that are compiled here do not, but the fast one stands in
		for Debian's, and takes the same ways through the module.
		"""
		return "" if self.strict else "disable=virt_intr_delivery"

	def rom(self, *names):
		"""The first of these files that exists below its share folder."""
		for name in names:
			path = os.path.join(self.share, name)
			if os.path.exists(path):
				return path
		raise HarnessError(f"{self.name}: no {names[0]} in {self.share}")

	def models(self):
		"""Names of the processors it can be."""
		done = subprocess.run([*self.program, "--help", "cpu"], env=self.environment,
				      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
				      stderr=subprocess.STDOUT, check=False, text=True)
		text = done.stdout.partition("Supported CPU models:")[2]
		return re.findall(r"^\s*([a-z][a-z0-9_]+)$", text, re.M)

	def model(self, wanted):
		"""Full name of the processor whose name contains the wanted text."""
		if wanted == "skylake_x":
			return "corei7_skylake_x"
		names = self.models()
		fitting = [wanted] if wanted in names else [n for n in names if wanted in n]
		if len(fitting) == 1:
			return fitting[0]
		what = "is ambiguous" if fitting else "is not known"
		raise HarnessError(f"--model {wanted}: {what} to {self.name}; "
				   f"it has: {', '.join(fitting or names)}")


def _version(text):
	found = re.match(r"\d+(\.\d+)?", text)
	return found.group(0) if found else ""


def _on_host():
	done = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Status} ${Version}", "bochs"],
			      stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False,
			      text=True)
	status, _, version = done.stdout.partition(" ")
	if status != "installed" or not os.path.exists("/usr/bin/bochs-bin"):
		return None
	environment = dict(os.environ, BXSHARE="/usr/share/bochs")
	return Emulator(_version(version), ["/usr/bin/bochs-bin"], "/usr/share", environment)


def _in_folder(run):
	"""The one of Debian 13, called through its own loader with its own libraries."""
	folder = run.output([os.path.join(common.TOP, "scripts/debian13")],
			    "there is no Debian 13 folder").decode().strip()
	libraries = os.path.join(folder, "usr/lib/x86_64-linux-gnu")
	packages = common.read_bytes(os.path.join(folder, "packages")).decode()
	found = re.search(r"^bochs_([^_]+)_", packages, re.M)
	if not found:
		raise HarnessError(f"{folder} has no bochs")
	share = os.path.join(folder, "usr/share")
	environment = dict(os.environ, BXSHARE=os.path.join(share, "bochs"),
			   LTDL_LIBRARY_PATH=os.path.join(libraries, "bochs/plugins"))
	program = [os.path.join(folder, "lib64/ld-linux-x86-64.so.2"),
		   "--library-path", f"{libraries}:{libraries}/pulseaudio",
		   os.path.join(folder, "usr/bin/bochs-bin")]
	return Emulator(_version(found.group(1)), program, share, environment)


def _compiled(run, variant, mode=""):
	"""One that is compiled here, with the files that Debian's has beside it."""
	program = run.output([os.path.join(common.VM, "emulator/build"), variant],
			     f"there is no {variant} emulator").decode().strip()
	ordinary = choose(run, "3.0")
	environment = dict(ordinary.environment, STRICT=mode)
	return Emulator("3.0", [program], ordinary.share, environment, variant)


def choose(run, wanted, debugger=False):
	"""The emulator for --emulator (None: the best there is, for the debugger if wanted)."""
	if wanted in strict_model.MODES:
		return _compiled(run, "strict", strict_model.MODES[wanted])
	if wanted == "fast":
		return _compiled(run, "fast")
	if not wanted and not debugger:
		try:
			return _compiled(run, "fast")
		except HarnessError as error:
			common.say(f"{error}: taking Debian's")
	host = _on_host()
	major = int(host.version.partition(".")[0]) if host and host.version else 0
	if wanted == "2.7":
		if not host or host.version != "2.7":
			raise HarnessError("--emulator 2.7: this machine has "
					   f"{host.name if host else 'no bochs'}")
		return host
	if major >= 3:
		return host
	try:
		return _in_folder(run)
	except HarnessError as error:
		if wanted or not host:
			raise
		common.say(f"{error}: taking {host.name} of this machine")
		return host


def _for_several(run):
	"""The library that mends Debian's Bochs 3 with several processors: why is in its source."""
	source = os.path.join(common.TOP, "selftests/vm/emulator/several.c")
	entry = common.Entry("emulator", common.digest("1", common.read_bytes(source)))
	entry.make(lambda folder: run.output(
		["gcc", "-O2", "-Wall", "-Wextra", "-shared", "-fPIC", "-o",
		 os.path.join(folder, "several.so"), source],
		"cannot build what the emulator needs for several processors"))
	return entry.file("several.so")


def speed(options):
	"""Emulated instructions per emulated second."""
	pace = kernels.pace(options.kernel)
	if options.cpus == 1:
		return pace.one
	return max(pace.many, IPS_PERSON) if options.interactive else pace.many


def command_line(emulator, model, options):
	"""The kernel's arguments, without the harness's own.

	tsc_early_khz: the processor models claim frequencies that the emulated clock does not have.
	idle=halt: MONITOR/MWAIT of 2.7 sleeps too long. clearcpuid=fsrm: newer models have that
	feature without the one below it, which kernels do not expect. In 2.7 the compacted format of
	XSAVE has another size than kernels compute, and they would do without XSAVE. A panic becomes a triple
	fault, which ends the emulator.
	"""
	clear = "fsrm"
	if emulator.version.startswith("2."):
		clear += ",xsaves,xsavec"
	if re.search("sapphire|granite|diamond", model):
		clear += ",amx_tile,amx_int8,amx_bf16"
	return (f"console=ttyS0,115200 quiet tsc_early_khz={speed(options) // 1000} tsc=reliable "
		f"no_timer_check idle=halt nokaslr clearcpuid={clear} cryptomgr.notests edd=off "
		f"panic=-1 reboot=t oops=panic softlockup_panic=1 "
		f"initcall_blacklist={','.join(SKIPPED)} "
		f"{kernels.pace(options.kernel).arguments}{options.append}").strip()


def configuration(emulator, model, options, folder, serial="file"):
	"""Text of the bochsrc for a machine whose files are in a folder.

	serial: "file", or the path of a terminal that is the console.
	"""
	# What is built in, and not there at all, has no plugin.
	plugins = "" if emulator.variant else ", iodebug=1, gameport=0"
	lines = [
		"plugin_ctrl: unmapped=1, biosdev=1, serial=1, extfpuirq=1, speaker=0, parallel=0" + plugins,
		'display_library: rfb, options="timeout=0"',
		f"cpu: model={model}, count={options.cpus}, ips={speed(options)}, "
		"reset_on_triple_fault=0",
		# What is beyond the most it takes for itself, it keeps in a file.
		f"memory: guest={options.memory}, host={min(options.memory, 2048)}",
		f"romimage: file={emulator.rom('bochs/BIOS-bochs-latest')}, options=fastboot",
		f"vgaromimage: file={emulator.rom('vgabios/vgabios.bin')}",
		"vga: extension=vbe, update_freq=1, realtime=0",
		f"ata0-master: type=disk, path={folder}/disk.img, mode=flat",
	]
	for i in range(len(options.disks)):
		place = ("ata1-master", "ata1-slave")[i]
		lines.append(f"{place}: type=disk, path={folder}/test{i}.img, mode=flat")
	lines += [
		"boot: disk",
		f"clock: sync={'slowdown' if serial != 'file' else 'none'}, time0={START_OF_TIME}",
		"port_e9_hack: enabled=1",
		f"com1: enabled=1, mode={'file' if serial == 'file' else 'term'}, "
		f"dev={folder + '/console' if serial == 'file' else serial}",
		f"log: {folder}/bochs.log",
		"panic: action=fatal", "error: action=report", "info: action=report",
		"debug: action=ignore",
	]
	return "\n".join(lines) + "\n"


class Process:
	"""A running emulator; read its output from .stdout until that ends.

	It prints a line every PROGRESS million ticks, so that a limit in ticks can be kept by whoever
	reads that. (Bochs' own means, a breakpoint in time and the benchmark mode, fail with several
	processors, or in a loop with interrupts off.)
	"""

	def __init__(self, run, emulator, options, restore=None, saving=False):
		self._run = run
		debugger = []
		if options.debugger and not saving:
			debugger = ["-rc", os.path.abspath(options.debugger)]
			if not emulator.always_debugs:
				debugger.insert(0, "-debugger")
		elif emulator.always_debugs:
			common.write_file(run.file("debug.rc"), "c\nq\n")
			debugger = ["-rc", run.file("debug.rc")]
		environment = emulator.environment
		if options.cpus > 1 and not emulator.version.startswith("2.") and not emulator.variant:
			environment = dict(environment, LD_PRELOAD=_for_several(run))
		start = ["-r", restore] if restore else ["-f", run.file("bochsrc")]
		self.process = run.start(
			[*emulator.program, "-q", *start, "-dumpstats", str(PROGRESS), *debugger],
			stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
			env=environment, cwd=run.path)
		self.stdout = self.process.stdout

	def interrupt(self):
		"""Ends it with a report of its processors in its log."""
		self.process.send_signal(signal.SIGINT)

	def kill(self):
		"""Ends it if it has not ended by itself."""
		self._run.kill(self.process)
		self.stdout.close()


def progress(line):
	"""The tick that a line of the emulator's output says it is at, or None."""
	found = re.match(r"=== statistics dump (\d+) ===", line)
	return int(found.group(1)) if found else None


def registers(log):
	"""The last state of the processors in a log of an emulator that ended."""
	lines = log.splitlines()
	starts = [i for i, line in enumerate(lines) if re.search(r"\[CPU0 *\] CPU is in ", line)]
	if not starts:
		return []
	return [re.sub(r"^\d+i", "", line) for line in lines[starts[-1]:] if "[CPU" in line]
