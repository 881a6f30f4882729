# SPDX-License-Identifier: GPL-2.0-only
"""Snapshots of a machine that has booted and waits for its payload.

Bochs saves its state on one trigger alone: the "suspend" button of its display. So the display is
the network one (rfb), and saving is a short session of its protocol: a click on the button, the
folder's name typed into the question that follows, and "n" for "do not go on".
"""

import os
import re
import socket
import struct
import time

from . import common
from .common import HarnessError

DISK = "hard_drive.0.drive0.image"
BUTTON = 32			# pixels of a button; the one wanted is second from the right
KEY_RETURN = 0xff0d
CONNECT_SECONDS, WRITE_SECONDS = 10, 120


class _Display:
	def __init__(self, port):
		self._socket = socket.create_connection(("127.0.0.1", port), CONNECT_SECONDS)
		self._read(12)
		self._socket.sendall(b"RFB 003.003\n")
		if self._read(4) != b"\0\0\0\1":
			raise HarnessError("the emulator's display wants a password")
		self._socket.sendall(b"\1")
		self.width, _ = struct.unpack(">HH", self._read(4))
		self._read(16)
		self._read(struct.unpack(">I", self._read(4))[0])

	def _read(self, size):
		data = b""
		while len(data) < size:
			part = self._socket.recv(size - len(data))
			if not part:
				raise HarnessError("the emulator's display closed the connection")
			data += part
		return data

	def click(self, x, y):
		"""Presses and releases the first button there."""
		for mask in (0, 1, 0):
			self._socket.sendall(struct.pack(">BBHH", 5, mask, x, y))
			time.sleep(0.1)

	def type(self, text):
		"""Types a line; slowly, for the queue behind it holds 16 keys."""
		for key in [ord(c) for c in text] + [KEY_RETURN]:
			for down in (1, 0):
				self._socket.sendall(struct.pack(">BBHI", 4, down, 0, key))
			time.sleep(0.03)

	def close(self):
		"""Ends the session."""
		self._socket.close()


def _port(log):
	found = re.search(rb"listening for connections on port (\d+)", common.read_bytes(log))
	if not found:
		raise HarnessError("the emulator's display does not listen")
	return int(found.group(1))


def _files(folder):
	return sorted((e.name, e.stat().st_size, e.stat().st_mtime_ns) for e in os.scandir(folder))


def save(log, place, name):
	"""Makes a running emulator save itself and end.

	log: its log file; place: its working directory; name: of the empty folder there to save
	into, short because it is typed.
	"""
	folder = os.path.join(place, name)
	try:
		display = _Display(_port(log))
		try:
			display.click(display.width - BUTTON - BUTTON // 2, 10)
			time.sleep(0.3)
			display.type(name)
			before, same, end = None, 0, time.monotonic() + WRITE_SECONDS
			# The question whether to go on comes after the last write.
			while same < 5:
				if time.monotonic() > end:
					raise HarnessError("the emulator saved nothing")
				now = _files(folder)
				same = same + 1 if now == before and len(now) > 20 else 0
				before = now
				time.sleep(0.1)
			display.type("n")
		finally:
			display.close()
	except (OSError, struct.error) as error:
		raise HarnessError(f"cannot save the machine: {error}") from None


def slim(folder):
	"""Drops from a fresh snapshot what a restore does not need: the boot disk's content."""
	path = os.path.join(folder, DISK)
	size = os.path.getsize(path)
	with open(path, "wb") as disk:
		disk.truncate(size)
	_punch(os.path.join(folder, "memory.ram"))


def _punch(path):
	"""Rewrites a file with holes where it has only zeros."""
	block = 128 << 10
	size = os.path.getsize(path)
	with open(path, "rb") as old, open(path + ".new", "wb") as new:
		while True:
			data = old.read(block)
			if not data:
				break
			if data.count(0) == len(data):
				new.seek(len(data), os.SEEK_CUR)
			else:
				new.write(data)
		new.truncate(size)
	os.rename(path + ".new", path)


def prepare(snapshot, folder, made_in):
	"""A folder to restore from: links to the snapshot's files, own paths in its configuration.

	made_in: the folder whose paths the snapshot has. Returns the size of its disk.
	"""
	for name in os.listdir(snapshot):
		source = os.path.join(snapshot, name)
		target = os.path.join(folder, name)
		if name == "config":
			text = common.read_bytes(source).decode()
			common.write_file(target, text.replace(made_in, os.path.dirname(folder)))
		elif name not in (DISK, common.Entry.MANIFEST):
			os.symlink(source, target)
	return os.path.getsize(os.path.join(snapshot, DISK))
