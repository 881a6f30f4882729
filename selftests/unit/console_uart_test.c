// SPDX-License-Identifier: GPL-2.0-only
/*
 * The serial port's registers: what a host sends and a guest reads, and that nothing a guest does
 * in any order leaves the FIFO's bounds. What a guest alone can see is in selftests/guest/serial.
 */
#include <linux/kernel.h>
#include <linux/serial_reg.h>

#include <stdlib.h>
#include <string.h>

#include "console/uart.h"
#include "unit.h"

static struct uart u;

static void receive(const char *text)
{
	while (*text)
		uart_receive(&u, *text++);
}

TEST(what_comes_is_read_in_order)
{
	uart_reset(&u);
	EXPECT_EQ(uart_room(&u), 1);
	uart_write(&u, UART_FCR, UART_FCR_ENABLE_FIFO);
	EXPECT_EQ(uart_room(&u), 16);
	receive("abcdefghijklmnop");
	EXPECT_EQ(uart_room(&u), 0);
	EXPECT_EQ(uart_read(&u, UART_LSR), 0x61);
	for (int i = 0; i < 10; i++)
		EXPECT_EQ(uart_read(&u, UART_RX), 'a' + i);
	EXPECT_EQ(uart_room(&u), 10);
	receive("0123456789");
	for (int i = 0; i < 6; i++)
		EXPECT_EQ(uart_read(&u, UART_RX), 'k' + i);
	for (int i = 0; i < 10; i++)
		EXPECT_EQ(uart_read(&u, UART_RX), '0' + i);
	EXPECT_EQ(uart_read(&u, UART_LSR), 0x60);
	EXPECT_EQ(uart_read(&u, UART_RX), 0);
}

TEST(what_is_sent_is_told)
{
	uart_reset(&u);
	EXPECT_TRUE(uart_write(&u, UART_TX, 'x'));
	/* a divisor, and loopback: nothing goes out */
	uart_write(&u, UART_LCR, UART_LCR_DLAB | UART_LCR_WLEN8);
	EXPECT_TRUE(!uart_write(&u, UART_TX, 12));
	EXPECT_EQ(u.divisor, 12);
	uart_write(&u, UART_LCR, UART_LCR_WLEN8);
	uart_write(&u, UART_MCR, UART_MCR_LOOP);
	EXPECT_TRUE(!uart_write(&u, UART_TX, 'x'));
	EXPECT_EQ(uart_read(&u, UART_RX), 'x');
	/* and nothing comes in */
	EXPECT_EQ(uart_room(&u), 0);
	uart_write(&u, UART_MCR, 0);
	EXPECT_EQ(uart_room(&u), 1);
}

TEST(a_poller_is_told_of_what_comes)
{
	uart_reset(&u);
	uart_write(&u, UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_TRIGGER_8);
	uart_write(&u, UART_IER, UART_IER_RDI);
	EXPECT_EQ(uart_read(&u, UART_IIR), 0xc1);
	receive("1234567");
	EXPECT_EQ(uart_read(&u, UART_IIR), 0xcc);
	receive("8");
	EXPECT_EQ(uart_read(&u, UART_IIR), 0xc4);
	uart_read(&u, UART_RX);
	EXPECT_EQ(uart_read(&u, UART_IIR), 0xcc);
}

TEST(by_chance)
{
	unsigned int seed = 1, sent = 0;

	uart_reset(&u);
	for (int i = 0; i < 1000000; i++) {
		unsigned int r, reg;

		seed = seed * 1664525 + 1013904223;
		r = seed >> 8;
		reg = r & 7;
		if (r & 8)
			sent += uart_write(&u, reg, r >> 8);
		else if (r & 16)
			uart_read(&u, reg);
		else if (uart_room(&u))
			uart_receive(&u, r >> 8);
		ASSERT_TRUE(u.count <= UART_FIFO && u.first < UART_FIFO);
		ASSERT_TRUE(u.fcr & UART_FCR_ENABLE_FIFO || u.count <= 1);
		ASSERT_TRUE(uart_room(&u) <= UART_FIFO);
		ASSERT_TRUE(!!(uart_read(&u, UART_LSR) & UART_LSR_DR) == !!u.count);
	}
	EXPECT_TRUE(sent > 1000);
}
