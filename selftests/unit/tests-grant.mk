# SPDX-License-Identifier: GPL-2.0-only
# Grant tables; see tests.mk.
unit-y += grant_entry grant_maptrack
grant_entry-src := kmod/grant/entry.c
grant_maptrack-src := kmod/grant/maptrack.c
fuzz-y += grant_entry grant_maptrack
