/* SPDX-License-Identifier: GPL-2.0-only */
/* Private to gntdev: grants that are mapped together. */
#ifndef XLHV_DOM0_GNTMAP_H
#define XLHV_DOM0_GNTMAP_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <xen/interface/xen.h>	/* the others need it first */
#include <xen/interface/grant_table.h>
#include <uapi/xen/gntdev.h>

struct gntmap_run;
struct gntdev_file;
struct gntport;
struct gnttab_pin;
struct vm_area_struct;
struct vm_operations_struct;

/**
 * struct gntmap - grants that a process named in one call, to be mapped as one range
 * @kref: one for being in the file's list, one while it has pins
 * @link: [file's lock] in the order of @index; empty: not in the list
 * @file: [c] with a reference
 * @index: [c] its first page among the file's
 * @count: [c] pages
 * @refs: [c] grants, as the process named them, unchecked
 * @runs: [c] neighbours in @refs of the same domain
 * @nr_runs: [c]
 * @lock: mapping, unmapping, notifications
 * @nr_vmas: [lock] parts that are mapped, in any address space
 * @ending: [lock] nothing is mapped any more, but @pins are there
 * @end: looks again at pages that were in use then
 * @end_delay: [c] for @end: jiffies until it looks again
 * @end_at: [c] for @end: in jiffies, the end of patience
 * @pins: [lock] one for each page while @nr_vmas > 0 or @ending; constant for who is in
 *	such a part
 * @others: [lock] for each pin: references that others had on its page when it was mapped
 * @clear: [lock] the byte at @clear_at is cleared when the grants are given back
 * @clear_at: [lock] in bytes from the start
 * @port: [lock] event channel of domain 0 by which an event is sent at the end, after all is
 *	given back; NULL: none
 */
struct gntmap {
	struct kref kref;
	struct list_head link;
	struct gntdev_file *file;
	u64 index;
	u32 count;
	struct ioctl_gntdev_grant_ref *refs;
	struct gntmap_run *runs;
	u32 nr_runs;

	struct mutex lock;	/* mapping, unmapping, notifications */
	unsigned int nr_vmas;
	bool ending;
	struct delayed_work end;
	unsigned long end_delay;
	unsigned long end_at;
	struct gnttab_pin *pins;
	int *others;
	bool clear;
	u64 clear_at;
	struct gntport *port;
};

extern const struct vm_operations_struct gntmap_vm_ops;

struct gntmap *gntmap_new(struct gntdev_file *file, u32 count,
			  struct ioctl_gntdev_grant_ref *refs);
int gntmap_mmap(struct gntmap *m, struct vm_area_struct *vma);
int gntmap_notify(struct gntmap *m, u64 at, u32 action, u32 port);
void gntmap_put(struct gntmap *m);
int gntmap_init(void);
void gntmap_exit(void);

/* gntdev.c: a map is made; it is gone. */
void gntdev_file_get(struct gntdev_file *f);
void gntdev_file_put(struct gntdev_file *f, u32 count);
/* As many grants more whose mapping is gone, and that wait for I/O; false: that is too many. */
bool gntdev_file_wait(struct gntdev_file *f, u32 count);
void gntdev_file_wait_end(struct gntdev_file *f, u32 count);

/* gntcopy.c */
int gntdev_copy(const struct ioctl_gntdev_grant_copy *copy);

#endif /* XLHV_DOM0_GNTMAP_H */
