// SPDX-License-Identifier: GPL-2.0-only
/* Rings of guests' for daemons of domain 0, offered while the guest is being built. */
#include <errno.h>
#include <stdio.h>

#include "privcmd.h"

#include <xen/event_channel.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>

#define RESERVE	"/sys/module/xlhv/parameters/host_reserve_mib"

static unsigned long reserve(void)
{
	unsigned long mib;
	FILE *f = fopen(RESERVE, "r");

	if (!f || fscanf(f, "%lu", &mib) != 1)
		xt_die("no %s", RESERVE);
	fclose(f);
	return mib;
}

static long state(unsigned int domid, unsigned int port)
{
	struct evtchn_status status = { .dom = domid, .port = port };
	long rc = hcall(event_channel_op, EVTCHNOP_status, &status);

	return rc ?: (long)status.status;
}

/*
 * The last step fails, as there is no memory for the table in which the ring would be: the port
 * that was made before it is closed again, however often that is tried.
 */
static void without_memory(void)
{
	struct target t = make_bare("offers");
	struct xlhv_ring s = { .kind = XLHV_RING_XENCONSOLED, .gfn = RING };
	struct evtchn_alloc_unbound alloc = { .dom = t.domid, .remote_dom = DOMID_SELF };
	struct xen_hvm_param param = { .domid = t.domid, .index = HVM_PARAM_CONSOLE_EVTCHN };
	unsigned long before = reserve();
	bool ok;

	/* What the domain keeps its ports in is there before. */
	ok = is("a port", hcall(event_channel_op, EVTCHNOP_alloc_unbound, &alloc), 0);
	xt_parameter_set("host_reserve_mib", 1000000);
	for (unsigned int i = 0; i < 3; i++) {
		ok = is("an offer", xt_call(t.fd, XLHV_DOM_RING, &s), ENOMEM) && ok;
		ok = is("its port", state(t.domid, alloc.port + 1), EVTCHNSTAT_closed) && ok;
	}
	ok = is("get", hcall(hvm_op, HVMOP_get_param, &param), 0) &&
	     is("the parameter", param.value, 0) && ok;
	xt_parameter_set("host_reserve_mib", before);
	ok = is("an offer with memory", xt_call(t.fd, XLHV_DOM_RING, &s), 0) &&
	     is("its port", s.port, alloc.port + 1) && ok;
	end(&t);
	xt_result(ok, "a ring that cannot be offered leaves nothing behind");
}

void cases_of_offers(void)
{
	without_memory();
}
