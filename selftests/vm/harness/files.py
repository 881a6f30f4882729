# SPDX-License-Identifier: GPL-2.0-only
"""What goes into the machine: archives for its root file system, made of host files."""

import os
import re
import stat
import subprocess

from . import common
from . import kernel as kernels
from .common import HarnessError

BUSYBOX = "/bin/busybox"
AGENT = os.path.join(common.VM, "guest")


class Archive:
	"""A cpio archive (newc format) under construction; later files replace earlier ones."""

	def __init__(self, libraries_there=frozenset()):
		"""libraries_there: names of libraries that the machine has already."""
		self._nodes = {}
		self._libraries_there = libraries_there

	def __contains__(self, path):
		return path.strip("/") in self._nodes

	def _put(self, path, mode, data):
		path = path.strip("/")
		parent = os.path.dirname(path)
		if parent and parent not in self._nodes:
			self._put(parent, stat.S_IFDIR | 0o755, b"")
		if parent and not stat.S_ISDIR(self._nodes[parent][0]):
			raise HarnessError(f"/{parent} would be both a folder and a file")
		old = self._nodes.get(path)
		if old and stat.S_ISDIR(old[0]) != stat.S_ISDIR(mode):
			raise HarnessError(f"/{path} would be both a folder and a file")
		self._nodes[path] = (mode, data)

	def folder(self, path, mode=0o755):
		"""A folder; its parents come by themselves."""
		self._put(path, stat.S_IFDIR | mode, b"")

	def file(self, path, data, mode=0o644):
		"""A file with the given text or bytes."""
		self._put(path, stat.S_IFREG | mode, data.encode() if isinstance(data, str) else data)

	def link(self, path, target):
		"""A symbolic link."""
		self._put(path, stat.S_IFLNK | 0o777, target.encode())

	def host(self, source, path):
		"""A file or folder of the host, with the libraries of the programs in it."""
		info = os.lstat(source)
		if os.path.isdir(source):
			self.folder(path, stat.S_IMODE(os.stat(source).st_mode) | 0o700)
			for name in sorted(os.listdir(source)):
				self.host(os.path.join(source, name), os.path.join(path, name))
		elif stat.S_ISLNK(info.st_mode) and not os.path.isabs(os.readlink(source)) \
				and path.count("/") > 2:
			self.link(path, os.readlink(source))
		elif os.path.isfile(source):
			data = common.read_bytes(source)
			self.file(path, data, stat.S_IMODE(os.stat(source).st_mode))
			for library in libraries(source, data):
				if library not in self and \
						os.path.basename(library) not in self._libraries_there:
					self.file(library, common.read_bytes(library), 0o755)
		else:
			raise HarnessError(f"--add {source}: neither a file nor a folder")

	def tree(self, source, path):
		"""A folder of the host as it is, links as links and without anybody's libraries."""
		for name in sorted(os.listdir(source)):
			one, there = os.path.join(source, name), os.path.join(path, name)
			if os.path.islink(one):
				self.link(there, os.readlink(one))
			elif os.path.isdir(one):
				self.tree(one, there)
			else:
				self.file(there, common.read_bytes(one),
					  stat.S_IMODE(os.stat(one).st_mode))

	def bytes(self):
		"""The archive."""
		parts = []
		for number, (path, (mode, data)) in enumerate(sorted(self._nodes.items()), 1):
			parts.append(_member(number, path, mode, data))
		parts.append(_member(0, "TRAILER!!!", 0, b""))
		return b"".join(parts)


def _member(number, path, mode, data):
	name = os.fsencode(path) + b"\0"
	fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0)
	head = b"070701" + b"".join(b"%08x" % field for field in fields) + name
	return head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)


def libraries(path, data):
	"""Loader and libraries of a dynamically linked program or library, as absolute paths."""
	if data[:4] != b"\x7fELF":
		return []
	if data[4] != 2 or data[18:20] != b"\x3e\0":
		return []		# not for this processor: the command's affair
	if b"\0.dynamic\0" not in data and b"ld-linux-x86-64" not in data:
		return []
	done = subprocess.run(["ldd", os.path.abspath(path)], stdout=subprocess.PIPE,
			      stderr=subprocess.PIPE, check=False, text=True)
	if "statically linked" in done.stdout or "not a dynamic executable" in done.stderr:
		return []
	missing = re.findall(r"^\s*(\S+) => not found", done.stdout, re.M)
	if missing:
		raise HarnessError(f"{path}: its library {missing[0]} is not on this machine")
	found = re.findall(r"^\s*(?:\S+ => )?(/\S+) \(0x", done.stdout, re.M)
	libc = [name for name in found if os.path.basename(name) == "libc.so.6"]
	others = [path, *(name for name in found if name not in libc)]
	# Which the C library loads by itself where a thread is cancelled.
	if libc and any(b"\0pthread_cancel\0" in common.read_bytes(name) for name in others):
		unwinder = os.path.join(os.path.dirname(libc[0]), "libgcc_s.so.1")
		found += [unwinder] if os.path.isfile(unwinder) else []
	return found


def agent(run):
	"""Cache entry with the machine's first process ("agent") and the boot loader ("loader")."""
	sources = sorted(os.path.join(AGENT, name) for name in os.listdir(AGENT)
			 if name.endswith((".c", ".h", ".S")))
	entry = common.Entry("agent", common.digest("1", *map(common.read_bytes, sources)))

	def build(folder):
		program = os.path.join(folder, "agent")
		run.output(["gcc", "-O2", "-Wall", "-Wextra", "-static", "-s", "-o", program,
			    *(name for name in sources if name.endswith(".c"))],
			   "cannot build the machine's agent")
		unlinked = os.path.join(folder, "loader.o")
		run.output(["as", "-o", unlinked, os.path.join(AGENT, "loader.S")],
			   "cannot assemble the boot loader")
		run.output(["ld", "-Ttext=0x7c00", "--oformat", "binary", "--no-warn-rwx-segments",
			    "-o", os.path.join(folder, "loader"), unlinked],
			   "cannot link the boot loader")
		os.unlink(unlinked)

	return entry.make(build)


def base(run, kernel):
	"""Cache entry with what every machine with this kernel has: file "base.cpio"."""
	tools = agent(run)
	dependencies = common.read_bytes(os.path.join(kernel.modules, "modules.dep"))
	if not os.path.exists(BUSYBOX):
		raise HarnessError("no /bin/busybox: run make deps")
	entry = common.Entry("base", common.digest(
		"2", common.read_bytes(tools.file("agent")), common.read_bytes(BUSYBOX),
		kernel.release, dependencies, common.read_bytes(kernel.image), *kernels.WANTED))

	def build(folder):
		archive = Archive()
		archive.file("init", common.read_bytes(tools.file("agent")), 0o755)
		archive.link("sbin/vmctl", "/init")
		_busybox(run, archive)
		for path in ("proc", "sys", "dev", "run", "tmp", "root", "mnt", "var/log", ".machine",
			     "lib64", "usr/lib", "usr/local/bin"):
			archive.folder(path)
		archive.file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"
			     "nobody:x:65534:65534:nobody:/nonexistent:/bin/false\n")
		archive.file("etc/group", "root:x:0:\ntty:x:5:\nnogroup:x:65534:\n")
		archive.file("etc/hosts", "127.0.0.1 localhost xlhv\n")
		archive.file("etc/profile", "PS1='xlhv:\\w\\$ '\n")
		_modules(run, archive, kernel, os.path.join(folder, "scratch.ko"))
		common.remove(os.path.join(folder, "scratch.ko"))
		common.write_file(os.path.join(folder, "base.cpio"), archive.bytes())

	return entry.make(build)


def _busybox(run, archive):
	archive.file("bin/busybox", common.read_bytes(BUSYBOX), 0o755)
	for path in run.output([BUSYBOX, "--list-full"], "busybox does not run").decode().split():
		if path not in archive:
			archive.link(path, "/bin/busybox")


def _aliases(kernel, order):
	"""By which the kernel asks for a module when it needs one: of those that are there."""
	there = {kernels.module_name(path) for path in order}
	path = os.path.join(kernel.modules, "modules.alias")
	if not os.path.exists(path):
		return ""
	lines = common.read_bytes(path).decode().splitlines()
	return "".join(f"{line}\n" for line in lines if line.split()[-1] in there)


def _modules(run, archive, kernel, scratch):
	tree = f"lib/modules/{kernel.release}"
	order, depends = kernel.find(kernels.WANTED)
	lines = ["updates/xlhv.ko:"]
	names = {path: re.sub(r"\.(xz|gz|zst)$", "", path) for path in order}
	for path in order:
		data = common.read_bytes(os.path.join(kernel.modules, path))
		archive.file(f"{tree}/{names[path]}", kernels.strip_module(run, data, scratch))
		others = " ".join(names[other] for other in depends[path])
		lines.append(f"{names[path]}: {others}".rstrip())
	archive.file(f"{tree}/modules.dep", "\n".join(lines) + "\n")
	archive.file(f"{tree}/modules.alias", _aliases(kernel, order))
	for name in ("modules.builtin", "modules.order"):
		source = os.path.join(kernel.modules, name)
		if os.path.exists(source):
			archive.file(f"{tree}/{name}", common.read_bytes(source))
