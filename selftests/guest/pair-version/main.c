// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: a domain can change the version of its grant table again and again while
 * another, on several vCPUs, maps and copies what it grants, and while it grants
 * and takes back itself: nothing is reached but what was granted, no use is
 * forgotten or counted twice, and reserved entries outlive each change, in use.
 *
 * Why: a change replaces the layout under everybody's feet (XSA-255, -379, -382).
 */
#include "guest.h"
#include "peer.h"

#define CHANGES		200
#define NR_REFS		4
#define REF_WORDS	2	/* reserved: survives */
/* For version 1, and this much further for version 2: none lies where another does. */
#define REF_READ	32
#define REF_WRITE	40
#define FOR_V2		16
#define PATIENCE	60000	/* ms */
#define PATTERN		0xa5

struct words {
	u32 begun;		/* of the other's */
	u32 stop;		/* of the first */
	u32 good[2], refused[2];
};

static volatile struct words *words;
static u8 *read_page, *write_page;
static u32 who;
static bool stop;

/*
 * The one that changes.
 */

static void grant_v1(unsigned int ref, const void *page, bool ro)
{
	grant_table[ref].frame = (unsigned long)page >> PAGE_SHIFT;
	grant_table[ref].domid = peer_domid(1);
	mb();	/* the flags make the entry valid: last */
	WRITE_ONCE(grant_table[ref].flags, GTF_permit_access | (ro ? GTF_readonly : 0));
}

static void grant_v2(unsigned int ref, const void *page, bool ro)
{
	grant_entry_v2_t *entry = (grant_entry_v2_t *)grant_table + ref;

	entry->full_page.frame = (unsigned long)page >> PAGE_SHIFT;
	entry->hdr.domid = peer_domid(1);
	mb();	/* as above */
	WRITE_ONCE(entry->hdr.flags, GTF_permit_access | (ro ? GTF_readonly : 0));
}

/*
 * On the second vCPU: grants in both layouts, whichever is on. An entry of the wrong
 * layout lies where nobody looks: the references are chosen so.
 */
static void granter(void *arg)
{
	unsigned int i;

	while (!READ_ONCE(stop)) {
		for (i = 0; i < NR_REFS; i++) {
			grant_v1(REF_READ + i, read_page, true);
			grant_v1(REF_WRITE + i, write_page, false);
			grant_v2(FOR_V2 + REF_READ + i, read_page, true);
			grant_v2(FOR_V2 + REF_WRITE + i, write_page, false);
		}
		sched_op(SCHEDOP_yield, NULL);
	}
}

static long set_version(u32 version)
{
	struct gnttab_set_version s = { .version = version };

	return grant_op(GNTTABOP_set_version, &s, 1);
}

static void change(void)
{
	struct gnttab_get_version g = { .dom = DOMID_SELF };
	u32 version = 1, changed = 0, busy = 0, i;
	long rc;

	words = page_alloc(1);
	memset((void *)words, 0, PAGE_SIZE);
	grant_page(REF_WORDS, peer_domid(1), (void *)words, false);
	require(smp_start(1, SMP_SIPI), "vCPU 1 does not come up");
	smp_call(1, granter, NULL);
	require(wait_peer(words->begun, PATIENCE), "the other does not begin");
	for (i = 0; i < 100 * CHANGES && changed < CHANGES; i++) {
		rc = set_version(3 - version);
		if (rc == -XEN_EBUSY) {
			busy++;
			sched_op(SCHEDOP_yield, NULL);
		} else if (expect_rc(rc, 0, "set_version %u", 3 - version)) {
			version = 3 - version;
			changed++;
			/* let it be used, for a moment */
			if (changed % 4 == 0)
				sched_op(SCHEDOP_yield, NULL);
		} else {
			break;
		}
		expect_rc(grant_op(GNTTABOP_get_version, &g, 1), 0, "get_version");
		if (!expect_eq(g.version, version, "version"))
			break;
	}
	WRITE_ONCE(stop, true);
	expect(smp_wait(1, 10000000), "vCPU 1 does not end");
	words->stop = 1;
	printf("# %u changes, %u times busy\n", changed, busy);
	expect_eq(changed, CHANGES, "changes");
	/* now nobody uses anything but the words: no use may be left over */
	require(wait_peer(words->stop == 2, PATIENCE), "the other does not end");
	expect_rc(set_version(3 - version), 0, "a change when all is over");
	expect_rc(set_version(1), 0, "version 1");
	printf("# %u and %u uses, %u and %u refused\n", words->good[0], words->good[1],
	       words->refused[0], words->refused[1]);
	expect(words->good[0] + words->good[1] > 20, "hardly anything could be used");
	words->stop = 3;
	expect(wait_peer(!grant_in_use(REF_WORDS), PATIENCE), "the words are in use");
	expect(grant_revoke(REF_WORDS), "revoke of the words");
	expect_eq(mem_is(read_page, PATTERN, PAGE_SIZE), PAGE_SIZE, "bytes granted for reading");
}

/*
 * The one that uses.
 */

static bool allowed(s16 status)
{
	return status == GNTST_okay || status == GNTST_general_error ||
	       status == GNTST_bad_gntref || status == GNTST_eagain;
}

/*
 * A change that clears the table between the granter's two writes leaves flags without a frame: a
 * grant of frame 0, which has zeros or what was copied there by such a one.
 */
static bool granted_bytes(const void *at)
{
	return mem_is(at, PATTERN, 64) == 64 || mem_is(at, 0, 64) == 64;
}

static bool one_use(struct rng *rng, u32 cpu, u32 round)
{
	u32 n = rng_below(rng, NR_REFS) + rng_below(rng, 2) * FOR_V2, place = 1 + cpu, handle;
	static u8 buffer[2][PAGE_SIZE] __aligned(PAGE_SIZE);
	u8 *b = buffer[cpu];
	s16 st;

	switch (rng_below(rng, 3)) {
	case 0:
		memset(b, 0, 64);
		st = grant_copy_from(b, peer_domid(0), REF_READ + n, 0, 64);
		expect(st ? mem_is(b, 0, 64) == 64 : granted_bytes(b),
		       "round %u: bytes after %d: %#x", round, st, b[0]);
		break;
	case 1:
		st = grant_copy_to(peer_domid(0), REF_WRITE + n, 0, b, 64);
		break;
	default:
		st = grant_map(peer_domid(0), REF_READ + n, place, true, &handle);
		if (st)
			break;
		expect(granted_bytes(map_address(place)), "round %u: bytes", round);
		expect_rc(grant_unmap(place, handle), GNTST_okay, "round %u: unmap", round);
	}
	if (st)
		words->refused[cpu] = words->refused[cpu] + 1;
	else
		words->good[cpu] = words->good[cpu] + 1;
	return expect(allowed(st), "round %u: status %d", round, st) && !test_has_failed();
}

static void user(void *arg)
{
	u32 cpu = this_cpu()->id, round;
	struct rng rng;

	rng_seed(&rng, opt_u64("seed", 0x5eed) << 1 | cpu);
	for (round = 0; !words->stop; round++) {
		if (!one_use(&rng, cpu, round))
			break;
		if (round % 8 == 0)
			sched_op(SCHEDOP_yield, NULL);
	}
}

static void use(void)
{
	u64 end = rdtsc() + tsc_of_us(1000ULL * PATIENCE);
	u32 handle;
	s16 st;

	do {
		sched_op(SCHEDOP_yield, NULL);
		st = grant_map(peer_domid(0), REF_WORDS, 0, false, &handle);
	} while (st && rdtsc() < end);
	require(!st, "no words: status %d", st);
	words = map_address(0);
	require(smp_start(1, SMP_SIPI), "vCPU 1 does not come up");
	words->begun = 1;
	smp_call(1, user, NULL);
	user(NULL);
	expect(smp_wait(1, 60000000), "vCPU 1 does not end");
	words->stop = 2;
	require(wait_peer(words->stop == 3, PATIENCE), "the first does not end");
	expect_rc(grant_unmap(0, handle), GNTST_okay, "unmap of the words");
}

static void play(void)
{
	if (who)
		use();
	else
		change();
}

void test_setup(void)
{
	if (!xen.present)
		test_skip_all("no Xen here");
	who = opt_u64("index", 0);
	grants_init();
	read_page = page_alloc(1);
	write_page = page_alloc(1);
	memset(read_page, PATTERN, PAGE_SIZE);
}

TEST_CASES = {
	{ "versions changed under load", play },
	TEST_CASES_END
};
