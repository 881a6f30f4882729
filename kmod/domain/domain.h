/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A domain: one guest and all that belongs to it.
 *
 * Codes on the fields.  When set: [c] at creation, constant after.  Protected
 * by: [d] domain->lock, [a] atomic access, [l] domains_lock
 * (list.c), [G] guest-writable memory behind the pointer, [own] the folder that the
 * type belongs to.
 */
#ifndef XLHV_DOMAIN_H
#define XLHV_DOMAIN_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/ratelimit_types.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <xen/interface/xen.h>
#include <uapi/xlhv.h>

#include "xlhv.h"
#include "base/log.h"
#include "base/paced_work.h"
#include "blkback/types.h"
#include "console/types.h"
#include "domain/backend.h"
#include "ept/types.h"
#include "evtchn/types.h"
#include "grant/types.h"
#include "hypercall/types.h"
#include "netback/types.h"
#include "time/types.h"

struct vcpu;
struct page;
struct mem_cgroup;
struct dentry;
struct vmx_cpuid;

/* What leads from one to another, and what else there is to it: state.c. */
enum domain_state {
	DOMAIN_BUILDING,	/* filled in through the descriptors that it dies with */
	DOMAIN_LIVE,		/* finished: lives on its own */
	DOMAIN_DYING,		/* its vCPUs stop, its resources go; no way back */
};

#define DOMAIN_NOT_SHUTDOWN	(-1)

/**
 * struct domain - one guest, or the host
 * @domid: [c] Xen domain identifier, 1 to XLHV_MAX_DOMAINS - 1; 0 is the host
 * @host: [c] it is the host
 * @refs: [a] structure lives while > 0
 * @free_work: frees it, where it may sleep
 * @shutdown_work: tells of its shutdown
 * @rcu: after the last reader
 * @link: [l] in the list of names
 * @debugfs: [own] its folder
 * @listed: [l] made to the end: it can be found
 * @nr_keepers: [a] descriptors, of the domain and of its console, that keep it
 * @kept: [l] is no longer in the list, and was kept then
 * @life: read: resources are there to use; write: teardown
 * @lock: life cycle: state, pausing
 * @vmx_held: [own] one hold on VMX root operation is its
 * @gone: [a] its end is over, whoever waits for it may go on
 * @warnings: rate of dom_warn()
 * @errors: rate of dom_err()
 * @nr_files: [a] open descriptors: the last one takes a domain in building with it
 * @state: [d] read without the lock for information
 * @shutdown_code: [d] SHUTDOWN_* once it has shut down, DOMAIN_NOT_SHUTDOWN else
 * @shutdown_latch: [a] code of SCHEDOP_shutdown_code, DOMAIN_NOT_SHUTDOWN else
 * @pause_count: [a] vCPUs run only at 0
 * @paused_by_tool: [d] one of @pause_count is the tool's
 * @no_memory: [a] a vCPU waits for memory
 * @changes: [a] counts changes of visible state, for poll()
 * @wait: woken after changes
 * @tell: wakes @wait
 * @out: woken when a vCPU is given up or has got a state
 * @name: [l] unique, never empty
 * @uuid: [l]
 * @max_vcpus: [c] size of @vcpu
 * @vcpu: [c] virtual CPUs, all made at creation
 * @memcg: [c] memory cgroup that pays, may be NULL
 * @creator_uid: [c]
 * @creator_pid: [c]
 * @created_ns: [c] CLOCK_BOOTTIME
 * @ept: [own] guest-physical memory
 * @shared_info: [own][c][G] the shared_info page, mapped by the guest where it likes
 * @shared_info_page: [own][c] its page
 * @params: [own] HVM parameters
 * @evtchn: [own] event channels
 * @grant: [own] grant table
 * @time: [own] clocks
 * @log: [own] console_io, port 0xe9 and crash reports
 * @console: [own] backend of hvc0
 * @serial: [own] serial port
 * @blk: [own] disks
 * @net: [own] network interfaces
 * @cpuid: [c] what CPUID says, made by vmx/guest/cpuid.c
 * @cpuid_overrides: [d] by the configuration, until finish
 * @nr_cpuid: [d] their number
 * @vm_assist: [a] VMASST_TYPE_* bits
 * @split_lock: [a] bit 0: a vCPU stands in the host's line of those that make split locks
 * @userdata: [own][d] opaque for the tool
 * @userdata_len: [own][d]
 */
struct domain {
	domid_t domid;
	bool host;
	refcount_t refs;
	struct work_struct free_work;
	struct work_struct shutdown_work;
	struct rcu_head rcu;
	struct list_head link;
	struct dentry *debugfs;
	bool listed;
	atomic_t nr_keepers;
	bool kept;

	struct rw_semaphore life;
	struct mutex lock;	/* life cycle */
	bool vmx_held;
	bool gone;
	struct ratelimit_state warnings;
	struct ratelimit_state errors;
	atomic_t nr_files;
	enum domain_state state;
	int shutdown_code;
	int shutdown_latch;
	atomic_t pause_count;
	bool paused_by_tool;
	bool no_memory;
	atomic_t changes;
	wait_queue_head_t wait;
	struct pace tell;
	wait_queue_head_t out;
	char name[XLHV_NAME_LEN];
	u8 uuid[16];

	unsigned int max_vcpus;
	struct vcpu **vcpu;
	struct mem_cgroup *memcg;
	uid_t creator_uid;
	pid_t creator_pid;
	u64 created_ns;

	struct ept ept;
	struct shared_info *shared_info;
	struct page *shared_info_page;
	struct hvm_params params;
	struct evtchn_domain evtchn;
	struct gnttab grant;
	struct time_domain time;
	struct dom_log log;
	struct dom_console console;
	struct dom_serial serial;
	struct blk_domain blk;
	struct net_domain net;

	struct vmx_cpuid *cpuid;
	struct xlhv_cpuid *cpuid_overrides;
	unsigned int nr_cpuid;
	unsigned long vm_assist;
	unsigned long split_lock;
	void *userdata;
	size_t userdata_len;
};

int dom_init(void);
void dom_exit(void);
struct domain *dom_create(const struct xlhv_dom_create *create, char *text);
int dom_finish(struct domain *d, char *text);
int dom_enter(struct domain *d);
void dom_leave(struct domain *d);
int dom_destroy(struct domain *d);
void dom_destroy_unbuilt(struct domain *d);
int dom_create_host(const struct xlhv_dom_create *how);
void dom_destroy_host(void);

/* list.c */
void dom_list_keep(struct domain *d);
void dom_list_unkeep(struct domain *d);
struct domain *dom_get_next(domid_t domid);
struct domain *dom_get_by_name(const char *name);
int dom_rename(struct domain *d, const char *name, const u8 *uuid);
void dom_identity(const struct domain *d, char *name, u8 *uuid);
unsigned int dom_list(domid_t first, struct xlhv_dom_info *info, unsigned int count);
void dom_totals(struct xlhv_info *info);

/* state.c */
int dom_pause(struct domain *d);
int dom_unpause(struct domain *d);
void dom_shutdown(struct domain *d, unsigned int code);
void dom_crash(struct domain *d, const char *fmt, ...) __printf(2, 3);
void dom_changed(struct domain *d);
void dom_event(struct domain *d, u32 event, u32 reason);
void dom_info(struct domain *d, struct xlhv_dom_info *info);

/* access.c */
int dom_may_build(struct domain *d, char *text);
bool dom_is_creators(const struct domain *d);
int dom_may_look_into(const struct domain *d);

/* alloc.c */
void *dom_zalloc(struct domain *d, size_t size);
struct page *dom_alloc_page(struct domain *d);

/* The vCPU with that number, or NULL; the number may come from a guest. */
struct vcpu *dom_vcpu(const struct domain *d, unsigned int id);

/*
 * Is it domain 0?  It has event channels and a grant table, and nothing that runs: no thread,
 * no guest memory, no shared_info.
 */
static inline bool dom_is_host(const struct domain *d)
{
	return d->host;
}

static inline bool dom_is_shut_down(const struct domain *d)
{
	return READ_ONCE(d->shutdown_code) != DOMAIN_NOT_SHUTDOWN;
}

static inline bool dom_is_dying(const struct domain *d)
{
	return READ_ONCE(d->state) == DOMAIN_DYING;
}

/* A line about a domain to the kernel's log and the module's, at the domain's own rate. */
bool dom_may_warn(struct domain *d);
void dom_warn(struct domain *d, const char *fmt, ...) __printf(2, 3);
void dom_err(struct domain *d, const char *fmt, ...) __printf(2, 3);

#endif /* XLHV_DOMAIN_H */
