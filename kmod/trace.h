/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints, for perf and trace-cmd: xlhv:*.
 *
 * One that is off costs a no-op instruction.  Arguments are evaluated before the
 * kernel looks whether it is on: so callers hand over what they have at hand, and
 * what has to be read or computed is so here.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM xlhv

#if !defined(XLHV_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define XLHV_TRACE_H

#include <linux/tracepoint.h>
#include <linux/types.h>

struct domain;
struct vcpu;

#define XLHV_TRACE_CALL(name)	{ __HYPERVISOR_##name, #name }
#define XLHV_TRACE_CALLS						\
	XLHV_TRACE_CALL(platform_op), XLHV_TRACE_CALL(memory_op),	\
	XLHV_TRACE_CALL(multicall), XLHV_TRACE_CALL(set_timer_op),	\
	XLHV_TRACE_CALL(xen_version), XLHV_TRACE_CALL(console_io),	\
	XLHV_TRACE_CALL(grant_table_op), XLHV_TRACE_CALL(vm_assist),	\
	XLHV_TRACE_CALL(vcpu_op), XLHV_TRACE_CALL(mmuext_op),		\
	XLHV_TRACE_CALL(xsm_op), XLHV_TRACE_CALL(sched_op),		\
	XLHV_TRACE_CALL(event_channel_op), XLHV_TRACE_CALL(physdev_op),	\
	XLHV_TRACE_CALL(hvm_op), XLHV_TRACE_CALL(sysctl),		\
	XLHV_TRACE_CALL(domctl), XLHV_TRACE_CALL(xenpmu_op),		\
	XLHV_TRACE_CALL(dm_op)

#define XLHV_TRACE_RUNSTATES						\
	{ RUNSTATE_running, "running" }, { RUNSTATE_runnable, "runnable" }, \
	{ RUNSTATE_blocked, "blocked" }, { RUNSTATE_offline, "offline" }

TRACE_DEFINE_ENUM(DOMAIN_BUILDING);
TRACE_DEFINE_ENUM(DOMAIN_LIVE);
TRACE_DEFINE_ENUM(DOMAIN_DYING);
#define XLHV_TRACE_STATES						\
	{ DOMAIN_BUILDING, "building" }, { DOMAIN_LIVE, "live" },	\
	{ DOMAIN_DYING, "dying" }

#define XLHV_TRACE_SHUTDOWNS						\
	{ SHUTDOWN_poweroff, "poweroff" }, { SHUTDOWN_reboot, "reboot" }, \
	{ SHUTDOWN_suspend, "suspend" }, { SHUTDOWN_crash, "crash" },	\
	{ SHUTDOWN_watchdog, "watchdog" },				\
	{ SHUTDOWN_soft_reset, "soft_reset" }

/* Type of an interruption information, as in the VMCS. */
#define XLHV_TRACE_TYPES						\
	{ INTR_TYPE_EXT_INTR, "interrupt" }, { INTR_TYPE_NMI_INTR, "nmi" }, \
	{ INTR_TYPE_HARD_EXCEPTION, "exception" },			\
	{ INTR_TYPE_SOFT_INTR, "int n" },				\
	{ INTR_TYPE_PRIV_SW_EXCEPTION, "int1" },			\
	{ INTR_TYPE_SOFT_EXCEPTION, "int3" }

/* The guest is entered.  In a window. */
TRACE_EVENT(xlhv_entry,
	TP_PROTO(struct vcpu *v),
	TP_ARGS(v),

	TP_STRUCT__entry(
		__field(u64, rip)
		__field(u16, domid)
		__field(u16, vcpu)
	),

	TP_fast_assign(
		__entry->domid = v->domain->domid;
		__entry->vcpu = v->id;
		__entry->rip = vmx_vcpu_rip(v);
	),

	TP_printk("d%uv%u rip 0x%llx", __entry->domid, __entry->vcpu, __entry->rip)
);

/* The guest was left; v->vmx.exit_reason is of this exit.  In a window. */
TRACE_EVENT(xlhv_exit,
	TP_PROTO(struct vcpu *v),
	TP_ARGS(v),

	TP_STRUCT__entry(
		__field(u64, rip)
		__field(u64, qualification)
		__field(u32, reason)
		__field(u32, info)
		__field(u16, domid)
		__field(u16, vcpu)
	),

	TP_fast_assign(
		__entry->domid = v->domain->domid;
		__entry->vcpu = v->id;
		__entry->reason = v->vmx.exit_reason;
		__entry->qualification = vmx_vcpu_qualification(v);
		__entry->rip = vmx_vcpu_rip(v);
		__entry->info = vmx_vcpu_intr_info(v);
	),

	TP_printk("d%uv%u reason %s%s qualification 0x%llx rip 0x%llx info 0x%x",
		  __entry->domid, __entry->vcpu,
		  __print_symbolic(__entry->reason & 0xffff, VMX_EXIT_REASONS),
		  __entry->reason & VMX_EXIT_REASONS_FAILED_VMENTRY ? " (entry failed)" : "",
		  __entry->qualification, __entry->rip, __entry->info)
);

/* A hypercall is done, also one in a multicall. */
TRACE_EVENT(xlhv_hypercall,
	TP_PROTO(struct vcpu *v, u64 nr, const u64 *args, long result),
	TP_ARGS(v, nr, args, result),

	TP_STRUCT__entry(
		__field(u64, nr)
		__array(u64, args, 5)
		__field(s64, result)
		__field(u16, domid)
		__field(u16, vcpu)
	),

	TP_fast_assign(
		__entry->domid = v->domain->domid;
		__entry->vcpu = v->id;
		__entry->nr = nr;
		memcpy(__entry->args, args, sizeof(__entry->args));
		__entry->result = result;
	),

	TP_printk("d%uv%u %s(0x%llx, 0x%llx, 0x%llx, 0x%llx, 0x%llx) = %lld",
		  __entry->domid, __entry->vcpu,
		  __print_symbolic(__entry->nr, XLHV_TRACE_CALLS),
		  __entry->args[0], __entry->args[1], __entry->args[2], __entry->args[3],
		  __entry->args[4], __entry->result)
);

/* The next entry delivers an event: @info as in the VMCS. */
TRACE_EVENT(xlhv_inject,
	TP_PROTO(struct vcpu *v, u32 info, u32 error),
	TP_ARGS(v, info, error),

	TP_STRUCT__entry(
		__field(u32, info)
		__field(u32, error)
		__field(u16, domid)
		__field(u16, vcpu)
	),

	TP_fast_assign(
		__entry->domid = v->domain->domid;
		__entry->vcpu = v->id;
		__entry->info = info;
		__entry->error = info & INTR_INFO_DELIVER_CODE_MASK ? error : 0;
	),

	TP_printk("d%uv%u %s vector %u error 0x%x", __entry->domid, __entry->vcpu,
		  __print_symbolic(__entry->info & INTR_INFO_INTR_TYPE_MASK, XLHV_TRACE_TYPES),
		  __entry->info & INTR_INFO_VECTOR_MASK, __entry->error)
);

/* A vCPU's local APIC was sent an interrupt, by whomever. */
TRACE_EVENT(xlhv_lapic_post,
	TP_PROTO(struct vcpu *v, u8 vector),
	TP_ARGS(v, vector),

	TP_STRUCT__entry(
		__field(u16, domid)
		__field(u16, vcpu)
		__field(u8, vector)
	),

	TP_fast_assign(
		__entry->domid = v->domain->domid;
		__entry->vcpu = v->id;
		__entry->vector = vector;
	),

	TP_printk("d%uv%u vector %u", __entry->domid, __entry->vcpu, __entry->vector)
);

/* An EPT violation was dealt with: @result is 0 or what ept_fault() says. */
TRACE_EVENT(xlhv_ept_fault,
	TP_PROTO(struct vcpu *v, u64 gpa, bool write, bool exec, int result),
	TP_ARGS(v, gpa, write, exec, result),

	TP_STRUCT__entry(
		__field(u64, gpa)
		__field(s32, result)
		__field(u16, domid)
		__field(u16, vcpu)
		__field(u8, access)
	),

	TP_fast_assign(
		__entry->domid = v->domain->domid;
		__entry->vcpu = v->id;
		__entry->gpa = gpa;
		__entry->access = exec ? 2 : write;
		__entry->result = result;
	),

	TP_printk("d%uv%u %s gpa 0x%llx = %d", __entry->domid, __entry->vcpu,
		  __print_symbolic(__entry->access, { 0, "read" }, { 1, "write" }, { 2, "fetch" }),
		  __entry->gpa, __entry->result)
);

/* A vCPU's runstate changes.  Perhaps under a run queue's lock. */
TRACE_EVENT(xlhv_vcpu_state,
	TP_PROTO(struct vcpu *v, int from, int to),
	TP_ARGS(v, from, to),

	TP_STRUCT__entry(
		__field(u16, domid)
		__field(u16, vcpu)
		__field(u8, from)
		__field(u8, to)
	),

	TP_fast_assign(
		__entry->domid = v->domain->domid;
		__entry->vcpu = v->id;
		__entry->from = from;
		__entry->to = to;
	),

	TP_printk("d%uv%u %s -> %s", __entry->domid, __entry->vcpu,
		  __print_symbolic(__entry->from, XLHV_TRACE_RUNSTATES),
		  __print_symbolic(__entry->to, XLHV_TRACE_RUNSTATES))
);

/* A domain's life goes on. */
TRACE_EVENT(xlhv_domain_state,
	TP_PROTO(struct domain *d, int from, int to),
	TP_ARGS(d, from, to),

	TP_STRUCT__entry(
		__array(char, name, XLHV_NAME_LEN)
		__field(u16, domid)
		__field(u8, from)
		__field(u8, to)
	),

	TP_fast_assign(
		strscpy(__entry->name, d->name, XLHV_NAME_LEN);
		__entry->domid = d->domid;
		__entry->from = from;
		__entry->to = to;
	),

	TP_printk("d%u %s %s -> %s", __entry->domid, __entry->name,
		  __print_symbolic(__entry->from, XLHV_TRACE_STATES),
		  __print_symbolic(__entry->to, XLHV_TRACE_STATES))
);

/* It has shut down. */
TRACE_EVENT(xlhv_domain_shutdown,
	TP_PROTO(struct domain *d, u8 code),
	TP_ARGS(d, code),

	TP_STRUCT__entry(
		__field(u16, domid)
		__field(u8, code)
	),

	TP_fast_assign(
		__entry->domid = d->domid;
		__entry->code = code;
	),

	TP_printk("d%u %s", __entry->domid,
		  __print_symbolic(__entry->code, XLHV_TRACE_SHUTDOWNS))
);

/* A vCPU that is in the guest is made to leave it, by an interrupt to @cpu. */
TRACE_EVENT(xlhv_kick,
	TP_PROTO(struct vcpu *v, int cpu),
	TP_ARGS(v, cpu),

	TP_STRUCT__entry(
		__field(u64, requests)
		__field(u32, cpu)
		__field(u16, domid)
		__field(u16, vcpu)
	),

	TP_fast_assign(
		__entry->domid = v->domain->domid;
		__entry->vcpu = v->id;
		__entry->cpu = cpu;
		__entry->requests = READ_ONCE(v->requests);
	),

	TP_printk("d%uv%u on CPU %u requests 0x%llx", __entry->domid, __entry->vcpu,
		  __entry->cpu, __entry->requests)
);

/* An event was sent to a port of @d; @raised: EVTCHN_RAISED_*.  Interrupts off. */
TRACE_EVENT(xlhv_evtchn_raise,
	TP_PROTO(struct domain *d, u32 port, struct vcpu *v, unsigned int raised),
	TP_ARGS(d, port, v, raised),

	TP_STRUCT__entry(
		__field(u32, port)
		__field(u16, domid)
		__field(u16, vcpu)
		__field(u8, raised)
	),

	TP_fast_assign(
		__entry->domid = d->domid;
		__entry->vcpu = v->id;
		__entry->port = port;
		__entry->raised = raised;
	),

	TP_printk("d%uv%u port %u%s%s", __entry->domid, __entry->vcpu, __entry->port,
		  __entry->raised & EVTCHN_RAISED_NEW ? " pending" : " was pending",
		  __entry->raised & EVTCHN_RAISED_UPCALL ? " upcall" : "")
);

/* A use of a grant began, or was refused; @status: GNTST_*, above 0: tried again. */
TRACE_EVENT_CONDITION(xlhv_grant_pin,
	TP_PROTO(struct domain *granter, u32 ref, u16 user, bool write, int status),
	TP_ARGS(granter, ref, user, write, status),
	TP_CONDITION(status <= 0),

	TP_STRUCT__entry(
		__field(u32, ref)
		__field(s32, status)
		__field(u16, domid)
		__field(u16, user)
		__field(u8, write)
	),

	TP_fast_assign(
		__entry->domid = granter->domid;
		__entry->user = user;
		__entry->ref = ref;
		__entry->write = write;
		__entry->status = status;
	),

	TP_printk("d%u ref %u by d%u %s = %d", __entry->domid, __entry->ref, __entry->user,
		  __print_symbolic(__entry->write, { 0, "read" }, { 1, "write" }),
		  __entry->status)
);

#define XLHV_TRACE_BLK_OPS						\
	{ 0, "read" }, { 1, "write" }, { 2, "barrier" }, { 3, "flush" },	\
	{ 5, "discard" }

/* A request to a disk was taken, as the guest says it: nothing of it is checked yet. */
TRACE_EVENT(xlhv_blk_take,
	TP_PROTO(struct domain *d, u32 vdev, u64 id, u8 op, u64 sector, u16 segments),
	TP_ARGS(d, vdev, id, op, sector, segments),

	TP_STRUCT__entry(
		__field(u64, id)
		__field(u64, sector)
		__field(u32, vdev)
		__field(u16, domid)
		__field(u16, segments)
		__field(u8, op)
	),

	TP_fast_assign(
		__entry->domid = d->domid;
		__entry->vdev = vdev;
		__entry->id = id;
		__entry->op = op;
		__entry->sector = sector;
		__entry->segments = segments;
	),

	TP_printk("d%u disk %u id %llu %s sector %llu segments %u", __entry->domid, __entry->vdev,
		  __entry->id, __print_symbolic(__entry->op, XLHV_TRACE_BLK_OPS),
		  __entry->sector, __entry->segments)
);

/* It is answered; @status: BLKIF_RSP_*. */
TRACE_EVENT(xlhv_blk_done,
	TP_PROTO(struct domain *d, u32 vdev, u64 id, u8 op, s16 status),
	TP_ARGS(d, vdev, id, op, status),

	TP_STRUCT__entry(
		__field(u64, id)
		__field(u32, vdev)
		__field(u16, domid)
		__field(s16, status)
		__field(u8, op)
	),

	TP_fast_assign(
		__entry->domid = d->domid;
		__entry->vdev = vdev;
		__entry->id = id;
		__entry->op = op;
		__entry->status = status;
	),

	TP_printk("d%u disk %u id %llu %s = %d", __entry->domid, __entry->vdev, __entry->id,
		  __print_symbolic(__entry->op, XLHV_TRACE_BLK_OPS), __entry->status)
);

#endif /* XLHV_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace

#include <trace/define_trace.h>
