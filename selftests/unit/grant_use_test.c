// SPDX-License-Identifier: GPL-2.0-only
/*
 * Uses of grants, by backends and by mappings, where they cannot be had now: the granter changes
 * the version of its table, or the host is short of memory.  What is told then, that the wait has
 * an end, and that nothing is left behind.  Tables, p2m and memory are the module's own.
 */
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "ept/internal.h"
#include "grant/internal.h"
#include "unit.h"
#include "vcpu/vcpu.h"

#define NR_PAGES	512
#define REF		32
#define FAR		0x200000UL	/* where mappings go */
#define USES		100		/* of one entry, below what it may have */

static struct vcpu vcpu[2];
static struct vcpu *vcpus[] = { &vcpu[0], &vcpu[1] };
static struct domain granter, mapper;

void gnttab_unit_step(void)
{
}

bool hypercall_give_way(struct vcpu *v)
{
	return false;
}

bool hypercall_must_stop(struct vcpu *v)
{
	return false;
}

int guest_copy_from(struct vcpu *v, void *to, u64 linear, size_t len)
{
	memcpy(to, (void *)(unsigned long)linear, len);
	return 0;
}

int guest_copy_to(struct vcpu *v, u64 linear, const void *from, size_t len)
{
	memcpy((void *)(unsigned long)linear, from, len);
	return 0;
}

bool parts_too_large(const char *name, u64 value, u64 most, char *text)
{
	return value > most;
}

struct domain *xlhv_domain_get_by_id(domid_t domid)
{
	struct domain *d = domid == granter.domid ? &granter : &mapper;

	xlhv_domain_get(d);
	return d;
}

static void make(struct domain *d, domid_t domid)
{
	const struct xlhv_mem_range map = { .size = NR_PAGES * PAGE_SIZE, .type = XLHV_MEM_RAM };
	const struct xlhv_dom_create create = { .max_grant_version = 2, .max_maptrack_frames = 2 };
	char text[XLHV_TEXT_LEN];

	memset(d, 0, sizeof(*d));
	d->domid = domid;
	d->max_vcpus = 1;
	d->vcpu = &vcpus[d == &mapper];
	vcpu[d == &mapper] = (struct vcpu){ .domain = d };
	EXPECT_EQ(ept_init(d, NR_PAGES, false), 0);
	fake_vcpus_made(d);
	EXPECT_EQ(ept_set_memory_map(d, &map, 1), 0);
	EXPECT_EQ(gnttab_part.init(d, &create, text), 0);
}

static void start(void)
{
	fake_memory_init();
	make(&granter, 1);
	make(&mapper, 2);
}

static void finish(void)
{
	gnttab_part.close(&mapper);
	gnttab_part.close(&granter);
	ept_free(&mapper);
	ept_free(&granter);
	rcu_barrier();
	gnttab_part.free(&mapper);
	gnttab_part.free(&granter);
	EXPECT_EQ(fake_pages_used(), 0);
	EXPECT_EQ(unit_alloc_count(), 0);
	EXPECT_EQ(granter.refs, 0);
	EXPECT_EQ(mapper.refs, 0);
}

/* An entry of version 1 that lets @to use a page. */
static void grant(grant_ref_t ref, domid_t to, u32 gfn)
{
	struct grant_entry_v1 *entry = gnttab_entry_v1(&granter.grant, ref);

	entry->frame = gfn;
	entry->domid = to;
	WRITE_ONCE(entry->flags, GTF_permit_access);
}

static bool in_use(grant_ref_t ref)
{
	return gnttab_active_pinned(gnttab_active_of(&granter.grant, &ref)) ||
	       gnttab_entry_v1(&granter.grant, ref)->flags & (GTF_reading | GTF_writing);
}

static int map_at(grant_ref_t ref, u64 gfn, u32 *handle)
{
	struct gnttab_map_grant_ref op = {
		.host_addr = gfn << PAGE_SHIFT, .flags = GNTMAP_host_map, .ref = ref,
		.dom = granter.domid,
	};
	u32 done;

	EXPECT_EQ(gnttab_op_map(&vcpu[1], (unsigned long)&op, 1, &done), 0);
	*handle = op.handle;
	return op.status;
}

static int unmap_at(u64 gfn, u32 handle)
{
	struct gnttab_unmap_grant_ref op = { .host_addr = gfn << PAGE_SHIFT, .handle = handle };
	u32 done;

	EXPECT_EQ(gnttab_op_unmap(&vcpu[1], (unsigned long)&op, 1, &done), 0);
	return op.status;
}

/* A granter that begins a change whenever the one before has been waited for. */
TEST(a_granter_that_changes_versions_is_waited_for_once)
{
	struct xlhv_gnttab host;
	struct gnttab_pin pin;
	u32 handle;

	start();
	xlhv_gnttab_open(&host, &granter, 0, 10);
	grant(REF, 0, 1);
	grant(REF + 1, mapper.domid, 2);
	grant(1, 0, 3);
	ASSERT_EQ(xlhv_gnttab_get(&host, REF, XLHV_GNTTAB_SLEEP, &pin), 0);
	xlhv_gnttab_put(&host, &pin);
	granter.grant.changing = true;
	EXPECT_EQ(xlhv_gnttab_get(&host, REF, 0, &pin), -EAGAIN);
	EXPECT_EQ(xlhv_gnttab_get(&host, REF, XLHV_GNTTAB_SLEEP, &pin), -EAGAIN);
	EXPECT_EQ(map_at(REF + 1, FAR, &handle), GNTST_eagain);
	/* A reserved one outlives the change. */
	EXPECT_EQ(xlhv_gnttab_get(&host, 1, XLHV_GNTTAB_SLEEP, &pin), 0);
	EXPECT_EQ(xlhv_gnttab_held(&host), 1);
	xlhv_gnttab_put(&host, &pin);
	granter.grant.changing = false;
	EXPECT_FALSE(in_use(REF) || in_use(REF + 1));
	EXPECT_EQ(mapper.grant.maptrack.used, 0);
	EXPECT_EQ(map_at(REF + 1, FAR, &handle), GNTST_okay);
	EXPECT_EQ(unmap_at(FAR, handle), GNTST_okay);
	xlhv_gnttab_close(&host);
	finish();
}

/* The granter's vCPUs, of which one always has the lock while a change is announced. */
static int lock_state;	/* 1: it is held, 2: it may go */

static void *hold_lock(void *unused)
{
	mutex_lock(&granter.grant.lock);
	__atomic_store_n(&lock_state, 1, __ATOMIC_RELEASE);
	while (__atomic_load_n(&lock_state, __ATOMIC_ACQUIRE) != 2)
		usleep(100);
	mutex_unlock(&granter.grant.lock);
	return NULL;
}

/* Nobody stands in line with them: what is told is to ask again, and at once. */
TEST(a_granter_in_the_middle_of_a_change_is_not_waited_for)
{
	struct xlhv_gnttab host;
	struct gnttab_pin pin;
	pthread_t thread;
	u32 handle;

	start();
	xlhv_gnttab_open(&host, &granter, 0, 10);
	grant(REF, 0, 1);
	grant(REF + 1, mapper.domid, 2);
	granter.grant.changing = true;
	lock_state = 0;
	ASSERT_EQ(pthread_create(&thread, NULL, hold_lock, NULL), 0);
	while (!__atomic_load_n(&lock_state, __ATOMIC_ACQUIRE))
		usleep(100);
	/* The lock goes when these have returned, and not before. */
	EXPECT_EQ(xlhv_gnttab_get(&host, REF, XLHV_GNTTAB_SLEEP, &pin), -EAGAIN);
	EXPECT_EQ(map_at(REF + 1, FAR, &handle), GNTST_eagain);
	EXPECT_FALSE(in_use(REF) || in_use(REF + 1));
	EXPECT_EQ(mapper.grant.maptrack.used, 0);
	granter.grant.changing = false;
	/* Whatever else it does with the lock is nobody's business. */
	EXPECT_EQ(xlhv_gnttab_get(&host, REF, XLHV_GNTTAB_SLEEP, &pin), 0);
	xlhv_gnttab_put(&host, &pin);
	__atomic_store_n(&lock_state, 2, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	EXPECT_EQ(map_at(REF + 1, FAR, &handle), GNTST_okay);
	EXPECT_EQ(unmap_at(FAR, handle), GNTST_okay);
	xlhv_gnttab_close(&host);
	finish();
}

/* Memory of the granter's that was never touched, and that the host has not. */
TEST(a_page_that_the_host_has_not_now)
{
	struct xlhv_gnttab host;
	struct gnttab_pin pin;
	u32 handle;

	start();
	xlhv_gnttab_open(&host, &granter, 0, 10);
	grant(REF, 0, 1);
	grant(REF + 1, mapper.domid, 2);
	fake_pages_left = 0;
	EXPECT_EQ(xlhv_gnttab_get(&host, REF, 0, &pin), -EAGAIN);
	EXPECT_EQ(xlhv_gnttab_get(&host, REF, XLHV_GNTTAB_SLEEP, &pin), -EAGAIN);
	EXPECT_EQ(map_at(REF + 1, FAR, &handle), GNTST_eagain);
	EXPECT_FALSE(in_use(REF) || in_use(REF + 1));
	EXPECT_EQ(mapper.grant.maptrack.used, 0);
	fake_pages_left = ~0U;
	EXPECT_EQ(xlhv_gnttab_get(&host, REF, XLHV_GNTTAB_SLEEP, &pin), 0);
	xlhv_gnttab_put(&host, &pin);
	xlhv_gnttab_close(&host);
	finish();
}

/* What mappings need leaves the host its reserve: the guest is told that there is no space. */
TEST(mappings_leave_the_host_its_reserve)
{
	const unsigned int chunk = GNTTAB_HANDLES_PER_FRAME;
	unsigned int allocated, i;
	u32 handle, last = 0;

	start();
	for (i = 0; i <= 2 * chunk / USES; i++)
		grant(REF + i, mapper.domid, 1 + i);
	/* The page and the tables on the way are there. */
	ASSERT_EQ(ept_fault(&vcpu[0], PAGE_SIZE, true, false), 0);
	ASSERT_EQ(ept_make_table(&mapper, FAR, 1), 0);
	allocated = unit_alloc_count();
	fake_available = 0;
	EXPECT_EQ(map_at(REF, FAR, &handle), GNTST_no_space);
	EXPECT_EQ(unit_alloc_count(), allocated);
	EXPECT_EQ(mapper.grant.maptrack.nr, 0);
	EXPECT_FALSE(in_use(REF));
	fake_available = LONG_MAX;
	for (i = 0; i < chunk; i++)
		ASSERT_EQ(map_at(REF + i / USES, FAR + i, &last), GNTST_okay);
	/* What there is of handles may be used up, and used again. */
	fake_available = 0;
	allocated = unit_alloc_count();
	EXPECT_EQ(map_at(REF + i / USES, FAR + i, &handle), GNTST_no_space);
	EXPECT_EQ(unit_alloc_count(), allocated);
	EXPECT_EQ(mapper.grant.maptrack.nr, chunk);
	EXPECT_EQ(unmap_at(FAR + chunk - 1, last), GNTST_okay);
	EXPECT_EQ(map_at(REF, FAR + chunk - 1, &last), GNTST_okay);
	fake_available = LONG_MAX;
	for (; i < 2 * chunk; i++)
		ASSERT_EQ(map_at(REF + i / USES, FAR + i, &handle), GNTST_okay);
	EXPECT_EQ(map_at(REF + i / USES, FAR + i, &handle), GNTST_no_space);
	finish();
}
