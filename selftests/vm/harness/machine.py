# SPDX-License-Identifier: GPL-2.0-only
"""One run of the machine: from cold or from a snapshot to its verdict."""

import os
import selectors
import shutil
import sys
import tarfile
import time

from . import channel, common, disk, dom0, emulator, files, payload, processes, snapshot, strict
from . import verdict
from . import console as consoles
from . import kernel as kernels
from .common import HarnessError, say

STOP_SECONDS = 10		# to say where it is and quit
DEATH_SECONDS = 30		# to end by itself after a panic
MOST_SNAPSHOTS = 24		# of a hundred megabytes each
SNAPSHOT_IDLE = 3600		# seconds without use after which one may go
WAIT = "machine.wait"

# What changes a snapshot without being named in its key otherwise.
SNAPSHOT_VERSION = "1"


class Result:
	"""What came out of an emulator."""

	def __init__(self, show):
		self.log = verdict.KernelLog(show)
		self.booted = self.started = self.ended = self.status = None
		self.taints = []
		self.errors = []
		self.waiting = self.done = self.exiting = False
		self.console_size = 0
		self.tick = 0			# where it was when last heard of
		self.stopped = None		# "time" or "ticks": ended by that limit; "death"
		self.dead_since = None		# when a panic was first seen on the console
		self.registers = []
		self.closed_output = self.left = False


class Machine:
	"""A machine for the given options."""

	def __init__(self, run, options):
		self.run, self.options = run, options
		self.kernel = kernels.Kernel(run, options)
		self.emulator = emulator.choose(run, options.emulator, bool(options.debugger))
		self.model = self.emulator.model(options.model)
		self.line = emulator.command_line(self.emulator, self.model, options)
		self.tools = files.agent(run)
		self.base = files.base(run, self.kernel)
		self.dom0 = dom0.Dom0(run, self.kernel) if options.dom0 else None
		self.flat = self.kernel.flat()
		self.how = "cold"
		self.result = None
		self._console = None
		self._files = None
		self._raw = None
		self._debugging = False
		self._saving = False

	# What is the machine made of?

	def _boot_disk(self, path, archive, extra=""):
		root = common.read_bytes(self.base.file("base.cpio"))
		if self.dom0:
			root += self.dom0.bytes()
		disk.write_boot(path, common.read_bytes(self.tools.file("loader")), self.flat,
				root + archive,
				f"{self.line} {extra}".strip(), self.options.memory)

	def _snapshot(self):
		"""Cache entry of the snapshot for these options, made if need be; None: go cold."""
		options = self.options
		if options.cold or options.disks or options.interactive:
			return None
		sources = [common.read_bytes(os.path.join(common.HERE, name))
			   for name in ("emulator.py", "disk.py", "snapshot.py")]
		key = common.digest(
			SNAPSHOT_VERSION, *sources, *self.emulator.identity,
			self.model, options.cpus, options.memory, self.line,
			common.read_bytes(self.tools.file(common.Entry.MANIFEST)),
			common.read_bytes(self.base.file(common.Entry.MANIFEST)),
			common.read_bytes(self.flat.file(common.Entry.MANIFEST)),
			*([self.dom0.entry.path] if self.dom0 else []))
		entry = common.Entry("snapshots", key)
		try:
			if not entry.sound():
				entry.make(self._save_snapshot)
				common.prune("snapshots", MOST_SNAPSHOTS, SNAPSHOT_IDLE)
			entry.use()
			return entry
		except HarnessError as error:
			say(f"no snapshot: {error}: booting instead")
			return None

	def _save_snapshot(self, folder):
		say(f"booting {self.kernel.name} once to save a snapshot of it")
		place = self.run.path
		try:
			self._boot_disk(self.run.file("disk.img"), b"", WAIT)
			self._configure()
			os.mkdir(self.run.file("s"))
			self._saving = True
			try:
				result = self._emulate(kernels.pace(self.options.kernel).boot,
						       until_waiting=True)
			finally:
				self._saving = False
				common.progress("")
			if not result.waiting:
				raise HarnessError("the machine did not come up: " +
						   "; ".join(self._death(result)[-3:]))
			snapshot.slim(self.run.file("s"))
			for name in os.listdir(self.run.file("s")):
				os.rename(self.run.file("s/" + name), os.path.join(folder, name))
			common.write_file(os.path.join(folder, "made_in"), place)
			common.write_file(os.path.join(folder, "key"), self.line + "\n")
		finally:
			for name in os.listdir(place):
				common.remove(self.run.file(name))

	def _configure(self, serial="file"):
		common.write_file(self.run.file("bochsrc"), emulator.configuration(
			self.emulator, self.model, self.options, self.run.path, serial))
		for i, path in enumerate(self.options.disks):
			os.symlink(path, self.run.file(f"test{i}.img"))

	# Running it.

	def go(self):
		"""Runs the command; the result is in .result."""
		terminal = None
		if self.options.interactive:
			self._console = consoles.Console()
			terminal = self._console.terminal
		archive = payload.archive(
			self.run, self.kernel, self.emulator, self.options, terminal,
			self.dom0.libraries if self.dom0 else frozenset())
		# The emulator's ports are nobody else's business.
		processes.leave_network()
		saved = self._snapshot()
		restore = False
		if saved:
			restore = self._restore(saved, archive)
		if not restore:
			self._boot_disk(self.run.file("disk.img"), archive)
			self._configure(self._console.path if self._console else "file")
		say(f"{self.emulator.name}, {self.model}, {self.options.cpus} CPU"
		    f"{'s' if self.options.cpus > 1 else ''}, Linux {self.kernel.release}, "
		    f"{'from a snapshot' if restore else 'cold'}")
		self.how = "snapshot" if restore else "cold"
		self.result = self._emulate(self.options.timeout, restore=restore)

	def _restore(self, saved, archive):
		folder = self.run.file("s")
		os.makedirs(folder)
		made_in = common.read_bytes(saved.file("made_in")).decode()
		size = snapshot.prepare(saved.path, folder, made_in)
		if not disk.payload_fits(archive, size):
			say("the files are too large for a snapshot's disk: booting instead")
			common.remove(folder)
			return False
		disk.write_payload(os.path.join(folder, snapshot.DISK), archive, size)
		with open(self.run.file("disk.img"), "wb") as empty:
			empty.truncate(size)		# the emulator copies the other one here
		self._configure()
		return True

	def _emulate(self, seconds, restore=False, until_waiting=False):
		result = Result(self._show if self.options.verbose else None)
		with open(self.run.file("stdout"), "wb") as self._raw:
			child = emulator.Process(self.run, self.emulator, self.options,
						 self.run.file("s") if restore else None,
						 saving=until_waiting)
			decoder = channel.Decoder(
				lambda kind, data: self._frame(result, kind, data),
				lambda line: self._text(result, child, line))
			try:
				self._pump(child, decoder, result, time.monotonic() + seconds,
					   until_waiting)
			finally:
				child.kill()
				if self._files:
					self._files.close()
					self._files = None
			decoder.close()
		log = common.read_bytes(self.run.file("bochs.log")).decode(errors="replace")
		if result.stopped:
			result.registers = emulator.registers(log)
		return result

	def _pump(self, child, decoder, result, deadline, until_waiting):
		saving = stopping = False
		with selectors.DefaultSelector() as selector:
			selector.register(child.stdout, selectors.EVENT_READ)
			if self._console:
				self._console.register(selector)
			while True:
				left = deadline - time.monotonic()
				if left <= 0 and stopping:
					return			# it does not even stop
				if left <= 0 and not result.stopped:
					result.stopped = "time"
					child.interrupt()
				if self._stands_dead(result) and not result.stopped:
					result.stopped = "death"
					child.interrupt()
				if result.stopped and not stopping:
					stopping = True
					deadline = time.monotonic() + STOP_SECONDS
					continue
				for key, _ in selector.select(left):
					if key.fileobj is not child.stdout:
						if self._console.service(key, selector):
							result.left = True
							return
						continue
					data = os.read(child.stdout.fileno(), 1 << 16)
					if not data:
						return
					self._raw.write(data)
					decoder.feed(data)
				if result.closed_output:
					return
				if until_waiting and result.waiting and not saving:
					saving = True
					snapshot.save(self.run.file("bochs.log"),
						      self.run.path, "s")

	@staticmethod
	def _show(line):
		say("  " + line)

	def _frame(self, result, kind, data):
		if kind == channel.OUTPUT:
			try:
				sys.stdout.buffer.write(data)
				sys.stdout.buffer.flush()
			except BrokenPipeError:
				result.closed_output = True
		elif kind == channel.FILES:
			if not self._files:
				self._files = open(self.run.file("files.tar"), "ab")
			self._files.write(data)
		elif kind == channel.KERNEL:
			result.log.add(data)
		else:
			self._event(result, kind, data.decode(errors="replace"))

	def _event(self, result, kind, text):
		if kind == channel.BOOTED:
			result.booted = int(text)
		elif kind == channel.WAITING:
			result.waiting = True
		elif kind == channel.STARTED:
			result.started = int(text)
			if self._console:
				self._console.started()
		elif kind == channel.ENDED:
			ticks, status = text.split()
			result.ended, result.status = int(ticks), int(status)
		elif kind == channel.ERROR:
			result.errors.append(text)
		elif kind == channel.TAINT:
			result.log.boot_ends()
			result.taints.append(int(text or 0))
		elif kind == channel.DONE:
			result.done = True
		elif kind == channel.NOTE:
			say(text)

	def _text(self, result, child, line):
		"""A line that is not the agent's: of the emulator or a module."""
		tick = emulator.progress(line)
		if tick:
			result.tick = tick
			if self._saving and not self.options.verbose:
				common.progress(f"booting: {tick // 1000000} million instructions")
			self._check_ticks(result, child)
			self._look_for_death(result)
		elif line.startswith("Bochs is exiting"):
			result.exiting = True		# the emulator's last words follow
		elif result.exiting or result.done or result.stopped or not line.strip("= "):
			pass
		elif self.options.debugger:
			self._debugging |= line.startswith("Next at t=")
			if self._debugging:
				say(line)
		elif result.taints and not line[:11].isdigit():
			say(f"port e9: {line}")

	def _console_death(self):
		"""What the serial console says of the kernel's death, or None."""
		try:
			text = common.read_bytes(self.run.file("console"))
		except OSError:
			return None
		return verdict.console_death(text.decode(errors="replace"))

	def _look_for_death(self, result):
		"""A kernel that panics ends the machine; but not every one comes to that."""
		if result.dead_since or self._console:
			return
		try:
			size = os.path.getsize(self.run.file("console"))
		except OSError:
			return
		if size != result.console_size:
			result.console_size = size
			if self._console_death():
				result.dead_since = time.monotonic()

	@staticmethod
	def _stands_dead(result):
		return result.dead_since and not result.done and \
			time.monotonic() > result.dead_since + DEATH_SECONDS

	def _check_ticks(self, result, child):
		if self.options.ticks and result.tick >= self.options.ticks and \
				not result.waiting and not result.stopped and not result.ended:
			result.stopped = "ticks"
			child.interrupt()

	# What came of it?

	def _dead(self):
		log = common.read_bytes(self.run.file("bochs.log")).decode(errors="replace")
		return bool(verdict.emulator_report(log))

	def _death(self, result):
		lines = []
		for name, read in (("console", verdict.console_report),
				   ("bochs.log", verdict.emulator_report)):
			try:
				text = common.read_bytes(self.run.file(name)).decode(errors="replace")
			except OSError:
				continue
			lines += read(text)
		return result.log.report() or lines

	def _strict_report(self):
		"""What the strict emulator reported, or None."""
		if not self.emulator.strict or not os.path.exists(self.run.file(strict.LOG)):
			return None
		text = common.read_bytes(self.run.file(strict.LOG)).decode(errors="replace")
		return strict.report(text, os.path.join(os.path.dirname(self.kernel.image), "System.map"),
				     self.kernel.built_module)

	def verdict(self):
		"""The exit status; what there is to say about it is said."""
		result, options = self.result, self.options
		if result.closed_output:
			return 128 + 13
		if result.left:
			return 0
		if result.started is not None and result.ended is not None:
			say(f"ticks: {result.started} {result.ended - result.started}")
		elif result.started is not None:
			say(f"ticks: {result.started} -")
		if options.ticks and result.ended and result.ended > options.ticks:
			result.stopped = "ticks"
		report = result.log.report()
		if not report and len(result.taints) == 2:
			words = verdict.taints(*result.taints)
			report = [f"the kernel is tainted: {', '.join(words)}"] if words else None
		if result.stopped:
			if result.registers:
				say("\n".join(result.registers))
			tick = max(result.tick, result.ended or 0)
			limit = {"time": f"limit of {options.timeout:g} seconds reached",
				 "ticks": f"limit of {options.ticks} ticks reached",
				 "death": "the kernel died and did not end the machine"}
			say(f"{limit[result.stopped]} {self._where(result)}, shortly after tick {tick}")
			# The kernel's log comes out through a process, the console does not.
			report = report or self._console_death()
		if report:
			say("\n".join(report))
			say("the machine is not to be trusted: the kernel reported the above")
			return common.STATUS_MACHINE
		report = self._strict_report()
		if report:
			say("\n".join(report))
			say("the strict emulator reported the above")
			return common.STATUS_MACHINE
		if result.stopped:
			return common.STATUS_TIMEOUT if result.stopped == "time" else \
				common.STATUS_HARNESS
		if not result.done and options.debugger and not self._dead():
			say("the debugger's commands ended the run")
			return common.STATUS_HARNESS
		if not result.done:
			say("\n".join(self._death(result)))
			say(f"the machine died {self._where(result)}")
			return common.STATUS_MACHINE
		return self._ordinary(result)

	def _ordinary(self, result):
		fetched = self._fetch() if result.status is not None else True
		for error in result.errors:
			say(error)
		if result.status is None:
			for _, text in result.log.lines[result.log.judged or 0:][-20:]:
				say(f"  {text}")
			say("the command was not run")
			return common.STATUS_HARNESS
		if result.status == 0 and (result.errors or not fetched):
			return common.STATUS_HARNESS
		return result.status

	@staticmethod
	def _where(result):
		if result.ended is not None:
			return "after the command"
		if result.started is not None:
			return "in the command"
		return "before the command" if result.booted or result.taints else "while booting"

	def _fetch(self):
		"""Puts what --get asked for in its place."""
		path = self.run.file("files.tar")
		good = True
		if not os.path.exists(path):
			common.write_file(path, bytes(10240))
		for number, (source, target) in enumerate(self.options.get):
			try:
				_extract(path, source, target, self.run.file(f"get{number}"))
			except KeyError:
				good = False
				if not any(source in error for error in self.result.errors):
					say(f"--get {source}: it did not come out of the machine")
			except (OSError, tarfile.TarError) as error:
				good = False
				say(f"--get {source}: {error}")
		return good

	def close(self):
		"""Gives back the terminal."""
		if self._console:
			self._console.close()

	def keep(self):
		"""Saves logs and configuration for --keep."""
		folder = self.options.keep
		os.makedirs(folder, exist_ok=True)
		for name in ("bochs.log", strict.LOG, "bochsrc", "debug.rc", "stdout", "console"):
			if os.path.exists(self.run.file(name)):
				shutil.copyfile(self.run.file(name), os.path.join(folder, name))
		if self.result:
			common.write_file(os.path.join(folder, "kernel.log"), self.result.log.text())
		common.write_file(os.path.join(folder, "cmdline"), self.line + "\n")


def _extract(archive, source, target, scratch):
	"""Moves one path of a tar archive (or of several, one after the other) to a target."""
	wanted = source.strip("/")
	found = False
	os.makedirs(scratch, exist_ok=True)
	with tarfile.open(archive, ignore_zeros=True) as tar:
		for member in tar:
			name = member.name.strip("/")
			if name != wanted and not name.startswith(wanted + "/"):
				continue
			if not (member.isfile() or member.isdir() or member.issym()):
				continue
			found = True
			member.name = name
			member.uid, member.gid = os.getuid(), os.getgid()
			tar.extract(member, scratch, numeric_owner=True)
	if not found:
		raise KeyError(source)
	if os.path.isdir(target) and not os.path.islink(target):
		shutil.copytree(os.path.join(scratch, wanted), target, symlinks=True,
				dirs_exist_ok=True)
	else:
		common.remove(target)
		shutil.move(os.path.join(scratch, wanted), target)
