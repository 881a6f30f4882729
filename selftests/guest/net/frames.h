/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames between the guest, 10.9.0.2, and the host, 10.9.0.1. */
#ifndef NET_FRAMES_H
#define NET_FRAMES_H

#include "guest.h"

#define ETH_TEST	0x88b5	/* for experiments */
#define ETH_ARP		0x0806
#define ETH_IP		0x0800
#define HEADER		14

extern const u8 our_mac[6];

void put16(u8 *at, unsigned int value);
unsigned int get16(const u8 *at);
/* The sum of 16-bit words, as of IP, from @sum on. */
unsigned int sum16(const u8 *data, unsigned int len, u32 sum);
/* A header to the host. */
void ethernet(u8 *frame, unsigned int type);
/* Bytes that are others for each seed. */
void pattern(u8 *to, unsigned int len, u32 seed);
/* IPv4 or IPv6 with a TCP or UDP header whose checksum is left to others.  Return: all headers. */
unsigned int headers(u8 *frame, unsigned int payload, bool v6, bool tcp);

#endif
