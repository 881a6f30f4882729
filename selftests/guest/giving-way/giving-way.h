/* SPDX-License-Identifier: GPL-2.0-only */
/* What the cases share: an interrupt that comes again and again, and operations that count. */
#ifndef GIVING_WAY_H
#define GIVING_WAY_H

#include "guest.h"
#include "evtchn.h"

#include <xen/grant_table.h>
#include <xen/memory.h>

#define HOLE_GFN 0x80000UL	/* no RAM from there on */
#define TABLE_GFN 0xf1000UL
#define SHIFTS 1000
#define PAGES 2000

/*
 * The longest a due interrupt may have to wait for a call, in ticks (instructions, on
 * the emulator): the longest operation, the way out of the call and into the guest, and
 * the host's interrupts at that moment, but not what its scheduler gave to others.
 * docs/threat-model.md has them.
 */
#define WAIT_SHORT 200000
#define WAIT_FREED 1000000	/* among the host's interrupts are those that free many pages */
#define WAIT_2M 4000000

/* Interrupts, at moments that do not fit to anything. */
void irq_enable(void);
void irq_disable(void);
void interrupts_begin(void);
/* @least: so many have to have come meanwhile; @wait: none may have waited longer. */
void interrupts_end(const char *what, u32 least, u64 wait);
/* Whether one is due; how many came. */
bool interrupt_is_due(void);
extern u32 taken;
/* None any more. */
void interrupts_stop(void);

void *pages_for(size_t bytes);

/*
 * copies.c: SHIFTS operations on one page, of which each moves all bytes up by one: so that the
 * boundary tells how many have been done.
 */
extern struct gnttab_copy *copies;
struct gnttab_copy shift_op(void);
void shift_begin(void);
void shift_end(const char *what, unsigned int want);
void copies_fill(void);
void copies_check(const char *what);
extern u8 *shifted;

/* memory.c: PAGES pages that may come and go */
extern xen_pfn_t *gfns;
void gfns_fill(void);
long reservation(unsigned int cmd, xen_pfn_t *list, unsigned long n, unsigned int order);
long pages_now(void);

/* multicall.c */
long multicall(struct multicall_entry *e, unsigned long n);

/*
 * others.c: as many ports as there may be, and more than a few thousand, all closed and none free
 * again, as each is still in a queue.  Return: how many.
 */
unsigned int ports_use_up(void);

/* The cases. */
void copy(void);
void interrupts_off(void);
void sti_before(void);
void single_step(void);
void multicalls(void);
void registers(void);
void multicall_of_lists(void);
void multicall_that_waits(void);
void reservations(void);
void large_extents(void);
void moves(void);
void grown(void);
void swaps(void);
void maps(void);
void versions(void);
void console(void);
void ports_reset(void);
void ports_at_limit(void);
void string_io(void);
void loop(void);

#endif /* GIVING_WAY_H */
