// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a gfn to the page behind it, and copies by guest-physical address.  Any
 * context: no lock, an RCU read section keeps tables and frames there for as long
 * as it lasts.  gfns come from guests and may be any number.
 */
#include <linux/build_bug.h>
#include <linux/err.h>
#include <linux/string.h>

#include "ept/internal.h"

static_assert(EPT_LEVELS == 4);

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

/*
 * The page of a leaf, with a reference, if it is of one of those types.  @level is a
 * constant.
 */
static __always_inline struct page *get_leaf(u64 entry, unsigned int level, u64 gfn,
					     unsigned int types)
{
	struct page *page;

	if (unlikely(!(types >> ept_entry_type(entry) & 1)))
		return NULL;
	page = pfn_to_page(ept_entry_pfn(entry, level, gfn));
	get_page(page);
	return page;
}

/**
 * ept_get_page_fast() - ept_get_page() for those who do it often
 * @d: any domain that the caller holds
 * @gfn: any number
 * @types: a bit for each enum ept_type that will do; none that has no frame
 *
 * Context: interrupts off, which is an RCU read section.
 * Return: the page with a reference; NULL: ept_get_page() tells why not.
 */
struct page *ept_get_page_fast(const struct domain *d, u64 gfn, unsigned int types)
{
	u64 *table = READ_ONCE(d->ept.root);
	u64 entry;

	/* A walk as ept_walk() does it, without a loop that counts levels. */
	if (unlikely(!table || gfn >> EPT_LEVEL_ORDER(EPT_LEVELS + 1)))
		return NULL;
	entry = READ_ONCE(table[ept_index(gfn, 4)]);
	if (unlikely(!ept_entry_present(entry)))
		return NULL;
	entry = READ_ONCE(ept_table_of(entry)[ept_index(gfn, 3)]);
	if (unlikely(!ept_entry_present(entry)))
		return NULL;
	if (ept_entry_leaf(entry, 3))
		return get_leaf(entry, 3, gfn, types);
	entry = READ_ONCE(ept_table_of(entry)[ept_index(gfn, 2)]);
	if (unlikely(!ept_entry_present(entry)))
		return NULL;
	if (ept_entry_leaf(entry, 2))
		return get_leaf(entry, 2, gfn, types);
	entry = READ_ONCE(ept_table_of(entry)[ept_index(gfn, 1)]);
	if (unlikely(!ept_entry_present(entry)))
		return NULL;
	return get_leaf(entry, 1, gfn, types);
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
	/* What others granted can be taken back while we look: see guest_copy.c. */
	if (type == EPT_HOLE || ept_type_is_grant(type) ||
	    (write && type > EPT_RAM_LAZY && !ept_type_writable(type)))
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
