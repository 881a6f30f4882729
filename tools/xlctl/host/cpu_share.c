// SPDX-License-Identifier: GPL-2.0-only
/*
 * cpu_weight and cap by control groups, or by nice levels where there are none.
 *
 * The groups are "xlhv-<domid>" at the root of the cgroup v2 hierarchy, beside
 * those of an init system: there a domain competes with the host's slices, each of
 * which weighs as much as a domain with Xen's default, like domain 0.  "xlhv"
 * beside them is empty, but hands the controller on: that keeps an init system
 * from taking the controller off the root when no unit of its own needs it.
 *
 * A group without threads can be removed by anybody at any time, also between
 * our making it and our filling it: then it is made again.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/msg.h"
#include "common/sysfs.h"
#include "host/cpu_share.h"

#define GUARD		"xlhv"
#define PREFIX		GUARD "-"

/* Linux' weight of a group for Xen's of 256, and its range. */
#define GROUP_WEIGHT		100.0
#define GROUP_WEIGHT_MIN	1
#define GROUP_WEIGHT_MAX	10000

/* How long a cap may be overdrawn before it is paid back; the scheduler's own default. */
#define CAP_PERIOD_US	100000U

/* Where there are no groups: each nice level gets this much more than the next. */
#define NICE_STEP	1.25

/* For a thread that has not begun, or has not quite ended: this often, 2 ms apart. */
#define TRIES		1000
#define TRY_EVERY_NS	2000000L

static void wait_a_moment(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = TRY_EVERY_NS }, NULL);
}

/* The root of the cgroup v2 hierarchy, to be freed; NULL if none is mounted. */
static char *find_root(void)
{
	FILE *mounts = sysfs_open("/proc/self/mounts");
	char *line = NULL, *found = NULL;
	char where[4096], type[64];
	size_t size = 0;

	while (mounts && !found && getline(&line, &size, mounts) > 0)
		if (sscanf(line, "%*s %4095s %63s", where, type) == 2 && !strcmp(type, "cgroup2"))
			found = msg_text("%s", where);
	free(line);
	if (mounts)
		fclose(mounts);
	return found;
}

/* Returns 0 or an errno. */
static int write_file(const char *folder, const char *file, const char *text)
{
	char *path = msg_text("%s/%s", folder, file);
	int fd = open(path, O_WRONLY | O_CLOEXEC), error = 0;

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		error = errno;
	if (fd >= 0)
		close(fd);
	free(path);
	return error;
}

static bool has_word(const char *folder, const char *file, const char *word)
{
	char line[512];

	if (!sysfs_line(line, sizeof(line), "%s/%s", folder, file))
		return false;
	for (char *save, *each = strtok_r(line, " ", &save); each;
	     each = strtok_r(NULL, " ", &save))
		if (!strcmp(each, word))
			return true;
	return false;
}

/* Returns 0 or an errno; that there is one already is fine. */
static int make_folder(const char *path)
{
	return mkdir(path, 0755) && errno != EEXIST ? errno : 0;
}

/* Was the group removed by somebody who found it empty? */
static bool is_gone(int error)
{
	return error == ENOENT || error == ENODEV;
}

/* Groups below the root have files of the controller, and go on having them. */
static char *prepare_root(const char *root)
{
	char *guard, *why = NULL;
	int error;

	if (!has_word(root, "cgroup.controllers", "cpu"))
		return msg_text("the cgroup v2 hierarchy at %s lacks the 'cpu' controller", root);
	error = write_file(root, "cgroup.subtree_control", "+cpu");
	if (error)
		return msg_text("the 'cpu' controller of %s cannot be used: %s", root,
				strerror(error));
	guard = msg_text("%s/" GUARD, root);
	for (int tries = 0; tries < TRIES; tries++) {
		error = make_folder(guard);
		if (!error)
			error = write_file(guard, "cgroup.subtree_control", "+cpu");
		if (!is_gone(error))
			break;
	}
	if (error)
		why = msg_text("%s: %s", guard, strerror(error));
	free(guard);
	return why;
}

/* Settings that are right from the start. Returns 0 or an errno and @what it was about. */
static int make_group(const struct cpu_share *share, const char **what)
{
	int error;

	*what = "";
	/* One of a domain that is gone may have other settings. */
	rmdir(share->group);
	error = make_folder(share->group);
	if (error)
		return error;
	*what = "/cpu.weight";
	error = write_file(share->group, *what, share->weight);
	if (error || !*share->limit)
		return error;
	*what = "/cpu.max";
	return write_file(share->group, *what, share->limit);
}

/* Returns NULL, or why there is no group: to be freed. */
static char *try_group(struct cpu_share *share, uint32_t domid)
{
	char *root = find_root(), *why;
	const char *what;
	int error;

	if (!root)
		return msg_text("no cgroup v2 hierarchy is mounted");
	why = prepare_root(root);
	if (!why) {
		share->group = msg_text("%s/" PREFIX "%u", root, domid);
		for (int tries = 0; tries < TRIES; tries++) {
			error = make_group(share, &what);
			if (!is_gone(error))
				break;
		}
		if (error) {
			why = msg_text("%s%s: %s", share->group, what, strerror(error));
			rmdir(share->group);
			free(share->group);
			share->group = NULL;
		}
	}
	free(root);
	return why;
}

/* What cpu.weight holds for Xen's weight. */
static unsigned int group_weight(uint32_t weight)
{
	double scaled = round(weight * GROUP_WEIGHT / DOMAIN_CPU_WEIGHT);

	return (unsigned int)fmax(GROUP_WEIGHT_MIN, fmin(GROUP_WEIGHT_MAX, scaled));
}

void cpu_share_make(struct cpu_share *share, uint32_t domid, const struct domain_config *config)
{
	uint32_t weight = config->cpu_weight ? config->cpu_weight : DOMAIN_CPU_WEIGHT;
	double level = round(-log(weight / (double)DOMAIN_CPU_WEIGHT) / log(NICE_STEP));
	char *why;

	memset(share, 0, sizeof(*share));
	if (!config->cpu_weight && !config->cap)
		return;
	snprintf(share->weight, sizeof(share->weight), "%u", group_weight(weight));
	if (config->cap)
		snprintf(share->limit, sizeof(share->limit), "%u %u",
			 config->cap * (CAP_PERIOD_US / 100), CAP_PERIOD_US);
	why = try_group(share, domid);
	if (!why)
		return;
	share->nice = (int)fmax(-20, fmin(19, level));
	if (share->nice)
		msg_warning("cpu_weight=%u: %s: each vCPU gets nice level %d instead", weight, why,
			    share->nice);
	if (config->cap)
		msg_warning("cap=%u: %s: the domain is not limited", config->cap, why);
	free(why);
}

int cpu_share_change(struct cpu_share *share, uint32_t domid, uint32_t weight, uint32_t cap)
{
	char *why;

	memset(share, 0, sizeof(*share));
	snprintf(share->weight, sizeof(share->weight), "%u", group_weight(weight));
	if (cap)
		snprintf(share->limit, sizeof(share->limit), "%u %u", cap * (CAP_PERIOD_US / 100),
			 CAP_PERIOD_US);
	else
		snprintf(share->limit, sizeof(share->limit), "max %u", CAP_PERIOD_US);
	why = try_group(share, domid);
	if (!why)
		return 0;
	msg_error("weight and cap of domain %u: %s", domid, why);
	free(why);
	return -1;
}

void cpu_share_read(uint32_t domid, uint32_t guess, uint32_t *weight, uint32_t *cap)
{
	char *root = find_root(), *group = root ? msg_text("%s/" PREFIX "%u", root, domid) : NULL;
	unsigned long long quota, period;
	unsigned int set;
	char line[64];

	if (group && sysfs_line(line, sizeof(line), "%s/cpu.weight", group) &&
	    sscanf(line, "%u", &set) == 1)
		*weight = guess && group_weight(guess) == set ? guess :
			  (uint32_t)round(set * DOMAIN_CPU_WEIGHT / GROUP_WEIGHT);
	/* Without a limit the first word is none. */
	if (group && sysfs_line(line, sizeof(line), "%s/cpu.max", group) &&
	    sscanf(line, "%llu %llu", &quota, &period) == 2 && period)
		*cap = (uint32_t)((quota * 100 + period / 2) / period);
	free(group);
	free(root);
}

static int add_to_group(const struct cpu_share *share, pid_t tid, unsigned int vcpu)
{
	char *thread = msg_text("%d", tid);
	const char *what;
	int error;

	for (int tries = 0; tries < TRIES; tries++) {
		what = "/cgroup.procs";
		error = write_file(share->group, what, thread);
		if (is_gone(error)) {
			error = make_group(share, &what);
			if (error && !is_gone(error))
				break;
		} else if (error == EINVAL) {
			/* A kernel thread that has yet to take its first step stays. */
			wait_a_moment();
		} else {
			break;
		}
	}
	if (error)
		msg_error("vCPU %u: %s%s: %s", vcpu, share->group, what, strerror(error));
	free(thread);
	return error ? -1 : 0;
}

int cpu_share_add(const struct cpu_share *share, pid_t tid, unsigned int vcpu)
{
	if (share->group)
		return add_to_group(share, tid, vcpu);
	if (!share->nice || !setpriority(PRIO_PROCESS, (id_t)tid, share->nice))
		return 0;
	msg_error("vCPU %u: nice level %d: %s", vcpu, share->nice,
		  errno == EPERM || errno == EACCES ?
		  "only root (CAP_SYS_NICE) can set cpu_weight" : strerror(errno));
	return -1;
}

void cpu_share_free(struct cpu_share *share)
{
	free(share->group);
	share->group = NULL;
}

/* A thread leaves its group a moment after those who waited for its end know of it. */
static bool remove_group(const char *root, const char *name, bool wait)
{
	char *path = msg_text("%s/%s", root, name);
	int error = rmdir(path) ? errno : 0;

	for (int tries = 0; error == EBUSY && wait && tries < TRIES; tries++) {
		wait_a_moment();
		error = rmdir(path) ? errno : 0;
	}
	free(path);
	return !error || error == ENOENT;
}

void cpu_share_sweep(uint32_t domid)
{
	char *root = find_root(), *gone = msg_text(PREFIX "%u", domid);
	DIR *groups = root ? opendir(root) : NULL;
	bool left = false;

	for (struct dirent *entry; groups && (entry = readdir(groups));) {
		const char *name = entry->d_name;
		size_t digits;

		if (strncmp(name, PREFIX, strlen(PREFIX)))
			continue;
		digits = strspn(name + strlen(PREFIX), "0123456789");
		if (digits && !name[strlen(PREFIX) + digits] &&
		    !remove_group(root, name, domid && !strcmp(name, gone)))
			left = true;
	}
	if (groups)
		closedir(groups);
	/* Who makes a group at this moment only loses what guards it from others. */
	if (groups && !left)
		remove_group(root, GUARD, false);
	free(gone);
	free(root);
}
