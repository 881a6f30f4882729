#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Runs a command on a terminal of its own: terminal.py STEP... -- COMMAND [ARG]...

A STEP is "expect=REGEX" (waits until what came since the last match has it), "send=TEXT"
(with \\x.. escapes), "raw=yes|no" (the terminal is in raw mode) or "run=COMMAND" (by the shell, with
no part of the terminal). Prints "ok" and exits with the
status of the command when all came true and it ended; else says what went wrong, status 99.
"""

import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

LIMIT = 15.0	# seconds for the whole


def fail(text, seen=b""):
	print(f"{text}\n--- seen:\n{seen.decode(errors='replace')}")
	sys.exit(99)


def is_raw(master):
	return not termios.tcgetattr(master)[3] & termios.ICANON


def main(argv):
	split = argv.index("--")
	steps, command = argv[:split], argv[split + 1:]
	pid, master = pty.fork()
	if pid == 0:
		os.environ["TERM"] = "xterm"
		os.execvp(command[0], command)
	fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 120, 0, 0))
	deadline = time.monotonic() + LIMIT
	seen = b""

	def more():
		nonlocal seen
		ready = select.select([master], [], [], max(0.0, deadline - time.monotonic()))[0]
		if not ready:
			os.kill(pid, signal.SIGKILL)
			fail("time limit", seen)
		try:
			data = os.read(master, 65536)
		except OSError:		# the other side is closed
			data = b""
		seen += data
		return bool(data)

	for step in steps:
		kind, _, text = step.partition("=")
		if kind == "send":
			os.write(master, codecs.decode(text, "unicode_escape").encode("latin-1"))
		elif kind == "expect":
			pattern = re.compile(text.encode())
			while not pattern.search(seen):
				if not more():
					fail(f"ended without: {text}", seen)
			seen = seen[pattern.search(seen).end():]
		elif kind == "raw":
			if is_raw(master) != (text == "yes"):
				fail(f"raw mode is not '{text}'", seen)
		elif kind == "run":
			if subprocess.call(text, shell=True, stdin=subprocess.DEVNULL, close_fds=True):
				fail(f"failed: {text}", seen)
		else:
			fail(f"no step '{step}'")
	# Closed by the last process of the terminal; a command that stays would be a failure.
	while more():
		pass
	status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
	print("ok")
	return status if status >= 0 else 128 - status


if __name__ == "__main__":
	sys.exit(main(sys.argv[1:]))
