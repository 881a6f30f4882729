# SPDX-License-Identifier: GPL-2.0-only
"""What one run brings into the machine: the module, xlctl, the added files and the plan."""

import os
import subprocess

from . import common
from . import files
from . import kernel as kernels
from .common import HarnessError

XLCTL = os.path.join(common.BUILD, "xlctl/xlctl")
PLAN = ".machine/plan"


def build_xlctl(run):
	"""Path of the up-to-date xlctl, or None where there is none.

	One that does not build is said and left out, so that a command that needs it fails, and
	one that does not can go on.
	"""
	folder = os.path.join(common.TOP, "tools/xlctl")
	if not os.path.exists(os.path.join(folder, "Makefile")):
		return None
	with common.locked(os.path.join(common.BUILD, "xlctl.lock")):
		done = run.start(["make", "-s", "--no-print-directory", "-C", folder],
				 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
				 stderr=subprocess.STDOUT)
		try:
			text = done.communicate()[0].decode(errors="replace")
		finally:
			run.kill(done)
	if done.returncode or not os.path.exists(XLCTL):
		errors = [line for line in text.splitlines() if "error" in line.lower()]
		common.say(f"xlctl does not build, going on without: {(errors or ['no reason'])[0]}")
		return None
	return XLCTL


def build_module(run, target):
	"""Path of the module for a kernel that build-module knows."""
	text = run.output([os.path.join(common.TOP, "scripts/build-module"), target],
			  "the module does not build")
	return text.decode().strip().splitlines()[-1]


class Plan:
	"""The agent's directives; see guest/agent.c."""

	def __init__(self):
		self._words = []

	def add(self, *words):
		"""One directive with its arguments."""
		for word in words:
			if "\0" in word:
				raise HarnessError("a NUL byte in an argument")
			self._words.append(word)

	def bytes(self):
		"""The plan as the agent reads it."""
		return b"".join(os.fsencode(word) + b"\0" for word in self._words)


def archive(run, kernel, emulator, options, terminal, libraries_there):
	"""The payload as a cpio archive. terminal: (rows, columns, type) when interactive;
	libraries_there: names of those that the machine has already."""
	result, plan = files.Archive(libraries_there), Plan()
	tree = f"/lib/modules/{kernel.release}"
	if options.disks:
		order, _ = kernel.find(kernels.DISK_MODULES)
		for path in order:
			# The first port has the machine's own disk, which is not the command's.
			hide = "force=1:disable" if kernels.module_name(path) == "libata" else ""
			plan.add("insmod", f"{tree}/{_packed_name(path)}", hide)
		for i in range(len(options.disks)):
			plan.add("await", f"/dev/sd{'ab'[i]}")
	xlctl = build_xlctl(run)
	if xlctl:
		result.host(xlctl, "/usr/bin/xlctl")
	if options.load or kernel.kdir:
		_module(run, kernel, emulator, options, result, plan)
	for source, target in options.add:
		result.host(source, target)
	for name in os.environ.get("VM_ENV", "").split():
		plan.add("env", f"{name}={os.environ.get(name, '')}")
	if emulator.variant:
		plan.add("env", f"VM_EMULATOR={emulator.variant}")
	if terminal:
		plan.add("env", f"TERM={terminal[2]}")
		terminfo(result, terminal[2])
		plan.add("shell", str(terminal[0]), str(terminal[1]))
	else:
		plan.add("run", str(len(options.argv)), *options.argv)
	for path, _ in options.get:
		plan.add("get", path)
	result.file(PLAN, plan.bytes(), 0o600)
	return result.bytes()


def terminfo(result, name):
	"""What ncurses has to know of the person's terminal."""
	if not name or "/" in name:
		return
	for folder in ("/etc/terminfo", "/lib/terminfo", "/usr/share/terminfo"):
		path = os.path.join(folder, name[0], name)
		if os.path.isfile(path):
			result.host(path, f"/usr/share/terminfo/{name[0]}/{name}")
			return


def _packed_name(path):
	for suffix in (".xz", ".gz", ".zst"):
		path = path[:-len(suffix)] if path.endswith(suffix) else path
	return path


def _module(run, kernel, emulator, options, result, plan):
	if not kernel.kdir:
		raise HarnessError(f"no headers to build the module with in {kernel.modules}/build: "
				   "give --modules DIR, or --no-load")
	tree = f"/lib/modules/{kernel.release}"
	try:
		path = build_module(run, kernel.kdir)
	except HarnessError:
		if options.load:
			raise
		common.say("going on without the module")
		return
	kernel.built_module = path
	data = common.read_bytes(path)
	result.file(f"{tree}/updates/xlhv.ko",
		    kernels.strip_module(run, data, run.file("scratch.ko")))
	if options.load:
		order, _ = kernel.find(kernels.module_depends(path))
		for other in order:
			plan.add("insmod", f"{tree}/{_packed_name(other)}", "")
		args = emulator.module_args if options.module_args is None else options.module_args
		plan.add("insmod", f"{tree}/updates/xlhv.ko", args)
