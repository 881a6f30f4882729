# SPDX-License-Identifier: GPL-2.0-only
"""Takes apart what comes out of the emulator: frames of the agent and plain text.

guest/agent.h has the format: bytes above 0x7f are the agent's, text is the emulator's own or was
written to the port by a module.
"""

import binascii
import re

OUTPUT, KERNEL, BOOTED, WAITING, STARTED, ENDED, FILES, ERROR, TAINT, DONE, NOTE = range(11)

_FIRST, _END = 0x90, 0x9f
_HEX = bytes.maketrans(bytes(range(0x80, 0x90)), b"0123456789abcdef")
_RUNS = re.compile(b"[\x00-\x7f]+|[\x80-\xff]+")
_CONTROL = re.compile(b"([\x90-\x9f])")


class Decoder:
	"""feed() bytes; it calls frame(type, content) as content comes and text(line) per line.

	The frames that carry streams (OUTPUT, FILES) are handed on in pieces, others whole.
	"""

	def __init__(self, frame, text):
		self._frame, self._on_text = frame, text
		self._type = None
		self._digits = b""
		self._line = b""

	def feed(self, data):
		"""More bytes from the emulator."""
		for run in _RUNS.findall(data):
			if run[0] < 0x80:
				*lines, self._line = (self._line + run).split(b"\n")
				for line in lines:
					self._on_text(line.decode(errors="replace").rstrip("\r"))
			else:
				self._coded(run)
		if self._type in (OUTPUT, FILES):
			self._flush(partial=True)

	def _coded(self, run):
		for part in _CONTROL.split(run):
			if len(part) == 1 and part[0] >= _FIRST:
				self._control(part[0])
			elif part and self._type is not None:
				self._digits += part

	def _control(self, byte):
		if byte == _END:
			if self._type is not None:
				self._flush()
			self._type = None
		else:
			self._type = byte - _FIRST
			self._digits = b""

	def _flush(self, partial=False):
		even = len(self._digits) & ~1
		if partial and not even:
			return
		digits, self._digits = self._digits[:even], self._digits[even:]
		self._frame(self._type, binascii.unhexlify(digits.translate(_HEX)))

	def close(self):
		"""No more bytes will come."""
		if self._line:
			self._on_text(self._line.decode(errors="replace"))
			self._line = b""
