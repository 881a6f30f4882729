# SPDX-License-Identifier: GPL-2.0-only
"""The machine's first disk: boots the kernel, or after a snapshot carries the payload."""

import os
import struct

from . import common
from .common import HarnessError

SECTOR = 512
# The emulator wants whole cylinders of its usual geometry.
CYLINDER = 16 * 63 * SECTOR
# Room for the payload of a run from a snapshot: the disk's size is part of it.
LEAST = 64 * common.MIB
MAGIC = b"XLHVPAY1"

SETUP_AT = 0x90000
COMMAND_LINE_AT = 0x9e000
COMMAND_LINE_MAX = 2047
LOADER_SIZE = 4096
ENTER32 = 0x8200
LOADER_ENTRY, LOADER_TABLE = 0x400, 0x410


def _sectors(data):
	return (len(data) + SECTOR - 1) // SECTOR


def write_boot(path, loader, flat, initrd, command_line, memory):
	"""Writes the boot disk.

	loader: its code; flat: the kernel's cache entry; initrd: bytes; memory: MiB of the machine.
	"""
	line = command_line.encode()
	if len(line) > COMMAND_LINE_MAX:
		raise HarnessError(f"the kernel's command line is too long ({len(line)} bytes, at "
				   f"most {COMMAND_LINE_MAX}): shorten --append")
	setup = bytearray(common.read_bytes(flat.file("setup")))
	image = common.read_bytes(flat.file("image"))
	image_at, entry = map(int, common.read_bytes(flat.file("entry")).split())

	# High, as below it the kernel unfolds, but in the first gigabyte: the others stay whole.
	top = min(memory * common.MIB - 2 * common.MIB, 0x3fff0000)
	initrd_at = (top - len(initrd)) & ~0xfff
	need = image_at + struct.unpack_from("<I", setup, 0x260)[0]
	if initrd_at < need:
		raise HarnessError(f"--memory {memory}: too little for the kernel and "
				   f"{len(initrd) // common.MIB} MiB of files")
	setup[0x210] = 0xff				# a loader without a number
	setup[0x211] |= 0x81				# loaded high, heap usable
	struct.pack_into("<I", setup, 0x214, ENTER32)
	struct.pack_into("<II", setup, 0x218, initrd_at, len(initrd))
	struct.pack_into("<H", setup, 0x224, 0xdc00)
	struct.pack_into("<I", setup, 0x228, COMMAND_LINE_AT)

	code = bytearray(loader)
	struct.pack_into("<I", code, LOADER_ENTRY, entry)
	sector, at = LOADER_SIZE // SECTOR, LOADER_TABLE
	parts = ((bytes(setup), SETUP_AT), (line + b"\0", COMMAND_LINE_AT), (image, image_at),
		 (initrd, initrd_at))
	with open(path, "wb") as disk:
		for data, address in parts:
			struct.pack_into("<III", code, at, sector, _sectors(data), address)
			at += 12
			disk.seek(sector * SECTOR)
			disk.write(data)
			sector += _sectors(data)
		disk.seek(0)
		disk.write(code)
		disk.truncate(round_up(max(sector * SECTOR, LEAST)))


def write_payload(path, archive, size):
	"""Writes a disk of the given size that a waiting machine takes its payload from."""
	with open(path, "wb") as disk:
		disk.write((MAGIC + struct.pack("<Q", len(archive))).ljust(SECTOR, b"\0"))
		disk.write(archive)
		disk.truncate(size)


def payload_fits(archive, size):
	"""Is there room for it on a disk of that size?"""
	return SECTOR + len(archive) <= size


def round_up(size):
	"""Size of a disk that holds that many bytes."""
	return (size + CYLINDER - 1) // CYLINDER * CYLINDER


def check_image(path):
	"""Refuses a test's disk image that the emulator cannot attach."""
	if not os.access(path, os.R_OK | os.W_OK):
		raise HarnessError(f"--disk {path}: not readable and writable")
