#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Reads KTAP and judges it without good faith.

A test program that stops half-way, promises a number of tests and delivers another, or prints
nothing at all has failed, whatever its last line said. Only leaves of the tree of subtests are
counted; the line of a parent counts only when it fails although none of its children did, or
when it has no children.

As a program, "ktap.py [FILE]" judges one log and exits 0 only when all of it passed.
"""

import re
import sys

RESULT = re.compile(r"(not )?ok(?: +(\d+))?(?: *-)?(?: +(.*))?$")
PLAN = re.compile(r"1\.\.(\d+)(?: *# *(.*))?$")
VERSION = re.compile(r"K?TAP version \d+$")
DIRECTIVE = re.compile(r"(?:^|\s)#\s*(SKIP|TODO|XFAIL|TIMEOUT|ERROR)\b:?\s*(.*)$", re.IGNORECASE)
BAIL = re.compile(r"Bail out!\s*(.*)$", re.IGNORECASE)
SUBTEST = re.compile(r"# Subtest(?::\s*(.*))?$")

CONTEXT_LINES = 40


class Failure:
	"""One failing result, or one breach of the protocol, and the output that led to it."""

	def __init__(self, line, context=()):
		self.line = line
		self.context = list(context)


class Level:
	"""One (sub)test document: what it promised and what came so far."""

	def __init__(self, indent, name=""):
		self.indent = indent
		self.name = name
		self.planned = None
		self.seen = 0
		self.failed = 0		# failing leaves at this level and below
		self.skip_all = None


class Parser:
	"""Feed it lines without their newline; finish() when the program has ended."""

	def __init__(self):
		self.passed = 0
		self.skipped = 0
		self.failures = []
		self.skips = []
		self.bailed = False
		self._stack = []
		self._documents = 0
		self._recent = []
		self._follows = None	# the failure that comments may still belong to

	@property
	def failed(self):
		return len(self.failures)

	def note(self, line):
		"""A line that is not KTAP (standard error): only context for a failure."""
		if self._follows and line.lstrip().startswith("#"):
			self._follows.context.append(line)
			return
		self._follows = None
		self._recent.append(line)
		if len(self._recent) > CONTEXT_LINES:
			del self._recent[0]

	def feed(self, line):
		"""One line of standard output; returns True when it was a result."""
		text = line.expandtabs(8).rstrip()
		body = text.lstrip(" ")
		indent = len(text) - len(body)
		if self.bailed:
			return False
		match = BAIL.match(body)
		if match:
			self.bailed = True
			self._fail(f"Bail out! {match[1]}".rstrip())
			return False
		if VERSION.match(body):
			self._open(indent)
			return False
		match = SUBTEST.match(body)
		if match and indent:
			self._level(indent).name = match[1] or ""
			return False
		match = PLAN.match(body)
		if match:
			self._plan(indent, int(match[1]), match[2])
			return False
		match = RESULT.match(body)
		if match and (match[2] or match[3] or not indent):
			self._follows = None
			self._result(indent, body, match)
			return True
		self.note(line)
		return False

	def finish(self):
		"""The output has ended: what is still missing?"""
		self._close(0)
		if not self._documents and not self.failures:
			self._fail("no test: the output has neither a plan nor a result")

	def _fail(self, line):
		self._follows = Failure(line, self._recent)
		self.failures.append(self._follows)
		self._recent = []

	def _open(self, indent):
		top = self._stack[-1] if self._stack else None
		if top and top.indent == indent and top.planned is None and not top.seen:
			return		# the name of the subtest came before its version line
		self._close(indent)
		self._stack.append(Level(indent))
		self._documents += 1

	def _level(self, indent):
		"""The level that a line of this indentation belongs to; opened if there is none."""
		while self._stack and self._stack[-1].indent > indent:
			self._close_last()
		if not self._stack or self._stack[-1].indent < indent:
			self._open(indent)
		return self._stack[-1]

	def _close(self, indent):
		while self._stack and self._stack[-1].indent >= indent:
			self._close_last()

	def _close_last(self):
		level = self._stack.pop()
		where = f" in {level.name}" if level.name else " in a subtest" if level.indent else ""
		if self.bailed:
			pass
		elif level.planned is None:
			level.failed += 1
			self._fail(f"no plan{where}: {level.seen} results and no 1..N line")
		elif level.seen != level.planned:
			level.failed += 1
			self._fail(f"planned {level.planned} tests{where}, got results of {level.seen}")
		if self._stack:
			self._stack[-1].failed += level.failed
		return level

	def _plan(self, indent, count, directive):
		level = self._level(indent)
		if level.planned is not None:
			level.failed += 1
			self._fail(f"two plans: 1..{count} after 1..{level.planned}")
			return
		level.planned = count
		if count:
			return
		skip = re.match(r"SKIP\b:?\s*(.*)$", directive or "", re.IGNORECASE)
		if not skip:
			level.failed += 1
			self._fail("no test: the plan is 1..0 without a reason to skip")
			return
		level.skip_all = skip[1] or "no reason given"
		if not indent:
			self.skipped += 1
			self.skips.append(f"everything # SKIP {level.skip_all}")

	def _result(self, indent, body, match):
		child = None
		while self._stack and self._stack[-1].indent > indent:
			child = self._close_last()
		level = self._level(indent)
		level.seen += 1
		failed = bool(match[1])
		if match[2] and int(match[2]) != level.seen:
			level.failed += 1
			self._fail(f"{body}  (numbered {match[2]}, but it is result {level.seen})")
			level.seen = max(level.seen, int(match[2]))
			return
		directive = DIRECTIVE.search(match[3] or "")
		kind = directive[1].upper() if directive else ""
		has_children = child is not None and (child.seen or child.failed)
		if kind in ("SKIP", "TODO", "XFAIL") or (child and child.skip_all and not failed):
			# A parent that skips although a child failed: that failure is counted already.
			if not has_children:
				self.skipped += 1
				self.skips.append(body)
			self._recent = []
		elif failed:
			if not has_children or not child.failed:
				level.failed += 1
				self._fail(body)
		else:
			if not has_children:
				self.passed += 1
			self._recent = []


def main(argv):
	if len(argv) > 2 or (len(argv) == 2 and argv[1] in ("-h", "--help")):
		print("usage: ktap.py [FILE]", file=sys.stderr)
		return 2
	parser = Parser()
	with (open(argv[1], errors="replace") if len(argv) == 2 else sys.stdin) as stream:
		for line in stream:
			parser.feed(line.rstrip("\n"))
	parser.finish()
	for failure in parser.failures:
		print(failure.line)
	print(f"{parser.passed} passed, {parser.failed} failed, {parser.skipped} skipped")
	return 1 if parser.failed or not parser.passed else 0


if __name__ == "__main__":
	sys.exit(main(sys.argv))
