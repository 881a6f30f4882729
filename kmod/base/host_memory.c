// SPDX-License-Identifier: GPL-2.0-only
/*
 * What guests leave to the host.  An allocation of ours that fails softly is no help when
 * the next one, of any process of the host, wakes the OOM killer.
 */
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>

#include "base/host_memory.h"

#define RESERVE_AUTO	UINT_MAX
#define PAGES_PER_MIB	BIT_ULL(20 - PAGE_SHIFT)

static unsigned int host_reserve_mib = RESERVE_AUTO;
module_param(host_reserve_mib, uint, 0644);
MODULE_PARM_DESC(host_reserve_mib, "memory that guests leave to the host (default: 1/32 of the host's memory, 16 to 512 MiB)");

/* At load, before there are domains. */
void host_memory_init(void)
{
	if (host_reserve_mib == RESERVE_AUTO)
		host_reserve_mib = clamp_t(u64, totalram_pages() / PAGES_PER_MIB / 32, 16, 512);
}

/**
 * host_can_spare() - may guests have that many pages more?
 * @pages: wanted
 *
 * Context: any.
 * Return: true if the host keeps its reserve.
 */
bool host_can_spare(unsigned long pages)
{
	u64 reserve = READ_ONCE(host_reserve_mib) * PAGES_PER_MIB;
	long available = si_mem_available();

	return available > 0 && (u64)available >= reserve + pages;
}
