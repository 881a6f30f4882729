# SPDX-License-Identifier: GPL-2.0-only
"""A person's terminal on the machine's serial console."""

import os
import pty
import selectors
import shutil
import sys
import termios
import tty

# Not Ctrl-], by which a person in the machine leaves the console of a domain.
ESCAPE = b"\x1e"		# Ctrl-^


class Console:
	"""A pseudo terminal whose one end is the machine's serial port, the other ours.

	Input is held back until the machine's shell has shown its prompt: what comes earlier
	would be lost when the port is opened.
	"""

	def __init__(self):
		self._master, self._slave = pty.openpty()
		tty.setraw(self._slave)
		self.path = os.ttyname(self._slave)
		size = shutil.get_terminal_size((80, 24))
		self.terminal = (size.lines, size.columns, os.environ.get("TERM", "dumb"))
		self._started = self._forwarding = False
		self._saved = None

	def register(self, selector):
		"""Takes part in the event loop of the run."""
		selector.register(self._master, selectors.EVENT_READ)

	def started(self):
		"""The machine's shell begins."""
		self._started = True

	def service(self, key, selector):
		"""One event; True when the person wants to leave."""
		if key.fd == self._master:
			data = os.read(self._master, 4096)
			os.write(sys.stdout.fileno(), data)
			if self._started and not self._forwarding:
				self._forward(selector)
			return False
		data = os.read(sys.stdin.fileno(), 512)
		if ESCAPE in data and self._saved:
			return True
		if not data:
			selector.unregister(sys.stdin)
			data = b"\x04"
		os.write(self._master, data)
		return False

	def _forward(self, selector):
		self._forwarding = True
		if sys.stdin.isatty():
			self._saved = termios.tcgetattr(sys.stdin)
			tty.setraw(sys.stdin)
		try:
			selector.register(sys.stdin, selectors.EVENT_READ)
		except (PermissionError, ValueError):
			pass			# a plain file cannot be waited for

	def close(self):
		"""Shows what is left and gives the person's terminal back as it was."""
		os.set_blocking(self._master, False)
		try:
			while data := os.read(self._master, 4096):
				os.write(sys.stdout.fileno(), data)
		except OSError:
			pass
		if self._saved:
			termios.tcsetattr(sys.stdin, termios.TCSADRAIN, self._saved)
			self._saved = None
