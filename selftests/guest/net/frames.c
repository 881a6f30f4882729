// SPDX-License-Identifier: GPL-2.0-only
/* See frames.h. */
#include "frames.h"

const u8 our_mac[6] = { 2, 0, 0, 0, 0, 2 };
static const u8 host_mac[6] = { 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff };

void put16(u8 *at, unsigned int value)
{
	at[0] = value >> 8;
	at[1] = value;
}

unsigned int get16(const u8 *at)
{
	return at[0] << 8 | at[1];
}

void ethernet(u8 *frame, unsigned int type)
{
	memcpy(frame, host_mac, 6);
	memcpy(frame + 6, our_mac, 6);
	put16(frame + 12, type);
}

void pattern(u8 *to, unsigned int len, u32 seed)
{
	unsigned int i;

	for (i = 0; i < len; i++)
		to[i] = (seed + i) * 2654435761U >> 24;
}

unsigned int sum16(const u8 *data, unsigned int len, u32 sum)
{
	unsigned int i;

	for (i = 0; i + 1 < len; i += 2)
		sum += get16(data + i);
	if (len & 1)
		sum += data[len - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

unsigned int headers(u8 *frame, unsigned int payload, bool v6, bool tcp)
{
	unsigned int ip = v6 ? 40 : 20, l4 = tcp ? 20 : 8, len = l4 + payload;
	u8 *h = frame + HEADER, *t = h + ip;
	u32 pseudo = len + (tcp ? 6 : 17);

	ethernet(frame, v6 ? 0x86dd : ETH_IP);
	memset(h, 0, ip + l4);
	if (v6) {
		h[0] = 0x60;
		put16(h + 4, len);
		h[6] = tcp ? 6 : 17;
		h[7] = 64;
		h[8] = 0xfd;
		h[23] = 2;
		h[24] = 0xfd;
		h[39] = 1;
		pseudo = sum16(h + 8, 32, pseudo);
	} else {
		h[0] = 0x45;
		put16(h + 2, 20 + len);
		h[8] = 64;
		h[9] = tcp ? 6 : 17;
		memcpy(h + 12, "\x0a\x09\x00\x02\x0a\x09\x00\x01", 8);
		put16(h + 10, 0xffff ^ sum16(h, 20, 0));
		pseudo = sum16(h + 12, 8, pseudo);
	}
	put16(t, 1000);
	put16(t + 2, 2000);
	if (tcp) {
		t[12] = 0x50;
		t[13] = 0x10;
		put16(t + 14, 1000);
		put16(t + 16, pseudo);
	} else {
		put16(t + 4, len);
		put16(t + 6, pseudo);
	}
	pattern(frame + HEADER + ip + l4, payload, payload);
	return HEADER + ip + l4;
}
