/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A virtual CPU: a kernel thread xlhv/<domid>/<n> that enters the guest.
 *
 * Codes on the fields: as in domain.h, and [v] whoever has taken the vCPU, see
 * vcpu_take_killable(): its own thread, while it may run, or one other task while it does not.
 */
#ifndef XLHV_VCPU_H
#define XLHV_VCPU_H

#include <linux/bitops.h>
#include <linux/lockdep.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <xen/interface/xen.h>	/* the others need it first */
#include <xen/interface/vcpu.h>

#include "domain/domain.h"
#include "ept/types.h"
#include "evtchn/types.h"
#include "lapic/types.h"
#include "time/types.h"
#include "vmx/guest/types.h"

/* Bits of vcpu->flags */
enum vcpu_flag {
	VCPU_DOWN,		/* not brought up, or taken down */
	VCPU_BLOCKED,		/* waits for an event (HLT, SCHEDOP_block, SCHEDOP_poll) */
	VCPU_INITIALISED,	/* has state to start with */
	VCPU_WAIT_SIPI,		/* INIT received */
	VCPU_NO_MEMORY,		/* waits for memory */
};

/*
 * Bits of vcpu->requests: work for the vCPU's own thread, looked at before each
 * entry.  Setters call vcpu_request().
 */
enum vcpu_request {
	VCPU_REQ_EVENT,		/* an interrupt, upcall or NMI may be deliverable */
	VCPU_REQ_TLB_FLUSH,	/* INVEPT/INVVPID before the next entry */
	VCPU_REQ_OUT,		/* leave the inner loop: pause, stop, shutdown */
	VCPU_REQ_TIME,		/* pvclock of this vCPU has to be written again */
	VCPU_REQ_INIT,		/* INIT or SIPI arrived */
	VCPU_REQ_TIMER,		/* the deadline of a timer changed */
};

/**
 * struct vcpu - one virtual CPU
 * @domain: [c] lives at least as long
 * @process: [c] no vCPU, but a process of domain 0 that makes a hypercall: "own thread" is
 *	that process, addresses are its own, and it may name any domain
 * @id: [c] Xen's vCPU number
 * @task: [c] its thread, made once, by the first dom_finish() that gets so far; a
 *	reference until the vCPU is freed
 * @stopped: [v] the thread has ended
 * @lost_memory: [v] a machine check took memory that it used: its task has work to do;
 *	read by who would look at memory
 * @flags: [a] enum vcpu_flag
 * @requests: [a] enum vcpu_request
 * @pause_count: [a] runs only at 0, and if the domain's is 0 too
 * @cpu: [a] host CPU it runs on or ran on last
 * @info: [a][G] its vcpu_info, in shared_info or where the guest registered it;
 *	NULL while it has none (number >= 32, not registered)
 * @info_page: [v] page reference behind a registered @info
 * @ept: [c] what is its own of the p2m
 * @evtchn: [own]
 * @time: [own]
 * @lapic: [own]
 * @vmx: [own]
 * @poll_port: [a] port SCHEDOP_poll waits for, or one of EVTCHN_POLL_*
 * @poll_deadline_tsc: [v] host TSC when SCHEDOP_poll gives up, ~0 for never
 * @go_on: [v] arguments of a hypercall that goes on later: hypercall_go_on()
 * @calls_continued: [v] how often that was
 * @events_asked: [v] entries of the guest when a hypercall last asked for all events
 * @wake_advance_tsc: [v] how long it takes lately from a timer of the host to the thread
 * @preempt_notifier: [v] registered while the thread lives
 * @in_stay: [v] it is in the guest, or at what an exit needs done
 * @owner: [a] task that has taken it, NULL if none
 * @owner_map: what lockdep knows of the owner
 * @stay_tsc: [v] until when the stay is in @cpu_time_ns
 * @cpu_time_ns: [v] time in stays, but for what the scheduler took of them, and awake
 *	before a deadline
 */
struct vcpu {
	struct domain *domain;
	bool process;
	unsigned int id;
	struct task_struct *task;
	bool stopped;
	bool lost_memory;
	unsigned long flags;
	unsigned long requests;
	atomic_t pause_count;
	int cpu;

	struct vcpu_info *info;
	struct page *info_page;

	struct ept_vcpu *ept;
	struct evtchn_vcpu evtchn;
	struct time_vcpu time;
	struct lapic lapic;
	struct vmx_vcpu vmx;

	int poll_port;
	u64 poll_deadline_tsc;
	u64 go_on[3];
	u64 calls_continued;
	u64 events_asked;
	u64 wake_advance_tsc;
#ifdef CONFIG_PREEMPT_NOTIFIERS
	struct preempt_notifier preempt_notifier;
#endif
	bool in_stay;
	struct task_struct *owner;
	struct lockdep_map owner_map;
	u64 stay_tsc;
	u64 cpu_time_ns;
};

struct vcpu_hvm_context;

/**
 * struct vcpu_start - the state that a vCPU starts with
 * @from: where it comes from
 * @entry: PVH: address of the first instruction
 * @start_info: PVH: guest-physical address for EBX
 * @vector: start-up IPI: page of the first instruction
 * @context: VCPUOP_initialise: as the guest gave it, checked by who carries it out
 */
struct vcpu_start {
	enum {
		VCPU_START_PVH,
		VCPU_START_SIPI,
		VCPU_START_CONTEXT,
	} from;
	union {
		struct {
			u32 entry;
			u32 start_info;
		};
		u8 vector;
		const struct vcpu_hvm_context *context;
	};
};

int vcpu_create(struct domain *d, unsigned int id);
int vcpu_start(struct vcpu *v, const struct vcpu_start *how);
void vcpu_destroy(struct vcpu *v);

void vcpu_take_building(struct vcpu *v);
int vcpu_take_killable(struct vcpu *v);
bool vcpu_take_unstarted(struct vcpu *v);
void vcpu_give(struct vcpu *v);

void vcpu_kick(struct vcpu *v);
void vcpu_wake(struct vcpu *v);
void vcpu_pause(struct vcpu *v);
void vcpu_unpause(struct vcpu *v);
int vcpu_wait_out(struct vcpu *v);
void vcpu_up(struct vcpu *v);
void vcpu_down(struct vcpu *v);
void vcpu_wait_for_memory(struct vcpu *v);

/**
 * vcpu_in_guest() - is the vCPU between its last look at requests and its exit?
 * @v: any
 *
 * Who sets a request first and then finds this false need not send an interrupt.
 *
 * Return: true in between.
 */
static inline bool vcpu_in_guest(const struct vcpu *v)
{
	return READ_ONCE(v->vmx.in_guest);
}

/**
 * vcpu_request() - ask the vCPU's thread for something before its next entry
 * @v: any vCPU
 * @request: enum vcpu_request
 *
 * Does not wait.  Context: any, also interrupts off.
 */
static inline void vcpu_request(struct vcpu *v, unsigned int request)
{
	set_bit(request, &v->requests);
	vcpu_kick(v);
}

/* Has the vCPU an upcall to take?  Context: any. */
static inline bool vcpu_upcall_pending(const struct vcpu *v)
{
	const struct vcpu_info *info = READ_ONCE(v->info);

	return info && READ_ONCE(info->evtchn_upcall_pending);
}

/**
 * vcpu_upcall_waits() - is there an upcall for the global callback vector?
 * @v: any
 *
 * That vector is level-like: this is looked at before each entry, and in line.
 *
 * Context: any.
 * Return: true if one is pending that goes by this vector.
 */
static __always_inline bool vcpu_upcall_waits(const struct vcpu *v)
{
	const struct vcpu_info *info = READ_ONCE(v->info);

	return unlikely(info && READ_ONCE(info->evtchn_upcall_pending)) &&
	       READ_ONCE(v->domain->params.callback_vector) &&
	       !READ_ONCE(v->evtchn.upcall_vector);
}

static inline bool vcpu_test_request(struct vcpu *v, unsigned int request)
{
	return test_bit(request, &v->requests) && test_and_clear_bit(request, &v->requests);
}

/* A line about a vCPU, to the kernel's log, rate-limited. */
void vcpu_warn(const struct vcpu *v, const char *fmt, ...) __printf(2, 3);

#endif /* XLHV_VCPU_H */
