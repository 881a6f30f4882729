// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlhv-privcmd: /dev/xen/privcmd, hypercall and xenbus_backend, /proc/xen. Hypercalls of
 * processes, mappings of guests' pages, each error, hostile use, two threads at one area. Prints
 * KTAP. Root, no domain and no daemon there.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
/* What the headers of Xen are to tell. */
#define __XEN_INTERFACE_VERSION__ 0x00040700
#include <xen/xen.h>
#include <xen/event_channel.h>
#include <xen/features.h>
#include <xen/grant_table.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>
#include <xen/version.h>
#include <xen/evtchn.h>

#include "xt.h"

/* The kernel's xen/privcmd.h, which asks for a header of the kernel's own. */
struct privcmd_hypercall {
	uint64_t op, arg[5];
};

struct privcmd_mmapbatch {
	int num;
	domid_t dom;
	uint64_t addr, *arr;
};

struct privcmd_mmapbatch_v2 {
	unsigned int num;
	domid_t dom;
	uint64_t addr;
	const uint64_t *arr;
	int *err;
};

struct privcmd_dm_op_buf {
	void *uptr;
	size_t size;
};

struct privcmd_dm_op {
	domid_t dom;
	uint16_t num;
	const struct privcmd_dm_op_buf *ubufs;
};

struct privcmd_mmap_resource {
	domid_t dom;
	uint32_t type, id, idx;
	uint64_t num, addr;
};

#define IOCTL_PRIVCMD_HYPERCALL		0x00305000UL
#define IOCTL_PRIVCMD_MMAP		0x00105002UL
#define IOCTL_PRIVCMD_MMAPBATCH		0x00185003UL
#define IOCTL_PRIVCMD_MMAPBATCH_V2	0x00205004UL
#define IOCTL_PRIVCMD_DM_OP		0x00105005UL
#define IOCTL_PRIVCMD_RESTRICT		0x00025006UL
#define IOCTL_PRIVCMD_MMAP_RESOURCE	0x00205007UL

#define NODE	"/dev/xen/privcmd"
#define PAGE	4096UL
#define RAM	64U		/* pages of the domain */
#define RING	0xfeffeUL	/* its console's */
#define HOLE	0x80000UL
/* The compiler is not to know. */
static void *volatile bad = (void *)8;
#define BAD	bad
#define NR(a)	(sizeof(a) / sizeof((a)[0]))

static int device, priv;

static int node(const char *name)
{
	int fd = open(name, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		xt_die("cannot open %s: %s", name, xt_errno_name(errno));
	return fd;
}

static int call(int fd, unsigned long cmd, const void *arg)
{
	int rc = ioctl(fd, cmd, arg);

	return rc < 0 ? -errno : rc;
}

static bool is(const char *what, long got, long want)
{
	if (got != want)
		xt_note("%s: %ld, expected %ld", what, got, want);
	return got == want;
}

static long hypercall(int fd, unsigned long nr, unsigned long a0, const void *a1)
{
	struct privcmd_hypercall h = { .op = nr, .arg = { a0, (uintptr_t)a1 } };

	return call(fd, IOCTL_PRIVCMD_HYPERCALL, &h);
}

static long hypercall_list(unsigned long nr, unsigned long a0, const void *a1, unsigned long n)
{
	struct privcmd_hypercall h = { .op = nr, .arg = { a0, (uintptr_t)a1, n } };

	return call(priv, IOCTL_PRIVCMD_HYPERCALL, &h);
}

/* The same by the file that most tests use, with the call's name. */
#define hcall(nr, a0, a1)	hypercall(priv, __HYPERVISOR_##nr, a0, a1)

#define hcall_list(nr, a0, a1)	hypercall_list(__HYPERVISOR_##nr, a0, a1, 1)

/* A domain that is being built, with memory and a console for a daemon. */
struct target {
	unsigned int domid;
	unsigned int port;
	int fd;
};

static struct target make(const char *name)
{
	struct xlhv_dom_create c = { .max_vcpus = 2, .max_pages = RAM };
	struct xlhv_mem_range range = { .addr = 0, .size = RAM * PAGE, .type = XLHV_MEM_RAM };
	struct xlhv_memory_map map = { .ranges = (uintptr_t)&range, .count = 1 };
	struct xlhv_special s = { .kind = XLHV_SPECIAL_DAEMON_CONSOLE, .gfn = RING };

	strcpy(c.name, name);
	memset(c.uuid, 0x5a, sizeof(c.uuid));
	xt_must(xt_call(device, XLHV_DOM_CREATE, &c), "XLHV_DOM_CREATE");
	xt_must(xt_call(c.fd, XLHV_DOM_MEMORY_MAP, &map), "XLHV_DOM_MEMORY_MAP");
	xt_must(xt_call(c.fd, XLHV_DOM_SPECIAL, &s), "XLHV_DOM_SPECIAL");
	return (struct target){ c.domid, s.port, c.fd };
}

static void end(struct target *t)
{
	xt_must(xt_call(t->fd, XLHV_DOM_DESTROY, NULL), "XLHV_DOM_DESTROY");
	close(t->fd);
}

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

static void hypercalls(struct target *t)
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

	(void)t;
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

static void others(struct target *t)
{
	struct evtchn_status status = { .dom = t->domid, .port = t->port };
	struct evtchn_alloc_unbound alloc = { .dom = t->domid, .remote_dom = DOMID_SELF };
	struct evtchn_bind_ipi ipi = {};
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
	ok = is("ipi", hcall(event_channel_op, EVTCHNOP_bind_ipi, &ipi),
		-EOPNOTSUPP) && ok;
	xt_result(ok, "event_channel_op about another domain");

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

static void *area(unsigned long pages, int prot)
{
	void *at = mmap(NULL, pages * PAGE, prot, MAP_SHARED, priv, 0);

	if (at == MAP_FAILED)
		xt_die("mmap: %s", xt_errno_name(errno));
	return at;
}

static int map(unsigned int domid, void *at, unsigned int n, const uint64_t *gfn, int *err)
{
	struct privcmd_mmapbatch_v2 m = {
		.num = n, .dom = domid, .addr = (uintptr_t)at, .arr = gfn, .err = err,
	};

	return call(priv, IOCTL_PRIVCMD_MMAPBATCH_V2, &m);
}

static sigjmp_buf back;

static void on_fault(int sig)
{
	siglongjmp(back, sig);
}

/* Which signal does an access raise? */
static int fault(volatile char *at, bool write)
{
	struct sigaction action = { .sa_handler = on_fault };
	int sig;

	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGSEGV, &action, NULL);
	sig = sigsetjmp(back, 1);
	if (!sig) {
		if (write)
			*at = 1;
		else
			(void)*at;
	}
	signal(SIGBUS, SIG_DFL);
	signal(SIGSEGV, SIG_DFL);
	return sig;
}

static void mapping(struct target *t)
{
	uint64_t gfn[4] = { 0, 5, HOLE, RING };
	char *at = area(4, PROT_READ | PROT_WRITE), *guest, *again, byte = 0;
	struct iovec local = { &byte, 1 }, remote;
	int err[4] = { 1, 1, 1, 1 }, status;
	pid_t child;
	ssize_t n;
	bool ok;

	ok = is("before", fault(at, false), SIGBUS);
	ok = is("map", map(t->domid, at, 4, gfn, err), 0) && is("first", err[0], 0) &&
	     is("second", err[1], 0) && is("hole", err[2], -EINVAL) && is("ring", err[3], 0) && ok;
	guest = mmap(NULL, RAM * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, t->fd, 0);
	strcpy(at + PAGE, "from here");
	ok = guest != MAP_FAILED && !strcmp(guest + 5 * PAGE, "from here") && ok;
	strcpy(guest, "from there");
	ok = !strcmp(at, "from there") && is("hole", fault(at + 2 * PAGE, false), SIGBUS) && ok;
	xt_result(ok, "a guest's pages are mapped, a hole is SIGBUS");

	gfn[2] = 7;
	ok = is("the hole", map(t->domid, at + 2 * PAGE, 1, gfn + 2, err), 0);
	ok = is("it", err[0], 0) && is("access", fault(at + 2 * PAGE, true), 0) && ok;
	ok = is("what is full", map(t->domid, at + PAGE, 1, gfn, err), -EINVAL) && ok;
	ok = is("the rest", strcmp(at + PAGE, "from here"), 0) && ok;
	xt_result(ok, "a hole can be filled later, what is full not");

	child = fork();
	if (!child)
		_exit(fault(at, false));
	ok = waitpid(child, &status, 0) == child && is("child", WEXITSTATUS(status), SIGSEGV);
	remote = (struct iovec){ at, 1 };
	n = process_vm_readv(getpid(), &local, 1, &remote, 1, 0);
	ok = is("readv", n < 0 ? -errno : n, -EFAULT) && ok;
	ok = !munmap(at + PAGE, PAGE) && is("unmapped", fault(at + PAGE, false), SIGSEGV) && ok;
	ok = is("before it", fault(at, false), 0) && ok;
	ok = is("behind it", fault(at + 2 * PAGE, false), 0) && ok;
	again = mremap(at, PAGE, 2 * PAGE, MREMAP_MAYMOVE);
	ok = is("grown", again == MAP_FAILED ? -errno : 0, -EFAULT) && ok;
	again = mremap(at, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, at + PAGE);
	ok = again == at + PAGE && !strcmp(again, "from there") && ok;
	ok = !madvise(again, PAGE, MADV_DONTNEED) && ok;
	ok = is("dropped", fault(again, false), SIGBUS) && ok;
	munmap(at, 4 * PAGE);
	munmap(guest, RAM * PAGE);
	xt_result(ok, "an area is split, moved, dropped and not inherited");
}

static void mapping_errors(struct target *t)
{
	uint64_t gfn[8] = { 0, 1, 2, 3 };
	char *at = area(4, PROT_READ | PROT_WRITE), *only = area(1, PROT_READ);
	/* A page for errors, and nothing behind it. */
	char *end = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct privcmd_mmapbatch old = { .num = 2, .dom = t->domid, .addr = (uintptr_t)at };
	int err[8] = {}, rc;
	bool ok;

	mprotect(end + PAGE, PAGE, PROT_NONE);
	ok = is("none", map(t->domid, at, 0, gfn, err), -EINVAL);
	ok = is("too many", map(t->domid, at, ~0U, gfn, err), -EINVAL) && ok;
	ok = is("more than there is", map(t->domid, at, 5, gfn, err), -EINVAL) && ok;
	ok = is("a part at first", map(t->domid, at, 2, gfn, err), -EINVAL) && ok;
	ok = is("not a page", map(t->domid, at + 8, 1, gfn, err), -EINVAL) && ok;
	ok = is("memory of others", map(t->domid, &old, 1, gfn, err), -EINVAL) && ok;
	ok = is("errors' pointer", map(t->domid, at, 4, gfn, BAD), -EFAULT) && ok;
	ok = is("frames' pointer", map(t->domid, at, 4, BAD, err), -EFAULT) && ok;
	ok = is("pointer", call(priv, IOCTL_PRIVCMD_MMAPBATCH_V2, BAD), -EFAULT) && ok;
	ok = is("huge", map(t->domid, at, 0x7fffffff, gfn, (int *)end), -EFAULT) && ok;
	xt_result(ok, "areas and counts that cannot be");

	ok = is("no domain", map(4711, at, 4, gfn, err), 0) && is("error", err[3], -ESRCH);
	ok = is("domain 0", map(0, at, 4, gfn, err), 0) && is("error", err[0], -EINVAL) && ok;
	gfn[0] = ~0UL;
	ok = is("no frame", map(t->domid, at, 1, gfn, err), 0) && ok;
	ok = is("error", err[0], -EINVAL) && ok;
	xt_result(ok, "pages that are nobody's have an error each");

	gfn[0] = 3;
	gfn[1] = HOLE;
	old.arr = gfn;
	ok = is("the old way", call(priv, IOCTL_PRIVCMD_MMAPBATCH, &old), 0) &&
	     is("first", gfn[0], 3) && is("hole", gfn[1], HOLE | 0xf0000000);
	ok = is("access", fault(at, true), 0) && is("hole", fault(at + PAGE, false), SIGBUS) && ok;
	old.num = 0;
	ok = is("none", call(priv, IOCTL_PRIVCMD_MMAPBATCH, &old), -EINVAL) && ok;
	ok = is("by machine frames", call(priv, IOCTL_PRIVCMD_MMAP, BAD), -ENOSYS) && ok;
	xt_result(ok, "MMAPBATCH tells errors in the frames");

	gfn[0] = 4;
	ok = is("to be read", map(t->domid, only, 1, gfn, err), 0) && is("page", err[0], 0) &&
	     is("read", fault(only, false), 0) && is("written", fault(only, true), SIGSEGV);
	rc = mprotect(only, PAGE, PROT_READ | PROT_WRITE) ? -errno : 0;
	ok = is("mprotect", rc, -EACCES) && ok;
	rc = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, priv, 0) == MAP_FAILED ? -errno : 0;
	ok = is("private", rc, -EINVAL) && ok;
	xt_result(ok, "what is mapped to be read is not written");
	munmap(at, 4 * PAGE);
	munmap(only, PAGE);
	munmap(end, 2 * PAGE);
}

/* An area that can be written, not, and again, before and after it is filled. */
static void protection(struct target *t)
{
	char *at = area(2, PROT_READ | PROT_WRITE), *later = area(1, PROT_READ);
	uint64_t gfn[2] = { 8, HOLE };
	int err[2], rc;
	bool ok;

	ok = !mprotect(at, 2 * PAGE, PROT_READ);
	ok = is("map", map(t->domid, at, 2, gfn, err), 0) && is("page", err[0], 0) && ok;
	rc = mprotect(at, 2 * PAGE, PROT_READ | PROT_WRITE) ? -errno : 0;
	ok = is("mprotect", rc, -EACCES) && is("write", fault(at, true), SIGSEGV) && ok;
	rc = mprotect(at + PAGE, PAGE, PROT_WRITE) ? -errno : 0;
	ok = is("mprotect of a part", rc, -EACCES) && ok;
	ok = !mprotect(at, PAGE, PROT_NONE) && !mprotect(at, PAGE, PROT_READ) && ok;
	ok = is("read", fault(at, false), 0) && ok;
	munmap(at, 2 * PAGE);
	xt_result(ok, "an area that is filled to be read stays one");

	ok = !mprotect(later, PAGE, PROT_READ | PROT_WRITE);
	ok = is("map", map(t->domid, later, 1, gfn, err), 0) && is("page", err[0], 0) && ok;
	ok = !mprotect(later, PAGE, PROT_READ) && is("write", fault(later, true), SIGSEGV) && ok;
	ok = !mprotect(later, PAGE, PROT_READ | PROT_WRITE) && ok;
	ok = is("write again", fault(later, true), 0) && ok;
	munmap(later, PAGE);
	xt_result(ok, "an area that is filled to be written may be protected and back");
}

/* Calls that fail leave the area as it was. */
static void all_or_nothing(struct target *t)
{
	struct privcmd_mmap_resource r = { .dom = t->domid, .type = 1, .num = 2 };
	char *at = area(RAM, PROT_READ | PROT_WRITE), *table = area(2, PROT_READ);
	char *memory = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	/* The list ends where nothing is, with more before it than is mapped at once. */
	uint64_t *list = (uint64_t *)(memory + 2 * PAGE) - (RAM - 1);
	struct privcmd_mmapbatch old = { .num = RAM, .dom = t->domid, .addr = (uintptr_t)at };
	int err[RAM];
	unsigned int i;
	bool ok;

	mprotect(memory + 2 * PAGE, PAGE, PROT_NONE);
	for (i = 0; i < RAM - 1; i++)
		list[i] = i;
	ok = is("the list's end", map(t->domid, at, RAM, list, err), -EFAULT);
	ok = is("the first page", fault(at, false), SIGBUS) && ok;
	xt_result(ok, "a list that cannot be read to its end maps nothing");

	/* Something is at the end. */
	list--;
	for (i = 0; i < RAM; i++)
		list[i] = i < RAM - 1 ? HOLE : 9;
	ok = is("the last", map(t->domid, at, RAM, list, err), 0) && is("it", err[RAM - 1], 0);
	for (i = 0; i < RAM; i++)
		list[i] = i;
	ok = is("over it", map(t->domid, at, RAM, list, err), -EINVAL) && ok;
	ok = is("the first page", fault(at, false), SIGBUS) && ok;
	ok = is("the last page", fault(at + (RAM - 1) * PAGE, true), 0) && ok;
	ok = is("the others", map(t->domid, at, RAM - 1, list, err), 0) && ok;
	ok = is("the first page", fault(at, true), 0) && ok;
	xt_result(ok, "a list is not mapped where a page is, not even its beginning");

	/* Errors that cannot be told: in memory that cannot be written. */
	munmap(at, RAM * PAGE);
	at = area(RAM, PROT_READ | PROT_WRITE);
	list[0] = HOLE;
	mprotect(memory, 2 * PAGE, PROT_READ);
	old.addr = (uintptr_t)at;
	old.arr = list;
	ok = is("errors", call(priv, IOCTL_PRIVCMD_MMAPBATCH, &old), -EFAULT);
	ok = is("the hole", fault(at, false), SIGBUS) && is("a page", fault(at + PAGE, true), 0) &&
	     is("the last page", fault(at + (RAM - 1) * PAGE, true), 0) && ok;
	xt_result(ok, "an error that cannot be told is EFAULT, and the others are mapped");

	r.addr = (uintptr_t)table;
	ok = is("the table", call(priv, IOCTL_PRIVCMD_MMAP_RESOURCE, &r), 0) &&
	     !madvise(table, PAGE, MADV_DONTNEED);
	ok = is("over it", call(priv, IOCTL_PRIVCMD_MMAP_RESOURCE, &r), -EINVAL) && ok;
	ok = is("its first frame", fault(table, false), SIGBUS) && ok;
	ok = is("its second frame", fault(table + PAGE, false), 0) && ok;
	munmap(table, 2 * PAGE);
	munmap(at, RAM * PAGE);
	munmap(memory, 3 * PAGE);
	xt_result(ok, "nor are frames of a grant table");
}

static void outlives(void)
{
	struct target t = make("outlives"), next;
	uint64_t gfn[2] = { 6, RING };
	char *at = area(2, PROT_READ | PROT_WRITE);
	int err[2];
	bool ok;

	ok = is("map", map(t.domid, at, 2, gfn, err), 0) && !err[0] && !err[1];
	strcpy(at, "still here");
	end(&t);
	next = make("next");
	ok = !strcmp(at, "still here") && is("write", fault(at + PAGE, true), 0) && ok;
	munmap(at, 2 * PAGE);
	at = area(2, PROT_READ | PROT_WRITE);
	ok = is("of the dead", map(t.domid, at, 2, gfn, err), 0) && ok;
	ok = is("page", err[0], -ESRCH) && ok;
	munmap(at, 2 * PAGE);
	end(&next);
	xt_result(ok, "mapped pages stay when their domain is gone");
}

static void resources(struct target *t)
{
	struct privcmd_mmap_resource r = { .dom = t->domid, .type = 1 };
	char *at = area(1, PROT_READ | PROT_WRITE);
	struct { uint16_t flags, domid; uint32_t frame; } *entry = (void *)at;
	bool ok;

	ok = is("how many", call(priv, IOCTL_PRIVCMD_MMAP_RESOURCE, &r), 0);
	ok = is("frames", r.num, 64) && ok;
	r.num = 1;
	ok = is("no address", call(priv, IOCTL_PRIVCMD_MMAP_RESOURCE, &r), -EINVAL) && ok;
	r.addr = (uintptr_t)at;
	r.idx = 64;
	ok = is("beyond", call(priv, IOCTL_PRIVCMD_MMAP_RESOURCE, &r), -EINVAL) && ok;
	r.idx = ~0U;
	r.num = ~0ULL;
	ok = is("around", call(priv, IOCTL_PRIVCMD_MMAP_RESOURCE, &r), -EINVAL) && ok;
	r.idx = 0;
	r.num = 1;
	r.type = 0;
	ok = is("another type", call(priv, IOCTL_PRIVCMD_MMAP_RESOURCE, &r), -EOPNOTSUPP) && ok;
	r.type = 1;
	r.id = 2;
	ok = is("another table", call(priv, IOCTL_PRIVCMD_MMAP_RESOURCE, &r), -EINVAL) && ok;
	r.id = 0;
	r.dom = 4711;
	ok = is("no domain", call(priv, IOCTL_PRIVCMD_MMAP_RESOURCE, &r), -ESRCH) && ok;
	r.dom = t->domid;
	ok = is("pointer", call(priv, IOCTL_PRIVCMD_MMAP_RESOURCE, BAD), -EFAULT) && ok;
	ok = is("the table", call(priv, IOCTL_PRIVCMD_MMAP_RESOURCE, &r), 0) &&
	     is("console's flags", entry->flags & 1, 1) && is("to", entry->domid, 0) &&
	     is("frame", entry->frame, RING) && ok;
	munmap(at, PAGE);
	xt_result(ok, "a domain's grant table is mapped, its console's grant is there");
}

static volatile bool stop;
static char *shared_area;
static unsigned int shared_domid;

static void *race(void *arg)
{
	uint64_t gfn[RAM];
	int err[RAM];
	unsigned int i;

	for (i = 0; i < RAM; i++)
		gfn[i] = i;
	while (!stop) {
		if (arg) {
			munmap(shared_area, RAM * PAGE / 2);
			mmap(shared_area, RAM * PAGE, PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_FIXED, priv, 0);
		} else {
			map(shared_domid, shared_area, RAM, gfn, err);
			map(shared_domid, shared_area + PAGE, 3, gfn, err);
		}
	}
	return NULL;
}

static void races(struct target *t)
{
	pthread_t thread[3];
	unsigned int i;

	shared_area = area(RAM, PROT_READ | PROT_WRITE);
	shared_domid = t->domid;
	stop = false;
	for (i = 0; i < 3; i++)
		pthread_create(&thread[i], NULL, race, (void *)(uintptr_t)(i == 0));
	usleep(1000000);
	stop = true;
	for (i = 0; i < 3; i++)
		pthread_join(thread[i], NULL);
	munmap(shared_area, RAM * PAGE);
	xt_result(true, "threads that map, and one that unmaps the area");
}

static void restricted(struct target *t)
{
	int fd = node(NODE), err;
	uint64_t gfn = 0;
	domid_t domid = t->domid, other = t->domid + 1;
	struct privcmd_mmapbatch_v2 m = { .num = 1, .dom = other, .arr = &gfn, .err = &err };
	struct privcmd_mmap_resource r = { .dom = other, .type = 1 };
	struct privcmd_dm_op d = { .dom = other };
	bool ok;

	m.addr = (uintptr_t)mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	ok = is("pointer", call(fd, IOCTL_PRIVCMD_RESTRICT, BAD), -EFAULT);
	ok = is("restrict", call(fd, IOCTL_PRIVCMD_RESTRICT, &domid), 0) && ok;
	ok = is("the same", call(fd, IOCTL_PRIVCMD_RESTRICT, &domid), 0) && ok;
	ok = is("another", call(fd, IOCTL_PRIVCMD_RESTRICT, &other), -EINVAL) && ok;
	ok = is("hypercall", hypercall(fd, __HYPERVISOR_xen_version, 0, NULL), -EPERM) && ok;
	ok = is("map", call(fd, IOCTL_PRIVCMD_MMAPBATCH_V2, &m), -EPERM) && ok;
	ok = is("resource", call(fd, IOCTL_PRIVCMD_MMAP_RESOURCE, &r), -EPERM) && ok;
	ok = is("dm_op", call(fd, IOCTL_PRIVCMD_DM_OP, &d), -EPERM) && ok;
	m.dom = domid;
	ok = is("its own", call(fd, IOCTL_PRIVCMD_MMAPBATCH_V2, &m), 0) && is("page", err, 0) && ok;
	close(fd);
	munmap((void *)(uintptr_t)m.addr, PAGE);
	xt_result(ok, "a restricted file is for its domain alone, for good");
}

static void dm_op(struct target *t)
{
	struct privcmd_dm_op_buf buf[17] = {};
	struct privcmd_dm_op d = { .dom = DOMID_INVALID };
	bool ok;

	ok = is("whether it is there", call(priv, IOCTL_PRIVCMD_DM_OP, &d), 0);
	d = (struct privcmd_dm_op){ .dom = t->domid, .num = 17, .ubufs = buf };
	ok = is("too many", call(priv, IOCTL_PRIVCMD_DM_OP, &d), -E2BIG) && ok;
	d.num = 1;
	ok = is("an operation", call(priv, IOCTL_PRIVCMD_DM_OP, &d), -EOPNOTSUPP) && ok;
	buf[0].size = 4097;
	ok = is("too large", call(priv, IOCTL_PRIVCMD_DM_OP, &d), -E2BIG) && ok;
	d.ubufs = BAD;
	ok = is("pointer", call(priv, IOCTL_PRIVCMD_DM_OP, &d), -EFAULT) && ok;
	xt_result(ok, "operations of device models, of which there are none");
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

static bool reads(const char *name, const char *want)
{
	char text[64] = "";
	int fd = open(name, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (n < 0 || (want && strcmp(text, want)))
		xt_note("%s: \"%s\"", name, n < 0 ? xt_errno_name(errno) : text);
	close(fd);
	return n >= 0 && (!want || !strcmp(text, want));
}

static void store(void)
{
	int fd = node("/dev/xen/xenbus_backend"), evtchn = node("/dev/xen/evtchn");
	int port = call(fd, _IOC(_IOC_NONE, 'B', 0, 0), NULL);
	int kva = open("/proc/xen/xsd_kva", O_RDWR);
	struct ioctl_evtchn_bind_interdomain b = { .remote_domain = 0, .remote_port = port };
	char text[16], *one, *two;
	int rc, other;
	bool ok;

	snprintf(text, sizeof(text), "%d", port);
	ok = port > 0 && reads("/proc/xen/xsd_port", text) &&
	     reads("/proc/xen/capabilities", "control_d\n") &&
	     is("privcmd", access("/proc/xen/privcmd", R_OK | W_OK), 0);
	xt_result(ok, "/proc/xen says that this is domain 0, and where the store's port is");

	one = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, kva, 0);
	two = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ok = one != MAP_FAILED && two != MAP_FAILED;
	if (ok) {
		strcpy(one + 3000, "the same");
		ok = !strcmp(two + 3000, "the same");
		memset(one + 3000, 0, 16);
	}
	rc = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, kva, 0) == MAP_FAILED ? -errno : 0;
	ok = is("two pages", rc, -EINVAL) && ok;
	rc = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, PAGE) == MAP_FAILED ? -errno : 0;
	ok = is("the second page", rc, -EINVAL) && ok;
	xt_result(ok, "the store's ring is mapped");

	rc = call(evtchn, IOCTL_EVTCHN_BIND_INTERDOMAIN, &b);
	ok = rc > 0 && is("in use", call(fd, _IOC(_IOC_NONE, 'B', 1, 0), (void *)3), -EEXIST);
	ok = is("no ioctl", call(fd, _IOC(_IOC_NONE, 'B', 9, 0), NULL), -ENOTTY) && ok;
	close(evtchn);
	other = call(fd, _IOC(_IOC_NONE, 'B', 1, 0), (void *)3);
	ok = other > 0 && other != port && ok;
	ok = is("the port", call(fd, _IOC(_IOC_NONE, 'B', 0, 0), NULL), other) && ok;
	/* For a daemon here, again. */
	ok = call(fd, _IOC(_IOC_NONE, 'B', 1, 0), (void *)0) > 0 && ok;
	xt_result(ok, "the ring is offered to another domain, unless a daemon has it");

	if (setresuid(-1, 1000, -1))
		xt_die("setresuid");
	ok = is("without the right", call(fd, _IOC(_IOC_NONE, 'B', 0, 0), NULL), -EPERM);
	if (setresuid(-1, 0, -1))
		xt_die("setresuid");
	xt_result(ok, "who may not administer the host gets no port");
	close(fd);
	close(kva);
}

int main(void)
{
	struct target t;

	device = xt_open();
	priv = node(NODE);
	t = make("target");
	hypercalls(&t);
	toolstack(&t);
	others(&t);
	mapping(&t);
	mapping_errors(&t);
	protection(&t);
	all_or_nothing(&t);
	resources(&t);
	races(&t);
	restricted(&t);
	dm_op(&t);
	end(&t);
	outlives();
	buffers();
	store();
	return xt_done();
}
