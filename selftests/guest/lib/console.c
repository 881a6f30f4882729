// SPDX-License-Identifier: GPL-2.0-only
/* Output sinks; see console.h. */
#include "console.h"
#include "cpu.h"
#include "evtchn.h"
#include "xen.h"

#include <xen/io/console.h>
#include <xen/sched.h>

static unsigned int console_sinks;
static u32 console_lock;
static struct xencons_interface *ring;
static evtchn_port_t ring_port;

void console_set(unsigned int sinks)
{
	console_sinks = sinks;
}

int hvc_init(void)
{
	u64 pfn = 0, port = 0;
	long rc;

	rc = hvm_param_get(HVM_PARAM_CONSOLE_PFN, &pfn);
	if (!rc)
		rc = hvm_param_get(HVM_PARAM_CONSOLE_EVTCHN, &port);
	if (rc)
		return rc;
	if (!pfn || !port)
		return -XEN_ENODEV;
	ring = (void *)(unsigned long)(pfn << PAGE_SHIFT);
	ring_port = port;
	return 0;
}

static void hvc_write(const char *s, size_t n)
{
	while (n) {
		u32 prod = ring->out_prod;

		if (prod - READ_ONCE(ring->out_cons) >= sizeof(ring->out)) {
			evtchn_send(ring_port);
			sched_op(SCHEDOP_yield, NULL);
			continue;
		}
		ring->out[MASK_XENCONS_IDX(prod, ring->out)] = *s++;
		barrier();
		WRITE_ONCE(ring->out_prod, prod + 1);
		n--;
	}
	evtchn_send(ring_port);
}

void console_write(const char *s, size_t n)
{
	unsigned long flags = read_flags();
	size_t i;

	cli();
	while (xchg32(&console_lock, 1))
		cpu_relax();
	if (console_sinks & CONSOLE_E9)
		for (i = 0; i < n; i++)
			outb(0xe9, s[i]);
	if (console_sinks & CONSOLE_XEN)
		console_io(CONSOLEIO_write, n, s);
	if ((console_sinks & CONSOLE_HVC) && ring)
		hvc_write(s, n);
	WRITE_ONCE(console_lock, 0);
	write_flags(flags);
}
