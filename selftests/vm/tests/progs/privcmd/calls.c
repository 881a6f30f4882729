// SPDX-License-Identifier: GPL-2.0-only
/* Hypercalls of processes, and the buffers for their arguments. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "privcmd.h"

#include <xen/event_channel.h>
#include <xen/evtchn.h>
#include <xen/features.h>
#include <xen/grant_table.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>
#include <xen/version.h>

/* What the libraries have of struct xen_domctl, with struct xen_domctl_getdomaininfo in it. */
struct info {
	uint32_t cmd, version;
	uint16_t domain, pad[3];
	struct {
		uint16_t domid, pad;
		uint32_t flags;
		uint64_t tot_pages, max_pages, outstanding, shr, paged, frame, cpu_time;
		uint32_t online, max_vcpu, ssid;
		uint8_t handle[16];
		uint32_t pool;
		uint8_t rest[32];
		uint8_t union_rest[16];
	} u;
};

static long domain_info(unsigned int domid, struct info *info)
{
	*info = (struct info){ .cmd = 5, .version = 0x15, .domain = domid };
	return hcall(domctl, (uintptr_t)info, NULL);
}

static void hypercalls(void)
{
	struct xen_feature_info features = {};
	char text[1024] = "";
	bool ok;

	ok = is("version", hcall(xen_version, XENVER_version, NULL), 4 << 16 | 17);
	ok = is("capabilities", hcall(xen_version, XENVER_capabilities, text), 0) &&
	     strstr(text, "hvm-3.0-x86_64") && ok;
	ok = is("features", hcall(xen_version, XENVER_get_features, &features), 0) &&
	     is("domain 0", features.submap >> XENFEAT_dom0 & 1, 1) && ok;
	ok = is("pointer", hcall(xen_version, XENVER_capabilities, BAD),
		-EFAULT) && ok;
	ok = is("no call", hypercall(priv, 63, 0, NULL), -ENOSYS) && ok;
	ok = is("no number", hypercall(priv, ~0UL, 0, NULL), -ENOSYS) && ok;
	ok = is("vcpu_op", hcall(vcpu_op, 3, NULL), -ENOSYS) && ok;
	ok = is("iret", hcall(iret, 0, NULL), -ENOSYS) && ok;
	ok = is("ioctl's pointer", call(priv, IOCTL_PRIVCMD_HYPERCALL, BAD), -EFAULT) && ok;
	ok = is("no ioctl", call(priv, _IOC(_IOC_NONE, 'P', 0xff, 0), NULL), -ENOTTY) && ok;
	xt_result(ok, "hypercalls that a process may make, and others");
}

static void toolstack(struct target *t)
{
	struct info info;
	struct {
		uint32_t cmd, version;
		uint16_t first, pad;
		uint32_t max;
		uint64_t buffer;
		uint32_t nr;
		uint8_t rest[108];
	} list = { .cmd = 6, .version = 0x15, .max = 8 };
	uint8_t infos[8][112];
	bool ok;

	ok = is("domain 0", domain_info(0, &info), 0) && is("its number", info.domain, 0) &&
	     is("running", info.u.flags & 0xff003f, 0xff0020);
	ok = info.u.tot_pages && info.u.online && info.u.cpu_time && ok;
	ok = is("it", domain_info(t->domid, &info), 0) && is("it", info.u.domid, t->domid) &&
	     is("paused, hvm, hap", info.u.flags, 0xff010a) && is("max", info.u.max_pages, RAM) &&
	     is("vcpus", info.u.max_vcpu, 1) && is("handle", info.u.handle[7], 0x5a) && ok;
	ok = is("the next one", domain_info(1, &info), 0) && is("is", info.domain, t->domid) && ok;
	ok = is("behind it", domain_info(t->domid + 1, &info), -ESRCH) && ok;
	ok = is("no number", domain_info(0x7ff0, &info), -EINVAL) && ok;
	info.version = 0x14;
	ok = is("version", hcall(domctl, (uintptr_t)&info, NULL), -EACCES) && ok;
	info.version = 0x15;
	info.cmd = 4000;
	ok = is("no sub-op", hcall(domctl, (uintptr_t)&info, NULL), -ENOSYS) && ok;
	ok = is("pointer", hcall(domctl, 8, NULL), -EFAULT) && ok;
	xt_result(ok, "domctl getdomaininfo finds all domains");

	list.buffer = (uintptr_t)infos;
	ok = is("list", hcall(sysctl, (uintptr_t)&list, NULL), 0) &&
	     is("domains", list.nr, 2);
	list.max = 1;
	ok = is("list", hcall(sysctl, (uintptr_t)&list, NULL), 0) &&
	     is("domains", list.nr, 1) && ok;
	list.max = ~0U;
	list.buffer = 8;
	ok = is("pointer", hcall(sysctl, (uintptr_t)&list, NULL), -EFAULT) && ok;
	xt_result(ok, "sysctl getdomaininfolist");
}

static long port_status(uint32_t port)
{
	struct evtchn_status status = { .dom = DOMID_SELF, .port = port };
	long rc = hcall(event_channel_op, EVTCHNOP_status, &status);

	return rc ?: status.status;
}

/*
 * Domain 0's ports are those of files, which end with their processes: no hypercall makes one that
 * is nobody's, or closes somebody's.
 */
static void own_ports(struct target *t)
{
	int fd = node("/dev/xen/evtchn"), port;
	struct ioctl_evtchn_bind_unbound_port unbound = { .remote_domain = t->domid };
	struct evtchn_alloc_unbound alloc = { .dom = DOMID_SELF, .remote_dom = t->domid };
	struct evtchn_bind_interdomain inter = { .remote_dom = t->domid, .remote_port = t->port };
	struct evtchn_bind_virq virq = { .virq = 1 };
	struct evtchn_bind_ipi ipi = {};
	struct evtchn_reset reset = { .dom = DOMID_SELF };
	struct evtchn_close close_port;
	bool ok;

	port = call(fd, IOCTL_EVTCHN_BIND_UNBOUND_PORT, &unbound);
	ok = is("a file's port", port > 0, true);
	close_port.port = port;
	ok = is("close", hcall(event_channel_op, EVTCHNOP_close, &close_port), -EOPNOTSUPP) && ok;
	ok = is("reset", hcall(event_channel_op, EVTCHNOP_reset, &reset), -EOPNOTSUPP) && ok;
	reset.dom = 0;
	ok = is("reset of 0", hcall(event_channel_op, EVTCHNOP_reset, &reset), -EOPNOTSUPP) && ok;
	ok = is("its port", port_status(port), EVTCHNSTAT_unbound) && ok;
	ok = is("alloc", hcall(event_channel_op, EVTCHNOP_alloc_unbound, &alloc),
		-EOPNOTSUPP) && ok;
	alloc.dom = 0;
	ok = is("alloc in 0", hcall(event_channel_op, EVTCHNOP_alloc_unbound, &alloc),
		-EOPNOTSUPP) && ok;
	ok = is("interdomain", hcall(event_channel_op, EVTCHNOP_bind_interdomain, &inter),
		-EOPNOTSUPP) && ok;
	ok = is("virq", hcall(event_channel_op, EVTCHNOP_bind_virq, &virq), -EOPNOTSUPP) && ok;
	ok = is("ipi", hcall(event_channel_op, EVTCHNOP_bind_ipi, &ipi), -EOPNOTSUPP) && ok;
	ok = is("no sub-op", hcall(event_channel_op, 99, &ipi), -ENOSYS) && ok;
	close(fd);
	ok = is("when the file is closed", port_status(port), EVTCHNSTAT_closed) && ok;
	xt_result(ok, "ports of domain 0 are those of files");
}

static void others(struct target *t)
{
	struct evtchn_status status = { .dom = t->domid, .port = t->port };
	struct evtchn_alloc_unbound alloc = { .dom = t->domid, .remote_dom = DOMID_SELF };
	struct xen_hvm_param param = { .domid = t->domid, .index = HVM_PARAM_CONSOLE_PFN };
	struct gnttab_query_size size = { .dom = t->domid };
	struct gnttab_get_version version = { .dom = t->domid };
	uint16_t domid = t->domid;
	bool ok;

	ok = is("status", hcall(event_channel_op, EVTCHNOP_status, &status), 0) &&
	     is("state", status.status, EVTCHNSTAT_unbound) && is("for", status.u.unbound.dom, 0);
	status.dom = 4711;
	ok = is("status of none", hcall(event_channel_op, EVTCHNOP_status, &status), -ESRCH) && ok;
	ok = is("alloc", hcall(event_channel_op, EVTCHNOP_alloc_unbound, &alloc), 0) && ok;
	status = (struct evtchn_status){ .dom = t->domid, .port = alloc.port };
	ok = is("status", hcall(event_channel_op, EVTCHNOP_status, &status), 0) &&
	     is("state", status.status, EVTCHNSTAT_unbound) && ok;
	ok = is("for", status.u.unbound.dom, 0) && ok;
	xt_result(ok, "event_channel_op about another domain");
	own_ports(t);

	ok = is("get", hcall(hvm_op, HVMOP_get_param, &param), 0) &&
	     is("value", param.value, RING);
	param.index = HVM_PARAM_CONSOLE_EVTCHN;
	ok = is("get", hcall(hvm_op, HVMOP_get_param, &param), 0) &&
	     is("value", param.value, t->port) && ok;
	param.domid = DOMID_SELF;
	ok = is("of domain 0", hcall(hvm_op, HVMOP_get_param, &param),
		-EINVAL) && ok;
	param.domid = 4711;
	ok = is("of none", hcall(hvm_op, HVMOP_get_param, &param), -ESRCH) && ok;
	xt_result(ok, "hvm_op about another domain");

	ok = is("size", hcall_list(grant_table_op, GNTTABOP_query_size, &size), 0) &&
	     is("status", size.status, GNTST_okay) && is("most", size.max_nr_frames, 64);
	ok = is("version", hcall(grant_table_op, GNTTABOP_get_version, &version), 0) &&
	     is("it", version.version, 1) && ok;
	version.dom = 4711;
	ok = is("of none", hcall(grant_table_op, GNTTABOP_get_version, &version), -ESRCH) && ok;
	ok = is("map", hcall(grant_table_op, GNTTABOP_map_grant_ref, BAD), -EOPNOTSUPP) && ok;
	xt_result(ok, "grant_table_op asks about another domain");

	ok = is("maximum", hcall(memory_op, 4, &domid), RAM);
	ok = is("shared_info", hcall(memory_op, 7, &domid), -ENOSYS) && ok;
	xt_result(ok, "memory_op asks about another domain");
}

static void buffers(void)
{
	int fd = node("/dev/xen/hypercall"), rc;
	char *at = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	bool ok = at != MAP_FAILED;

	ok = ok && is("zeroed", at[0] | at[2 * PAGE], 0);
	ok = ok && is("a hypercall", hcall(xen_version, XENVER_capabilities,
					       at + PAGE), 0) && at[PAGE];
	rc = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED ? -errno : 0;
	ok = is("private", rc, -EINVAL) && ok;
	rc = mmap(NULL, 1UL << 40, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED ? -errno : 0;
	ok = is("a terabyte", rc, -ENOMEM) && ok;
	ok = is("ioctl", call(fd, IOCTL_PRIVCMD_HYPERCALL, NULL), -ENOTTY) && ok;
	ok = ok && !munmap(at, PAGE) && is("the rest", fault(at + PAGE, true), 0);
	close(fd);
	ok = ok && is("when it is closed", fault(at + PAGE, true), 0);
	munmap(at + PAGE, 2 * PAGE);
	xt_result(ok, "buffers for hypercalls");
}

void cases_of_calls(struct target *t)
{
	hypercalls();
	toolstack(t);
	others(t);
	buffers();
}
