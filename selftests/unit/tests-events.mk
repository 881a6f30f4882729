# SPDX-License-Identifier: GPL-2.0-only
# Event channels and time; see tests.mk.
unit-y += evtchn_2l evtchn_fifo evtchn_portmap time_scale
evtchn_2l-src := kmod/evtchn/two_level_words.c
evtchn_fifo-src := kmod/evtchn/fifo_queue.c
evtchn_portmap-src := kmod/evtchn/portmap.c
time_scale-src := kmod/time/scale.c
fuzz-y += evtchn_fifo evtchn_2l evtchn_portmap

unit-y += time_watchdog
time_watchdog-src := kmod/time/watchdog.c
time_watchdog-cflags := -iquote selftests/unit/time_fake -Iselftests/unit/time_fake
