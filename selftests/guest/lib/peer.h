/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of several domains.  The runner makes them one after the other, so their numbers
 * follow each other, and tells each its place ("index=", "domains=" or "step=", "steps=").
 */
#ifndef GUEST_PEER_H
#define GUEST_PEER_H

#include "cpu.h"
#include "evtchn.h"
#include "time.h"
#include "types.h"

#include <xen/grant_table.h>
#include <xen/sched.h>

#define GRANT_GFN	0xf1000UL	/* our table */
#define MAP_GFN		0xf1100UL	/* where others' pages go: 256 free frames */
#define NR_MAP_GFNS	256

extern grant_entry_v1_t *grant_table;	/* in version 2 the entries are others */
extern unsigned int grants_version;	/* 1, or 2 with "grants=2" */

static inline void *map_address(unsigned int n)
{
	return (void *)((MAP_GFN + n) << PAGE_SHIFT);
}

/* The number of the domain at a place of a crowd ("index="). */
domid_t peer_domid(unsigned int index);

/* One frame of our grant table, and page tables for MAP_GFN.  Ends the test if not. */
void grants_init(void);
void grant_page(unsigned int ref, domid_t to, const void *page, bool ro);
/* Takes it back as Linux does.  Return: false while it is in use. */
bool grant_revoke(unsigned int ref);
/* Is it in use?  GTF_reading and GTF_writing. */
u16 grant_in_use(unsigned int ref);

/* Another domain's page at map_address(n).  Return: GNTST_*. */
s16 grant_map(domid_t dom, unsigned int ref, unsigned int n, bool ro, u32 *handle);
s16 grant_unmap(unsigned int n, u32 handle);
/* @len bytes between a grant of @dom and own memory that does not cross a page. */
s16 grant_copy_from(void *to, domid_t dom, unsigned int ref, u16 offset, u16 len);
s16 grant_copy_to(domid_t dom, unsigned int ref, u16 offset, const void *from, u16 len);

/**
 * peer_bind - find the port that a domain offers to us, and bind to it
 * @dom: its number; it may not have offered any yet
 * @ms: how long to try
 * Return: our port, masked; or the last error.
 */
long peer_bind(domid_t dom, u32 ms);
/* A port for @dom to bind to, masked.  Ends the test if there is none. */
evtchn_port_t peer_offer(domid_t dom);
/* Waits for an event on a masked port and takes it.  Return: false after @ms. */
bool peer_wait(evtchn_port_t port, u32 ms);
/* Waits for a condition that another domain brings about, and lets it run. */
#define wait_peer(cond, ms)								\
	({										\
		u64 wait_end = rdtsc() + tsc_of_us(1000ULL * (ms));			\
		while (!(cond) && rdtsc() < wait_end)					\
			sched_op(SCHEDOP_yield, NULL);					\
		(bool)(cond);								\
	})

/* EVTCHNSTAT_* of an own port. */
static inline u32 port_state(evtchn_port_t port)
{
	struct evtchn_status st;

	return evtchn_status(port, &st) ? EVTCHNSTAT_closed : st.status;
}

/* Is the domain there at all? */
bool peer_exists(domid_t dom);

#endif
