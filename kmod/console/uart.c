// SPDX-License-Identifier: GPL-2.0-only
/*
 * The registers of a 16550A, after its data sheet.  There is no line behind it: whatever
 * rate and format the guest sets, a byte that it writes has been sent at once, and so the
 * transmitter is always empty.  What it receives waits in the FIFO, and who sends waits
 * for room there, so that nothing is lost.  The modem lines say that somebody listens.
 *
 * The interrupt line leads nowhere, but the interrupt identification register says what it
 * would be raised for: drivers that poll look there.
 */
#include <linux/serial_reg.h>
#include <linux/string.h>
#include <linux/types.h>

#include "console/uart.h"

/* Bits that exist. */
#define IER_BITS	(UART_IER_RDI | UART_IER_THRI | UART_IER_RLSI | UART_IER_MSI)
#define FCR_KEPT	(UART_FCR_ENABLE_FIFO | UART_FCR_TRIGGER_MASK)
#define MCR_BITS	(UART_MCR_DTR | UART_MCR_RTS | UART_MCR_OUT1 | UART_MCR_OUT2 |	\
			 UART_MCR_LOOP)

/* Fewer bytes than the trigger asks for have waited for some time. */
#define IIR_TIMEOUT	0x0c
#define IIR_FIFOS	0xc0

/**
 * uart_reset() - as the firmware of a PC leaves it: 115200 baud, 8 bits, no parity
 * @u: UART
 */
void uart_reset(struct uart *u)
{
	memset(u, 0, sizeof(*u));
	u->lcr = UART_LCR_WLEN8;
	u->divisor = 1;
	u->sent = true;
}

static bool has_fifo(const struct uart *u)
{
	return u->fcr & UART_FCR_ENABLE_FIFO;
}

/* How many bytes are worth an interrupt. */
static unsigned int trigger(const struct uart *u)
{
	static const u8 levels[] = { 1, 4, 8, 14 };

	return has_fifo(u) ? levels[u->fcr >> 6] : 1;
}

static unsigned int capacity(const struct uart *u)
{
	return has_fifo(u) ? UART_FIFO : 1;
}

/* In loopback the outputs are the inputs. */
static u8 modem_lines(const struct uart *u)
{
	u8 lines = 0;

	if (!(u->mcr & UART_MCR_LOOP))
		return UART_MSR_CTS | UART_MSR_DSR | UART_MSR_DCD;
	if (u->mcr & UART_MCR_RTS)
		lines |= UART_MSR_CTS;
	if (u->mcr & UART_MCR_DTR)
		lines |= UART_MSR_DSR;
	if (u->mcr & UART_MCR_OUT1)
		lines |= UART_MSR_RI;
	if (u->mcr & UART_MCR_OUT2)
		lines |= UART_MSR_DCD;
	return lines;
}

static void write_mcr(struct uart *u, u8 value)
{
	u8 before = modem_lines(u), changed;

	u->mcr = value & MCR_BITS;
	changed = before ^ modem_lines(u);
	/* Of the ring indicator only its end is told. */
	if (before & UART_MSR_RI)
		u->deltas |= changed >> 4;
	else
		u->deltas |= (changed & ~UART_MSR_RI) >> 4;
}

static u8 interrupt(const struct uart *u)
{
	if (u->ier & UART_IER_RLSI && u->overrun)
		return UART_IIR_RLSI;
	if (u->ier & UART_IER_RDI && u->count)
		return u->count >= trigger(u) ? UART_IIR_RDI : IIR_TIMEOUT;
	if (u->ier & UART_IER_THRI && u->sent)
		return UART_IIR_THRI;
	if (u->ier & UART_IER_MSI && u->deltas)
		return UART_IIR_MSI;
	return UART_IIR_NO_INT;
}

static u8 read_iir(struct uart *u)
{
	u8 value = interrupt(u);

	/* Told once. */
	if (value == UART_IIR_THRI)
		u->sent = false;
	return value | (has_fifo(u) ? IIR_FIFOS : 0);
}

static void write_fcr(struct uart *u, u8 value)
{
	/* The other bits count only with the first; to change that one empties the FIFOs. */
	if (!(value & UART_FCR_ENABLE_FIFO))
		value = 0;
	if (value & UART_FCR_CLEAR_RCVR || (value ^ u->fcr) & UART_FCR_ENABLE_FIFO)
		u->count = 0;
	u->fcr = value & FCR_KEPT;
}

static u8 read_received(struct uart *u)
{
	u8 byte = u->received[u->first % UART_FIFO];

	if (!u->count)
		return 0;
	u->first = (u->first + 1) % UART_FIFO;
	u->count--;
	return byte;
}

static void put_received(struct uart *u, u8 byte)
{
	if (u->count == capacity(u)) {
		u->overrun = true;
		/* A FIFO keeps what it has; a single register has the newest. */
		if (!has_fifo(u))
			u->received[u->first % UART_FIFO] = byte;
		return;
	}
	u->received[(u->first + u->count) % UART_FIFO] = byte;
	u->count++;
}

/**
 * uart_read() - the guest reads a register
 * @u: UART
 * @reg: 0 to UART_REGISTERS - 1
 *
 * Return: its value.
 */
u8 uart_read(struct uart *u, unsigned int reg)
{
	u8 value;

	switch (reg) {
	case UART_RX:
		return u->lcr & UART_LCR_DLAB ? u->divisor & 0xff : read_received(u);
	case UART_IER:
		return u->lcr & UART_LCR_DLAB ? u->divisor >> 8 : u->ier;
	case UART_IIR:
		return read_iir(u);
	case UART_LCR:
		return u->lcr;
	case UART_MCR:
		return u->mcr;
	case UART_LSR:
		value = UART_LSR_TEMT | UART_LSR_THRE | (u->count ? UART_LSR_DR : 0) |
			(u->overrun ? UART_LSR_OE : 0);
		u->overrun = false;
		return value;
	case UART_MSR:
		value = modem_lines(u) | u->deltas;
		u->deltas = 0;
		return value;
	default:
		return u->scratch;
	}
}

/**
 * uart_write() - the guest writes a register
 * @u: UART
 * @reg: 0 to UART_REGISTERS - 1
 * @value: what it writes
 *
 * Return: the value is a byte that has been sent.
 */
bool uart_write(struct uart *u, unsigned int reg, u8 value)
{
	switch (reg) {
	case UART_TX:
		if (u->lcr & UART_LCR_DLAB) {
			u->divisor = (u->divisor & 0xff00) | value;
			break;
		}
		u->sent = true;
		if (!(u->mcr & UART_MCR_LOOP))
			return true;
		put_received(u, value);
		break;
	case UART_IER:
		if (u->lcr & UART_LCR_DLAB) {
			u->divisor = (u->divisor & 0xff) | value << 8;
			break;
		}
		/* Who begins to want to know of an empty transmitter is told of it. */
		if (value & ~u->ier & UART_IER_THRI)
			u->sent = true;
		u->ier = value & IER_BITS;
		break;
	case UART_FCR:
		write_fcr(u, value);
		break;
	case UART_LCR:
		u->lcr = value;
		break;
	case UART_MCR:
		write_mcr(u, value);
		break;
	case UART_SCR:
		u->scratch = value;
		break;
	}
	return false;
}

/**
 * uart_room() - how many bytes can be received
 * @u: UART
 *
 * Return: a number; 0 in loopback, where the line is cut off.
 */
unsigned int uart_room(const struct uart *u)
{
	return u->mcr & UART_MCR_LOOP ? 0 : capacity(u) - u->count;
}

/**
 * uart_receive() - a byte arrives
 * @u: UART; there is room
 * @byte: it
 */
void uart_receive(struct uart *u, u8 byte)
{
	put_received(u, byte);
}
