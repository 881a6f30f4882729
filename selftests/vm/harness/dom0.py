# SPDX-License-Identifier: GPL-2.0-only
"""--dom0: Xen's own daemons and tools, and others of a Dom0, from Debian's packages.

They are of the release that the kernel is of, and part of the root file system that a snapshot is
made with: a run from it does not bring them along again. Their libraries come with them. So that
the C library and its loader fit each other, and programs of this machine run beside them, what both
bring is taken from the newer release.
"""

import os
import re

from . import common, files
from . import kernel as kernels
from .common import HarnessError

SCRIPT = os.path.join(common.TOP, "scripts/dom0")
RELEASES = ("bookworm", "trixie")	# the older first
LIBRARIES = ("lib64", "lib/x86_64-linux-gnu")


def _rank_of_host():
	try:
		text = common.read_bytes("/etc/os-release").decode()
	except OSError:
		text = ""
	found = re.search(r"^VERSION_CODENAME=\"?(\w+)", text, re.M)
	name = found.group(1) if found else ""
	return RELEASES.index(name) if name in RELEASES else len(RELEASES)


def provided_libraries(rank, host, names):
	"""Those of the named libraries that programs of this machine do without their own."""
	return frozenset(names) if rank >= host else frozenset()


class Dom0:
	"""entry: of the cache, with "dom0.cpio"; libraries: names that need not be brought."""

	def __init__(self, run, kernel):
		if kernel.name not in kernels.NAMES:
			raise HarnessError(f"--dom0: the release of {kernel.name} is not known; use "
					   f"one of {', '.join(kernels.NAMES)}")
		folder = run.output([SCRIPT, kernel.name],
				    "the programs of a Dom0 cannot be had").decode().strip()
		rank, host = RELEASES.index(os.path.basename(folder)), _rank_of_host()
		names = [name for part in LIBRARIES
			 for name in sorted(os.listdir(os.path.join(folder, part)))]
		self.libraries = provided_libraries(rank, host, names)
		made = common.digest("1", common.read_bytes(os.path.join(folder, "recipe")),
				     os.stat(os.path.join(folder, "recipe")).st_mtime_ns, host)
		self.entry = common.Entry("dom0", made).make(
			lambda new: self._pack(folder, new, rank < host))

	@staticmethod
	def _pack(folder, new, older):
		archive = files.Archive()
		for part in ("etc", "usr", *LIBRARIES):
			archive.tree(os.path.join(folder, part), part)
		archive.link("var/run", "/run")
		if older:
			for name in ("libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0",
				     "librt.so.1", "libresolv.so.2"):
				archive.file(f"{LIBRARIES[1]}/{name}",
					     common.read_bytes(f"/{LIBRARIES[1]}/{name}"), 0o755)
			archive.file("lib64/ld-linux-x86-64.so.2",
				     common.read_bytes("/lib64/ld-linux-x86-64.so.2"), 0o755)
		common.write_file(os.path.join(new, "dom0.cpio"), archive.bytes())

	def bytes(self):
		"""The archive."""
		return common.read_bytes(self.entry.file("dom0.cpio"))
