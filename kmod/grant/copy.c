// SPDX-License-Identifier: GPL-2.0-only
/*
 * GNTTABOP_copy: bytes from a page to a page, each named by a grant or, the caller's
 * own, by its frame number.
 *
 * Both pages are pinned or referenced for as long as it takes.  A batch of a few is
 * done in the inner loop: all its pages are had before the first byte is copied, and
 * if one of them cannot be had without sleeping, none is and the call is done again
 * where it may sleep, one operation after the other.
 *
 * Processes of domain 0 come here as well.  Their own memory has no
 * frame numbers: they bring its pages along.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "ept/ept.h"
#include "grant/internal.h"
#include "vcpu/regs.h"

/* Operations that are done in the inner loop. */
#define MAX_ATOMIC	8

/* As the ABI has it for a 32-bit caller. */
struct copy32 {
	struct {
		u32 u;
		domid_t domid;
		u16 offset;
	} source, dest;
	u16 len;
	u16 flags;
	s16 status;
};

/**
 * struct copier - one call
 * @v: caller; NULL: a process of domain 0
 * @self: the caller's domain
 * @domid: its number
 * @arg: linear address of the operations
 * @wide: the caller's longs have 64 bits
 * @sleep: outside of the inner loop
 * @peer: the domain that was named last, with a reference, NULL for none
 * @bytes: copied so far
 */
struct copier {
	struct vcpu *v;
	struct domain *self;
	domid_t domid;
	u64 arg;
	bool wide;
	bool sleep;
	struct domain *peer;
	u64 bytes;
};

/**
 * struct side - source or destination of one operation
 * @granter: whose grant @pin is; NULL: only a page reference
 * @pin: page and window
 */
struct side {
	struct domain *granter;
	struct gnttab_pin pin;
};

struct sides {
	struct side source, dest;
};

static size_t op_size(const struct copier *c)
{
	return c->wide ? sizeof(struct gnttab_copy) : sizeof(struct copy32);
}

/* Bytes of an operation as the caller has it. */
size_t gnttab_copy_size(struct vcpu *v)
{
	return vmx_vcpu_long_mode(v) ? sizeof(struct gnttab_copy) : sizeof(struct copy32);
}

static int copy_op_in(const struct copier *c, u32 i, struct gnttab_copy *op)
{
	u64 at = c->arg + i * (u64)op_size(c);
	struct copy32 narrow;
	int err;

	BUILD_BUG_ON(sizeof(*op) != 40 || sizeof(narrow) != 24);
	if (c->wide)
		return guest_copy_from(c->v, op, at, sizeof(*op));
	err = guest_copy_from(c->v, &narrow, at, sizeof(narrow));
	memset(op, 0, sizeof(*op));
	op->source.u.gmfn = narrow.source.u;
	op->source.domid = narrow.source.domid;
	op->source.offset = narrow.source.offset;
	op->dest.u.gmfn = narrow.dest.u;
	op->dest.domid = narrow.dest.domid;
	op->dest.offset = narrow.dest.offset;
	op->len = narrow.len;
	op->flags = narrow.flags;
	return err;
}

static int copy_status_out(const struct copier *c, u32 i, s16 status)
{
	size_t offset = c->wide ? offsetof(struct gnttab_copy, status) :
				  offsetof(struct copy32, status);

	return guest_copy_to(c->v, c->arg + i * (u64)op_size(c) + offset, &status,
			     sizeof(status));
}

/*
 * The domain of a number.  What it names stays held until another is named or the
 * call ends, so nobody may keep the result longer without xlhv_domain_get().
 */
static struct domain *named(struct copier *c, domid_t domid)
{
	if (domid == DOMID_SELF || domid == c->domid)
		return c->self;
	if (!c->peer || c->peer->domid != domid) {
		if (c->peer)
			xlhv_domain_put(c->peer);
		c->peer = xlhv_domain_get_by_id(domid);
	}
	return c->peer;
}

static void side_put(struct copier *c, struct side *s)
{
	if (s->granter) {
		gnttab_unpin(s->granter, &s->pin);
		if (s->granter != c->self)
			xlhv_domain_put(s->granter);
	} else if (s->pin.page) {
		gnttab_put_page(c->self, s->pin.page);
	}
	s->granter = NULL;
	s->pin.page = NULL;
}

/* Return: GNTST_* or GNTTAB_SLEEP. */
static int side_get(struct copier *c, const struct gnttab_copy_ptr *ptr, bool by_ref, bool write,
		    struct side *s)
{
	const struct gnttab_request request = { .domid = c->domid, .write = write };
	struct domain *granter;
	int status;

	if (!by_ref) {
		s->pin.start = 0;
		s->pin.length = PAGE_SIZE;
		return gnttab_frame_get(c->self, ptr->u.gmfn, write, c->sleep, &s->pin.page);
	}
	granter = named(c, ptr->domid);
	if (!granter)
		return GNTST_bad_domain;
	status = gnttab_pin(granter, ptr->u.ref, request, c->sleep, &s->pin);
	if (status)
		return status;
	if (granter != c->self)
		xlhv_domain_get(granter);
	s->granter = granter;
	return GNTST_okay;
}

/* May the caller name that domain in that way? */
static int side_check(struct copier *c, const struct gnttab_copy_ptr *ptr, bool by_ref)
{
	if (!by_ref && ptr->domid != DOMID_SELF)
		return GNTST_permission_denied;
	if (!named(c, ptr->domid))
		return GNTST_bad_domain;
	return GNTST_okay;
}

/* Have both pages of an operation, or none.  Return: GNTST_* or GNTTAB_SLEEP. */
static int sides_get(struct copier *c, const struct gnttab_copy *op, struct sides *s)
{
	bool source_ref = op->flags & GNTCOPY_source_gref;
	bool dest_ref = op->flags & GNTCOPY_dest_gref;
	int status;

	memset(s, 0, sizeof(*s));
	status = side_check(c, &op->source, source_ref);
	if (!status)
		status = side_check(c, &op->dest, dest_ref);
	if (!status)
		status = side_get(c, &op->source, source_ref, false, &s->source);
	if (!status)
		status = side_get(c, &op->dest, dest_ref, true, &s->dest);
	if (status)
		side_put(c, &s->source);
	return status;
}

static void sides_put(struct copier *c, struct sides *s)
{
	side_put(c, &s->source);
	side_put(c, &s->dest);
}

static bool in_window(const struct gnttab_pin *pin, u32 offset, u32 len)
{
	return offset >= pin->start && offset + len <= (u32)pin->start + pin->length;
}

/* Both pages are there.  Return: GNTST_*. */
static int copy_bytes(struct copier *c, const struct gnttab_copy *op, const struct sides *s)
{
	u32 from = op->source.offset, to = op->dest.offset, len = op->len;

	if (from + len > PAGE_SIZE || to + len > PAGE_SIZE)
		return GNTST_bad_copy_arg;
	if (!in_window(&s->source.pin, from, len) || !in_window(&s->dest.pin, to, len))
		return GNTST_general_error;
	/* It may be the same page twice. */
	memmove(page_address(s->dest.pin.page) + to, page_address(s->source.pin.page) + from, len);
	c->bytes += len;
	return GNTST_okay;
}

/* In the inner loop.  Return: 0, an error, or -EAGAIN with nothing done. */
static long copy_atomic(struct copier *c, u32 count)
{
	struct gnttab_copy op[MAX_ATOMIC];
	struct sides s[MAX_ATOMIC];
	int status[MAX_ATOMIC];
	u32 n, i;
	long rc = 0;

	for (n = 0; n < count; n++) {
		rc = copy_op_in(c, n, &op[n]);
		/* Those before a bad address are done, but with time to find out which. */
		if (rc) {
			rc = -EAGAIN;
			break;
		}
		status[n] = sides_get(c, &op[n], &s[n]);
		/* Refused, perhaps only because others of the batch have the entry too? */
		if (status[n] == GNTTAB_SLEEP ||
		    (status[n] == GNTST_general_error && count > 1)) {
			rc = -EAGAIN;
			break;
		}
	}
	for (i = 0; i < n; i++) {
		if (status[i])
			continue;
		if (!rc)
			status[i] = copy_bytes(c, &op[i], &s[i]);
		sides_put(c, &s[i]);
	}
	for (i = 0; i < n && !rc; i++)
		rc = copy_status_out(c, i, status[i]);
	return rc;
}

static long copy_sleeping(struct copier *c, u32 count, u32 *done)
{
	struct gnttab_copy op;
	struct sides s;
	int status, err;
	u32 i;

	for (i = 0; i < count; i++) {
		*done = i;
		if (i && hypercall_give_way(c->v))
			return HYPERCALL_GOES_ON;
		err = copy_op_in(c, i, &op);
		if (err)
			return err;
		status = sides_get(c, &op, &s);
		if (!status) {
			status = copy_bytes(c, &op, &s);
			sides_put(c, &s);
		}
		err = copy_status_out(c, i, status);
		if (err)
			return err;
	}
	*done = count;
	return 0;
}

/* The end of a call in which so many operations were done. */
static __always_inline void copier_end(struct copier *c, u32 count)
{
	struct gnttab *t = &c->self->grant;

	if (c->peer)
		xlhv_domain_put(c->peer);
	if (count) {
		atomic64_add(count, &t->nr_copies);
		atomic64_add(c->bytes, &t->copied);
	}
}

/**
 * gnttab_op_copy_atomic() - GNTTABOP_copy in the inner loop
 * @v: own thread
 * @arg: linear address of the operations
 * @count: of them
 *
 * Return: 0 with a status in each; -EAGAIN: nothing is done, gnttab_op_copy() will tell.
 */
long gnttab_op_copy_atomic(struct vcpu *v, u64 arg, u32 count)
{
	struct copier c = {
		.v = v,
		.self = v->domain,
		.domid = v->domain->domid,
		.arg = arg,
		.wide = vmx_vcpu_long_mode(v),
	};
	long rc;

	if (count > MAX_ATOMIC)
		return -EAGAIN;
	rc = copy_atomic(&c, count);
	copier_end(&c, rc == -EAGAIN ? 0 : count);
	return rc;
}

/**
 * gnttab_op_copy() - GNTTABOP_copy
 * @v: own thread
 * @arg: linear address of the operations
 * @count: of them
 * @done: out: how many are done, for HYPERCALL_GOES_ON
 *
 * Context: may sleep.
 * Return: 0 with a status in each; HYPERCALL_GOES_ON; -EFAULT; -ENOMEM.
 */
long gnttab_op_copy(struct vcpu *v, u64 arg, u32 count, u32 *done)
{
	struct copier c = {
		.v = v,
		.self = v->domain,
		.domid = v->domain->domid,
		.arg = arg,
		.wide = vmx_vcpu_long_mode(v),
		.sleep = true,
	};
	long rc;

	rc = copy_sleeping(&c, count, done);
	copier_end(&c, *done);
	return rc;
}

/* A page of the host's own, or a grant.  Return: GNTST_*. */
static int host_side_get(struct copier *c, const struct gnttab_copy_ptr *ptr, struct page *own,
			 bool write, struct side *s)
{
	if (!own)
		return side_get(c, ptr, true, write, s);
	get_page(own);
	s->pin.page = own;
	s->pin.start = 0;
	s->pin.length = PAGE_SIZE;
	return GNTST_okay;
}

/**
 * gnttab_host_copy() - one operation of GNTTABOP_copy, for a process of domain 0
 * @host: domain 0
 * @peer: the domain that was named last, with a reference, NULL for none: who has done the last
 *	operation puts it
 * @op: offsets, length, and what names the grants
 * @source: page of the host's own in place of a grant, held by the caller, or NULL
 * @dest: the same for where it goes; may be written
 *
 * Context: may sleep.
 * Return: GNTST_*.
 */
s16 gnttab_host_copy(struct domain *host, struct domain **peer, const struct gnttab_copy *op,
		     struct page *source, struct page *dest)
{
	struct copier c = { .self = host, .sleep = true, .peer = *peer };
	struct sides s = {};
	int status;

	status = host_side_get(&c, &op->source, source, false, &s.source);
	if (!status)
		status = host_side_get(&c, &op->dest, dest, true, &s.dest);
	if (!status)
		status = copy_bytes(&c, op, &s);
	sides_put(&c, &s);
	*peer = c.peer;
	return status;
}
