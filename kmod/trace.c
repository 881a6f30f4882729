// SPDX-License-Identifier: GPL-2.0-only
/* The tracepoints' code; what they are is in trace.h. */
#include <linux/string.h>
#include <asm/vmx.h>
#include <xen/interface/xen.h>
#include <xen/interface/sched.h>

#include "evtchn/internal.h"
#include "vcpu/vcpu.h"
#include "vmx/guest/internal.h"

#define CREATE_TRACE_POINTS
#include "trace.h"
