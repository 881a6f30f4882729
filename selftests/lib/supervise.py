# SPDX-License-Identifier: GPL-2.0-only
"""Runs one command so that nothing of it outlives its time, its runner or itself.

Between the runner and the command sits a supervisor process, in a session of its own. It is the
"child subreaper" of all that the command starts, so even a daemon that left its process group
and lost its parent stays a descendant that can be found and killed. It holds the read end of a
pipe whose only write end is the runner's: when the runner dies, by whatever signal, the pipe
ends and the supervisor cleans up without it.
"""

import ctypes
import json
import os
import select
import shutil
import signal
import sys
import time

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36

GRACE_AFTER_TERM = 5.0		# seconds between the polite and the other signal
GRACE_AFTER_EXIT = 2.0		# for children that are just about to end by themselves
POLL = 0.05


def _prctl(option, value):
	libc = ctypes.CDLL(None, use_errno=True)
	if libc.prctl(option, value, 0, 0, 0):
		raise OSError(ctypes.get_errno(), f"prctl({option})")


def _descendants():
	"""{pid: name} of every living process below this one."""
	parents, names = {}, {}
	for entry in os.listdir("/proc"):
		if not entry.isdigit():
			continue
		try:
			with open(f"/proc/{entry}/stat", errors="replace") as stream:
				stat = stream.read()
		except OSError:
			continue
		name, _, rest = stat.partition("(")[2].rpartition(")")
		state, parent = rest.split()[:2]
		parents[int(entry)] = int(parent)
		if state not in "ZX":
			names[int(entry)] = name
	found, frontier = set(), {os.getpid()}
	while frontier:
		frontier = {pid for pid, parent in parents.items() if parent in frontier} - found
		found |= frontier
	return {pid: names[pid] for pid in found if pid in names}


def _reap(leader, result):
	"""Collects what has ended; remembers the status of the leader."""
	while True:
		try:
			pid, status = os.waitpid(-1, os.WNOHANG)
		except ChildProcessError:
			return
		if pid == 0:
			return
		if pid == leader:
			result["status"] = os.waitstatus_to_exitcode(status)


def _signal_all(number):
	for pid in _descendants():
		try:
			os.kill(pid, number)
		except ProcessLookupError:
			pass


def _kill_all(leader, result):
	_signal_all(signal.SIGTERM)
	_signal_all(signal.SIGCONT)
	deadline = time.monotonic() + GRACE_AFTER_TERM
	while _descendants() and time.monotonic() < deadline:
		_reap(leader, result)
		time.sleep(POLL)
	while _descendants():
		_signal_all(signal.SIGKILL)
		_reap(leader, result)
		time.sleep(POLL)
	_reap(leader, result)


def _supervise(command, limit, directory, scratch, stdout, stderr, report, alive):
	os.setsid()
	for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
		signal.signal(number, signal.SIG_IGN)
	_prctl(PR_SET_CHILD_SUBREAPER, 1)
	started = time.monotonic()
	supervisor = os.getpid()
	leader = os.fork()
	if leader == 0:
		os.setsid()
		_prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
		if os.getppid() != supervisor:
			os._exit(127)
		for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT,
			       signal.SIGPIPE):
			signal.signal(number, signal.SIG_DFL)
		null = os.open("/dev/null", os.O_RDONLY)
		os.dup2(null, 0)
		os.dup2(stdout, 1)
		os.dup2(stderr, 2)
		os.closerange(3, 256)
		os.chdir(directory)
		os.environ["TMPDIR"] = scratch
		os.execvp("bash", ["bash", "-c", command])
	os.close(stdout)
	os.close(stderr)

	result = {"status": None, "timeout": False, "orphaned": False, "left": []}
	while True:
		_reap(leader, result)
		if result["status"] is not None:
			break
		if time.monotonic() - started > limit:
			result["timeout"] = True
			break
		if select.select([alive], [], [], POLL)[0]:
			result["orphaned"] = True
			break
	if result["status"] is not None:
		deadline = time.monotonic() + GRACE_AFTER_EXIT
		while _descendants() and time.monotonic() < deadline:
			_reap(leader, result)
			time.sleep(POLL)
		result["left"] = sorted(f"{name} ({pid})" for pid, name in _descendants().items())
	result["seconds"] = time.monotonic() - started
	_kill_all(leader, result)
	shutil.rmtree(scratch, ignore_errors=True)
	if not result["orphaned"]:
		os.write(report, json.dumps(result).encode())


class Job:
	"""A command under supervision.

	command: text for "bash -c"; limit: seconds; directory: where it runs; scratch: a folder
	of its own that becomes TMPDIR and is removed at the end; lifeline: (read, write) ends
	of a pipe, the same for all jobs of a runner, that nothing is ever written to.

	stdout, stderr and report are file descriptors to read until they end. The report is one
	JSON object: status (as subprocess has it, None if killed by us), timeout, left (processes
	that outlived the command), seconds.
	"""

	def __init__(self, command, limit, directory, scratch, lifeline):
		pipes = [os.pipe() for _ in range(3)]
		sys.stdout.flush()
		sys.stderr.flush()
		self.pid = os.fork()
		if self.pid == 0:
			status = 127
			try:
				keep = {0, 1, 2, lifeline[0]} | {write for _, write in pipes}
				for entry in os.listdir("/proc/self/fd"):
					if int(entry) not in keep:
						try:
							os.close(int(entry))
						except OSError:
							pass
				_supervise(command, limit, directory, scratch,
					   *(write for _, write in pipes), lifeline[0])
				status = 0
			finally:
				os._exit(status)
		for _, write in pipes:
			os.close(write)
		self.stdout, self.stderr, self.report = (read for read, _ in pipes)
