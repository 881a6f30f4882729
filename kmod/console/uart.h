/* SPDX-License-Identifier: GPL-2.0-only */
/* The registers of a 16550A, without a line: what is sent has gone at once.  See uart.c. */
#ifndef XLHV_CONSOLE_UART_H
#define XLHV_CONSOLE_UART_H

#include <linux/types.h>

#define UART_REGISTERS	8
#define UART_FIFO	16

/**
 * struct uart - one UART
 * @ier: which interrupts are wanted
 * @fcr: FIFO control, as far as it is kept
 * @lcr: line control
 * @mcr: modem control
 * @scratch: the register that does nothing
 * @divisor: the baud rate's
 * @deltas: which modem lines have changed since they were read
 * @overrun: a byte came that had no room (in loopback: nobody else sends so fast)
 * @sent: the transmitter has become empty since that was told
 * @first: of the bytes that were received
 * @count: of these
 * @received: bytes for the guest, a ring
 */
struct uart {
	u8 ier, fcr, lcr, mcr, scratch;
	u16 divisor;
	u8 deltas;
	bool overrun, sent;
	u8 first, count;
	u8 received[UART_FIFO];
};

void uart_reset(struct uart *u);
u8 uart_read(struct uart *u, unsigned int reg);
bool uart_write(struct uart *u, unsigned int reg, u8 value);
unsigned int uart_room(const struct uart *u);
void uart_receive(struct uart *u, u8 byte);

#endif /* XLHV_CONSOLE_UART_H */
