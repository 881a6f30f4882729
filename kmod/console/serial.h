/* SPDX-License-Identifier: GPL-2.0-only */
/* The serial port of a domain; see serial.c. */
#ifndef XLHV_CONSOLE_SERIAL_H
#define XLHV_CONSOLE_SERIAL_H

#include <linux/types.h>

#include "domain/domain.h"
#include "domain/parts.h"

#define SERIAL_PORT	0x3f8

extern const struct domain_part serial_part;

/* Whether an access to ports meets it. */
static inline bool serial_at(const struct domain *d, unsigned int port, unsigned int size)
{
	return d->serial.present && port < SERIAL_PORT + UART_REGISTERS &&
	       port + size > SERIAL_PORT;
}

u32 serial_in(struct domain *d, unsigned int port, unsigned int size);
void serial_out(struct domain *d, unsigned int port, unsigned int size, u32 value);

#endif /* XLHV_CONSOLE_SERIAL_H */
