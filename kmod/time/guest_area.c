// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of the guest that we keep up to date: named once, by a linear address, and
 * written from then on whatever address space the guest is in.  So the address is
 * translated when it is registered, and the pages are held until it is given up.  A
 * guest that takes such a page out of its physical memory keeps it alive, charged,
 * and out of its own sight, until then.
 */
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "ept/ept.h"
#include "time/internal.h"
#include "vcpu/vcpu.h"

static int pin_part(struct vcpu *caller, u64 linear, struct page **page, void **part)
{
	enum ept_type type;
	struct page *p;
	u64 gpa;
	int err;

	err = guest_linear_to_gpa(caller, linear, true, &gpa);
	if (err)
		return err;
	p = ept_get_page(caller->domain, gpa >> PAGE_SHIFT, EPT_WRITE | EPT_POPULATE, &type);
	if (IS_ERR(p))
		return PTR_ERR(p) == -ENOMEM ? -ENOMEM : -EFAULT;
	if (type != EPT_RAM) {
		put_page(p);
		return -EFAULT;
	}
	*page = p;
	*part = page_address(p) + offset_in_page(gpa);
	return 0;
}

/**
 * time_area_pin() - translate an area and hold its pages
 * @caller: own thread; its page tables count
 * @linear: linear address in the guest, of any alignment
 * @len: bytes, at most a page
 * @area: written
 *
 * Context: may sleep.
 * Return: 0, -EFAULT, -ENOMEM.
 */
int time_area_pin(struct vcpu *caller, u64 linear, size_t len, struct time_area *area)
{
	size_t room = PAGE_SIZE - offset_in_page(linear);
	int err;

	memset(area, 0, sizeof(*area));
	area->split = min(len, room);
	area->len = len;
	err = pin_part(caller, linear, &area->page[0], &area->part[0]);
	if (!err && area->split < len)
		err = pin_part(caller, linear + area->split, &area->page[1], &area->part[1]);
	if (err)
		time_area_unpin(area);
	return err;
}

/**
 * time_area_unpin() - let the pages of an area go
 * @area: nobody writes it any more; may be empty
 */
void time_area_unpin(struct time_area *area)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(area->page); i++)
		if (area->page[i])
			put_page(area->page[i]);
	memset(area, 0, sizeof(*area));
}

/**
 * time_area_write() - copy into an area
 * @area: that is there
 * @offset: where in the area
 * @from: bytes
 * @len: their number; @offset + @len is at most area->len
 *
 * Context: any.
 */
void time_area_write(const struct time_area *area, size_t offset, const void *from, size_t len)
{
	size_t first = offset < area->split ? min(len, area->split - offset) : 0;

	if (first)
		memcpy(area->part[0] + offset, from, first);
	if (first < len)
		memcpy(area->part[1] + (offset + first - area->split), from + first, len - first);
}
