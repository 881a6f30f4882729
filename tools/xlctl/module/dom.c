// SPDX-License-Identifier: GPL-2.0-only
/*
 * Domains as the module has them: found, listed and asked; see dom.h.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/msg.h"
#include "common/sysfs.h"
#include "module/device.h"
#include "module/dom.h"
#include "module/ended.h"

/* Room in the first question for all domains; more are asked for as needed. */
#define LIST_CHUNK	64

int dom_report(int fd, int error, const char *format, ...)
{
	struct xlhv_last_error last;
	va_list args;
	char *what;

	va_start(args, format);
	if (vasprintf(&what, format, args) < 0)
		msg_out_of_memory();
	va_end(args);
	memset(&last, 0, sizeof(last));
	if (ioctl(fd, XLHV_LAST_ERROR, &last))
		last.text[0] = '\0';
	last.text[sizeof(last.text) - 1] = '\0';
	msg_error("%s: %s", what, *last.text ? last.text : strerror(error));
	free(what);
	return -1;
}

const char *dom_valid_name(const char *name)
{
	size_t length = strlen(name);

	if (!length)
		return "empty";
	if (length >= XLHV_NAME_LEN)
		return "longer than 63 bytes";
	if (strspn(name, "0123456789") == length)
		return "only digits, like a domain ID";
	if (strchr(name, '/'))
		return "contains '/'";
	for (size_t i = 0; i < length; i++)
		if (iscntrl((unsigned char)name[i]))
			return "contains a control character";
	if (!strcmp(name, DOM_HOST_NAME))
		return "reserved for this host";
	return NULL;
}

static int report_unknown(int device, const char *who)
{
	const char *nearest = NULL;
	struct xlhv_dom_info *domains;
	const char **names;
	size_t count;

	domains = dom_list(device, &count);
	if (!domains)
		return -1;
	names = calloc(count + 1, sizeof(*names));
	if (!names)
		msg_out_of_memory();
	for (size_t i = 0; i < count; i++)
		names[i] = domains[i].name;
	nearest = msg_nearest(who, names, count, sizeof(*names));
	if (ended_exists(who))
		msg_error("no domain '%s': it has ended; see 'xlctl dmesg %s'", who, who);
	else if (nearest)
		msg_error("no domain '%s': did you mean '%s'?", who, nearest);
	else
		msg_error("no domain '%s'", who);
	free(names);
	free(domains);
	return -1;
}

int dom_open_id(int device, uint32_t domid)
{
	struct xlhv_dom_open arg = { .domid = domid };

	return ioctl(device, XLHV_DOM_OPEN, &arg) ? -1 : arg.fd;
}

int dom_find(int device, const char *who)
{
	struct xlhv_dom_open arg = { .domid = XLHV_DOMID_BY_NAME };

	if (*who && strspn(who, "0123456789") == strlen(who)) {
		unsigned long domid = strlen(who) > 9 ? XLHV_DOMID_BY_NAME - 1UL :
							strtoul(who, NULL, 10);

		if (!domid)
			return DOM_HOST;
		arg.domid = (uint32_t)domid;
	} else if (!strcmp(who, DOM_HOST_NAME)) {
		return DOM_HOST;
	} else if (*who && strlen(who) < sizeof(arg.name)) {
		strcpy(arg.name, who);
	} else {
		errno = ESRCH;
		return -1;
	}
	return ioctl(device, XLHV_DOM_OPEN, &arg) ? -1 : arg.fd;
}

int dom_open(int device, const char *who)
{
	int domain = dom_find(device, who);

	if (domain != -1)
		return domain;
	/* EINVAL: a number or a name that no domain can have. */
	if (errno == ESRCH || errno == ENOENT || errno == EINVAL)
		return report_unknown(device, who);
	return dom_report(device, errno, "domain '%s'", who);
}

int dom_open_guest(int device, const char *who, const char *action)
{
	int domain = dom_open(device, who);

	if (domain != DOM_HOST)
		return domain;
	msg_error("%s is this host and cannot be %s", DOM_HOST_NAME, action);
	return -1;
}

int dom_info(int domain, struct xlhv_dom_info *info)
{
	memset(info, 0, sizeof(*info));
	if (ioctl(domain, XLHV_DOM_INFO, info))
		return -1;
	info->name[sizeof(info->name) - 1] = '\0';
	return 0;
}

struct xlhv_dom_info *dom_list(int device, size_t *count)
{
	struct xlhv_dom_info *domains = NULL;
	size_t room = 0;

	*count = 0;
	for (;;) {
		struct xlhv_dom_list arg = { .first = 0 };
		struct xlhv_dom_info *more;

		room += LIST_CHUNK;
		more = reallocarray(domains, room, sizeof(*domains));
		if (!more)
			msg_out_of_memory();
		domains = more;
		memset(domains + *count, 0, (room - *count) * sizeof(*domains));
		if (*count)
			arg.first = domains[*count - 1].domid + 1;
		arg.count = (uint32_t)(room - *count);
		arg.info = (uint64_t)(uintptr_t)(domains + *count);
		if (ioctl(device, XLHV_DOM_LIST, &arg)) {
			dom_report(device, errno, "domains cannot be listed");
			free(domains);
			return NULL;
		}
		for (size_t i = 0; i < arg.count; i++)
			domains[*count + i].name[XLHV_NAME_LEN - 1] = '\0';
		*count += arg.count;
		if (*count < room)
			return domains;
	}
}

/* Time that the host's own work took, ns. */
static uint64_t host_cpu_time(void)
{
	unsigned long long user = 0, nice = 0, system = 0, idle, wait, irq = 0, softirq = 0;
	unsigned long long steal, guest = 0, guest_nice = 0;
	FILE *stream = sysfs_open("/proc/stat");
	long hz = sysconf(_SC_CLK_TCK);

	if (stream) {
		/* Time of guests is also in user and nice. */
		if (fscanf(stream, "cpu %llu %llu %llu %llu %llu %llu %llu %llu %llu %llu", &user,
			   &nice, &system, &idle, &wait, &irq, &softirq, &steal, &guest,
			   &guest_nice) < 7)
			msg_warning("/proc/stat cannot be parsed");
		fclose(stream);
	}
	return (user - guest + nice - guest_nice + system + irq + softirq) *
	       (1000000000ULL / (unsigned long)hz);
}

int dom_host_info(int device, struct xlhv_dom_info *info)
{
	uint64_t pages = (uint64_t)sysconf(_SC_PHYS_PAGES);
	struct xlhv_info all;

	if (device_info(device, &all))
		return -1;
	memset(info, 0, sizeof(*info));
	strcpy(info->name, DOM_HOST_NAME);
	info->flags = XLHV_DOM_RUNNING;
	info->shutdown_reason = XLHV_NO_REASON;
	info->online_vcpus = all.nr_cpus_online;
	info->max_vcpus = all.nr_cpus_online;
	info->max_pages = pages;
	info->cur_pages = pages - all.guest_pages;
	info->cpu_time_ns = host_cpu_time();
	return 0;
}

static bool select_one(int device, const char *who, struct xlhv_dom_info *info)
{
	int domain = dom_open(device, who);
	bool good;

	if (domain == DOM_HOST)
		return !dom_host_info(device, info);
	if (domain < 0)
		return false;
	good = !dom_info(domain, info);
	if (!good)
		msg_error("domain '%s': %s", who, strerror(errno));
	close(domain);
	return good;
}

struct xlhv_dom_info *dom_select(int device, char **names, size_t nr_names, size_t *count)
{
	struct xlhv_dom_info *domains, *more;

	if (!nr_names) {
		domains = dom_list(device, count);
		if (!domains)
			return NULL;
		more = reallocarray(domains, *count + 1, sizeof(*domains));
		if (!more)
			msg_out_of_memory();
		memmove(more + 1, more, *count * sizeof(*more));
		++*count;
		if (!dom_host_info(device, more))
			return more;
		free(more);
		return NULL;
	}
	domains = calloc(nr_names, sizeof(*domains));
	if (!domains)
		msg_out_of_memory();
	for (*count = 0; *count < nr_names; ++*count) {
		if (select_one(device, names[*count], &domains[*count]))
			continue;
		free(domains);
		return NULL;
	}
	return domains;
}

struct xlhv_dom_info *dom_all(size_t *count)
{
	int device = device_open(NULL);
	struct xlhv_dom_info *domains;

	if (device < 0)
		return NULL;
	domains = dom_select(device, NULL, 0, count);
	close(device);
	return domains;
}
