# SPDX-License-Identifier: GPL-2.0-only
# Grant tables; see tests.mk.
unit-y += grant_entry grant_maptrack
grant_entry-src := kmod/grant/entry.c
grant_maptrack-src := kmod/grant/maptrack.c
fuzz-y += grant_entry grant_maptrack

# All but the hypercalls' own copies, on the p2m of tests.mk.
unit-y += grant_use
grant_use-src = $(addprefix kmod/grant/,backend.c entry.c map.c maptrack.c pin.c table.c) \
	kmod/domain/alloc.c $(ept-p2m)
# Version 2 is only in the header of who says that he knows it.
grant_use-cflags = -D__XEN_INTERFACE_VERSION__=0x00040a00 \
	-iquote selftests/unit/grant_fake -Iselftests/unit/grant_fake $(ept-fake)
