# SPDX-License-Identifier: GPL-2.0-only
# Block backend; see tests.mk.
unit-y += blkback_protocol
blkback_protocol-src := kmod/blkback/protocol.c
fuzz-y += blkback_ring
blkback_ring-src := kmod/blkback/protocol.c
