# SPDX-License-Identifier: GPL-2.0-only
"""The kernel of the machine: found or fetched, unpacked from its bzImage, with its modules."""

import gzip
import lzma
import os
import re
import struct
import subprocess

from . import common
from .common import HarnessError

NAMES = ("6.1-cloud", "6.1", "6.1-rt", "6.12-cloud", "6.12", "backports-cloud", "debug")


class Pace:
	"""What suits a kernel: emulated instructions per emulated second, with one processor and
	with several; MiB of memory; seconds that it may take to boot for a snapshot; more arguments."""

	def __init__(self, one, many, memory, boot, arguments=""):
		self.one, self.many, self.memory, self.boot = one, many, memory, boot
		self.arguments = arguments


# Idle time costs nothing on one processor; several are stepped through it, so there a second should
# be short. Kernels that check themselves do a tenth of the work in an instruction, and have to do
# what they do in the same seconds: limits of tests, and time-outs of the kernel, are in those. They
# are configured to gather their entropy themselves, which takes them six billion instructions.
_ORDINARY = Pace(100_000_000, 25_000_000, 256, 300)
_DEBUG = Pace(1_000_000_000, 200_000_000, 768, 3000, "random.trust_cpu=on ")


def pace(name):
	"""The pace of a kernel, by what --kernel says."""
	return _DEBUG if name == "debug" else _ORDINARY

# Modules that commands may load, with what these depend on. All of the base image, stripped;
# those that a kernel does not have (cloud kernels have no e1000) are left out.
WANTED = ("kvm-intel", "kvm", "msr", "cpuid", "ata_piix", "sd_mod", "e1000", "tun", "bridge",
	  "veth", "nft_chain_nat", "nft_masq", "nft_ct", "sch_ingress", "sch_drr", "sch_tbf",
	  "cls_fw", "cls_matchall", "act_police", "act_skbedit", "loop", "xen-evtchn", "xen-gntdev",
	  "xen-privcmd", "brd", "null_blk",
	  # What a rule of xlctl vfr may need besides.
	  "nf_tables", "nft_objref", "nft_log", "nft_limit", "nft_reject_inet", "nft_reject_bridge",
	  "nft_nat", "nft_fib_inet", "nft_dup_netdev", "nft_fwd_netdev", "nf_conntrack_bridge",
	  "nft_meta_bridge", "nf_log_syslog")
DISK_MODULES = ("ata_piix", "sd_mod")

GZIP = b"\x1f\x8b"


class Kernel:
	"""release: as uname -r has it; image: the bzImage; modules: its /lib/modules/RELEASE;
	kdir: what build-module takes, or None."""

	def __init__(self, run, options):
		self.name = options.kernel
		self.built_module = None	# of ours, for it
		if self.name in NAMES:
			folder = run.output(
				[os.path.join(common.TOP, "scripts/kernel"), self.name],
				f"kernel {self.name} cannot be had").decode().strip()
			self.image = os.path.join(folder, "vmlinuz")
			self.modules = os.path.join(folder, "modules")
			self.release = common.read_bytes(
				os.path.join(folder, "release")).decode().strip()
			self.kdir = self.name
		else:
			if not os.path.isfile(self.name):
				raise HarnessError(f"--kernel {self.name}: no such file, and not one "
						   f"of {', '.join(NAMES)}")
			self.image = self.name
			self.release = self._release_of_image()
			self.modules = f"/lib/modules/{self.release}"
			self.kdir = None
		if options.modules:
			self.modules = options.modules
		if not os.path.isfile(os.path.join(self.modules, "modules.dep")):
			raise HarnessError(f"{self.modules}: no module tree (no modules.dep in it); "
					   "name one with --modules")
		if self.kdir is None:
			link = os.path.join(self.modules, "build")
			self.kdir = link if os.path.isdir(link) else None

	def _release_of_image(self):
		data = common.read_bytes(self.image)
		if data[0x202:0x206] != b"HdrS":
			raise HarnessError(f"{self.image}: not an x86 Linux kernel image (bzImage)")
		at = struct.unpack_from("<H", data, 0x20e)[0] + 0x200
		return data[at:at + 128].split(b"\0")[0].split(b" ")[0].decode(errors="replace")

	def flat(self):
		"""Cache entry with the kernel uncompressed: files "setup", "image", "entry"."""
		content = common.read_bytes(self.image)
		entry = common.Entry("kernel", common.digest("2", content))
		return entry.make(lambda folder: _flatten(self.image, content, folder))

	def find(self, names):
		"""Files of the named modules and what they depend on, dependencies first.

		Names that the kernel does not have are left out.
		"""
		by_name, depends = {}, {}
		with open(os.path.join(self.modules, "modules.dep"), encoding="utf-8") as stream:
			for line in stream:
				path, _, rest = line.partition(":")
				by_name[module_name(path)] = path
				depends[path] = rest.split()
		order = []

		def visit(path):
			for other in reversed(depends.get(path, [])):
				visit(other)
			if path not in order:
				order.append(path)

		for name in names:
			path = by_name.get(module_name(name))
			if path:
				visit(path)
		return order, {path: depends.get(path, []) for path in order}


def module_name(path):
	"""What the kernel calls the module in a file."""
	return os.path.basename(path).split(".ko")[0].replace("-", "_")


def _filter(argv, data):
	try:
		# Kernels end with their size, which some of these tools call an error.
		done = subprocess.run(argv, input=data, stdout=subprocess.PIPE,
				      stderr=subprocess.DEVNULL, check=False)
	except OSError as error:
		raise HarnessError(f"{argv[0]}: {error.strerror}") from None
	return done.stdout


def decompress(data):
	"""Unpacks what Linux packs kernels and modules with; other data is returned as it is."""
	if data[:6] == b"\xfd7zXZ\0":
		return lzma.LZMADecompressor().decompress(data)
	if data[:4] == b"\x28\xb5\x2f\xfd":
		return _filter(["zstd", "-dcq"], data)
	if data[:4] == b"\x02\x21\x4c\x18":
		return _filter(["lz4", "-dc"], data)
	if data[:2] == GZIP:
		return gzip.decompress(data)
	return data


def _flatten(name, content, folder):
	if content[0x202:0x206] != b"HdrS":
		raise HarnessError(f"{name}: not an x86 Linux kernel image (bzImage)")
	setup_size = (content[0x1f1] + 1) * 512
	offset, length = struct.unpack_from("<II", content, 0x248)
	payload = content[setup_size + offset:setup_size + offset + length]
	# The size of the kernel follows what is packed; with gzip it is that format's own.
	vmlinux = decompress(payload if payload[:2] == GZIP else payload[:-4])
	if vmlinux[:5] != b"\x7fELF\x02":
		raise HarnessError(f"{name}: cannot unpack the kernel in it")
	entry, table = struct.unpack_from("<QQ", vmlinux, 24)
	size, count = struct.unpack_from("<HH", vmlinux, 54)
	segments = []
	for i in range(count):
		kind, _, start, _, address, length, _, _ = struct.unpack_from(
			"<IIQQQQQQ", vmlinux, table + i * size)
		if kind == 1 and length:
			segments.append((address, vmlinux[start:start + length]))
	base = min(address for address, _ in segments)
	image = bytearray(max(address + len(data) for address, data in segments) - base)
	for address, data in segments:
		image[address - base:address - base + len(data)] = data
	common.write_file(os.path.join(folder, "setup"), content[:setup_size])
	common.write_file(os.path.join(folder, "image"), bytes(image))
	common.write_file(os.path.join(folder, "entry"), f"{base} {entry}\n")


def strip_module(run, data, scratch):
	"""A module without signature, debug information and types: a fraction of the work to load."""
	common.write_file(scratch, decompress(data))
	run.output(["objcopy", "--strip-debug", "--remove-section=.BTF", scratch],
		   "cannot strip a module")
	return common.read_bytes(scratch)


def module_depends(path):
	"""Names of the modules that a module file needs, or wants before it."""
	data = common.read_bytes(path)
	found = re.findall(rb"(?:^|\0)depends=([^\0]*)\0", data)
	names = [name for name in found[0].decode().split(",") if name] if found else []
	for words in re.findall(rb"(?:^|\0)softdep=pre:([^\0]*)\0", data):
		names += words.decode().split()
	return names
