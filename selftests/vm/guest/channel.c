// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine's line to the host: ports of the emulator, written from user space.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/io.h>
#include <unistd.h>

#include "agent.h"

#define PORT_CONSOLE	0xe9		/* to the emulator's standard output */
#define PORT_BIOS_INFO	0x402		/* to its log, a line at a time, with the tick */
#define PORT_SERIAL_INTERRUPTS 0x3f9	/* which of them the first serial port sends */
#define PORT_CONTROL	0x8900		/* "Shutdown" ends it, 'D' enters its debugger */

/* channel_open - get access to the ports; without them there is nobody to complain to. */
void channel_open(void)
{
	if (iopl(3) < 0)
		_exit(1);
}

static void port_write(uint16_t port, const void *data, size_t size)
{
	__asm__ volatile("cld; rep outsb" : "+S"(data), "+c"(size) : "d"(port) : "memory");
}

void channel_frame(enum frame type, const void *data, size_t size)
{
	static uint8_t coded[2 * 8192 + 2];
	const uint8_t *from = data;
	size_t n = 0, i;

	coded[n++] = FRAME_FIRST + type;
	for (i = 0; i < size; i++) {
		if (n > sizeof(coded) - 3) {
			port_write(PORT_CONSOLE, coded, n);
			n = 0;
		}
		coded[n++] = 0x80 | from[i] >> 4;
		coded[n++] = 0x80 | (from[i] & 15);
	}
	coded[n++] = FRAME_END;
	port_write(PORT_CONSOLE, coded, n);
}

void channel_printf(enum frame type, const char *format, ...)
{
	char text[512];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	channel_frame(type, text, n < (int)sizeof(text) ? n : (int)sizeof(text) - 1);
}

void channel_mark(const char *text)
{
	port_write(PORT_BIOS_INFO, text, strlen(text));
	port_write(PORT_BIOS_INFO, "\n", 1);
}

void channel_break(void)
{
	port_write(PORT_CONTROL, "D", 1);
}

void channel_power_off(void)
{
	port_write(PORT_CONTROL, "Shutdown", 8);
}

/*
 * channel_serial_silence - no more interrupts of the serial port
 *
 * A restored emulator makes the port receive NULs without end, and the kernel would take an
 * interrupt for each and echo it.  Its own messages need no interrupt: it polls.
 */
void channel_serial_silence(void)
{
	outb(0, PORT_SERIAL_INTERRUPTS);
}
