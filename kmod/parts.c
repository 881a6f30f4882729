// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parts of a domain, in the order in which they are made.  One that uses another's
 * share stands after it: it is closed and freed before it.  Shares of vCPUs are made when all
 * those of the domain are there: "time" needs a vCPU's TSC offset, "vmx" the domain's clock.
 */
#include "blkback/blkback.h"
#include "console/console.h"
#include "console/serial.h"
#include "control/control.h"
#include "dom0/dom0.h"
#include "domain/parts.h"
#include "ept/ept.h"
#include "evtchn/evtchn.h"
#include "grant/grant.h"
#include "hypercall/hvm_params.h"
#include "hypercall/hypercall.h"
#include "lapic/lapic.h"
#include "netback/netback.h"
#include "time/time.h"
#include "vcpu/thread.h"
#include "vmx/guest/guest.h"

const struct domain_part *const domain_parts[] = {
	&vmx_hold_part,
	&ept_part,
	&core_part,
	&vcpu_part,
	&hypercall_part,
	&vmx_part,
	&lapic_part,
	&params_part,
	&evtchn_part,
	&time_part,
	&cpuid_part,	/* tells of the TSC and of system time */
	&gnttab_part,
	&console_part,
	&serial_part,
	&blk_part,
	&net_part,
	&dom0_part,
	&userdata_part,
	&genl_part,
	&debugfs_part,
	NULL
};
