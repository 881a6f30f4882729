/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a domain consists of.  Each subsystem has a share of every domain and of every
 * vCPU, and describes it by one struct domain_part; the table of all is in kmod/parts.c,
 * in the order in which they are made.  The core (domain.c, state.c, vcpu.c) walks the
 * table and knows none of them by name.
 */
#ifndef XLHV_DOMAIN_PARTS_H
#define XLHV_DOMAIN_PARTS_H

#include <linux/stddef.h>
#include <linux/types.h>
#include <uapi/xlhv.h>

struct domain;
struct ioctl_op;
struct seq_file;
struct vcpu;
struct vcpu_start;

/**
 * struct domain_counter - one counter
 * @name: unique: "events.sent"
 * @unit: "pages", "ns", "" for a number
 * @help: what it counts
 * @flags: XLHV_STAT_*; XLHV_STAT_DOMAIN is set if @read is
 * @read: of a domain; any context but NMI.  NULL: a counter of each vCPU
 * @at: offset of a u64 in struct vcpu that its owner writes
 */
struct domain_counter {
	const char *name, *unit, *help;
	u32 flags;
	u64 (*read)(const struct domain *d);
	size_t at;
};

#define VCPU_COUNTER(_name, _unit, field, _help)				\
	{ .name = (_name), .unit = (_unit), .help = (_help), .at = offsetof(struct vcpu, field) }
#define DOMAIN_COUNTER(_name, _unit, _read, _flags, _help)			\
	{ .name = (_name), .unit = (_unit), .help = (_help), .read = (_read),	\
	  .flags = (_flags) | XLHV_STAT_DOMAIN }

/**
 * struct domain_part - what a subsystem has of a domain and of its vCPUs
 * @name: one word, also of its file in debugfs
 * @load: what all domains share, before there can be one; 0 or -errno
 * @unload: give it back; there is no domain any more.  Also called without a @load
 * @check: can what the tool asks for be had?  Before there is a domain
 * @init: make the share of a domain
 * @vcpu_init: make the share of a vCPU, when every part's @init has been called
 * @vcpu_start: give a vCPU the state it starts with; its owner calls
 * @settled: may what the domain is made of change, as far as this part has a say?  domain.lock
 *	is held
 * @complete: has the builder said all that the part needs?  domain.lock is held
 * @start: the domain is finished; domain.lock is held.  Called again after one that failed
 * @stop: the domain dies: nothing of the guest runs when this returns.  domain.life is
 *	held for writing from here to @vcpu_close
 * @close: give back what it has of other domains and of the host
 * @vcpu_close: the same, of each vCPU
 * @free: nobody refers to the domain any more
 * @vcpu_free: the same, of each vCPU
 * @show: it is made, and can be found from now on
 * @hide: it dies, and is not to be found any more
 * @event: tell of an event; @reason is as in struct xlhv_event's documentation
 * @info: fill in its fields; domains_lock is held, or the domain is entered
 * @pages: memory of the guest's, in 4 KiB pages, as of a moment ago; any context but NMI
 * @bytes: host memory besides that, as of a moment ago; any context but NMI
 * @describe: text for debugfs; the domain is entered
 * @vcpu_describe: the same, of each vCPU; 0 or -errno
 * @counters: ended by one without a name
 * @ioctls: on a domain's descriptor, called with the domain; ended by one without a number
 * @host: domain 0 has a share as well, see dom_create_host()
 *
 * Each is optional and may sleep where nothing else is said.  @stop, @close, @free and @unload
 * are called from the last part to the first, all others from the first to the last.
 *
 * There is no function that resets a share: a restart makes a new domain, and a guest that goes
 * on after it suspended itself in memory finds everything as it left it.
 *
 * @close, @vcpu_close, @free and @vcpu_free are called also for a domain whose making
 * failed, so of shares that were never made, or made in part, or closed before: zeroed
 * memory is nothing to them.  @check, @init, @settled, @complete write into @text
 * (XLHV_TEXT_LEN bytes) what was wrong; they return 0 or -errno.
 */
struct domain_part {
	const char *name;
	int (*load)(void);
	void (*unload)(void);
	int (*check)(const struct xlhv_dom_create *create, char *text);
	int (*init)(struct domain *d, const struct xlhv_dom_create *create, char *text);
	int (*vcpu_init)(struct vcpu *v);
	int (*vcpu_start)(struct vcpu *v, const struct vcpu_start *how);
	int (*settled)(struct domain *d, char *text);
	int (*complete)(struct domain *d, char *text);
	int (*start)(struct domain *d);
	void (*stop)(struct domain *d);
	void (*close)(struct domain *d);
	void (*vcpu_close)(struct vcpu *v);
	void (*free)(struct domain *d);
	void (*vcpu_free)(struct vcpu *v);
	void (*show)(struct domain *d);
	void (*hide)(struct domain *d);
	void (*event)(struct domain *d, u32 event, u32 reason);
	void (*info)(const struct domain *d, struct xlhv_dom_info *info);
	u64 (*pages)(const struct domain *d);
	size_t (*bytes)(const struct domain *d);
	void (*describe)(struct seq_file *m, struct domain *d);
	int (*vcpu_describe)(struct seq_file *m, struct vcpu *v);
	const struct domain_counter *counters;
	const struct ioctl_op *ioctls;
	bool host;
};

/* The core's own counters. */
extern const struct domain_part core_part;

/* kmod/parts.c; ended by NULL. */
extern const struct domain_part *const domain_parts[];

int parts_load(void);
void parts_unload(void);

int parts_vcpu_init(struct vcpu *v);
int parts_vcpu_start(struct vcpu *v, const struct vcpu_start *how);
void parts_vcpu_free(struct vcpu *v);

bool parts_too_large(const char *name, u64 value, u64 most, char *text);

#endif /* XLHV_DOMAIN_PARTS_H */
