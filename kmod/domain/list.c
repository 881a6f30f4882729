// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which domains there are: identifiers, names, totals.  Owns the array of domains
 * (domains_lock to change it, RCU to look one up) and the list of names.
 *
 * Hypercalls look a domain up by its identifier, so that costs the same however many
 * there are, and takes no lock.  An identifier is reserved when a domain is begun;
 * nobody finds the domain under it before it is made to the end.
 */
#include <linux/ctype.h>
#include <linux/list.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/string.h>
#include <linux/xarray.h>

#include "domain/internal.h"
#include "vcpu/vcpu.h"

static DEFINE_MUTEX(domains_lock);
static DEFINE_SPINLOCK(identity_lock);	/* names and UUIDs, inside of domains_lock to change them */
static DEFINE_XARRAY_ALLOC1(domains);	/* [domains_lock] by domid */
static LIST_HEAD(names);		/* [domains_lock] also those that are being made */
static struct domain __rcu *host;	/* [domains_lock] domain 0, which is in neither */
static unsigned int nr_reserved;	/* [domains_lock] length of that list */
static unsigned int nr_vcpus;		/* [domains_lock] of all that are in it */
static unsigned int nr_domains;		/* [domains_lock] */
static unsigned int nr_kept;		/* [domains_lock] no longer in it, kept by descriptors */
static u32 next_domid = 1;		/* [domains_lock] */

/*
 * Each vCPU is a thread of the kernel's, which no limit of its creator's counts: so that
 * who may open the device does not take all there can be from the host.  One that has
 * ended keeps its log and its console for who has a descriptor of it.  What keeps one for a
 * guest, a mapping of its grants, is not counted here: no guest shall use up what others need.
 */
static unsigned int max_domains = 4096;
module_param(max_domains, uint, 0644);
MODULE_PARM_DESC(max_domains,
		 "most domains at a time; as many more may have ended and still be in use (default: 4096)");

static unsigned int max_vcpus = 8192;
module_param(max_vcpus, uint, 0644);
MODULE_PARM_DESC(max_vcpus,
		 "most virtual CPUs of all domains together, each a kernel thread (default: 8192)");

/* Return: true, and which limit in @text, if the host has enough already. */
static bool over_limit_locked(const struct domain *d, char *text)
{
	unsigned int domains = READ_ONCE(max_domains), vcpus = READ_ONCE(max_vcpus);

	lockdep_assert_held(&domains_lock);
	if (nr_reserved >= domains) {
		scnprintf(text, XLHV_TEXT_LEN,
			  "there are %u domains, the limit is %u (module parameter max_domains)",
			  nr_reserved, domains);
		return true;
	}
	if (nr_kept >= domains) {
		scnprintf(text, XLHV_TEXT_LEN,
			  "%u domains have ended and are still in use, the limit is %u (module parameter max_domains)",
			  nr_kept, domains);
		return true;
	}
	if (nr_vcpus > vcpus || d->max_vcpus > vcpus - nr_vcpus) {
		scnprintf(text, XLHV_TEXT_LEN,
			  "domains have %u virtual CPUs: %u more would exceed the %u allowed (module parameter max_vcpus)",
			  nr_vcpus, d->max_vcpus, vcpus);
		return true;
	}
	return false;
}

static struct domain *find_name_locked(const char *name)
{
	struct domain *d;

	lockdep_assert_held(&domains_lock);
	list_for_each_entry(d, &names, link)
		if (!strcmp(d->name, name))
			return d;
	return NULL;
}

/**
 * dom_name_valid() - may a domain be called that?
 * @name: XLHV_NAME_LEN bytes
 *
 * Return: true if so.
 */
bool dom_name_valid(const char *name)
{
	size_t len = strnlen(name, XLHV_NAME_LEN), i;
	bool digits = true;

	if (!len || len == XLHV_NAME_LEN || !strcmp(name, "Domain-0"))
		return false;
	for (i = 0; i < len; i++) {
		if (name[i] == '/' || !isprint(name[i]))
			return false;
		digits = digits && isdigit(name[i]);
	}
	return !digits;
}

/**
 * dom_list_reserve() - an identifier and a name for a domain that is being made
 * @d: name is set, domid will be
 * @wanted: identifier wanted, 0 for any
 * @text: XLHV_TEXT_LEN bytes for what was wrong
 *
 * As in Xen any is the next one, and the first again after the last, so that an old
 * number means an old domain for as long as can be.
 *
 * Context: may sleep.
 * Return: 0: dom_list_remove() has to follow; -EEXIST: identifier or name are taken;
 * -ENOSPC: no identifier is free, or there are enough domains or vCPUs; -ENOMEM.
 */
int dom_list_reserve(struct domain *d, domid_t wanted, char *text)
{
	u32 domid = wanted;
	int err;

	mutex_lock(&domains_lock);
	if (over_limit_locked(d, text)) {
		err = -ENOSPC;
		goto out;
	}
	if (find_name_locked(d->name)) {
		err = -EEXIST;
	} else if (wanted) {
		err = xa_insert(&domains, wanted, NULL, GFP_KERNEL);
		if (err == -EBUSY)
			err = -EEXIST;
	} else {
		err = xa_alloc_cyclic(&domains, &domid, NULL,
				      XA_LIMIT(1, XLHV_MAX_DOMAINS - 1), &next_domid, GFP_KERNEL);
		if (err == -EBUSY)
			err = -ENOSPC;
	}
	if (err >= 0) {
		err = 0;
		d->domid = domid;
		list_add(&d->link, &names);
		nr_reserved++;
		nr_vcpus += d->max_vcpus;
	} else if (err != -ENOMEM) {
		scnprintf(text, XLHV_TEXT_LEN, err == -EEXIST ?
			  "a domain with that name or identifier exists" :
			  "no identifier is free");
	}
out:
	mutex_unlock(&domains_lock);
	return err;
}

/* It is made to the end: from here on it can be found.  Context: may sleep. */
void dom_list_show(struct domain *d)
{
	mutex_lock(&domains_lock);
	/* In the place of the reservation: nothing is allocated. */
	WARN_ON_ONCE(xa_is_err(xa_store(&domains, d->domid, d, GFP_KERNEL)));
	d->listed = true;
	nr_domains++;
	mutex_unlock(&domains_lock);
}

/* Nobody finds it any more; who found it before has a reference.  May sleep. */
void dom_list_remove(struct domain *d)
{
	mutex_lock(&domains_lock);
	xa_erase(&domains, d->domid);
	list_del(&d->link);
	nr_reserved--;
	nr_vcpus -= d->max_vcpus;
	if (d->listed)
		nr_domains--;
	d->listed = false;
	if (atomic_read(&d->nr_keepers)) {
		d->kept = true;
		nr_kept++;
	}
	mutex_unlock(&domains_lock);
}

/* A descriptor of the caller's keeps it from now on, dead or not.  With a reference. */
void dom_list_keep(struct domain *d)
{
	atomic_inc(&d->nr_keepers);
}

/* The opposite, before the reference is put.  May sleep. */
void dom_list_unkeep(struct domain *d)
{
	if (!atomic_dec_and_test(&d->nr_keepers))
		return;
	mutex_lock(&domains_lock);
	if (d->kept && !atomic_read(&d->nr_keepers)) {
		d->kept = false;
		nr_kept--;
	}
	mutex_unlock(&domains_lock);
}

/* The host is found under 0 from now on, or with NULL no longer.  May sleep. */
void dom_list_set_host(struct domain *d)
{
	mutex_lock(&domains_lock);
	rcu_assign_pointer(host, d);
	mutex_unlock(&domains_lock);
}

/**
 * xlhv_domain_get_by_id() - a domain by its identifier, with a reference
 * @domid: identifier, possibly from a guest; 0 is the host
 *
 * Context: any but NMI.
 * Return: the domain or NULL.  It may be building or dying.
 */
struct domain *xlhv_domain_get_by_id(domid_t domid)
{
	struct domain *d;

	rcu_read_lock();
	d = domid ? xa_load(&domains, domid) : rcu_dereference(host);
	if (d && !refcount_inc_not_zero(&d->refs))
		d = NULL;
	rcu_read_unlock();
	return d;
}

/**
 * dom_get_next() - the first domain from an identifier on, with a reference
 * @domid: identifier; 0 is the host
 *
 * Context: any but NMI.
 * Return: the domain or NULL.
 */
struct domain *dom_get_next(domid_t domid)
{
	unsigned long id = domid;
	struct domain *d;

	if (!domid) {
		d = xlhv_domain_get_by_id(0);
		if (d)
			return d;
	}
	rcu_read_lock();
	xa_for_each_start(&domains, id, d, domid)
		if (refcount_inc_not_zero(&d->refs))
			break;
	rcu_read_unlock();
	return d;
}

/* The same by name.  May sleep. */
struct domain *dom_get_by_name(const char *name)
{
	struct domain *d;

	mutex_lock(&domains_lock);
	d = find_name_locked(name);
	if (d && d->listed)
		xlhv_domain_get(d);
	else
		d = NULL;
	mutex_unlock(&domains_lock);
	return d;
}

/**
 * dom_rename() - another name
 * @d: entered by dom_enter()
 * @name: NUL-terminated, unchecked
 * @uuid: new one, or NULL
 *
 * Return: 0; -EINVAL; -EEXIST.
 */
int dom_rename(struct domain *d, const char *name, const u8 *uuid)
{
	struct domain *other;
	int err = 0;

	if (!dom_name_valid(name))
		return -EINVAL;
	/* An event has the name of its moment: so the last one that is told has the last name. */
	mutex_lock(&d->lock);
	mutex_lock(&domains_lock);
	other = find_name_locked(name);
	if (other && other != d) {
		err = -EEXIST;
	} else {
		spin_lock(&identity_lock);
		strscpy_pad(d->name, name, sizeof(d->name));
		if (uuid)
			memcpy(d->uuid, uuid, sizeof(d->uuid));
		spin_unlock(&identity_lock);
	}
	mutex_unlock(&domains_lock);
	if (!err)
		dom_event(d, XLHV_EVENT_RENAMED, 0);
	mutex_unlock(&d->lock);
	if (!err)
		dom_changed(d);
	return err;
}

/**
 * dom_identity() - what a domain is called at this moment
 * @d: any
 * @name: XLHV_NAME_LEN bytes, written; NUL-terminated
 * @uuid: 16 bytes, written
 *
 * Both are of one moment, whoever renames it.  Context: a thread.
 */
void dom_identity(const struct domain *d, char *name, u8 *uuid)
{
	spin_lock(&identity_lock);
	memcpy(name, d->name, sizeof(d->name));
	memcpy(uuid, d->uuid, sizeof(d->uuid));
	spin_unlock(&identity_lock);
}

/**
 * dom_list() - domains in order
 * @first: least identifier wanted
 * @info: array to fill in
 * @count: its size
 *
 * Return: entries filled in.
 */
unsigned int dom_list(domid_t first, struct xlhv_dom_info *info, unsigned int count)
{
	unsigned long domid;
	unsigned int n = 0;
	struct domain *d;

	mutex_lock(&domains_lock);
	xa_for_each_start(&domains, domid, d, first) {
		if (n == count)
			break;
		dom_info(d, &info[n++]);
	}
	mutex_unlock(&domains_lock);
	return n;
}

/* Totals over all domains, for XLHV_INFO. */
void dom_totals(struct xlhv_info *info)
{
	unsigned long domid;
	struct domain *d;

	mutex_lock(&domains_lock);
	info->nr_domains = nr_domains;
	xa_for_each(&domains, domid, d) {
		info->guest_pages += parts_pages(d);
		info->overhead_pages += dom_overhead_pages(d);
	}
	mutex_unlock(&domains_lock);
}

/* No domain is left. */
void dom_list_exit(void)
{
	WARN_ON_ONCE(rcu_access_pointer(host));
	WARN_ON_ONCE(!xa_empty(&domains));
	xa_destroy(&domains);
}
