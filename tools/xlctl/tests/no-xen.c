// SPDX-License-Identifier: GPL-2.0-only
/*
 * A Dom0 that is none, for the stock xenstored where no module can run: preloaded, it answers
 * what the daemon asks of libxenctrl, libxengnttab and libxenevtchn. Domains exist, their rings
 * are empty pages, and no event comes. What goes over the daemon's socket is the daemon's own.
 *
 * NO_XEN_LOG names a file that gets a line for each domain that is introduced or released.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xenctrl.h>
#include <xenevtchn.h>
#include <xengnttab.h>

#define PAGE		4096
#define PORT_TEXT	"1\n"

/* Which domain's ring is where: for the log. */
static struct {
	void *page;
	uint32_t domid;
} rings[256];

static char handle[1];

static void note(const char *what, uint32_t domid, uint32_t number)
{
	const char *path = getenv("NO_XEN_LOG");
	FILE *log = path ? fopen(path, "ae") : NULL;

	if (!log)
		return;
	fprintf(log, "%s %u %u\n", what, domid, number);
	fclose(log);
}

/* The files of /proc/xen, wherever the rest of the file system is from. */
static int special(const char *path)
{
	int fd = -1;

	if (!strcmp(path, "/proc/xen/xsd_port")) {
		fd = memfd_create("xsd_port", 0);
		if (write(fd, PORT_TEXT, strlen(PORT_TEXT)) < 0 || lseek(fd, 0, SEEK_SET))
			abort();
	} else if (!strcmp(path, "/proc/xen/xsd_kva")) {
		fd = memfd_create("xsd_kva", 0);
		if (ftruncate(fd, PAGE))
			abort();
	}
	return fd;
}

int open(const char *path, int flags, ...)
{
	static int (*next)(const char *path, int flags, ...);
	int fd = special(path), mode;
	va_list args;

	if (fd >= 0)
		return fd;
	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, int) : 0;
	va_end(args);
	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "open");
	return next(path, flags, mode);
}

xc_interface *xc_interface_open(xentoollog_logger *logger, xentoollog_logger *dombuild_logger,
				unsigned int flags)
{
	(void)logger;
	(void)dombuild_logger;
	(void)flags;
	return (void *)handle;
}

int xc_interface_close(xc_interface *xch)
{
	(void)xch;
	return 0;
}

#if XEN_DOMCTL_INTERFACE_VERSION < 0x16
int xc_domain_getinfo(xc_interface *xch, uint32_t first, unsigned int max, xc_dominfo_t *info)
{
	(void)xch;
	memset(info, 0, max * sizeof(*info));
	info->domid = first;
	info->running = 1;
	return 1;
}
#else
int xc_domain_getinfo_single(xc_interface *xch, uint32_t domid, xc_domaininfo_t *info)
{
	(void)xch;
	memset(info, 0, sizeof(*info));
	info->domain = (domid_t)domid;
	info->flags = XEN_DOMINF_running;
	return 0;
}
#endif

xengnttab_handle *xengnttab_open(xentoollog_logger *logger, unsigned int flags)
{
	(void)logger;
	(void)flags;
	return (void *)handle;
}

int xengnttab_close(xengnttab_handle *xgt)
{
	(void)xgt;
	return 0;
}

int xengnttab_set_max_grants(xengnttab_handle *xgt, uint32_t count)
{
	(void)xgt;
	(void)count;
	return 0;
}

void *xengnttab_map_grant_ref(xengnttab_handle *xgt, uint32_t domid, uint32_t ref, int prot)
{
	void *page = mmap(NULL, PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)xgt;
	for (size_t i = 0; i < sizeof(rings) / sizeof(rings[0]); i++) {
		if (rings[i].page)
			continue;
		rings[i].page = page;
		rings[i].domid = domid;
		break;
	}
	note("map", domid, ref);
	return page == MAP_FAILED ? NULL : page;
}

int xengnttab_unmap(xengnttab_handle *xgt, void *start, uint32_t count)
{
	(void)xgt;
	for (size_t i = 0; i < sizeof(rings) / sizeof(rings[0]); i++) {
		if (rings[i].page != start)
			continue;
		note("unmap", rings[i].domid, count);
		rings[i].page = NULL;
	}
	return munmap(start, PAGE);
}

static int events = -1;

xenevtchn_handle *xenevtchn_open(xentoollog_logger *logger, unsigned int flags)
{
	(void)logger;
	(void)flags;
	events = eventfd(0, EFD_NONBLOCK);
	return (void *)handle;
}

int xenevtchn_fd(xenevtchn_handle *xce)
{
	(void)xce;
	return events;
}

xenevtchn_port_or_error_t xenevtchn_bind_virq(xenevtchn_handle *xce, unsigned int virq)
{
	(void)xce;
	return (int)virq;
}

xenevtchn_port_or_error_t xenevtchn_bind_interdomain(xenevtchn_handle *xce, uint32_t domid,
						     evtchn_port_t port)
{
	static int last = 100;

	(void)xce;
	note("bind", domid, port);
	return last++;
}

int xenevtchn_notify(xenevtchn_handle *xce, evtchn_port_t port)
{
	(void)xce;
	(void)port;
	return 0;
}

int xenevtchn_unbind(xenevtchn_handle *xce, evtchn_port_t port)
{
	(void)xce;
	(void)port;
	return 0;
}

int xenevtchn_unmask(xenevtchn_handle *xce, evtchn_port_t port)
{
	(void)xce;
	(void)port;
	return 0;
}

xenevtchn_port_or_error_t xenevtchn_pending(xenevtchn_handle *xce)
{
	(void)xce;
	return -1;
}
