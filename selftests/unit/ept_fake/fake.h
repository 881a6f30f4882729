/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What kmod/ept has from the kernel and the shim has not: pages with references, in an arena that
 * ASan guards (a free page must not be touched), RCU with grace periods that are real, waiting.
 */
#ifndef EPT_FAKE_H
#define EPT_FAKE_H

#include <linux/atomic.h>
#include <linux/bug.h>
#include <linux/cache.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/types.h>
#include <asm/page.h>

#include <pthread.h>
#include <sched.h>

/*
 * Pages.  4096 of them are 16 MiB; the arena has the alignment of 2 MiB.  FAKE_GIBS is for tests
 * that need gigabytes: more pages, aligned to 1 GiB, neither guarded nor filled, so that they cost
 * nothing but addresses.
 */
#ifdef FAKE_GIBS
#define FAKE_PAGES	(FAKE_GIBS * 256 * 1024 + 64 * 1024)
#define FAKE_ALIGN	(1UL << 30)
#undef ASAN_POISON_MEMORY_REGION
#undef ASAN_UNPOISON_MEMORY_REGION
#define ASAN_POISON_MEMORY_REGION(at, size)	((void)(at), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(at, size)	((void)(at), (void)(size))
#define fake_fill(at, byte, size)		((void)(at), (void)(byte), (void)(size))
#else
#define FAKE_PAGES	(16 * 1024)
#define FAKE_ALIGN	(2UL << 20)
#define fake_fill(at, byte, size)		memset(at, byte, size)
#endif

struct page {
	union {
		int refs;		/* 0: free */
		atomic_t _refcount;	/* its name in the kernel */
	};
	unsigned long private;
	struct list_head lru;
	bool lost;		/* to a machine check */
};

#define PageHWPoison(page)	((page)->lost)

extern struct page fake_pages[FAKE_PAGES];
extern char *fake_arena;

struct page *alloc_pages(gfp_t gfp, unsigned int order);
void split_page(struct page *page, unsigned int order);
void get_page(struct page *page);
#define page_count(page)	READ_ONCE((page)->refs)
void put_page(struct page *page);
void release_pages(struct page **pages, int nr);
void __free_pages(struct page *page, unsigned int order);

static inline bool page_ref_freeze(struct page *page, int count)
{
	return __atomic_compare_exchange_n(&page->refs, &count, -1, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_SEQ_CST);
}

static inline void page_ref_unfreeze(struct page *page, int count)
{
	__atomic_store_n(&page->refs, count, __ATOMIC_SEQ_CST);
}

static inline struct page *pfn_to_page(u64 pfn)
{
	return &fake_pages[pfn - ((unsigned long)fake_arena >> PAGE_SHIFT)];
}

static inline u64 page_to_pfn(const struct page *page)
{
	return ((unsigned long)fake_arena >> PAGE_SHIFT) + (page - fake_pages);
}

static inline void *page_address(const struct page *page)
{
	return fake_arena + ((page - fake_pages) << PAGE_SHIFT);
}

#define page_private(page)		((page)->private)
#define set_page_private(page, value)	((page)->private = (value))
#define ZERO_PAGE(address)		((void)(address), fake_zero_page)

extern struct page *fake_zero_page;

/* For tests. */
void fake_memory_init(void);
unsigned int fake_pages_used(void);
extern unsigned int fake_blocks_freed;
extern unsigned int fake_max_order;	/* larger allocations fail */
extern unsigned int fake_pages_left;	/* more than these fail */
extern long fake_available;		/* pages that the host could give, as it thinks */
extern bool fake_disturb;		/* threads are interrupted at critical points */

/* RCU: a grace period waits for every reader. */
struct rcu_head {
	struct rcu_head *next;
	void (*func)(struct rcu_head *head);
};

void rcu_read_lock(void);
void rcu_read_unlock(void);
void synchronize_rcu(void);
void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head));
void call_rcu_hurry(struct rcu_head *head, void (*func)(struct rcu_head *head));
void rcu_barrier(void);
/* A grace period ends.  What call_rcu() put off until there is more, or for ten seconds, waits. */
void fake_grace_period(void);

struct rw_semaphore {
	pthread_rwlock_t lock;
};

#define init_rwsem(sem)		pthread_rwlock_init(&(sem)->lock, NULL)
#define down_read(sem)		pthread_rwlock_rdlock(&(sem)->lock)
#define up_read(sem)		pthread_rwlock_unlock(&(sem)->lock)
#define down_write(sem)		pthread_rwlock_wrlock(&(sem)->lock)
#define up_write(sem)		pthread_rwlock_unlock(&(sem)->lock)

#define wait_var_event(var, condition)		\
	do {					\
		(void)(var);			\
		while (!(condition))		\
			sched_yield();		\
	} while (0)
/* Time passes: grace periods end, unless they last.  Not for ever, as the kernel's would not. */
extern unsigned int fake_grace_lasts;	/* so many waits see no end of it */
extern unsigned long fake_waited;	/* for that, at most: ticks */
#define wait_var_event_timeout(var, condition, timeout)		\
	({							\
		unsigned int _left = (timeout);			\
		bool _done;					\
								\
		(void)(var);					\
		__atomic_fetch_add(&fake_waited, _left, __ATOMIC_RELAXED); \
		if (fake_grace_lasts)				\
			fake_grace_lasts--;			\
		else						\
			fake_grace_period();			\
		while (!(_done = (condition)) && _left--)	\
			sched_yield();				\
		_done;						\
	})
#define wake_up_var(var)	((void)(var))
#define HZ			1000

/* Work that is due; fake_run_work() lets the time for it come. */
struct work_struct {
	void (*func)(struct work_struct *work);
	bool queued;
};

struct delayed_work {
	struct work_struct work;
};

#define to_delayed_work(w)		container_of(w, struct delayed_work, work)
#define INIT_DELAYED_WORK(dwork, f)	((dwork)->work = (struct work_struct){ .func = (f) })
#define schedule_delayed_work(dwork, delay)	((void)(delay), (dwork)->work.queued = true)
#define cancel_delayed_work_sync(dwork)		((dwork)->work.queued = false)

static inline void fake_run_work(struct delayed_work *dwork)
{
	if (!dwork->work.queued)
		return;
	dwork->work.queued = false;
	dwork->work.func(&dwork->work);
}

struct mem_cgroup;

static inline struct mem_cgroup *set_active_memcg(struct mem_cgroup *memcg)
{
	return NULL;
}

#define current			NULL
#define IS_ENABLED(CONFIG_option)	((void)#CONFIG_option, 0)
#define fatal_signal_pending(task)	((void)(task), false)

/* Features */
#define X86_FEATURE_GBPAGES	2
#define boot_cpu_has(feature)	((feature) == X86_FEATURE_GBPAGES)

#endif /* EPT_FAKE_H */
