// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlhv-privcmd: /dev/xen/privcmd, hypercall and xenbus_backend, /proc/xen. Hypercalls of
 * processes, mappings of guests' pages, each error, hostile use, two threads at one area. Prints
 * KTAP. Root, no domain and no daemon there.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "privcmd.h"

void *volatile bad = (void *)8;
int priv;

static int device;

int node(const char *name)
{
	int fd = open(name, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		xt_die("cannot open %s: %s", name, xt_errno_name(errno));
	return fd;
}

int call(int fd, unsigned long cmd, const void *arg)
{
	int rc = ioctl(fd, cmd, arg);

	return rc < 0 ? -errno : rc;
}

bool is(const char *what, long got, long want)
{
	if (got != want)
		xt_note("%s: %ld, expected %ld", what, got, want);
	return got == want;
}

long hypercall(int fd, unsigned long nr, unsigned long a0, const void *a1)
{
	struct privcmd_hypercall h = { .op = nr, .arg = { a0, (uintptr_t)a1 } };

	return call(fd, IOCTL_PRIVCMD_HYPERCALL, &h);
}

long hypercall_list(unsigned long nr, unsigned long a0, const void *a1, unsigned long n)
{
	struct privcmd_hypercall h = { .op = nr, .arg = { a0, (uintptr_t)a1, n } };

	return call(priv, IOCTL_PRIVCMD_HYPERCALL, &h);
}

struct target make_bare(const char *name)
{
	struct xlhv_dom_create c = { .max_vcpus = 2, .max_pages = RAM };
	struct xlhv_mem_range range = { .addr = 0, .size = RAM * PAGE, .type = XLHV_MEM_RAM };
	struct xlhv_memory_map map = { .ranges = (uintptr_t)&range, .count = 1 };

	strcpy(c.name, name);
	memset(c.uuid, 0x5a, sizeof(c.uuid));
	xt_must(xt_call(device, XLHV_DOM_CREATE, &c), "XLHV_DOM_CREATE");
	xt_must(xt_call(c.fd, XLHV_DOM_MEMORY_MAP, &map), "XLHV_DOM_MEMORY_MAP");
	return (struct target){ .domid = c.domid, .fd = c.fd };
}

struct target make(const char *name)
{
	struct xlhv_ring s = { .kind = XLHV_RING_XENCONSOLED, .gfn = RING };
	struct target t = make_bare(name);

	xt_must(xt_call(t.fd, XLHV_DOM_RING, &s), "XLHV_DOM_RING");
	t.port = s.port;
	return t;
}

void end(struct target *t)
{
	xt_must(xt_call(t->fd, XLHV_DOM_DESTROY, NULL), "XLHV_DOM_DESTROY");
	close(t->fd);
}

void *area(unsigned long pages, int prot)
{
	void *at = mmap(NULL, pages * PAGE, prot, MAP_SHARED, priv, 0);

	if (at == MAP_FAILED)
		xt_die("mmap: %s", xt_errno_name(errno));
	return at;
}

int map(unsigned int domid, void *at, unsigned int n, const uint64_t *gfn, int *err)
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

int fault(volatile char *at, bool write)
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

int main(void)
{
	struct target t;

	device = xt_open();
	priv = node(NODE);
	t = make("target");
	cases_of_calls(&t);
	cases_of_maps(&t);
	cases_of_resources(&t);
	cases_of_races(&t);
	cases_of_rights(&t);
	end(&t);
	cases_of_ends();
	cases_of_store();
	cases_of_offers();
	return xt_done();
}
