// SPDX-License-Identifier: GPL-2.0-only
/*
 * The allocator gives out RAM upwards from the end of everything that the
 * builder placed (image, modules, start info, command line), all of which lies
 * near the start of the low RAM region.
 */
#include "entry.h"
#include "mem.h"
#include "test.h"

const struct hvm_start_info *start_info;

static unsigned long heap_next, heap_end;

const struct hvm_memmap_table_entry *mem_map(unsigned int *entries)
{
	*entries = start_info && start_info->version >= 1 ? start_info->memmap_entries : 0;
	return *entries ? (void *)(unsigned long)start_info->memmap_paddr : NULL;
}

u64 mem_ram_bytes(void)
{
	unsigned int i, n;
	const struct hvm_memmap_table_entry *m = mem_map(&n);
	u64 sum = 0;

	for (i = 0; i < n; i++)
		if (m[i].type == XEN_HVM_MEMMAP_TYPE_RAM)
			sum += m[i].size;
	return sum;
}

u64 mem_ram_end(void)
{
	unsigned int i, n;
	const struct hvm_memmap_table_entry *m = mem_map(&n);
	u64 end = 0;

	for (i = 0; i < n; i++)
		if (m[i].type == XEN_HVM_MEMMAP_TYPE_RAM && m[i].addr + m[i].size > end)
			end = m[i].addr + m[i].size;
	return end;
}

bool mem_is_ram(u64 addr, u64 size)
{
	unsigned int i, n;
	const struct hvm_memmap_table_entry *m = mem_map(&n);

	for (i = 0; i < n; i++)
		if (m[i].type == XEN_HVM_MEMMAP_TYPE_RAM && addr >= m[i].addr &&
		    addr + size <= m[i].addr + m[i].size)
			return true;
	return false;
}

static void heap_above(u64 addr, u64 size)
{
	if (addr && addr >= heap_next && addr + size < 0x100000000ULL && mem_is_ram(addr, size))
		heap_next = addr + size;
	else if (addr && addr < heap_next && addr + size > heap_next)
		heap_next = addr + size;
}

const char *mem_init(void)
{
	const struct hvm_start_info *si = (void *)(unsigned long)entry_state.ebx;
	const struct hvm_modlist_entry *mods;
	const char *cmdline = "";
	unsigned int i, n;
	const struct hvm_memmap_table_entry *m;

	heap_next = (unsigned long)image_end;
	if (si->magic != XEN_HVM_START_MAGIC_VALUE) {
		heap_end = heap_next;
		return cmdline;
	}
	start_info = si;
	heap_above(entry_state.ebx, sizeof(*si));
	mods = (void *)(unsigned long)si->modlist_paddr;
	heap_above(si->modlist_paddr, si->nr_modules * sizeof(*mods));
	for (i = 0; i < si->nr_modules && mods; i++)
		heap_above(mods[i].paddr, mods[i].size);
	if (si->cmdline_paddr) {
		cmdline = (void *)(unsigned long)si->cmdline_paddr;
		heap_above(si->cmdline_paddr, strlen(cmdline) + 1);
	}
	m = mem_map(&n);
	heap_above((unsigned long)m, n * sizeof(*m));
	heap_next = ALIGN_UP(heap_next, PAGE_SIZE);
	for (i = 0; i < n; i++) {
		u64 end = m[i].addr + m[i].size;

		if (m[i].type != XEN_HVM_MEMMAP_TYPE_RAM || m[i].addr > heap_next ||
		    end <= heap_next)
			continue;
		heap_end = end < 0xfc000000 ? end : 0xfc000000;
	}
	return cmdline;
}

unsigned long page_alloc_untouched(unsigned int pages, unsigned long align)
{
	unsigned long p = ALIGN_UP(heap_next, align), size = pages * PAGE_SIZE;

	if (p + size > heap_end || p + size < p)
		test_error("out of guest RAM: %u pages wanted, heap %#lx of %#lx", pages,
			   heap_next, heap_end);
	heap_next = p + size;
	return p;
}

unsigned long page_alloc_next(void)
{
	return heap_next;
}

void *page_alloc_aligned(unsigned int pages, unsigned long align)
{
	void *p = (void *)page_alloc_untouched(pages, align);

	return memset(p, 0, pages * PAGE_SIZE);
}

void *page_alloc(unsigned int pages)
{
	return page_alloc_aligned(pages, PAGE_SIZE);
}
