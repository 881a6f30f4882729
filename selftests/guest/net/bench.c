// SPDX-License-Identifier: GPL-2.0-only
/*
 * What packets cost, guest and host together, on a host with one CPU: see
 * selftests/bench/in-machine/net.
 * At the other end a process has a UDP socket (xlhv-net udp).  A figure is the median of the
 * rounds; that of a burst is of one packet.
 */
#include "front.h"
#include "frames.h"

#define MAX_ROUNDS	200
#define BURST		200
#define PAYLOAD		64
#define LEN		(HEADER + 20 + 8 + PAYLOAD)

static u32 samples[MAX_ROUNDS];
static u8 frame_of_host[2 * PAGE_SIZE];
static unsigned int nr_told;

static u64 now(void)
{
	u32 lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
	return (u64)hi << 32 | lo;
}

static void tell(const char *name, unsigned int nr)
{
	unsigned int i, j;

	for (i = 1; i < nr; i++) {
		u32 v = samples[i];

		for (j = i; j && samples[j - 1] > v; j--)
			samples[j] = samples[j - 1];
		samples[j] = v;
	}
	printf("%s{\"name\": \"%s\", \"min\": %u, \"median\": %u, \"rounds\": %u}",
	       nr_told++ ? ", " : "json {\"results\": [", name, samples[0], samples[nr / 2], nr);
}

/* Datagrams whose first bytes say what the process is to do. */
static void send(struct front *f, u8 what, unsigned int nr)
{
	static const struct piece piece = { REF_SEND, 2, LEN };
	const struct packet p = {
		.piece = &piece, .nr = 1, .flags = NETTXF_csum_blank | NETTXF_data_validated,
	};
	u8 *frame = send_page(0) + 2;
	unsigned int at = headers(frame, PAYLOAD, false, false);

	frame[at] = what;
	put16(frame + at + 1, BURST);
	while (nr--)
		front_put(f, &p);
	front_push(f);
}

/* Datagrams; the host may have something else to say, too. */
static void receive(struct front *f, unsigned int nr)
{
	const u8 *frame = frame_of_host;
	struct got g;

	while (nr) {
		require(front_receive(f, frame_of_host, &g, PATIENCE_MS) && !g.status,
			"%u do not come", nr);
		nr -= g.len == LEN && get16(frame + 12) == ETH_IP && frame[HEADER + 9] == 17;
	}
}

/* @nr of a kind, and @back come back; @each: what the figure is of. */
static void measure(const char *name, unsigned int rounds, u8 what, unsigned int nr,
		    unsigned int back, unsigned int each)
{
	struct front *f = &queue[0];
	unsigned int i;
	u64 begin;

	/* The first round counts for nothing. */
	for (i = 0; i <= rounds; i++) {
		begin = now();
		send(f, what, nr);
		receive(f, back);
		samples[i ? i - 1 : 0] = (now() - begin) / each;
		require(front_answers(f, nr, PATIENCE_MS) == NETIF_RSP_OKAY, "not taken");
	}
	tell(name, rounds);
}

void bench(void)
{
	skip_if(!opt_u64("bench", 0), "not asked for");
	front_post(&queue[0], NR_ROOM);
	measure("net-udp-round-trip", MAX_ROUNDS, 'e', 1, 1, 1);
	measure("net-udp-send", 20, 's', BURST, 1, BURST);
	measure("net-udp-receive", 20, 'b', 1, BURST, BURST);
	printf("]}\n");
}
