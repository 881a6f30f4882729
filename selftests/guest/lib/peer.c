// SPDX-License-Identifier: GPL-2.0-only
/* Grants and channels to other domains, as frontends and backends use them. */
#include "asm.h"
#include "cpu.h"
#include "guest.h"
#include "paging.h"
#include "peer.h"

#define SCAN_PORTS 16	/* of a peer's: it offers one of the first */

#define STATUS_GFN (GRANT_GFN + 1)

grant_entry_v1_t *grant_table = (void *)(GRANT_GFN << PAGE_SHIFT);
unsigned int grants_version = 1;
static grant_entry_v2_t *const table_v2 = (void *)(GRANT_GFN << PAGE_SHIFT);
static grant_status_t *const status_v2 = (void *)(STATUS_GFN << PAGE_SHIFT);

domid_t peer_domid(unsigned int index)
{
	return xen.domid - opt_u64("index", 0) + index;
}

void grants_init(void)
{
	struct gnttab_set_version set = { .version = opt_u64("grants", 1) };

	if (shared_info_map())
		test_error("no shared info");
	phys_map(GRANT_GFN << PAGE_SHIFT, 2 * PAGE_SIZE);
	phys_map(MAP_GFN << PAGE_SHIFT, NR_MAP_GFNS * PAGE_SIZE);
	if (physmap_add(XENMAPSPACE_grant_table, 0, GRANT_GFN))
		test_error("no grant table");
	if (set.version == 1)
		return;
	if (grant_op(GNTTABOP_set_version, &set, 1) ||
	    physmap_add(XENMAPSPACE_grant_table, 1UL << 31, STATUS_GFN))
		test_error("no version %u of the grant table", set.version);
	grants_version = set.version;
}

void grant_page(unsigned int ref, domid_t to, const void *page, bool ro)
{
	u16 flags = GTF_permit_access | (ro ? GTF_readonly : 0);

	if (grants_version == 2) {
		table_v2[ref].full_page.frame = (unsigned long)page >> PAGE_SHIFT;
		table_v2[ref].hdr.domid = to;
		mb();	/* the flags make the entry valid: last */
		WRITE_ONCE(table_v2[ref].hdr.flags, flags);
		return;
	}
	grant_table[ref].frame = (unsigned long)page >> PAGE_SHIFT;
	grant_table[ref].domid = to;
	mb();	/* as above */
	WRITE_ONCE(grant_table[ref].flags, flags);
}

u16 grant_in_use(unsigned int ref)
{
	u16 word = grants_version == 2 ? READ_ONCE(status_v2[ref]) :
					 READ_ONCE(grant_table[ref].flags);

	return word & (GTF_reading | GTF_writing);
}

bool grant_revoke(unsigned int ref)
{
	u16 flags = READ_ONCE(grant_table[ref].flags), seen;

	if (grants_version == 2) {
		flags = READ_ONCE(table_v2[ref].hdr.flags);
		WRITE_ONCE(table_v2[ref].hdr.flags, 0);
		mb();	/* who uses it sees no grant, or we see the use */
		if (!grant_in_use(ref))
			return true;
		/* Callers that cannot have it back want it granted still. */
		WRITE_ONCE(table_v2[ref].hdr.flags, flags);
		return false;
	}
	do {
		if (flags & (GTF_reading | GTF_writing))
			return false;
		seen = flags;
		__asm__ volatile("lock cmpxchgw %2, %1"
				 : "+a"(flags), "+m"(grant_table[ref].flags)
				 : "r"((u16)0) : "memory");
	} while (flags != seen);
	return true;
}

s16 grant_map(domid_t dom, unsigned int ref, unsigned int n, bool ro, u32 *handle)
{
	struct gnttab_map_grant_ref m = {
		.host_addr = (MAP_GFN + n) << PAGE_SHIFT,
		.flags = GNTMAP_host_map | (ro ? GNTMAP_readonly : 0),
		.ref = ref,
		.dom = dom,
		.status = 77,
	};

	if (grant_op(GNTTABOP_map_grant_ref, &m, 1))
		return 99;
	*handle = m.handle;
	return m.status;
}

s16 grant_unmap(unsigned int n, u32 handle)
{
	struct gnttab_unmap_grant_ref u = {
		.host_addr = (MAP_GFN + n) << PAGE_SHIFT,
		.handle = handle,
		.status = 77,
	};

	return grant_op(GNTTABOP_unmap_grant_ref, &u, 1) ? 99 : u.status;
}

s16 grant_copy_from(void *to, domid_t dom, unsigned int ref, u16 offset, u16 len)
{
	struct gnttab_copy c = {
		.source = { .u.ref = ref, .domid = dom, .offset = offset },
		.dest = { .u.gmfn = (unsigned long)to >> PAGE_SHIFT, .domid = DOMID_SELF,
			  .offset = (unsigned long)to & ~PAGE_MASK },
		.len = len,
		.flags = GNTCOPY_source_gref,
		.status = 77,
	};

	return grant_op(GNTTABOP_copy, &c, 1) ? 99 : c.status;
}

s16 grant_copy_to(domid_t dom, unsigned int ref, u16 offset, const void *from, u16 len)
{
	struct gnttab_copy c = {
		.source = { .u.gmfn = (unsigned long)from >> PAGE_SHIFT, .domid = DOMID_SELF,
			    .offset = (unsigned long)from & ~PAGE_MASK },
		.dest = { .u.ref = ref, .domid = dom, .offset = offset },
		.len = len,
		.flags = GNTCOPY_dest_gref,
		.status = 77,
	};

	return grant_op(GNTTABOP_copy, &c, 1) ? 99 : c.status;
}

long peer_bind(domid_t dom, u32 ms)
{
	u64 end = rdtsc() + tsc_of_us(1000ULL * ms);
	evtchn_port_t remote;
	long rc;

	do {
		for (remote = 1; remote < SCAN_PORTS; remote++) {
			rc = evtchn_bind_interdomain(dom, remote);
			if (rc > 0) {
				evtchn_2l_mask(rc, true);
				return rc;
			}
		}
		sched_op(SCHEDOP_yield, NULL);
	} while (rdtsc() < end);
	return rc;
}

evtchn_port_t peer_offer(domid_t dom)
{
	long port = evtchn_alloc_unbound(DOMID_SELF, dom);

	if (port < 0)
		test_error("no port for domain %u: %ld", dom, port);
	evtchn_2l_mask(port, true);
	evtchn_2l_clear(port);
	return port;
}

bool peer_wait(evtchn_port_t port, u32 ms)
{
	struct sched_poll poll = { .nr_ports = 1 };
	u64 end = system_time() + 1000000ULL * ms;

	set_xen_guest_handle(poll.ports, &port);
	poll.timeout = end;
	while (!evtchn_2l_clear(port)) {
		if (system_time() >= end)
			return false;
		sched_op(SCHEDOP_poll, &poll);
	}
	return true;
}

bool peer_exists(domid_t dom)
{
	return evtchn_bind_interdomain(dom, 0) != -XEN_ESRCH;
}
