# SPDX-License-Identifier: GPL-2.0-only
"""From the command line to the exit status."""

import signal
import sys

from . import common, native, options, processes
from .common import HarnessError, say
from .machine import Machine


def main(argv):
	"""Runs the command that argv asks for; returns the exit status."""
	try:
		wanted = options.parse(argv)
		if wanted is None:
			print(options.HELP, end="")
			return 0
		if wanted.emulator == "native":
			return native.run(wanted)
		return _emulated(wanted)
	except HarnessError as error:
		say(str(error))
		return common.STATUS_HARNESS
	except processes.Interrupted as signalled:
		say(f"ended by {signal.Signals(signalled.number).name}")
		return 128 + signalled.number
	except OSError as error:
		say(f"{error.filename or 'system call'}: {error.strerror}")
		return common.STATUS_HARNESS


def _emulated(wanted):
	run = processes.Run()
	machine = None
	try:
		machine = Machine(run, wanted)
		try:
			machine.go()
		finally:
			machine.close()
			if wanted.keep:
				machine.keep()
		return machine.verdict()
	finally:
		sys.stdout.flush()
		run.close()
