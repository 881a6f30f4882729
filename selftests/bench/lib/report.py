# SPDX-License-Identifier: GPL-2.0-only
"""What is measured against what, and the two forms of the result: a table, and JSON."""

import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
BENCH = os.path.dirname(HERE)
TOP = os.path.dirname(os.path.dirname(BENCH))
RESULT = os.path.join(TOP, "build/bench/result.json")

MOST_READS, MOST_WRITES = 8, 3


class TableError(Exception):
	"""The list of targets is wrong; the message says where."""


class Row:
	"""One thing that is measured, and what came out."""

	def __init__(self, name, part, unit, target, xen, kvm, kind, what):
		self.name, self.part, self.unit, self.what = name, part, unit, what
		self.target, self.xen, self.kvm = target, xen, kvm
		self.hot = kind is not None
		self.limits = kind or (0, 0)	# reads and writes that count as a step back
		self.min = self.median = self.rounds = None
		self.exits = self.reads = self.writes = None

	@property
	def measured(self):
		"""Is there a figure?"""
		return self.median is not None

	def verdict(self):
		"""What to think of the figure, in a word or a few."""
		words = []
		if self.target is not None and self.measured:
			words.append("met" if self.median <= self.target else
				     f"missed by {100 * (self.median - self.target) // self.target} %")
		if self.hot and self.exits and not self.accesses_met():
			words.append("VMCS")
		return ", ".join(words)

	def accesses_met(self):
		"""Are a hot exit's accesses to its VMCS as few as they have to be?"""
		return not self.hot or not self.exits or \
			(self.reads <= MOST_READS and self.writes <= MOST_WRITES)

	def within_limits(self):
		"""Are they no more than they were?"""
		return self.reads <= self.limits[0] and self.writes <= self.limits[1]

	def as_json(self):
		"""For programs."""
		keys = ("name", "part", "what", "unit", "min", "median", "rounds", "target", "xen",
			"kvm", "exits", "reads", "writes")
		return {key: getattr(self, key) for key in keys} | {"verdict": self.verdict()}


def _kind(text):
	if text == "-":
		return None
	word, colon, limits = text.partition(":")
	if word != "hot":
		raise ValueError(text)
	if not colon:
		return MOST_READS, MOST_WRITES
	reads, writes = limits.split("/")
	return int(reads), int(writes)


def targets(path=os.path.join(BENCH, "targets")):
	"""The rows of the list, by name."""
	rows = {}
	with open(path, encoding="utf-8") as text:
		for number, line in enumerate(text, 1):
			parts = line.split(None, 7)
			if not parts or line.startswith("#"):
				continue
			try:
				name, part, unit, target, xen, kvm, kind, what = parts
				figures = [None if f == "-" else int(f) for f in (target, xen, kvm)]
				limits = _kind(kind)
			except ValueError:
				raise TableError(f"{path}:{number}: expected eight columns: numbers or "
						 "'-' for the figures, and 'hot', 'hot:READS/WRITES' "
						 "or '-' for the kind") from None
			if name in rows:
				raise TableError(f"{path}:{number}: {name} comes twice")
			rows[name] = Row(name, part, unit, *figures, limits, what.strip())
	return rows


def figure(value):
	"""A number for people: 527 M rather than 527000000."""
	if value is None:
		return "-"
	if value >= 10_000_000:
		return f"{value / 1e6:.0f} M"
	if value >= 1_000_000:
		return f"{value / 1e6:.1f} M"
	return str(value)


def print_table(rows, out=sys.stdout):
	"""The rows that were measured."""
	line = "{:<40} {:>8} {:>8} {:>8} {:>8} {:>8} {:>6} {:>6}  {}"
	print(line.format("", "min", "median", "target", "Xen", "KVM", "exits", "VMCS", "verdict")
	      .rstrip(), file=out)
	for row in rows:
		if not row.measured:
			continue
		what = row.what + ("" if row.unit == "ticks" else f", {row.unit}")
		accesses = "" if not row.exits else f"{row.reads}r {row.writes}w"
		print(line.format(what, figure(row.min), figure(row.median), figure(row.target),
				  figure(row.xen), figure(row.kvm),
				  "" if row.exits is None else row.exits, accesses,
				  row.verdict()).rstrip(), file=out)


def commit():
	"""What of the tree is measured: the commit, and whether it was changed since."""
	def git(*arguments):
		done = subprocess.run(["git", "-C", TOP, *arguments], stdout=subprocess.PIPE,
				      stderr=subprocess.DEVNULL, check=False, text=True)
		return done.stdout.strip() if done.returncode == 0 else None
	return {"commit": git("rev-parse", "HEAD"),
		"changed": bool(git("status", "--porcelain", "--untracked-files=no"))}


def write_json(rows, machine, more, path=RESULT):
	"""Everything in one file; parts that were not measured now are not in it."""
	os.makedirs(os.path.dirname(path), exist_ok=True)
	content = {**commit(), **machine, **more,
		   "results": [row.as_json() for row in rows if row.measured]}
	with open(f"{path}.{os.getpid()}", "w", encoding="utf-8") as out:
		json.dump(content, out, indent="\t")
		out.write("\n")
	os.rename(f"{path}.{os.getpid()}", path)
