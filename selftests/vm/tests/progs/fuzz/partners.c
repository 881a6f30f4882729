// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guests that grant pages to domain 0, map its pages, and have ports to it. The first
 * (selftests/guest/backend) does as it is told and says which of its grants are in use; the second
 * (selftests/guest/fuzz with "host=1") does things by chance, and may be destroyed at any time.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz/nodes.h"
#include "xt.h"

#include "../../../modules/backend-test/control.h"

#define IN_USE		(GTF_reading | GTF_writing)
#define IDLE_NS		4000000000ULL	/* what I/O may use for a second is idle then */
#define MAX_PORT	256

static struct partner {
	const char *name, *kernel, *words;
	uint32_t domid;
} partners[NR_PARTNERS] = {
	{ "peer0", "backend", "poll_us=500", 0 },
	{ "peer1", "fuzz", "host=1 workers=1 rounds=100000000 index=0 domains=2", 0 },
};

const char *partners_folder;
static volatile struct backend_control *control;
static int control_fd = -1, privcmd = -1;
static unsigned int ports_before;

uint32_t any_domid(struct fuzzer *f)
{
	static const uint32_t odd[] = { 0, DOMID_SELF, 0x7abc, 0x10000 };

	if (!below(f, 24))
		return odd[below(f, NR(odd))];
	return partners[below(f, 3) ? 0 : 1].domid;
}

uint32_t any_victim(struct fuzzer *f)
{
	return below(f, 24) ? partners[1].domid : DOMID_SELF;
}

static bool there(struct partner *p, int dev)
{
	struct xlhv_dom_open o = { .domid = XLHV_DOMID_BY_NAME };
	struct xlhv_dom_info info = {};
	bool lives;

	strcpy(o.name, p->name);
	if (ioctl(dev, XLHV_DOM_OPEN, &o))
		return false;
	lives = !ioctl(o.fd, XLHV_DOM_INFO, &info) && !(info.flags & XLHV_DOM_SHUTDOWN);
	if (!lives)
		ioctl(o.fd, XLHV_DOM_DESTROY);
	close(o.fd);
	p->domid = info.domid;
	return lives;
}

static bool create(struct partner *p, const char *folder, unsigned int seed)
{
	char path[64];
	pid_t child;
	int status;
	FILE *f;

	snprintf(path, sizeof(path), "/tmp/%s.cfg", p->name);
	f = fopen(path, "w");
	if (!f)
		return false;
	fprintf(f, "type = \"pvh\"\nname = \"%s\"\nkernel = \"%s/%s.elf\"\nmemory = 16\n"
		"cmdline = \"%s seed=%u\"\non_poweroff = \"preserve\"\n"
		"on_reboot = \"preserve\"\non_crash = \"preserve\"\n", p->name, folder, p->kernel,
		p->words, seed);
	fclose(f);
	child = fork();
	if (!child) {
		execlp("xlctl", "xlctl", "create", "-q", "-e", path, (char *)NULL);
		_exit(127);
	}
	return child > 0 && waitpid(child, &status, 0) == child && !status;
}

static bool meet_control(uint32_t domid)
{
	struct ioctl_gntdev_map_grant_ref m = { .count = 1 };
	uint64_t end = now_ns() + IDLE_NS;
	void *at;

	if (control)
		return true;
	control_fd = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
	m.refs[0].domid = domid;
	m.refs[0].ref = REF_CONTROL;
	if (ioctl(control_fd, IOCTL_GNTDEV_MAP_GRANT_REF, &m))
		return false;
	/* The guest grants it some time after it was started. */
	while (now_ns() < end) {
		at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, control_fd, m.index);
		if (at != MAP_FAILED) {
			control = at;
			/* The rounds' processes have nothing of it. */
			madvise(at, PAGE, MADV_DONTFORK);
			return true;
		}
		sleep_us(5000);
	}
	return false;
}

bool partners_make(const char *folder, unsigned int seed)
{
	int dev = xt_open();
	bool good = true;

	for (unsigned int i = 0; i < NR_PARTNERS && good; i++) {
		struct partner *p = &partners[i];

		/* Root's tool may have destroyed the second meanwhile. */
		if (!there(p, dev))
			good = (create(p, folder, seed) && there(p, dev)) || i;
	}
	close(dev);
	good = good && meet_control(partners[0].domid);
	if (!good)
		xt_note("the guests cannot be made, or do not answer");
	return good;
}

void partners_forget(void)
{
	if (control)
		munmap((void *)control, PAGE);
	control = NULL;
	if (control_fd >= 0)
		close(control_fd);
	control_fd = -1;
}

static int flags_of(unsigned int ref)
{
	uint64_t end = now_ns() + IDLE_NS;

	control->arg[0] = ref;
	control->cmd = CMD_FLAGS;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	control->number = control->number + 1;
	while (control->done != control->number) {
		if (now_ns() > end)
			return -1;
		sleep_us(300);
	}
	return control->result;
}

/* Ports of domain 0, however they came to be. */
static unsigned int open_ports(void)
{
	unsigned int n = 0;

	for (unsigned int port = 1; port < MAX_PORT; port++) {
		struct evtchn_status s = { .dom = DOMID_SELF, .port = port };
		uint64_t h[6] = { __HYPERVISOR_event_channel_op, EVTCHNOP_status, (uintptr_t)&s };

		n += !ioctl(privcmd, IOCTL_PRIVCMD_HYPERCALL, h) &&
		     s.status != EVTCHNSTAT_closed;
	}
	return n;
}

void partners_count_ports(void)
{
	privcmd = open("/dev/xen/privcmd", O_RDWR | O_CLOEXEC);
	if (privcmd < 0)
		xt_die("no /dev/xen/privcmd");
	ports_before = open_ports();
}

bool partners_idle(void)
{
	uint64_t end = now_ns() + IDLE_NS;
	unsigned int ref = REF_DATA, ports;
	int flags = 0;

	for (; ref < REF_MANY + REF_NR_MANY; ref++) {
		do
			flags = flags_of(ref);
		while (flags >= 0 && flags & IN_USE && now_ns() < end);
		if (flags < 0 || flags & IN_USE)
			break;
	}
	if (ref < REF_MANY + REF_NR_MANY) {
		if (flags < 0)
			xt_note("the obedient guest does not answer");
		else
			xt_note("grant %u is in use when its process has gone: %#x", ref, flags);
		return false;
	}
	do
		ports = open_ports();
	while (ports > ports_before && now_ns() < end);
	if (ports > ports_before)
		xt_note("domain 0 has %u ports, of which %u should be", ports, ports_before);
	return ports <= ports_before;
}
