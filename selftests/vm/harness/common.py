# SPDX-License-Identifier: GPL-2.0-only
"""Paths, messages, locks and checked cache entries: what all parts of the harness use."""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import sys
import time
import zlib

HERE = os.path.dirname(os.path.realpath(__file__))
VM = os.path.dirname(HERE)
TOP = os.path.dirname(os.path.dirname(VM))
BUILD = os.path.join(TOP, "build")
CACHE = os.path.join(BUILD, "vm")
RUNS = os.path.join(CACHE, "run")

STATUS_TIMEOUT = 124
STATUS_HARNESS = 125
STATUS_MACHINE = 126

MIB = 1 << 20


class HarnessError(Exception):
	"""The harness cannot do what was asked for; the message says why. Status 125."""


def say(text):
	"""One line, or several, for the person who runs this."""
	for line in text.splitlines() or [""]:
		print(f"vm: {line}", file=sys.stderr)
	sys.stderr.flush()


def progress(text):
	"""How far something is that takes long: on a terminal alone, over the last; "" ends it."""
	if sys.stderr.isatty():
		print(f"\r\033[Kvm: {text}" if text else "\r\033[K", end="", file=sys.stderr,
		      flush=True)


def digest(*parts):
	"""Short name for a combination of strings and bytes."""
	total = hashlib.sha256()
	for part in parts:
		part = part if isinstance(part, bytes) else str(part).encode()
		total.update(b"%d:" % len(part))
		total.update(part)
	return total.hexdigest()[:20]


def read_bytes(path):
	"""The content of a file."""
	with open(path, "rb") as stream:
		return stream.read()


def write_file(path, content):
	"""Puts bytes or text in a file at once or not at all."""
	content = content.encode() if isinstance(content, str) else content
	new = f"{path}.{os.getpid()}.new"
	with open(new, "wb") as stream:
		stream.write(content)
	os.rename(new, path)


def write_line(path, line):
	"""Tells the kernel something through one of its files."""
	with open(path, "w", encoding="utf-8") as stream:
		stream.write(line + "\n")


def remove(path):
	"""Removes a file or a folder, there or not."""
	try:
		os.unlink(path)
	except IsADirectoryError:
		shutil.rmtree(path, ignore_errors=True)
	except FileNotFoundError:
		pass


@contextlib.contextmanager
def locked(path):
	"""Holds an exclusive lock; it ends with this process whatever happens to it."""
	os.makedirs(os.path.dirname(path), exist_ok=True)
	lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
	try:
		fcntl.flock(lock, fcntl.LOCK_EX)
		yield
	finally:
		os.close(lock)


def _checksum(path):
	total = 0
	with open(path, "rb") as stream:
		while True:
			block = stream.read(MIB)
			if not block:
				return total
			total = zlib.crc32(block, total)


class Entry:
	"""A folder of the cache: made under a lock, seen only when complete, checked at each use.

	Its MANIFEST names every file with size, time and checksum. A file whose size and time
	are as noted is taken as sound, another only when its checksum still matches.
	"""

	MANIFEST = "manifest.json"

	def __init__(self, kind, key):
		self.path = os.path.join(CACHE, kind, key)
		self.lock = self.path + ".lock"

	def use(self):
		"""Notes that it is in use, for prune()."""
		try:
			os.utime(self.lock)
		except OSError:
			pass

	def file(self, name):
		"""Path of one of its files."""
		return os.path.join(self.path, name)

	def sound(self):
		"""Is it there, complete and undamaged?"""
		try:
			with open(self.file(self.MANIFEST), encoding="utf-8") as stream:
				manifest = json.load(stream)
			for name, (size, written, checksum) in manifest["files"].items():
				info = os.stat(self.file(name))
				if info.st_size != size:
					return False
				if info.st_mtime_ns != written and \
						_checksum(self.file(name)) != checksum:
					return False
		except (OSError, ValueError, KeyError, TypeError, AttributeError):
			return False
		return True

	def make(self, fill):
		"""Makes it with fill(folder) unless it is there; whatever was wrong is replaced."""
		if self.sound():
			return self
		with locked(self.lock):
			if self.sound():
				return self
			if os.path.exists(self.path):
				say(f"{os.path.relpath(self.path, TOP)} is damaged: making it again")
			new = self.path + ".new"
			remove(new)
			os.makedirs(new)
			try:
				fill(new)
				self._seal(new)
				remove(self.path)
				os.rename(new, self.path)
			finally:
				remove(new)
		return self

	def _seal(self, folder):
		files = {}
		for name in sorted(os.listdir(folder)):
			path = os.path.join(folder, name)
			info = os.stat(path)
			files[name] = (info.st_size, info.st_mtime_ns, _checksum(path))
		write_file(os.path.join(folder, self.MANIFEST), json.dumps({"files": files}))


def prune(kind, most, idle):
	"""Removes the longest unused entries of a kind when there are more than so many.

	Those used in the last so many seconds stay in any case.
	"""
	folder = os.path.join(CACHE, kind)
	used = []
	for name in os.listdir(folder):
		if name.endswith(".lock"):
			used.append((os.stat(os.path.join(folder, name)).st_mtime, name[:-5]))
	for when, name in sorted(used)[:max(0, len(used) - most)]:
		if time.time() - when < idle:
			return
		with locked(os.path.join(folder, name + ".lock")):
			remove(os.path.join(folder, name))
			remove(os.path.join(folder, name + ".lock"))
