/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The only way from and to user space.
 *
 * An access there can take as long as its owner wants it to: behind the page may be
 * userfaultfd or a file system in user space.  It also takes the mmap_lock, under
 * which mmap() and page faults of a domain's descriptor run.  So nothing is held
 * meanwhile, and no domain is entered: lockdep tells at run time, scripts/lint
 * (usercopy) from the text.
 */
#ifndef XLHV_USERCOPY_H
#define XLHV_USERCOPY_H

#include <linux/errno.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

/**
 * user_copy_in() - read memory of the caller's
 * @to: where to
 * @from: where from
 * @len: bytes
 *
 * Context: a system call; no lock is held.
 * Return: 0 or -EFAULT.
 */
static inline int user_copy_in(void *to, const void __user *from, size_t len)
{
	lockdep_assert_none_held_once();
	return copy_from_user(to, from, len) ? -EFAULT : 0;
}

/**
 * user_copy_out() - write memory of the caller's
 * @to: where to
 * @from: where from
 * @len: bytes
 *
 * Context: a system call; no lock is held.
 * Return: 0 or -EFAULT; a part may have been written then.
 */
static inline int user_copy_out(void __user *to, const void *from, size_t len)
{
	lockdep_assert_none_held_once();
	return copy_to_user(to, from, len) ? -EFAULT : 0;
}

/**
 * user_clear() - write zeros into memory of the caller's
 * @to: where to
 * @len: bytes
 *
 * Context: a system call; no lock is held.
 * Return: 0 or -EFAULT; a part may have been written then.
 */
static inline int user_clear(void __user *to, size_t len)
{
	lockdep_assert_none_held_once();
	return clear_user(to, len) ? -EFAULT : 0;
}

/**
 * user_mm_lock() - what the caller has mapped does not change
 *
 * To look at areas of its own and to map into them; no copy is made meanwhile, and nothing is
 * waited for.
 *
 * Context: a system call; no lock is held.
 */
static inline void user_mm_lock(void)
{
	lockdep_assert_none_held_once();
	mmap_read_lock(current->mm);
}

static inline void user_mm_unlock(void)
{
	mmap_read_unlock(current->mm);
}

/**
 * user_mm_lock_alone() - the same, and no other thread maps anything meanwhile
 *
 * Those that have user_mm_lock() may fill the same area at the same time.
 *
 * Context: a system call; no lock is held.
 * Return: 0; -EINTR: killed.
 */
static inline int user_mm_lock_alone(void)
{
	lockdep_assert_none_held_once();
	return mmap_write_lock_killable(current->mm);
}

static inline void user_mm_unlock_alone(void)
{
	mmap_write_unlock(current->mm);
}

/**
 * user_page_pin() - have a page of the caller's stay where it is
 * @at: address in the page
 * @write: it is going to be written
 * @page: result
 *
 * Context: a system call; no lock is held.
 * Return: 0: user_page_unpin() has to follow; -EFAULT: the caller has no such page; -ENOMEM;
 * -EINTR: killed.
 */
static inline int user_page_pin(unsigned long at, bool write, struct page **page)
{
	int nr;

	lockdep_assert_none_held_once();
	nr = pin_user_pages_fast(at & PAGE_MASK, 1, write ? FOLL_WRITE : 0, page);
	if (nr == 1)
		return 0;
	/* What is not the caller's fault is not to look like one. */
	return nr == -ENOMEM || nr == -EINTR ? nr : -EFAULT;
}

/* The same page, done with; @write as there.  It may sleep. */
static inline void user_page_unpin(struct page *page, bool write)
{
	unpin_user_pages_dirty_lock(&page, 1, write);
}

#endif /* XLHV_USERCOPY_H */
