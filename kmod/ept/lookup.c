// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a gfn to the page behind it, and copies by guest-physical address.  Any
 * context: no lock, an RCU read section keeps tables and frames there for as long
 * as it lasts.  gfns come from guests and may be any number.
 */
#include <linux/err.h>
#include <linux/string.h>

#include "ept/internal.h"

/* One look.  The page has a reference on return. */
static struct page *get_page_now(struct ept *ept, u64 gfn, unsigned int flags, enum ept_type *type)
{
	struct page *page;
	struct ept_pos pos;

	rcu_read_lock();
	if (unlikely(!ept_walk(ept, gfn, 1, &pos))) {
		*type = EPT_HOLE;
		page = ERR_PTR(READ_ONCE(ept->root) ? -ENOENT : -ESRCH);
	} else {
		*type = ept_pos_type(ept, gfn, &pos);
		if (unlikely(*type <= EPT_RAM_LAZY)) {
			page = ERR_PTR(*type == EPT_HOLE ? -ENOENT : -EAGAIN);
		} else if (flags & EPT_WRITE && !ept_type_writable(*type)) {
			page = ERR_PTR(-EACCES);
		} else {
			page = ept_pos_page(&pos, gfn);
			get_page(page);
		}
	}
	rcu_read_unlock();
	return page;
}

/**
 * ept_get_page() - the page behind a gfn, with a reference
 * @d: any domain that the caller holds
 * @gfn: any number
 * @flags: EPT_WRITE, EPT_POPULATE
 * @type: what it is, may be NULL
 *
 * The reference keeps the page, not its place: the guest may balloon the gfn out
 * meanwhile, and then the page is nobody's but the caller's.
 *
 * Context: any without EPT_POPULATE; with it, may sleep.
 * Return: the page; ERR_PTR(-ENOENT) for a hole; -EAGAIN for RAM without a frame
 * and no EPT_POPULATE; -EACCES for EPT_WRITE on something read-only; -ENOMEM;
 * -ESRCH: the domain's memory is gone.
 */
struct page *ept_get_page(struct domain *d, u64 gfn, unsigned int flags, enum ept_type *type)
{
	enum ept_type found;
	struct page *page;
	int err;

	if (!type)
		type = &found;
	for (;;) {
		page = get_page_now(&d->ept, gfn, flags, type);
		if (likely(page != ERR_PTR(-EAGAIN)) || !(flags & EPT_POPULATE))
			return page;
		err = ept_populate_foreign(d, gfn);
		if (err)
			return ERR_PTR(err);
	}
}

/**
 * ept_get_type() - what is at a gfn at this moment
 * @d: any domain that the caller holds
 * @gfn: any number
 *
 * Context: any.
 * Return: the type, EPT_HOLE for a gfn that cannot be.
 */
enum ept_type ept_get_type(struct domain *d, u64 gfn)
{
	enum ept_type type = EPT_HOLE;
	struct ept_pos pos;

	rcu_read_lock();
	if (ept_walk(&d->ept, gfn, 1, &pos))
		type = ept_pos_type(&d->ept, gfn, &pos);
	rcu_read_unlock();
	return type;
}

/* Copy within one page, in an RCU read section. */
static int copy_page_part(struct ept *ept, u64 gpa, void *buffer, size_t len, bool write)
{
	u64 gfn = gpa >> PAGE_SHIFT;
	enum ept_type type;
	struct ept_pos pos;
	void *at;

	if (!ept_walk(ept, gfn, 1, &pos))
		return -EFAULT;
	type = ept_pos_type(ept, gfn, &pos);
	if (type == EPT_HOLE || (write && type > EPT_RAM_LAZY && !ept_type_writable(type)))
		return -EFAULT;
	if (type == EPT_RAM_LAZY) {
		if (write)
			return -EAGAIN;
		memset(buffer, 0, len);
		return 0;
	}
	at = ept_pos_address(&pos, gfn) + offset_in_page(gpa);
	if (write)
		memcpy(at, buffer, len);
	else
		memcpy(buffer, at, len);
	return 0;
}

static int copy_gpa(struct domain *d, u64 gpa, void *buffer, size_t len, bool write)
{
	int err = 0;

	rcu_read_lock();
	while (len && !err) {
		size_t part = min_t(size_t, len, PAGE_SIZE - offset_in_page(gpa));

		err = copy_page_part(&d->ept, gpa, buffer, part, write);
		gpa += part;
		buffer += part;
		len -= part;
	}
	rcu_read_unlock();
	return err;
}

/**
 * guest_read_gpa() - copy from guest-physical memory
 * @d: any domain that the caller holds
 * @gpa: address, any number
 * @to: where to
 * @len: bytes, at most a page; may cross a page
 *
 * Context: any.
 * Return: 0; -EFAULT: a hole in it.
 */
int guest_read_gpa(struct domain *d, u64 gpa, void *to, size_t len)
{
	return copy_gpa(d, gpa, to, len, false);
}

/**
 * guest_write_gpa() - copy to guest-physical memory
 * @d: any domain that the caller holds
 * @gpa: address, any number
 * @from: what
 * @len: bytes, at most a page; may cross a page
 *
 * Context: any.
 * Return: 0; -EFAULT: a hole in it, or read-only; -EAGAIN: RAM that
 * has no frame yet.  What was written before the error stays.
 */
int guest_write_gpa(struct domain *d, u64 gpa, const void *from, size_t len)
{
	return copy_gpa(d, gpa, (void *)from, len, true);
}
