// SPDX-License-Identifier: GPL-2.0-only
/*
 * The state machine of grant entries: what it answers, what it leaves in the guest's words, and,
 * with a guest that acts between any two of its steps, that the two never disagree about who may
 * use a page. The schedules are gone through one by one, up to three acts of the guest in each.
 */
#include <linux/kernel.h>
#include <linux/types.h>

#include <string.h>

#include "grant/entry.h"
#include "grant/shared_words.h"
#include "unit.h"

#define MAPPER	7
#define OTHER	8
#define IN_USE	(GTF_reading | GTF_writing)

/* An entry, in whichever version, the guest's words around it, and what we have of it. */
static struct machine {
	u32 word[4];
	u16 status;
	u32 after;
	struct gnttab_entry e;
	struct gnttab_active act;
} m;

static struct page *const some_page = (struct page *)0x1000;

static void (*guest)(void);
static unsigned int steps;

void gnttab_unit_step(void)
{
	steps++;
	if (guest)
		guest();
}

static void machine(unsigned int version, u16 flags, domid_t domid)
{
	memset(&m, 0, sizeof(m));
	guest = NULL;
	steps = 0;
	m.e.version = version;
	m.e.head = m.word;
	m.e.status = version == 1 ? (u16 *)m.word : &m.status;
	m.word[0] = flags | (u32)domid << 16;
	if (version == 1)
		m.word[1] = 0x1234;
	else
		m.word[2] = 0x1234;
}

static int pin_as(domid_t domid, bool write, bool map)
{
	const struct gnttab_request request = { .domid = domid, .write = write, .map = map };
	struct gnttab_target target;
	bool first = !gnttab_active_pinned(&m.act);
	u32 head = 0;
	int status;

	status = gnttab_entry_begin(&m.act, &m.e, &request, &head);
	if (status)
		return status;
	if (first)
		gnttab_entry_target(&m.e, head, &target);
	gnttab_entry_pin(&m.act, &request, first ? &target : NULL, some_page);
	return 0;
}

static int pin(bool write)
{
	return pin_as(MAPPER, write, true);
}

static struct page *unpin(bool write)
{
	return gnttab_entry_unpin(&m.act, &m.e, write);
}

static u16 shown(void)
{
	return *m.e.status & IN_USE;
}

TEST(bits_follow_the_pins)
{
	unsigned int version;

	for (version = 1; version <= 2; version++) {
		unit_context("version %u", version);
		machine(version, GTF_permit_access | GTF_PWT, MAPPER);
		ASSERT_EQ(pin(false), GNTST_okay);
		EXPECT_EQ(shown(), GTF_reading);
		ASSERT_EQ(pin(true), GNTST_okay);
		EXPECT_EQ(shown(), IN_USE);
		ASSERT_EQ(pin(true), GNTST_okay);
		EXPECT_NULL(unpin(true));
		EXPECT_EQ(shown(), IN_USE);
		EXPECT_NULL(unpin(true));
		EXPECT_EQ(shown(), GTF_reading);
		EXPECT_PTR_EQ(unpin(false), some_page);
		EXPECT_EQ(shown(), 0);
		/* All else is the guest's. */
		EXPECT_EQ(m.word[0], (GTF_permit_access | GTF_PWT) | MAPPER << 16);
		ASSERT_EQ(pin(true), GNTST_okay);
		EXPECT_EQ(shown(), IN_USE);
		EXPECT_PTR_EQ(unpin(true), some_page);
		EXPECT_EQ(shown(), 0);
	}
	unit_context("%s", "");
}

TEST(what_is_not_granted_is_refused)
{
	static const struct {
		u16 flags;
		domid_t domid;
		bool write, map;
		int status[2];
	} cases[] = {
		{ GTF_permit_access, MAPPER, true, true, { 0, 0 } },
		{ GTF_permit_access, MAPPER, false, false, { 0, 0 } },
		{ GTF_invalid, MAPPER, false, true, { -1, -1 } },
		{ GTF_accept_transfer, MAPPER, false, true, { -1, -1 } },
		{ GTF_transitive, MAPPER, false, true, { -1, -1 } },
		{ GTF_transitive, MAPPER, false, false, { -1, -1 } },
		{ GTF_permit_access, OTHER, false, true, { -1, -1 } },
		{ GTF_permit_access | GTF_readonly, MAPPER, false, true, { 0, 0 } },
		{ GTF_permit_access | GTF_readonly, MAPPER, true, true, { -1, -1 } },
		{ GTF_permit_access | GTF_sub_page, MAPPER, false, true, { -1, -1 } },
		{ GTF_permit_access | GTF_sub_page, MAPPER, false, false, { 0, 0 } },
		{ GTF_permit_access | GTF_PWT | GTF_PCD | GTF_PAT, MAPPER, true, true, { 0, 0 } },
	};
	unsigned int i, version;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		for (version = 1; version <= 2; version++) {
			unit_context("case %u, version %u", i, version);
			machine(version, cases[i].flags, cases[i].domid);
			EXPECT_EQ(pin_as(MAPPER, cases[i].write, cases[i].map),
				  cases[i].status[version - 1]);
			if (cases[i].status[version - 1])
				EXPECT_EQ(shown(), 0);
			else
				unpin(cases[i].write);
			EXPECT_EQ(m.word[0], cases[i].flags | (u32)cases[i].domid << 16);
			EXPECT_EQ(m.after, 0);
		}
	unit_context("%s", "");
}

TEST(the_first_pin_decides)
{
	unsigned int version;

	for (version = 1; version <= 2; version++) {
		unit_context("version %u", version);
		machine(version, GTF_permit_access, MAPPER);
		ASSERT_EQ(pin(false), 0);
		/* Another domain, another frame, no grant at all: no effect now. */
		m.word[0] = OTHER << 16 | (version == 1 ? GTF_reading : 0);
		m.word[1] = 5;
		m.word[2] = 5;
		EXPECT_EQ(pin(false), 0);
		EXPECT_EQ(pin_as(OTHER, false, true), GNTST_general_error);
		EXPECT_PTR_EQ(m.act.page, some_page);
		/* But the first who wants to write needs a grant. */
		EXPECT_EQ(pin(true), GNTST_general_error);
		m.word[0] = GTF_permit_access | GTF_readonly | MAPPER << 16 |
			    (version == 1 ? GTF_reading : 0);
		EXPECT_EQ(pin(true), GNTST_general_error);
		EXPECT_EQ(shown(), GTF_reading);
		m.word[0] &= ~(u32)GTF_readonly;
		EXPECT_EQ(pin(true), 0);
		m.word[0] |= GTF_readonly;
		EXPECT_EQ(pin(true), 0);
	}
	unit_context("%s", "");
}

TEST(pins_do_not_overflow)
{
	unsigned int i, write;

	for (write = 0; write <= 1; write++) {
		machine(1, GTF_permit_access, MAPPER);
		for (i = 0; i < GNTTAB_MAX_PINS; i++)
			ASSERT_EQ(pin(write), 0);
		EXPECT_EQ(pin(write), GNTST_general_error);
		EXPECT_EQ(pin(!write), 0);
		EXPECT_NULL(unpin(!write));
		for (i = 0; i < GNTTAB_MAX_PINS - 1; i++)
			EXPECT_NULL(unpin(write));
		EXPECT_PTR_EQ(unpin(write), some_page);
		EXPECT_EQ(shown(), 0);
	}
}

TEST(an_unpin_without_a_pin_is_our_bug)
{
	machine(1, GTF_permit_access, MAPPER);
	ASSERT_EQ(pin(false), 0);
	unit_expect_warn(1);
	EXPECT_NULL(unpin(true));
	EXPECT_PTR_EQ(unpin(false), some_page);
}

TEST(sub_pages)
{
	static const struct {
		u16 off, len, start, length;
	} cases[] = {
		{ 0, 4096, 0, 4096 },
		{ 100, 200, 100, 200 },
		{ 4095, 1, 4095, 1 },
		{ 4095, 2, 4095, 1 },
		{ 4096, 1, 4096, 0 },
		{ 0xffff, 0xffff, 4096, 0 },
		{ 0, 0xffff, 0, 4096 },
		{ 7, 0, 7, 0 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		unit_context("%u", i);
		machine(2, GTF_permit_access | GTF_sub_page, MAPPER);
		m.word[1] = cases[i].off | (u32)cases[i].len << 16;
		m.word[3] = 1;
		ASSERT_EQ(pin_as(MAPPER, false, false), 0);
		EXPECT_EQ(m.act.start, cases[i].start);
		EXPECT_EQ(m.act.length, cases[i].length);
		EXPECT_TRUE(m.act.sub_page);
		/* What is used in part cannot be mapped as a whole. */
		m.word[0] &= ~(u32)GTF_sub_page;
		EXPECT_EQ(pin_as(MAPPER, false, true), GNTST_general_error);
	}
	unit_context("%s", "");
}

TEST(frames)
{
	struct gnttab_target target;

	machine(1, GTF_permit_access | GTF_sub_page, MAPPER);
	m.word[1] = 0xfedcba98;
	gnttab_entry_target(&m.e, m.word[0], &target);
	EXPECT_EQ(target.gfn, 0xfedcba98);
	EXPECT_EQ(target.length, 4096);
	EXPECT_FALSE(target.sub_page);
	machine(2, GTF_permit_access, MAPPER);
	m.word[1] = 0x12345678;
	m.word[2] = 0xfedcba98;
	m.word[3] = 0x76543210;
	gnttab_entry_target(&m.e, m.word[0], &target);
	EXPECT_EQ(target.gfn, 0x76543210fedcba98);
	EXPECT_EQ(target.length, 4096);
	EXPECT_FALSE(target.sub_page);
}

/* A guest that changes the entry before every step of ours. */
static void fidget(void)
{
	m.word[0] ^= GTF_PCD;
}

TEST(no_end_of_changes_is_refused)
{
	machine(1, GTF_permit_access, MAPPER);
	guest = fidget;
	EXPECT_EQ(pin(true), GNTST_general_error);
	EXPECT_LE(steps, 8);
	EXPECT_EQ(shown(), 0);
	EXPECT_FALSE(gnttab_active_pinned(&m.act));
}

/*
 * A guest that plays by the rules. In version 2 taking back is two acts, and we may act between
 * them: the flags, then a look at the status.
 */
enum act { CLEAR, LOOK, READONLY, LOOK_WRITING, GRANT, ACTS };

static struct {
	bool clearing;		/* flags are cleared, the status has not been looked at */
	bool taken_back;	/* for sure: the page is used for something else */
	bool restricting;
	bool readonly;		/* for sure: nobody can write the page */
} believes;

static void take(enum act act)
{
	u16 flags = m.word[0];

	switch (act) {
	case CLEAR:
		if (m.e.version == 1) {
			if (flags & IN_USE)
				return;
			m.word[0] &= 0xffff0000;
			believes.taken_back = true;
		} else {
			m.word[0] &= 0xffff0000;
			believes.clearing = true;
		}
		return;
	case LOOK:
		if (believes.clearing && !(m.status & IN_USE))
			believes.taken_back = true;
		return;
	case READONLY:
		if (!(flags & GTF_permit_access))
			return;
		if (m.e.version == 1) {
			if (flags & GTF_writing)
				return;
			believes.readonly = true;
		} else {
			believes.restricting = true;
		}
		m.word[0] |= GTF_readonly;
		return;
	case LOOK_WRITING:
		if (believes.restricting && (m.word[0] & GTF_readonly) &&
		    !(m.status & GTF_writing))
			believes.readonly = true;
		return;
	default:
		if (!believes.taken_back)
			return;
		memset(&believes, 0, sizeof(believes));
		m.word[0] = GTF_permit_access | MAPPER << 16;
	}
}

#define MAX_ACTS	3

static struct {
	unsigned int step;
	enum act act;
} schedule[MAX_ACTS];
static unsigned int nr_acts;

static void act_by_schedule(void)
{
	unsigned int i;

	for (i = 0; i < nr_acts; i++)
		if (schedule[i].step == steps)
			take(schedule[i].act);
}

/* What may never be, between any two operations of ours. */
static void agree(const char *sequence)
{
	bool pinned = gnttab_active_pinned(&m.act);

	if (believes.taken_back && pinned)
		FAIL("%s: taken back, and in use", sequence);
	if (believes.readonly && m.act.writers)
		FAIL("%s: read-only, and written", sequence);
	if (shown() != (m.act.writers ? IN_USE : pinned ? GTF_reading : 0))
		FAIL("%s: shows %#x with %u readers and %u writers", sequence, shown(),
		     m.act.readers, m.act.writers);
}

/* r, w: pin; R, W: unpin, if it was pinned. */
static unsigned int play(unsigned int version, const char *sequence)
{
	unsigned int readers = 0, writers = 0;
	const char *op;

	machine(version, GTF_permit_access, MAPPER);
	memset(&believes, 0, sizeof(believes));
	guest = act_by_schedule;
	for (op = sequence; *op; op++) {
		if (*op == 'r')
			readers += !pin(false);
		else if (*op == 'w')
			writers += !pin(true);
		else if (*op == 'R' && readers && readers--)
			unpin(false);
		else if (*op == 'W' && writers && writers--)
			unpin(true);
		agree(sequence);
	}
	guest = NULL;
	return steps;
}

/* All ways to fill the schedule from act @n on, at step @from or later. */
static unsigned int explore(unsigned int version, const char *sequence, unsigned int n,
			    unsigned int from, unsigned int last)
{
	unsigned int runs = 0, step;
	enum act act;

	if (n == MAX_ACTS) {
		play(version, sequence);
		return 1;
	}
	for (step = from; step <= last; step++)
		for (act = 0; act < ACTS; act++) {
			schedule[n].step = step;
			schedule[n].act = act;
			runs += explore(version, sequence, n + 1, step, last);
		}
	return runs;
}

TEST(all_interleavings_agree)
{
	static const char *const sequences[] = {
		"r", "w", "rR", "wW", "rw", "wr", "rwRW", "rwWR", "wrWR", "wWw", "rRr", "rRw",
		"rwWw",
	};
	unsigned int version, i, last, runs = 0;

	for (version = 1; version <= 2; version++)
		for (i = 0; i < ARRAY_SIZE(sequences); i++) {
			unit_context("version %u", version);
			nr_acts = 0;
			/* A guest that acts makes us take a few steps more. */
			last = play(version, sequences[i]) + 3;
			nr_acts = MAX_ACTS;
			runs += explore(version, sequences[i], 0, 1, last);
		}
	unit_context("%s", "");
	EXPECT_GT(runs, 100000);
}
