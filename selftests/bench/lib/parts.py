# SPDX-License-Identifier: GPL-2.0-only
"""The parts that run a script of in-machine/ or several guests: pairs, scale, backend, ..."""

import os
import re
import shutil
import statistics
import subprocess

import tracing
from machine import BUNDLE, BenchError

SCRIPTS = os.path.join(tracing.TOP, "selftests/bench/in-machine")

# With how many of what the same operations are measured; what a guest calls them.
FEW_TO_MANY = (
	("domains", (1, 10, 100),
	 ("hypercall-version", "send-masked", "send-served", "timer-arm", "hlt-lateness",
	  "grant-copy-4k")),
	("ports", (10, 1000, 100000), ("ports-masked", "ports-served", "ports-bind")),
	("grants", (1000, 32000), ("grants-copy", "grants-map-unmap")),
)
# What is measured with something switched on or off.
SWITCHED = ("cpuid", "hypercall-version", "rdmsr", "wrmsr", "timer-arm", "send-masked", "send-served",
	    "grant-copy-4k")
# Part of the cost that may come from elsewhere: the host's own interrupts, caches of memory.
GROWTH = 0.05


def _script(machine, name, *arguments, options=()):
	return machine.run("--add", f"{BUNDLE}:/guest", "--add", f"{SCRIPTS}:/in-machine", "--",
			   f"/in-machine/{name}", *map(str, arguments), options=options)


def _fill(row, result):
	row.min, row.median, row.rounds = result["min"], result["median"], result["rounds"]


def pairs(rows, machine):
	"""Round trips by event: two vCPUs, two domains, on one processor of the host and on two."""
	for where, options, guests, domains in (
			("1", (), "micro.two", ()),
			("2", ("--cpus", "2"), "micro.two-apart", ("apart",))):
		found = machine.guests(guests, options=options)
		found |= machine.results(_script(machine, "domains", *domains, options=options))
		for name, result in found.items():
			if f"{name}-{where}" in rows:
				_fill(rows[f"{name}-{where}"], result)


def backend(rows, machine):
	"""A backend's use of a grant."""
	done = subprocess.run([os.path.join(tracing.TOP, "scripts/build-module"), machine.kernel,
			       "backend-test"], stdout=subprocess.DEVNULL, check=False)
	if done.returncode:
		raise BenchError("the module backend-test does not build")
	shutil.copy(os.path.join(tracing.TOP, "build/module", machine.kernel, "backend-test.ko"),
		    BUNDLE)
	for name, least, median, number in re.findall(
			r"^# cycles grant-get-put-(\w+): min (\d+) median (\d+) n (\d+)$",
			_script(machine, "backend"), re.M):
		_fill(rows[f"backend-grant-{name}"],
		      {"min": int(least), "median": int(median), "rounds": int(number)})


def net(rows, machine):
	"""Packets, between a guest and a process of the host."""
	program = os.path.join(tracing.TOP, "build/vmtests/xlhv-net")
	done = subprocess.run(["make", "-s", "-C", os.path.join(tracing.TOP, "selftests/vm/tests/progs"),
			       program], check=False)
	if done.returncode:
		raise BenchError("xlhv-net does not build")
	shutil.copy(program, BUNDLE)
	for name, result in machine.results(_script(machine, "net")).items():
		_fill(rows[name], result)


def memory(rows, machine):
	"""Memory of the host for a domain, beyond the guest's."""
	output = _script(machine, "memory", options=("--memory", "512"))
	taken = [int(n) for n in re.findall(r"^overhead (\d+)$", output, re.M)]
	if not taken:
		raise BenchError("no figure for memory")
	_fill(rows["memory-overhead"], {"min": min(taken), "median": statistics.median_low(taken),
					"rounds": len(taken)})


def scale(_rows, machine):
	"""The same with few and with many domains, ports, grants; returns all figures."""
	told = {}
	for what, numbers, operations in FEW_TO_MANY:
		told[what] = {operation: {} for operation in operations}
		for number in numbers:
			if what == "domains":
				results = machine.results(_script(machine, "neighbours", number,
								  options=("--memory", "1024")))
			else:
				found = machine.guests(f"micro.{what}-{number}")
				results = {name.removesuffix(f"-{number}"): result
					   for name, result in found.items()}
			for operation in operations:
				if operation not in results:
					raise BenchError(f"{operation} with {number} {what} "
							 "was not measured")
				told[what][operation][number] = results[operation]["median"]
	return {"scale": told}


def switches(_rows, machine):
	"""The same with tracepoints on, and without mitigations; returns all figures."""
	tracing_runs = re.split(r"^tracing [01]$", _script(machine, "tracing"), flags=re.M)[1:]
	columns = dict(zip(("as it is", "traced", "not traced again"),
			   map(machine.results, tracing_runs)))
	columns["mitigations=off"] = machine.guests("micro.short",
						    options=("--append", "mitigations=off"))
	told = {operation: {} for operation in SWITCHED}
	for column, results in columns.items():
		for operation in SWITCHED:
			if operation not in results:
				raise BenchError(f"{operation}, {column}: was not measured")
			told[operation][column] = results[operation]["median"]
	if any(f["as it is"] != f["not traced again"] for f in told.values()):
		raise BenchError(f"tracepoints that were on cost something when they are off: {told}")
	return {"switches": told}


def show_switches(told):
	"""For people."""
	columns = list(next(iter(told.values())))
	print("\n" + " ".join([f"{'median ticks':<24}", *(f"{c:>16}" for c in columns)]))
	for operation, figures in told.items():
		print(" ".join([f"{operation:<24}", *(f"{f:>16}" for f in figures.values())]))


def grows(figures):
	"""Does it cost more with more? By how much, as a share."""
	least = min(figures.values())
	return max(0, list(figures.values())[-1] - least) / least


def show_scale(told):
	"""For people: an operation a line."""
	for what, operations in told.items():
		numbers = list(next(iter(operations.values())))
		line = "{:<40}" + " {:>8}" * len(numbers) + "  {}"
		print("\n" + line.format(f"median ticks with so many {what}", *numbers, "").rstrip())
		for operation, figures in operations.items():
			growth = grows(figures)
			print(line.format(operation, *figures.values(), "constant"
					  if growth <= GROWTH else f"grows by {100 * growth:.0f} %"))
