// SPDX-License-Identifier: GPL-2.0-only
/*
 * A serial port at 0x3f8, for guests that know nothing of Xen: boot loaders, unikernels, a
 * kernel that is not told of it.  The port has no interrupt, as a PVH domain has no
 * controller for one.  A driver finds that out of ACPI, and polls.
 *
 * Registers are accessed where the guest exits, with interrupts off, and each access does a
 * few steps under a lock.  Who reads the output is woken by a worker of the host's, at its
 * pace (paced_work.h).
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/spinlock.h>

#include "base/host_memory.h"
#include "console/console.h"
#include "console/serial.h"
#include "console/stream.h"
#include "domain/domain.h"

static u8 read_register(struct dom_serial *s, unsigned int reg)
{
	unsigned int room;
	unsigned long flags;
	bool more;
	u8 value;

	raw_spin_lock_irqsave(&s->lock, flags);
	room = uart_room(&s->uart);
	value = uart_read(&s->uart, reg);
	more = uart_room(&s->uart) > room;
	raw_spin_unlock_irqrestore(&s->lock, flags);
	if (more)
		pace_kick(&s->wake);
	return value;
}

static void write_register(struct dom_serial *s, unsigned int reg, u8 value)
{
	unsigned int room;
	unsigned long flags;
	bool more, sent;

	raw_spin_lock_irqsave(&s->lock, flags);
	room = uart_room(&s->uart);
	sent = uart_write(&s->uart, reg, value);
	more = uart_room(&s->uart) > room;
	raw_spin_unlock_irqrestore(&s->lock, flags);
	if (sent)
		log_write(&s->stream.scrollback, (char *)&value, 1, false);
	if (sent || more)
		pace_kick(&s->wake);
}

/**
 * serial_in() - the guest reads ports, one at least of which is the UART's
 * @d: domain of the vCPU
 * @port: the first
 * @size: how many, 1 to 4: the bus makes a wide access one to each
 *
 * Context: any but NMI.
 * Return: what they say; a port that is none says ones.
 */
u32 serial_in(struct domain *d, unsigned int port, unsigned int size)
{
	u32 value = ~0U;
	unsigned int i, reg;

	for (i = 0; i < size; i++) {
		reg = port + i - SERIAL_PORT;
		if (reg < UART_REGISTERS) {
			value &= ~(0xffU << 8 * i);
			value |= (u32)read_register(&d->serial, reg) << 8 * i;
		}
	}
	return value;
}

/**
 * serial_out() - the guest writes ports, one at least of which is the UART's
 * @d: domain of the vCPU
 * @port: the first
 * @size: how many, 1 to 4
 * @value: to be written
 *
 * Context: any but NMI.
 */
void serial_out(struct domain *d, unsigned int port, unsigned int size, u32 value)
{
	unsigned int i, reg;

	for (i = 0; i < size; i++) {
		reg = port + i - SERIAL_PORT;
		if (reg < UART_REGISTERS)
			write_register(&d->serial, reg, value >> 8 * i);
	}
}

static void wake(struct work_struct *work)
{
	wake_up_all(&container_of(pace_begin(work), struct dom_serial, wake)->stream.wait);
}

static ssize_t put(struct console_stream *stream, const char *text, size_t len)
{
	struct dom_serial *s = container_of(stream, struct dom_serial, stream);
	ssize_t done;

	raw_spin_lock_irq(&s->lock);
	if (stream->closed) {
		done = -EPIPE;
	} else {
		len = min_t(size_t, len, uart_room(&s->uart));
		for (done = 0; done < len; done++)
			uart_receive(&s->uart, text[done]);
	}
	raw_spin_unlock_irq(&s->lock);
	return done;
}

static bool room(const struct console_stream *stream)
{
	const struct dom_serial *s = container_of(stream, struct dom_serial, stream);

	/* A glance: who comes too early waits, and who waits is woken for a change. */
	return data_race(uart_room(&s->uart));
}

static const struct console_device device = {
	.put = put,
	.room = room,
};

static int init(struct domain *d, const struct xlhv_dom_create *create, char *text)
{
	struct dom_serial *s = &d->serial;
	int err;

	if (!(create->flags & XLHV_CREATE_SERIAL))
		return 0;
	raw_spin_lock_init(&s->lock);
	pace_init(&s->wake, wake);
	uart_reset(&s->uart);
	err = console_stream_init(&s->stream, &device, create->console_bytes);
	if (!err)
		s->present = true;
	return err;
}

/* The domain dies: readers see the end.  Nothing of the guest runs. */
static void close_domain(struct domain *d)
{
	struct dom_serial *s = &d->serial;

	if (!s->present)
		return;
	raw_spin_lock_irq(&s->lock);
	WRITE_ONCE(s->stream.closed, true);
	raw_spin_unlock_irq(&s->lock);
	pace_cancel(&s->wake);
	wake_up_all(&s->stream.wait);
}

static void free_domain(struct domain *d)
{
	log_free(&d->serial.stream.scrollback);
}

static size_t bytes(const struct domain *d)
{
	return d->serial.stream.scrollback.size;
}

const struct domain_part serial_part = {
	.name = "serial",
	.init = init,
	.close = close_domain,
	.free = free_domain,
	.bytes = bytes,
};
