# SPDX-License-Identifier: GPL-2.0-only
"""Runs benchmarks in the emulated machine and reads what they print."""

import json
import os
import re
import subprocess
import sys

import tracing

TOP = tracing.TOP
BUNDLE = os.path.join(TOP, "build/guest/bundle")
TRACED_ROUNDS = 3	# of the guest's bench.h


class BenchError(Exception):
	"""A benchmark did not run; the message says why."""


# Tiny guests hold no locks that the emulator's fault with virtual interrupts could hurt
# (docs/testing.md): they are measured with all that the CPU has.
EVERYTHING = ["--module-args", "disable="]


class Machine:
	"""The emulated machine with the options that all parts share, and what it says it is."""

	def __init__(self, options=(), kernel="6.1-cloud"):
		self.options, self.kernel = ["--kernel", kernel, *options], kernel
		self.identity = {}
		self.messages = ""	# of the last run, from the harness and the emulator

	def run(self, *arguments, options=()):
		"""One run; returns its output."""
		done = subprocess.run([os.path.join(TOP, "selftests/vm/run"), "--timeout", "900",
				       *self.options, *options, *arguments],
				      stdout=subprocess.PIPE, stderr=subprocess.PIPE,
				      check=False, text=True, errors="replace")
		self.messages = done.stderr
		self.identify(done.stderr)
		if done.returncode:
			raise BenchError(f"status {done.returncode}\n" +
					 "\n".join((done.stdout + done.stderr).splitlines()[-30:]))
		return done.stdout

	def identify(self, text):
		"""Remembers emulator, model and kernel, from the harness's first line."""
		found = re.search(r"^vm: (Bochs [0-9.]+(?:, fast)?), (\S+), \d+ CPUs?, "
				  r"Linux ([^,\s]+)", text, re.M)
		if found:
			self.identity = dict(zip(("emulator", "model", "kernel"), found.groups()))

	def guests(self, *runs, options=()):
		"""Runs benchmark guests; returns their results by name."""
		output = self.run("--add", f"{BUNDLE}:/guest", "--", "/guest/run-in-vm", "-b",
				  "/guest", *runs, options=[*EVERYTHING, *options])
		return self.results(output)

	@staticmethod
	def results(output):
		"""What guests told in a run, by name."""
		found = {}
		for line in output.splitlines():
			if line.lstrip().startswith("json "):
				for result in json.loads(line.lstrip()[5:])["results"]:
					found[result["name"]] = result
		return found

	def traces(self, run="micro.trace"):
		"""One trace, of middle length, for each operation of a benchmark; with symbols."""
		guest = tracing.symbols_of_guest(os.path.join(TOP, "build/guest/micro.elf"))
		mark = next(a for a, n in guest if n == "guest:bench_mark_here")
		recorded, output, sections = tracing.record(BUNDLE, run, mark, 200,
							   [*EVERYTHING, *self.options])
		names = re.findall(r"^ *bench (\S+) ", output, re.M)
		if len(names) * TRACED_ROUNDS > len(recorded):
			raise tracing.TraceError(f"{len(recorded)} traces of {len(names)} operations")
		found = {}
		for i, name in enumerate(names):
			three = sorted(recorded[i * TRACED_ROUNDS:(i + 1) * TRACED_ROUNDS], key=len)
			found[name] = three[TRACED_ROUNDS // 2]
		return found, sections, guest


def build():
	"""Guests and module; what is printed goes to standard error."""
	bundle = os.path.join(TOP, "selftests/guest/bundle")	# waits for other suites that build them
	if subprocess.run([bundle], stdout=sys.stderr, check=False).returncode:
		raise BenchError("the guests do not build")
