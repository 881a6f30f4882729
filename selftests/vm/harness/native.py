# SPDX-License-Identifier: GPL-2.0-only
"""--emulator native: the same run on this machine itself."""

import os
import re
import shutil
import subprocess

from . import common, kernel, payload, processes, verdict
from .common import HarnessError, say

MODULE = "xlhv"


def _check(options):
	flags = re.search(r"^flags\s*:(.*)$", common.read_bytes("/proc/cpuinfo").decode(), re.M)
	if not flags or "vmx" not in flags.group(1).split():
		raise HarnessError("--emulator native: this machine has no VT-x (or it is off in "
				   "the BIOS)")
	if os.geteuid() != 0:
		raise HarnessError("--emulator native: only root can load the module")
	if options.disks or options.interactive:
		raise HarnessError("--emulator native: takes neither --disk nor --interactive")
	if options.dom0:
		raise HarnessError("--emulator native: no --dom0, this machine's own packages are used")
	for source, target in options.add:
		if not target.startswith("/root/"):
			raise HarnessError(f"--add {source}:{target}: on this machine files go below "
					   "the command's folder only")


def _taint():
	return int(common.read_bytes("/proc/sys/kernel/tainted"))


def _loaded():
	return os.path.isdir(f"/sys/module/{MODULE}")


def run(options):
	"""Runs the command here; returns the exit status."""
	_check(options)
	job = processes.Run()
	loaded = False
	try:
		home = job.file("root")
		os.mkdir(home)
		for source, target in options.add:
			target = os.path.join(home, os.path.relpath(target, "/root"))
			os.makedirs(os.path.dirname(target), exist_ok=True)
			if os.path.isdir(source):
				shutil.copytree(source, target, symlinks=True)
			else:
				shutil.copy2(source, target)
		log = verdict.KernelLog(say if options.verbose else None)
		kmsg = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
		os.lseek(kmsg, 0, os.SEEK_END)
		log.boot_ends()
		before = _taint()
		xlctl = payload.build_xlctl(job)
		release = os.uname().release
		say(f"native, Linux {release}")
		if options.load:
			if _loaded():
				raise HarnessError("the module is already loaded here: unload it "
						   "first, or use --no-load")
			_load(job, options, release)
			loaded = True
		path = os.environ["PATH"] + f":/sbin:/usr/sbin:{home}"
		if xlctl:
			path = os.path.dirname(xlctl) + ":" + path
		status = _command(job, options, home, path)
		_drain(kmsg, log)
		return _judge(options, home, log, before, status)
	finally:
		if loaded and _loaded() and subprocess.run(["/sbin/rmmod", MODULE],
							   check=False).returncode:
			say("the module could not be unloaded")
		job.close()


def _load(job, options, release):
	path = payload.build_module(job, f"/lib/modules/{release}/build")
	for name in kernel.module_depends(path):
		job.output(["/sbin/modprobe", name], f"cannot load {name}")
	job.output(["/sbin/insmod", path, *(options.module_args or "").split()], "cannot load the module")


def _command(job, options, home, path):
	child = job.start(options.argv, cwd=home, stdin=subprocess.DEVNULL,
			  stderr=subprocess.STDOUT, env=dict(os.environ, PATH=path, HOME=home))
	try:
		status = child.wait(options.timeout)
	except subprocess.TimeoutExpired:
		say(f"time limit of {options.timeout:g} seconds")
		return common.STATUS_TIMEOUT
	finally:
		job.kill(child)
	return 128 - status if status < 0 else status


def _drain(kmsg, log):
	while True:
		try:
			record = os.read(kmsg, 8192)
		except BlockingIOError:
			return
		except BrokenPipeError:
			continue
		log.add(record)


def _judge(options, home, log, before, status):
	report = log.report()
	words = verdict.taints(before, _taint())
	if report or words:
		say("\n".join(report or [f"the kernel is tainted: {', '.join(words)}"]))
		say("this machine's kernel is not to be trusted any more: reboot it")
		return common.STATUS_MACHINE
	for source, target in options.get:
		path = os.path.join(home, os.path.relpath(source, "/root"))
		try:
			if os.path.isdir(path):
				shutil.copytree(path, target, symlinks=True, dirs_exist_ok=True)
			else:
				shutil.copy2(path, target)
		except OSError as error:
			say(f"--get {source}: {error.strerror}")
			status = status or common.STATUS_HARNESS
	return status
