# SPDX-License-Identifier: GPL-2.0-only
"""The strict emulator: where it is, and what its model reported (../emulator/strict)."""

import bisect
import os
import re
import subprocess

from . import common

LOG = "strict.log"			# in the folder where it runs

# What --emulator calls it, and what its model does besides then (its environment's STRICT).
MODES = {"strict": "", "strict-eager": "eager", "strict-stale": "stale"}

MAX_LINES = 120


def _read(*argv):
	return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False,
			      text=True).stdout


def _text_offsets(module):
	"""Where the kernel puts a module's sections with code: by number, from the first one on."""
	offsets, size = {}, 0
	for line in _read("readelf", "-SW", module).splitlines():
		found = re.match(r" *\[ *(\d+)\] (\S+) +\S+ +\w+ \w+ (\w+) \w+ +(\w*) +\d+ +\d+ +(\d+)$", line)
		if not found or not {"A", "X"} <= set(found.group(4)) or found.group(2).startswith(".init"):
			continue
		align = max(int(found.group(5)), 1)
		size = (size + align - 1) // align * align
		offsets[found.group(1)] = size
		size += int(found.group(3), 16)
	return offsets


class Names:
	"""Names of the kernel's and the module's functions, for addresses without randomness."""

	LANDING = "vmx_landing_guarded"		# where the module's exits arrive

	def __init__(self, system_map, module, landing):
		symbols = []
		if system_map and os.path.exists(system_map):
			for line in common.read_bytes(system_map).decode().splitlines():
				words = line.split()
				if words[1] in "tT":
					symbols.append((int(words[0], 16), words[2]))
		if module and landing:
			symbols += self._of_module(module, landing)
		self._symbols = sorted(symbols)

	def _of_module(self, module, landing):
		offsets, symbols = _text_offsets(module), []
		for line in _read("readelf", "-sW", module).splitlines():
			words = line.split()
			if len(words) == 8 and words[6] in offsets and words[3] in ("FUNC", "NOTYPE") and \
					not words[7].startswith("__pfx"):
				symbols.append((offsets[words[6]] + int(words[1], 16), words[7]))
		base = [landing - at for at, name in symbols if name == self.LANDING]
		return [(at + base[0], name) for at, name in symbols] if base else []

	def of(self, address):
		"""The function at an address, or the address."""
		i = bisect.bisect(self._symbols, (address, "~")) - 1
		if i < 0 or address - self._symbols[i][0] > 0x10000:
			return f"{address:x}"
		return f"{self._symbols[i][1]}+{address - self._symbols[i][0]:#x}"


def report(text, system_map=None, module=None):
	"""Lines of what a log reports, addresses of functions named; None if it reports nothing."""
	if "STRICT REPORT " not in text:
		return None
	landing = re.search(r"^STRICT HOST_RIP (\w+)$", text, re.M)
	names = Names(system_map, module, int(landing.group(1), 16) if landing else 0)
	lines = []
	wanted = False
	for line in text.splitlines():
		if not line.startswith(" "):
			wanted = line.startswith("STRICT REPORT ")
		if wanted:
			lines.append(re.sub(r"\bffffffff[89a-f][0-9a-f]{7}\b",
					    lambda found: names.of(int(found.group(0), 16)), line))
	counts = [line for line in text.splitlines() if line.startswith("STRICT COUNT ")]
	return lines[:MAX_LINES] + counts
