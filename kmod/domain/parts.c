// SPDX-License-Identifier: GPL-2.0-only
/* Walks over the table of a domain's parts.  The table itself is kmod/parts.c. */
#include <linux/kernel.h>

#include "domain/internal.h"
#include "vcpu/vcpu.h"

static const struct domain_part *const *last_part(void)
{
	const struct domain_part *const *p = domain_parts;

	while (p[1])
		p++;
	return p;
}

/* Has the domain a share of that part? */
static bool has_part(const struct domain *d, const struct domain_part *p)
{
	return !dom_is_host(d) || p->host;
}

#define for_each_part(p)							\
	for (const struct domain_part *const *p = domain_parts; *p; p++)
#define for_each_part_reverse(p)						\
	for (const struct domain_part *const *p = last_part(); p >= domain_parts; p--)

/*
 * Calls one of its functions for each part that has it and that domain @d has a share of, until
 * one fails.  0 or its error.
 */
#define try_parts(d, func, ...)							\
({										\
	int err_ = 0;								\
										\
	for_each_part(p_) {							\
		if ((*p_)->func && has_part(d, *p_))				\
			err_ = (*p_)->func(__VA_ARGS__);			\
		if (err_)							\
			break;							\
	}									\
	err_;									\
})

/* The same for one that cannot fail, from the first to the last or from the last to the first. */
#define call_parts(each, d, func, ...)						\
	each(p_)								\
		if ((*p_)->func && has_part(d, *p_))				\
			(*p_)->func(__VA_ARGS__)

/**
 * parts_too_large() - is a number of the tool's beyond what there can be?
 * @name: its name
 * @value: number
 * @most: the largest
 * @text: XLHV_TEXT_LEN bytes for what was wrong
 *
 * Return: true if so.
 */
bool parts_too_large(const char *name, u64 value, u64 most, char *text)
{
	if (value <= most)
		return false;
	scnprintf(text, XLHV_TEXT_LEN, "%s: %llu is more than %llu", name, value, most);
	return true;
}

static void unload_before(const struct domain_part *const *p)
{
	while (p > domain_parts) {
		p--;
		if ((*p)->unload)
			(*p)->unload();
	}
}

/**
 * parts_load() - make what all domains share
 *
 * Context: module load, before there can be domains.
 * Return: 0, or -errno with nothing left behind.
 */
int parts_load(void)
{
	int err;

	for_each_part(p) {
		err = (*p)->load ? (*p)->load() : 0;
		if (err) {
			unload_before(p);
			return err;
		}
	}
	return 0;
}

/**
 * parts_unload() - give back what all domains shared
 *
 * Context: module unload, when there is no domain any more.
 */
void parts_unload(void)
{
	unload_before(last_part() + 1);
}

int parts_check(const struct xlhv_dom_create *create, char *text)
{
	int err = 0;

	for_each_part(p) {
		if ((*p)->check)
			err = (*p)->check(create, text);
		if (err)
			break;
	}
	return err;
}

int parts_init(struct domain *d, const struct xlhv_dom_create *create, char *text)
{
	return try_parts(d, init, d, create, text);
}

int parts_vcpu_init(struct vcpu *v)
{
	return try_parts(v->domain, vcpu_init, v);
}

int parts_vcpu_start(struct vcpu *v, const struct vcpu_start *how)
{
	return try_parts(v->domain, vcpu_start, v, how);
}

int parts_settled(struct domain *d, char *text)
{
	return try_parts(d, settled, d, text);
}

int parts_complete(struct domain *d, char *text)
{
	return try_parts(d, complete, d, text);
}

int parts_start(struct domain *d)
{
	return try_parts(d, start, d);
}

void parts_stop(struct domain *d)
{
	call_parts(for_each_part_reverse, d, stop, d);
}

/* The vCPUs that there are: none, or not all, if the making of the domain failed. */
#define for_each_vcpu_made(v, d)						\
	for (unsigned int i_ = 0; (d)->vcpu && i_ < (d)->max_vcpus; i_++)	\
		for (struct vcpu *v = (d)->vcpu[i_]; v; v = NULL)

void parts_close(struct domain *d)
{
	for_each_part_reverse(p) {
		if (!has_part(d, *p))
			continue;
		if ((*p)->close)
			(*p)->close(d);
		if ((*p)->vcpu_close)
			for_each_vcpu_made(v, d)
				(*p)->vcpu_close(v);
	}
}

void parts_vcpu_free(struct vcpu *v)
{
	call_parts(for_each_part_reverse, v->domain, vcpu_free, v);
}

void parts_free(struct domain *d)
{
	call_parts(for_each_part_reverse, d, free, d);
}

void parts_show(struct domain *d)
{
	call_parts(for_each_part, d, show, d);
}

void parts_hide(struct domain *d)
{
	call_parts(for_each_part, d, hide, d);
}

void parts_event(struct domain *d, u32 event, u32 reason)
{
	call_parts(for_each_part, d, event, d, event, reason);
}

void parts_info(const struct domain *d, struct xlhv_dom_info *info)
{
	call_parts(for_each_part, d, info, d, info);
}

u64 parts_pages(const struct domain *d)
{
	u64 pages = 0;

	for_each_part(p)
		if ((*p)->pages && has_part(d, *p))
			pages += (*p)->pages(d);
	return pages;
}

size_t parts_bytes(const struct domain *d)
{
	size_t bytes = 0;

	for_each_part(p)
		if ((*p)->bytes && has_part(d, *p))
			bytes += (*p)->bytes(d);
	return bytes;
}
