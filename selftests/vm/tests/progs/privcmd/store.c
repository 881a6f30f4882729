// SPDX-License-Identifier: GPL-2.0-only
/* The store's ring and port: xenbus_backend and /proc/xen. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "privcmd.h"

#include <xen/evtchn.h>

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

void cases_of_store(void)
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
