# SPDX-License-Identifier: GPL-2.0-only
# Network backend; see tests.mk.
unit-y += netback_protocol
netback_protocol-src := kmod/netback/protocol.c
fuzz-y += netback_ring
netback_ring-src := kmod/netback/protocol.c
