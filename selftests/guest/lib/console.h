/* SPDX-License-Identifier: GPL-2.0-only */
/* Text output of a test kernel. */
#ifndef GUEST_CONSOLE_H
#define GUEST_CONSOLE_H

#include "types.h"

enum console_sink {
	CONSOLE_E9 = 1,		/* bytes to I/O port 0xE9 */
	CONSOLE_XEN = 2,	/* whole lines by the console_io hypercall */
	CONSOLE_HVC = 4,	/* the PV console ring, when hvc_init() found one */
};

/**
 * console_set - choose where text goes
 * @sinks: a mask of enum console_sink; 0 is silence
 */
void console_set(unsigned int sinks);

/**
 * console_write - write bytes to the chosen sinks
 * @s: text, need not be terminated
 * @n: bytes
 *
 * Context: any; a lock keeps the text of several vCPUs apart by call.
 */
void console_write(const char *s, size_t n);

int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap) __printf(3, 0);
int snprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);
/* At most 512 bytes a call; %d %i %u %x %X %p %s %c %%, flags 0 - #, width, l ll z h hh. */
void printf(const char *fmt, ...) __printf(1, 2);
void vprintf(const char *fmt, va_list ap) __printf(1, 0);

/**
 * hvc_init - attach to the PV console ring that the HVM params name
 * Return: 0, -ENODEV (no ring or no port), or the hypercall's error.
 */
int hvc_init(void);

#endif
