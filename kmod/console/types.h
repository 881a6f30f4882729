/* SPDX-License-Identifier: GPL-2.0-only */
/* What a domain has of its consoles; see console.c and serial.c. */
#ifndef XLHV_CONSOLE_TYPES_H
#define XLHV_CONSOLE_TYPES_H

#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "base/log.h"
#include "base/paced_work.h"
#include "console/uart.h"
#include "evtchn/types.h"

struct console_device;
struct page;
struct xencons_interface;

/**
 * struct console_stream - what the guest says by one device, and who listens
 * @device: [c] how it takes input
 * @scrollback: what the guest said
 * @wait: readers and writers
 * @closed: the domain is dying: nothing more will come.  Written under the device's lock
 * @broken: what the guest does makes no sense: nothing more is done.  The same
 */
struct console_stream {
	const struct console_device *device;
	struct dom_log scrollback;
	wait_queue_head_t wait;
	bool closed;
	bool broken;
};

/**
 * struct dom_console - console of a domain
 * @lock: ring indices of our side
 * @ring: [c][G] shared ring, NULL before the builder said where; set under the lock,
 *	read with acquire without it
 * @page: [c] its page
 * @stream: what the guest said; who reads and writes
 * @host: [lock] our end of its event channel
 * @drain: drains the ring, wakes who waits
 * @out_cons: [lock] our index of what the guest says
 * @in_prod: [lock] our index of what it hears; read without it to see whether to wait
 */
struct dom_console {
	struct mutex lock;	/* ring indices of our side */
	struct xencons_interface *ring;
	struct page *page;
	struct console_stream stream;
	struct xlhv_evtchn host;
	struct pace drain;
	u32 out_cons;
	u32 in_prod;
};

/**
 * struct dom_serial - serial port of a domain
 * @lock: the UART; interrupts off
 * @uart: [lock] its registers
 * @present: [c] there is one
 * @stream: what the guest said; who reads and writes
 * @wake: wakes who waits
 */
struct dom_serial {
	raw_spinlock_t lock;	/* the UART */
	struct uart uart;
	bool present;
	struct console_stream stream;
	struct pace wake;
};

#endif /* XLHV_CONSOLE_TYPES_H */
