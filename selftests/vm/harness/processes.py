# SPDX-License-Identifier: GPL-2.0-only
"""Nothing of a run outlives it, however it ends.

Before anything else a run forks a janitor: a process in a session of its own that waits for the
end of a pipe whose other end only the run holds. When the run is gone, by whatever signal, the
janitor kills what it had started and removes its folder. Every child of the run tells the janitor
its process group before it becomes what it is to be.
"""

import ctypes
import fcntl
import os
import secrets
import shutil
import signal
import socket
import struct
import subprocess

from . import common
from .common import HarnessError

PR_SET_PDEATHSIG = 1
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
SIOCSIFFLAGS, IFF_UP, IFF_RUNNING = 0x8914, 0x1, 0x40
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
LIBC = ctypes.CDLL(None, use_errno=True)


class Interrupted(BaseException):
	"""A signal asks the run to end."""

	def __init__(self, number):
		super().__init__(number)
		self.number = number


def _interrupt(number, _frame):
	for each in SIGNALS:		# one is enough: the way out must not be interrupted
		signal.signal(each, signal.SIG_IGN)
	raise Interrupted(number)


def _alive(pid):
	try:
		os.kill(pid, 0)
	except ProcessLookupError:
		return False
	except PermissionError:
		pass
	return True


class Run:
	"""This run: its folder and its processes."""

	def __init__(self):
		self._sweep()
		self.path = os.path.join(common.RUNS, f"{os.getpid()}-{secrets.token_hex(4)}")
		self._pipe = self._fork_janitor()
		os.makedirs(self.path)
		for number in SIGNALS:
			signal.signal(number, _interrupt)

	def file(self, name):
		"""Path of a file in the run's folder."""
		return os.path.join(self.path, name)

	@staticmethod
	def _sweep():
		"""Removes folders whose run and janitor were both killed, say by a power cut."""
		os.makedirs(common.RUNS, exist_ok=True)
		for name in os.listdir(common.RUNS):
			owner = name.partition("-")[0]
			if not owner.isdigit() or not _alive(int(owner)):
				common.remove(os.path.join(common.RUNS, name))

	def _fork_janitor(self):
		read, write = os.pipe()
		owner = os.getpid()
		if os.fork():
			os.close(read)
			return write
		try:
			os.setsid()
			os.chdir("/")
			for number in SIGNALS:
				signal.signal(number, signal.SIG_IGN)
			null = os.open(os.devnull, os.O_RDWR)
			for end in (0, 1, 2):		# do not hold the caller's pipes open
				os.dup2(null, end)
			os.close(write)
			self._tidy(read)
		finally:
			os._exit(0)

	def _tidy(self, read):
		groups, text = set(), b""
		while True:
			more = os.read(read, 4096)
			if not more:
				break
			*lines, text = (text + more).split(b"\n")
			for line in lines:
				if line.startswith(b"-"):
					groups.discard(int(line[1:]))
				else:
					groups.add(int(line))
		for group in groups:
			try:
				os.killpg(group, signal.SIGKILL)
			except ProcessLookupError:
				pass
		shutil.rmtree(self.path, ignore_errors=True)

	def start(self, argv, **options):
		"""Starts a program that ends with this run at the latest."""
		owner = os.getpid()

		def prepare():
			os.setsid()
			LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
			if os.getppid() != owner:
				os._exit(127)
			os.write(self._pipe, b"%d\n" % os.getpid())
			for number in SIGNALS:
				signal.signal(number, signal.SIG_DFL)

		return subprocess.Popen(argv, preexec_fn=prepare, **options)

	def ended(self, process):
		"""Its group is not ours to kill any more; call it after the wait."""
		os.write(self._pipe, b"-%d\n" % process.pid)

	def kill(self, process):
		"""Ends a program and what it started, if it has not ended."""
		if process.returncode is None:
			try:
				os.killpg(process.pid, signal.SIGKILL)
			except ProcessLookupError:
				pass
			process.wait()
		self.ended(process)

	def output(self, argv, what):
		"""Standard output of a program that must succeed; its errors are shown."""
		try:
			process = self.start(argv, stdin=subprocess.DEVNULL,
					     stdout=subprocess.PIPE)
		except OSError as error:
			raise HarnessError(f"{what}: {argv[0]}: {error.strerror}") from None
		try:
			text = process.communicate()[0]
		finally:
			self.kill(process)
		if process.returncode:
			raise HarnessError(what)
		return text

	def close(self):
		"""The ordinary end: remove the folder; the janitor finds nothing to do."""
		shutil.rmtree(self.path, ignore_errors=True)
		os.close(self._pipe)


def leave_network():
	"""The emulator's display listens on a port: keep it out of the machine's network.

	Where even a user namespace is not to be had, it listens as Bochs always does.
	"""
	user, group = os.getuid(), os.getgid()
	if LIBC.unshare(CLONE_NEWNET):
		if LIBC.unshare(CLONE_NEWUSER | CLONE_NEWNET):
			return
		common.write_line("/proc/self/setgroups", "deny")
		common.write_line("/proc/self/uid_map", f"{user} {user} 1")
		common.write_line("/proc/self/gid_map", f"{group} {group} 1")
	with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
		request = struct.pack("16sH14x", b"lo", IFF_UP | IFF_RUNNING)
		fcntl.ioctl(control, SIOCSIFFLAGS, request)
