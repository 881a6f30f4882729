// SPDX-License-Identifier: GPL-2.0-only
/*
 * EPT violations.  Most are the first touch of RAM.  The look at the tables needs
 * no lock and is done in the inner loop, where another vCPU may have filled the
 * gap already; what allocates is done outside of it.
 */
#include "ept/internal.h"
#include "trace.h"
#include "vcpu/vcpu.h"

/* What is there says yes (0), no (-errno), or -EAGAIN: something has to be done. */
static int fault_check(struct ept *ept, u64 gfn, bool write, bool exec, struct ept_pos *pos)
{
	if (!ept_walk(ept, gfn, 1, pos))
		return -EFAULT;
	switch (ept_pos_type(ept, gfn, pos)) {
	case EPT_HOLE:
		return -EFAULT;
	case EPT_RAM_LAZY:
		return -EAGAIN;
	case EPT_GRANT_RO:
		if (write)
			return -EPERM;
		fallthrough;
	default:
		if (write && !(pos->entry & EPT_W))
			return -EACCES;
		if (exec && !(pos->entry & EPT_X))
			return pos->level > 1 ? -EAGAIN : -EACCES;
		return 0;
	}
}

/**
 * ept_fault_atomic() - a guest access was refused by the EPT; in the inner loop
 * @v: own thread, interrupts off
 * @gpa: guest-physical address of the access
 * @write: it was a write
 * @exec: it was an instruction fetch
 *
 * Return: 0: enter again; -EAGAIN: ept_fault() has to do it; -EFAULT: nothing is
 * there; -EACCES: not allowed; -EPERM: a write to what another domain granted for
 * reading.
 */
int ept_fault_atomic(struct vcpu *v, u64 gpa, bool write, bool exec)
{
	struct ept_pos pos;
	int err;

	err = fault_check(&v->domain->ept, gpa >> PAGE_SHIFT, write, exec, &pos);
	/* All others end in ept_fault(), and are told of there. */
	if (!err)
		trace_xlhv_ept_fault(v, gpa, write, exec, 0);
	return err;
}

/*
 * With nx_huge: code is in pages of 4 KiB.  They stay: a block that was run once will be
 * run again, and the pages around it are not missed as much as the CPU would be.
 */
static int run_small(struct domain *d, u64 gfn)
{
	atomic64_inc(&d->ept.nr_nx_splits);
	return ept_make_table(d, gfn, 1);
}

static int fault(struct domain *d, u64 gpa, bool write, bool exec)
{
	struct ept *ept = &d->ept;
	u64 gfn = gpa >> PAGE_SHIFT;
	struct ept_pos pos;
	int err;

	rcu_read_lock();
	err = fault_check(ept, gfn, write, exec, &pos);
	rcu_read_unlock();
	if (err != -EAGAIN)
		return err;
	atomic64_inc(&ept->nr_faults);
	if (ept_entry_present(pos.entry)) {
		/* Code in a large mapping that is not executable: the 2 MiB become small. */
		err = run_small(d, gfn);
	} else {
		err = ept_populate_lazy(d, gfn);
		/* The access itself says whether what is there now will do. */
		if (err == -ENOENT)
			err = -EFAULT;
		/*
		 * Code in a block that was populated by being executed would fault
		 * a second time at once.
		 */
		if (!err && exec && ept->nx_huge)
			err = run_small(d, gfn);
	}
	return err == -ESRCH ? -EFAULT : err;
}

/**
 * ept_fault() - the same where it may sleep
 * @v: own thread
 * @gpa: guest-physical address of the access
 * @write: it was a write
 * @exec: it was an instruction fetch
 *
 * Return: 0: enter again; -ENOMEM: the vCPU has to wait for memory; -EFAULT:
 * nothing is there; -EACCES: not allowed; -EPERM: a write to what another domain
 * granted for reading.
 */
int ept_fault(struct vcpu *v, u64 gpa, bool write, bool exec)
{
	int err = fault(v->domain, gpa, write, exec);

	trace_xlhv_ept_fault(v, gpa, write, exec, err);
	return err;
}
