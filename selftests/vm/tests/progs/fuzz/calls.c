// SPDX-License-Identifier: GPL-2.0-only
/* Which ioctls there are, with arguments that are nearly right. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include <xlhv.h>

#include "fuzz/fuzz.h"

static void any_name(struct fuzzer *f, char *name)
{
	static const char *const odd[] = { "", "/", "17", "a/b", "\xff\xfe", "-" };

	if (below(f, 16))
		snprintf(name, XLHV_NAME_LEN, "fuzz%u", below(f, 6));
	else if (below(f, 3))
		strcpy(name, odd[below(f, NR(odd))]);
	else
		memset(name, 'x', XLHV_NAME_LEN);
}

static uint32_t odd_number(struct fuzzer *f)
{
	static const uint32_t odd[] = {
		0, 1, 2, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x10000, 0x7fffffff, 0x80000000,
		0xfffffffe, 0xffffffff
	};

	return below(f, 2) ? odd[below(f, NR(odd))] : (uint32_t)rng_u64(&f->rng) >> below(f, 32);
}

static void fill_create(struct fuzzer *f, void *arg)
{
	struct xlhv_dom_create *c = arg;

	c->max_vcpus = 1 + below(f, 3);
	c->max_pages = RAM / PAGE + below(f, 3) * 256;
	c->flags = !below(f, 8);
	any_name(f, c->name);
	if (!below(f, 4)) {
		c->max_grant_frames = 1 + below(f, 64);
		c->max_maptrack_frames = 1 + below(f, 1024);
		c->max_grant_version = 1 + below(f, 2);
		c->max_event_channels = 1 + below(f, 131071);
		c->console_bytes = 1U << below(f, 20);
		c->log_bytes = 1U << below(f, 20);
		c->domid = below(f, 3) ? 0 : below(f, 0x7ff0);
	}
	if (!below(f, 8))
		(&c->max_vcpus)[below(f, 7)] = odd_number(f);
}

static void fill_open(struct fuzzer *f, void *arg)
{
	struct xlhv_dom_open *o = arg;

	o->domid = below(f, 3) ? XLHV_DOMID_BY_NAME : below(f, 200);
	any_name(f, o->name);
}

static void fill_list(struct fuzzer *f, void *arg)
{
	struct xlhv_dom_list *l = arg;

	l->count = below(f, 4) ? below(f, 8) : odd_number(f);
	l->info = buffer(f);
}

static void fill_names(struct fuzzer *f, void *arg)
{
	struct xlhv_stat_names *n = arg;

	n->count = below(f, 4) ? below(f, 300) : odd_number(f);
	n->names = buffer(f);
}

static void fill_log(struct fuzzer *f, void *arg)
{
	struct xlhv_log_read *r = arg;

	r->len = below(f, 4) ? below(f, 65536) : odd_number(f);
	r->flags = !below(f, 4);
	r->pos = below(f, 4) ? 0 : rng_u64(&f->rng) >> below(f, 64);
	r->buffer = buffer(f);
}

static void fill_hold(struct fuzzer *f, void *arg)
{
	((struct xlhv_vmx_hold *)arg)->hold = below(f, 2);
}

static void fill_check(struct fuzzer *f, void *arg)
{
	struct xlhv_selfcheck *c = arg;

	c->cpu = below(f, 8) ? below(f, 4) : odd_number(f);
	c->rounds = below(f, 3);
}

static void fill_map(struct fuzzer *f, void *arg)
{
	struct xlhv_memory_map *m = arg;
	struct xlhv_mem_range r[4] = {
		{ .addr = 0, .size = RAM, .type = XLHV_MEM_RAM },
		{ .addr = RAM, .size = PAGE << below(f, 12), .type = XLHV_MEM_RESERVED },
	};

	m->count = 1 + below(f, 2);
	if (!below(f, 8)) {
		r[below(f, 2)].size = rng_u64(&f->rng) >> below(f, 64) & ~(PAGE - 1);
		r[1].type = below(f, 5);
	}
	if (!below(f, 8))
		m->count = odd_number(f);
	m->ranges = (uintptr_t)place(f, r, sizeof(r), true);
}

static void fill_special(struct fuzzer *f, void *arg)
{
	struct xlhv_ring *s = arg;

	s->kind = below(f, 8) ? XLHV_RING_CONSOLE : below(f, 4);
	if (below(f, 8))
		s->gfn = RING;
	else
		s->gfn = below(f, 2) ? below(f, 600) : rng_u64(&f->rng) >> below(f, 64);
}

static void fill_param(struct fuzzer *f, void *arg)
{
	struct xlhv_hvm_param *p = arg;

	p->index = below(f, 8) ? below(f, 48) : odd_number(f);
	p->value = rng_u64(&f->rng) >> below(f, 64);
}

static void fill_cpuid(struct fuzzer *f, void *arg)
{
	struct xlhv_cpuid_set *s = arg;
	struct xlhv_cpuid c[8] = {};

	for (unsigned int i = 0; i < NR(c); i++) {
		c[i].leaf = below(f, 8) ? below(f, 16) : odd_number(f);
		c[i].subleaf = below(f, 2) ? XLHV_CPUID_ANY_SUBLEAF : below(f, 4);
		memset(c[i].keep, below(f, 4) ? 0xff : 0x5a, sizeof(c[i].keep));
	}
	s->count = below(f, 8) ? below(f, NR(c)) : odd_number(f);
	s->entries = (uintptr_t)place(f, c, sizeof(c), true);
}

static void fill_entry(struct fuzzer *f, void *arg)
{
	struct xlhv_vcpu_entry *e = arg;

	e->entry = below(f, 8) ? 0x1000 : rng_u64(&f->rng) >> below(f, 64);
	e->start_info = below(f, 4) ? 0 : rng_u64(&f->rng) >> below(f, 64);
}

static void fill_rename(struct fuzzer *f, void *arg)
{
	struct xlhv_rename *r = arg;

	any_name(f, r->name);
	r->flags = below(f, 2);
}

static void fill_number(struct fuzzer *f, void *arg)
{
	*(uint32_t *)arg = below(f, 4) ? below(f, 3) : odd_number(f);
}

static void fill_stats(struct fuzzer *f, void *arg)
{
	struct xlhv_stats *s = arg;

	s->count = below(f, 4) ? below(f, 300) : odd_number(f);
	s->vcpu = below(f, 2) ? XLHV_ALL_VCPUS : below(f, 4);
	s->values = buffer(f);
}

static void fill_console(struct fuzzer *f, void *arg)
{
	((struct xlhv_console *)arg)->flags = below(f, 4);
}

static void fill_userdata(struct fuzzer *f, void *arg)
{
	struct xlhv_userdata *u = arg;

	u->len = below(f, 8) ? below(f, 16384) : odd_number(f);
	u->buffer = buffer(f);
}

static void fill_trigger(struct fuzzer *f, void *arg)
{
	struct xlhv_trigger *t = arg;

	t->vcpu = below(f, 4) ? below(f, 3) : odd_number(f);
	t->kind = below(f, 8) ? XLHV_TRIGGER_NMI : odd_number(f);
}

/* Whatever has a low number: hardly any of it is a disk. */
static void fill_attach(struct fuzzer *f, void *arg)
{
	struct xlhv_blk_attach *a = arg;

	a->vdev = below(f, 3);
	a->fd = (int)below(f, 40) - 1;
	a->flags = below(f, 8) ? below(f, 16) : odd_number(f);
	a->sector_size = below(f, 4) ? 0 : 512 << below(f, 5);
}

static void fill_connect(struct fuzzer *f, void *arg)
{
	struct xlhv_blk_connect *c = arg;

	c->vdev = below(f, 3);
	c->queue = below(f, 8) ? below(f, 4) : odd_number(f);
	c->port = below(f, 8);
	c->abi = below(f, 3);
	c->order = below(f, 8) ? below(f, 5) : odd_number(f);
	c->features = below(f, 32);
	for (unsigned int i = 0; c->order < 5 && i < 1U << c->order; i++)
		c->refs[i] = below(f, 4) ? below(f, 16) : odd_number(f);
}

static void fill_end(struct fuzzer *f, void *arg)
{
	struct xlhv_blk_detach *e = arg;

	e->vdev = below(f, 3);
	e->queue = below(f, 3) ? XLHV_BLK_ALL_QUEUES : below(f, 20);
	e->flags = below(f, 2);
}

static void fill_disk(struct fuzzer *f, void *arg)
{
	struct xlhv_blk_info *i = arg;

	i->vdev = below(f, 3);
	i->select = below(f, 2);
}

static void fill_max_mem(struct fuzzer *f, void *arg)
{
	struct xlhv_max_mem *m = arg;

	m->pages = below(f, 4) ? RAM / PAGE + below(f, 1024) : rng_u64(&f->rng) >> below(f, 64);
}

static void fill_read_pages(struct fuzzer *f, void *arg)
{
	struct xlhv_read_pages *r = arg;

	r->gfn = below(f, 4) ? below(f, RAM / PAGE + 16) : rng_u64(&f->rng) >> below(f, 64);
	r->count = below(f, 8) ? 1 + below(f, XLHV_MAX_READ_PAGES) : odd_number(f);
	r->pages = buffer(f);
}

static void fill_regs(struct fuzzer *f, void *arg)
{
	struct xlhv_vcpu_regs *r = arg;

	r->vcpu = below(f, 8) ? below(f, 4) : odd_number(f);
	r->flags = below(f, 8) ? 0 : odd_number(f);
}

static void fill_vif(struct fuzzer *f, void *arg)
{
	struct xlhv_vif_attach *a = arg;

	a->index = below(f, 8) ? below(f, 3) : odd_number(f);
	a->mtu = below(f, 4) ? 0 : below(f, 70000);
	if (!below(f, 4))
		snprintf(a->name, sizeof(a->name), "fuzz%u", below(f, 4));
}

static void fill_queues(struct fuzzer *f, void *arg)
{
	struct xlhv_vif_connect *c = arg;

	c->index = below(f, 3);
	c->nr_queues = below(f, 8) ? 1 + below(f, 3) : odd_number(f);
	c->features = below(f, 32);
	for (unsigned int i = 0; i < 3 && i < c->nr_queues; i++) {
		c->queue[i].tx_ref = below(f, 4) ? below(f, 16) : odd_number(f);
		c->queue[i].rx_ref = below(f, 4) ? below(f, 16) : odd_number(f);
		c->queue[i].tx_port = below(f, 8);
		c->queue[i].rx_port = below(f, 8);
	}
}

static void fill_vif_end(struct fuzzer *f, void *arg)
{
	((struct xlhv_vif_detach *)arg)->index = below(f, 3);
}

static void fill_vif_info(struct fuzzer *f, void *arg)
{
	struct xlhv_vif_info *i = arg;

	i->index = below(f, 3);
	i->select = below(f, 2);
}

static const struct call calls[] = {
#define CALL(cmd, ...) { #cmd, cmd, __VA_ARGS__ }
	CALL(XLHV_VERSION, true, 1, NULL, NOTHING, 0),
	CALL(XLHV_INFO, true, 2, NULL, NOTHING, 0),
	CALL(XLHV_CPU_INFO, true, 1, fill_number, NOTHING, 0),
	CALL(XLHV_SELFCHECK, true, 1, fill_check, NOTHING, 0),
	CALL(XLHV_VMX_HOLD, true, 2, fill_hold, NOTHING, 0),
	CALL(XLHV_DOM_CREATE, true, 6, fill_create, DOMAIN, offsetof(struct xlhv_dom_create, fd)),
	CALL(XLHV_DOM_OPEN, true, 8, fill_open, DOMAIN, offsetof(struct xlhv_dom_open, fd)),
	CALL(XLHV_DOM_LIST, true, 3, fill_list, NOTHING, 0),
	CALL(XLHV_STAT_NAMES, true, 2, fill_names, NOTHING, 0),
	CALL(XLHV_LOG_READ, true, 2, fill_log, NOTHING, 0),
	CALL(XLHV_LAST_ERROR, true, 2, NULL, NOTHING, 0),
	CALL(XLHV_LOG_READ, false, 3, fill_log, NOTHING, 0),
	CALL(XLHV_LAST_ERROR, false, 2, NULL, NOTHING, 0),
	CALL(XLHV_DOM_MEMORY_MAP, false, 6, fill_map, NOTHING, 0),
	CALL(XLHV_DOM_RING, false, 4, fill_special, NOTHING, 0),
	CALL(XLHV_DOM_HVM_PARAM_SET, false, 3, fill_param, NOTHING, 0),
	CALL(XLHV_DOM_CPUID_SET, false, 4, fill_cpuid, NOTHING, 0),
	CALL(XLHV_DOM_VCPU_ENTRY, false, 3, fill_entry, NOTHING, 0),
	CALL(XLHV_DOM_FINISH, false, 3, NULL, NOTHING, 0),
	CALL(XLHV_DOM_INFO, false, 3, NULL, NOTHING, 0),
	CALL(XLHV_DOM_RENAME, false, 3, fill_rename, NOTHING, 0),
	CALL(XLHV_DOM_PAUSE, false, 3, NULL, NOTHING, 0),
	CALL(XLHV_DOM_UNPAUSE, false, 5, NULL, NOTHING, 0),
	CALL(XLHV_DOM_DESTROY, false, 3, NULL, NOTHING, 0),
	CALL(XLHV_DOM_VCPU_INFO, false, 3, fill_number, NOTHING, 0),
	CALL(XLHV_DOM_STATS, false, 3, fill_stats, NOTHING, 0),
	CALL(XLHV_DOM_CONSOLE, false, 6, fill_console, CONSOLE, offsetof(struct xlhv_console, fd)),
	CALL(XLHV_DOM_HVM_PARAM_GET, false, 3, fill_param, NOTHING, 0),
	CALL(XLHV_DOM_USERDATA_SET, false, 4, fill_userdata, NOTHING, 0),
	CALL(XLHV_DOM_USERDATA_GET, false, 6, fill_userdata, NOTHING, 0),
	CALL(XLHV_DOM_MAX_MEM, false, 2, fill_max_mem, NOTHING, 0),
	CALL(XLHV_DOM_READ_PAGES, false, 3, fill_read_pages, NOTHING, 0),
	CALL(XLHV_DOM_VCPU_REGS, false, 3, fill_regs, NOTHING, 0),
	CALL(XLHV_DOM_TRIGGER, false, 3, fill_trigger, NOTHING, 0),
	CALL(XLHV_BLK_ATTACH, false, 3, fill_attach, NOTHING, 0),
	CALL(XLHV_BLK_CONNECT, false, 3, fill_connect, NOTHING, 0),
	CALL(XLHV_BLK_DISCONNECT, false, 2, fill_end, NOTHING, 0),
	CALL(XLHV_BLK_DETACH, false, 2, fill_end, NOTHING, 0),
	CALL(XLHV_BLK_INFO, false, 2, fill_disk, NOTHING, 0),
	CALL(XLHV_VIF_ATTACH, false, 3, fill_vif, NOTHING, 0),
	CALL(XLHV_VIF_CONNECT, false, 3, fill_queues, NOTHING, 0),
	CALL(XLHV_VIF_DISCONNECT, false, 2, fill_vif_end, NOTHING, 0),
	CALL(XLHV_VIF_DETACH, false, 2, fill_vif_end, NOTHING, 0),
	CALL(XLHV_VIF_INFO, false, 2, fill_vif_info, NOTHING, 0),
};

static unsigned int call_weight[NR(calls)], calls_weight;

void choose_calls(struct rng *rng, bool some)
{
	for (size_t i = 0; i < NR(calls); i++) {
		call_weight[i] = calls[i].weight;
		/* What brings descriptors stays. */
		if (some && calls[i].gives == NOTHING)
			call_weight[i] *= rng_below(rng, 2) * (1 + rng_below(rng, 8));
		calls_weight += call_weight[i];
	}
}

const struct call *any_call(struct fuzzer *f)
{
	unsigned int n = below(f, calls_weight);

	for (size_t i = 0; i < NR(calls); i++) {
		if (n < call_weight[i])
			return &calls[i];
		n -= call_weight[i];
	}
	return calls;
}
