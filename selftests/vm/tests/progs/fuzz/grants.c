// SPDX-License-Identifier: GPL-2.0-only
/* Requests to gntdev and gntalloc. */
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>

#include "fuzz/nodes.h"

#include "../../../modules/backend-test/control.h"

#define MAX_REFS	8
#define MAX_SEGMENTS	6

/* The upper bits of an index say how many pages it is for: offsets are small. */
static _Atomic uint64_t indices[NR_INDICES];
#define PAGES_SHIFT	56

static void keep_index(struct fuzzer *f, uint64_t index, uint32_t pages)
{
	atomic_store(&indices[below(f, NR_INDICES)], index | (uint64_t)pages << PAGES_SHIFT);
}

uint64_t any_index(struct fuzzer *f, uint32_t *pages)
{
	uint64_t kept = atomic_load(&indices[below(f, NR_INDICES)]);

	*pages = kept >> PAGES_SHIFT;
	if (!below(f, 10))
		return below(f, 2) ? rng_u64(&f->rng) >> below(f, 64) : below(f, 64) * PAGE;
	if (!below(f, 10))
		*pages = below(f, 2) ? below(f, 12) : odd_number(f);
	return kept & ((1ULL << PAGES_SHIFT) - 1);
}

static uint32_t any_ref_at_all(struct fuzzer *f)
{
	switch (below(f, 12)) {
	case 0:
		return odd_number(f);
	case 1:
		return REF_DATA + below(f, REF_LAZY - REF_DATA + 1);
	case 2 ... 4:
		return below(f, 48);
	default:
		return REF_MANY + below(f, REF_NR_MANY);
	}
}

/* What the first partner is asked by is not ours to write. */
static uint32_t any_ref(struct fuzzer *f)
{
	uint32_t ref = any_ref_at_all(f);

	return ref == REF_CONTROL ? REF_DATA : ref;
}

static void map_refs(struct fuzzer *f)
{
	struct {
		struct ioctl_gntdev_map_grant_ref map;
		struct ioctl_gntdev_grant_ref more[MAX_REFS - 1];
	} m = {};
	struct ioctl_gntdev_grant_ref *refs = m.map.refs;
	uint32_t n = 1 + below(f, MAX_REFS), domid = any_domid(f);

	for (unsigned int i = 0; i < MAX_REFS; i++) {
		refs[i].domid = below(f, 20) ? domid : any_domid(f);
		refs[i].ref = any_ref(f);
	}
	m.map.count = below(f, 30) ? n : odd_number(f);
	if (!node_ioctl_exact(f, GNTDEV, IOCTL_GNTDEV_MAP_GRANT_REF, "gntdev: MAP_GRANT_REF", &m,
			      sizeof(m)))
		keep_index(f, m.map.index, n);
}

/* Memory of ours, or bytes of a grant: both ends of a copy have the same form. */
static void fill_end(struct fuzzer *f, void *end, bool foreign)
{
	struct {
		grant_ref_t ref;
		uint16_t offset;
		domid_t domid;
	} theirs = { any_ref(f), below(f, 4100), any_domid(f) };
	uint64_t ours = foreign ? 0 : buffer(f) + below(f, 200);

	if (foreign)
		memcpy(end, &theirs, sizeof(theirs));
	else
		memcpy(end, &ours, sizeof(ours));
}

static void copy_refs(struct fuzzer *f)
{
	struct gntdev_grant_copy_segment s[MAX_SEGMENTS] = {};
	struct ioctl_gntdev_grant_copy c = {};

	for (unsigned int i = 0; i < MAX_SEGMENTS; i++) {
		s[i].flags = below(f, 20) ? 1 + below(f, 2) : odd_number(f);
		fill_end(f, &s[i].source, s[i].flags & GNTCOPY_source_gref);
		fill_end(f, &s[i].dest, s[i].flags & GNTCOPY_dest_gref);
		s[i].len = below(f, 4) ? below(f, 700) : below(f, 65536);
	}
	c.count = below(f, 20) ? 1 + below(f, MAX_SEGMENTS) : odd_number(f);
	c.segments = place(f, s, sizeof(s), true);
	node_ioctl_exact(f, GNTDEV, IOCTL_GNTDEV_GRANT_COPY, "gntdev: GRANT_COPY", &c, sizeof(c));
}

static void notify(struct fuzzer *f, enum node node)
{
	struct ioctl_gntdev_unmap_notify n = {};
	uint32_t pages;

	n.index = any_index(f, &pages) + below(f, 2 * PAGE);
	n.action = below(f, 8) ? below(f, 4) : odd_number(f);
	n.event_channel_port = any_port(f);
	node_ioctl(f, node, IOCTL_GNTDEV_SET_UNMAP_NOTIFY, "SET_UNMAP_NOTIFY", &n, sizeof(n));
}

static void forget(struct fuzzer *f, enum node node)
{
	struct ioctl_gntdev_unmap_grant_ref u = {};
	struct ioctl_gntalloc_dealloc_gref d = {};

	if (node == GNTDEV) {
		u.index = any_index(f, &u.count);
		node_ioctl(f, GNTDEV, IOCTL_GNTDEV_UNMAP_GRANT_REF, "gntdev: UNMAP_GRANT_REF", &u,
			   sizeof(u));
	} else {
		d.index = any_index(f, &d.count);
		node_ioctl(f, GNTALLOC, IOCTL_GNTALLOC_DEALLOC_GREF, "gntalloc: DEALLOC_GREF", &d,
			   sizeof(d));
	}
}

void any_gntdev(struct fuzzer *f)
{
	struct ioctl_gntdev_get_offset_for_vaddr where = {};
	struct ioctl_gntdev_set_max_grants most = {};
	uint32_t dmabuf[8];
	size_t size;

	switch (below(f, 16)) {
	case 0 ... 6:
		map_refs(f);
		break;
	case 7 ... 9:
		forget(f, GNTDEV);
		break;
	case 10:
		where.vaddr = (uintptr_t)area_of(f, &size) + (below(f, 4) ? 0 : below(f, 9000));
		node_ioctl(f, GNTDEV, IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR, "gntdev: GET_OFFSET",
			   &where, sizeof(where));
		break;
	case 11:
		most.count = odd_number(f);
		node_ioctl(f, GNTDEV, IOCTL_GNTDEV_SET_MAX_GRANTS, "gntdev: SET_MAX_GRANTS", &most,
			   sizeof(most));
		break;
	case 12 ... 13:
		notify(f, GNTDEV);
		break;
	case 14:
		copy_refs(f);
		break;
	default:
		for (unsigned int i = 0; i < NR(dmabuf); i++)
			dmabuf[i] = odd_number(f);
		node_ioctl(f, GNTDEV, IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS, "gntdev: DMABUF", dmabuf,
			   sizeof(dmabuf));
	}
}

void any_gntalloc(struct fuzzer *f)
{
	struct {
		struct ioctl_gntalloc_alloc_gref alloc;
		uint32_t more[MAX_REFS - 1];
	} a = {};
	uint32_t n = 1 + below(f, MAX_REFS);

	switch (below(f, 8)) {
	case 0 ... 3:
		a.alloc.domid = any_domid(f);
		a.alloc.flags = below(f, 8) ? below(f, 2) : odd_number(f);
		a.alloc.count = below(f, 30) ? n : odd_number(f);
		if (!node_ioctl(f, GNTALLOC, IOCTL_GNTALLOC_ALLOC_GREF, "gntalloc: ALLOC_GREF", &a,
				sizeof(a)))
			keep_index(f, a.alloc.index, n);
		break;
	case 4 ... 6:
		forget(f, GNTALLOC);
		break;
	default:
		notify(f, GNTALLOC);
	}
}
