// SPDX-License-Identifier: GPL-2.0-only
/* See fake.h. */
#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "ept_fake/fake.h"
#include "unit.h"
#include "vmx/root/caps.h"

struct page fake_pages[FAKE_PAGES];
char *fake_arena;
struct page *fake_zero_page;
unsigned int fake_max_order = 10;
unsigned int fake_blocks_freed;
unsigned int fake_pages_left = ~0U;
u64 vmx_guards;
long fake_available = LONG_MAX;
unsigned int fake_grace_lasts;
unsigned long fake_waited;
bool fake_disturb;
unsigned int fake_invepts;
struct vmx_caps vmx_caps;

static pthread_mutex_t pages_lock;
static unsigned int pages_used;

unsigned int fake_pages_used(void)
{
	return __atomic_load_n(&pages_used, __ATOMIC_RELAXED);
}

static bool block_is_free(unsigned int first, unsigned int nr)
{
	unsigned int i;

	for (i = first; i < first + nr; i++)
		if (__atomic_load_n(&fake_pages[i].refs, __ATOMIC_RELAXED))
			return false;
	return true;
}

struct page *alloc_pages(gfp_t gfp, unsigned int order)
{
	static unsigned int next;
	unsigned int nr = 1 << order;
	unsigned int i, first;
	struct page *page = NULL;

	if (order > fake_max_order)
		return NULL;
	pthread_mutex_lock(&pages_lock);
	if (nr > fake_pages_left)
		goto out;
	/* Round about, so that a page that was freed is not had again at once. */
	for (i = 0; i < FAKE_PAGES; i += nr) {
		first = (((next + nr - 1) & ~(nr - 1)) + i) % FAKE_PAGES;
		if (!block_is_free(first, nr))
			continue;
		page = &fake_pages[first];
		next = first + nr;
		break;
	}
	if (!page)
		goto out;
	if (fake_pages_left != ~0U)
		fake_pages_left -= nr;
	pages_used += nr;
	for (i = 0; i < nr; i++) {
		page[i].refs = i ? -1 : 1;
		page[i].private = 0;
	}
	ASAN_UNPOISON_MEMORY_REGION(page_address(page), nr << PAGE_SHIFT);
	fake_fill(page_address(page), gfp & __GFP_ZERO ? 0 : 0xa5, (size_t)nr << PAGE_SHIFT);
out:
	pthread_mutex_unlock(&pages_lock);
	return page;
}

void split_page(struct page *page, unsigned int order)
{
	unsigned int i;

	for (i = 1; i < 1U << order; i++)
		page[i].refs = 1;
}

/* Let others in where it hurts most. */
static void disturb(void)
{
	static __thread unsigned int random = 1;

	random = random * 1103515245 + 12345;
	if (fake_disturb && (random >> 16) % 16 == 0)
		sched_yield();
}

void get_page(struct page *page)
{
	disturb();
	if (__atomic_fetch_add(&page->refs, 1, __ATOMIC_SEQ_CST) <= 0)
		unit_fail(__FILE__, __LINE__, "a reference on a page that is free");
}

void put_page(struct page *page)
{
	int refs = __atomic_load_n(&page->refs, __ATOMIC_SEQ_CST);

	if (refs <= 0)
		unit_fail(__FILE__, __LINE__, "a page with %d references is put", refs);
	/* The last one: out of reach first, free then. */
	pthread_mutex_lock(&pages_lock);
	if (__atomic_load_n(&page->refs, __ATOMIC_SEQ_CST) == 1) {
		ASAN_POISON_MEMORY_REGION(page_address(page), PAGE_SIZE);
		if (fake_pages_left != ~0U)
			fake_pages_left++;
		pages_used--;
	}
	__atomic_fetch_sub(&page->refs, 1, __ATOMIC_SEQ_CST);
	pthread_mutex_unlock(&pages_lock);
}

void __free_pages(struct page *page, unsigned int order)
{
	unsigned int i;

	if (page->refs != 1)
		unit_fail(__FILE__, __LINE__, "a block with %d references", page->refs);
	for (i = 0; i < 1U << order; i++) {
		if (i && page[i].refs != -1)
			unit_fail(__FILE__, __LINE__, "a block with a page of its own");
		page[i].refs = 1;
		put_page(page + i);
	}
	fake_blocks_freed++;
}

void release_pages(struct page **pages, int nr)
{
	while (nr--)
		put_page(pages[nr]);
}

static pthread_rwlock_t readers;
static __thread unsigned int nesting;
static pthread_mutex_t callbacks_lock;
static struct rcu_head *callbacks, *lazy_callbacks;

void rcu_read_lock(void)
{
	if (!nesting++)
		pthread_rwlock_rdlock(&readers);
}

void rcu_read_unlock(void)
{
	if (--nesting)
		return;
	disturb();
	pthread_rwlock_unlock(&readers);
	disturb();
}

void synchronize_rcu(void)
{
	if (nesting)
		unit_fail(__FILE__, __LINE__, "synchronize_rcu() by a reader");
	pthread_rwlock_wrlock(&readers);
	pthread_rwlock_unlock(&readers);
}

static void queue(struct rcu_head **list, struct rcu_head *head,
		  void (*func)(struct rcu_head *head))
{
	head->func = func;
	pthread_mutex_lock(&callbacks_lock);
	head->next = *list;
	*list = head;
	pthread_mutex_unlock(&callbacks_lock);
}

void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head))
{
	queue(&lazy_callbacks, head, func);
}

void call_rcu_hurry(struct rcu_head *head, void (*func)(struct rcu_head *head))
{
	queue(&callbacks, head, func);
}

/* Callbacks run when somebody asks for it, so that a test can look in between. */
static void end_grace_period(struct rcu_head **list)
{
	struct rcu_head *head, *next;

	pthread_mutex_lock(&callbacks_lock);
	head = *list;
	*list = NULL;
	pthread_mutex_unlock(&callbacks_lock);
	synchronize_rcu();
	for (; head; head = next) {
		next = head->next;
		head->func(head);
	}
}

void fake_grace_period(void)
{
	end_grace_period(&callbacks);
}

void rcu_barrier(void)
{
	end_grace_period(&callbacks);
	end_grace_period(&lazy_callbacks);
}

void fake_memory_init(void)
{
	const size_t size = (size_t)FAKE_PAGES << PAGE_SHIFT;
	const size_t align = FAKE_ALIGN;
	char *raw;

	pthread_mutex_init(&pages_lock, NULL);
	pthread_mutex_init(&callbacks_lock, NULL);
	pthread_rwlock_init(&readers, NULL);
	raw = mmap(NULL, size + align, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (raw == MAP_FAILED)
		abort();
	fake_arena = (char *)(((unsigned long)raw + align - 1) & ~(align - 1));
	ASAN_POISON_MEMORY_REGION(fake_arena, size);
	vmx_caps.maxphyaddr = 40;
	vmx_caps.features = XLHV_FEAT_EPT_2M | XLHV_FEAT_EPT_AD;
	vmx_caps.msr[XLHV_CAP_EPT_VPID] = 1ULL << 25;
	fake_zero_page = alloc_pages(GFP_KERNEL | __GFP_ZERO, 0);
	pages_used = 0;
}

long si_mem_available(void)
{
	return READ_ONCE(fake_available);
}

unsigned long totalram_pages(void)
{
	return FAKE_PAGES;
}
