// SPDX-License-Identifier: GPL-2.0-only
/*
 * A module that is none, for tests of xlctl where no module can run: linked
 * into xlctl with ld's --wrap, it answers what xlctl asks of /dev/xlhv. It knows
 * the ABI and the life of a domain, not what runs in it.
 *
 * XLHV_FAKE names a folder that holds its state; processes share it.
 * XLHV_FAKE_FAIL="NUMBER:ERRNO[:TEXT]" fails the ioctl of that number.
 * XLHV_FAKE_LIFE="REASON[,REASON]..." shuts domains down a moment after their
 *	start, the first one started with the first reason, and so on.
 * XLHV_FAKE_ROOT is the folder in which the host's files of Xen are looked for: none, if it
 *	is not set.
 * XLHV_FAKE_PATIENCE is how many seconds XenStore's daemon has to answer.
 * XLHV_FAKE_BALLOON="deaf" has domains not heed how much memory they may have, "half" go half
 *	of the way, "dies" end instead.
 * XLHV_FAKE_MAJOR is the ABI it speaks; XLHV_FAKE_CHECK the result of selfchecks.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <xlhv.h>

#include "fake.h"
#include "fake_disk.h"
#include "fake_net.h"

#define MAX_DOMAINS	70
#define MAX_FDS		256
#define CONSOLE_TEXT	"Hello from the guest\r\n"
#define LOG_TEXT	"[1.000000] first line\n[2.000000] \033[1mbold\n" \
			"[3.000000] \xc3\xa9\xe2\x82\xac\xc2\x9b" "2J \x9b" "2J\xc3"

/* Largest guest-physical address, and so size of the sparse file behind it. */
#define MEMORY_BYTES	(1LL << 36)

struct fake_domain {
	bool exists;
	bool dead;
	uint64_t generation;
	struct xlhv_dom_info info;
	uint64_t ends_at;		/* CLOCK_BOOTTIME, ns; 0: not by itself */
	uint32_t end_reason;
	bool has_memory, has_entry;
	char userdata[XLHV_MAX_USERDATA];
	uint32_t userdata_len;
	char console[65536];
	uint32_t console_len;
	bool serial;
	struct fake_disks disks;
	struct fake_vifs vifs;
};

struct fake_state {
	uint32_t next_domid;
	uint32_t started;
	struct fake_domain domains[MAX_DOMAINS];
};

enum kind { KIND_OTHER, KIND_DEVICE, KIND_DOMAIN, KIND_CONSOLE };

/* What each descriptor of this process is. */
static struct {
	enum kind kind;
	uint32_t domid;
	uint64_t seen;			/* domain: generation last asked for */
	uint32_t pos;			/* console */
	char error[XLHV_TEXT_LEN];
} files[MAX_FDS];

static struct fake_state *state;
static int lock = -1;

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static int open_part(const char *name)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", getenv("XLHV_FAKE"), name);
	fd = __real_open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || fd >= MAX_FDS)
		abort();
	return fd;
}

static void attach_state(void)
{
	int fd;

	if (state)
		return;
	fd = open_part("state");
	if (ftruncate(fd, sizeof(*state)))
		abort();
	state = mmap(NULL, sizeof(*state), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (state == MAP_FAILED)
		abort();
	__real_close(fd);
	lock = open_part("lock");
	if (!state->next_domid)
		state->next_domid = 1;
}

static int new_file(enum kind kind, uint32_t domid)
{
	char name[32];
	int fd;

	snprintf(name, sizeof(name), "memory%u", domid);
	fd = open_part(kind == KIND_DOMAIN ? name : "null");
	if (kind == KIND_DOMAIN && ftruncate(fd, MEMORY_BYTES))
		abort();
	memset(&files[fd], 0, sizeof(files[fd]));
	files[fd].kind = kind;
	files[fd].domid = domid;
	return fd;
}

/* The domain as it is now: time passes for it, too. */
static struct fake_domain *find(uint32_t domid)
{
	struct fake_domain *d = domid < MAX_DOMAINS ? &state->domains[domid] : NULL;

	if (!d || !d->exists || d->dead)
		return NULL;
	if (d->ends_at && now_ns() >= d->ends_at) {
		d->ends_at = 0;
		d->generation++;
		d->info.flags = XLHV_DOM_SHUTDOWN | (d->end_reason == 3 ? XLHV_DOM_CRASHED : 0);
		d->info.shutdown_reason = d->end_reason;
	}
	return d;
}

static int find_name(const char *name)
{
	for (uint32_t i = 1; i < MAX_DOMAINS; i++)
		if (find(i) && !strcmp(state->domains[i].info.name, name))
			return (int)i;
	return -1;
}

static void kill_domain(struct fake_domain *d)
{
	d->dead = true;
	d->generation++;
}

static int fail(int fd, int error, const char *text)
{
	snprintf(files[fd].error, sizeof(files[fd].error), "%s", text ? text : "");
	errno = error;
	return -1;
}

static int do_create(int fd, struct xlhv_dom_create *arg)
{
	struct fake_domain *d;

	if (find_name(arg->name) >= 0)
		return fail(fd, EEXIST, NULL);
	if (arg->max_vcpus > 128)
		return fail(fd, E2BIG, "at most 128 vCPUs");
	if (state->next_domid >= MAX_DOMAINS)
		return fail(fd, ENOSPC, NULL);
	arg->domid = state->next_domid++;
	d = &state->domains[arg->domid];
	memset(d, 0, sizeof(*d));
	d->exists = true;
	d->info.domid = arg->domid;
	d->info.flags = XLHV_DOM_BUILDING | XLHV_DOM_PAUSED;
	d->info.pause_reason = XLHV_PAUSE_TOOL;
	d->info.shutdown_reason = XLHV_NO_REASON;
	d->info.max_vcpus = arg->max_vcpus;
	d->info.online_vcpus = 1;
	d->info.max_pages = arg->max_pages;
	d->serial = arg->flags & XLHV_CREATE_SERIAL;
	d->info.created_ns = now_ns();
	d->info.creator_pid = (uint32_t)getpid();
	memcpy(d->info.uuid, arg->uuid, 16);
	memcpy(d->info.name, arg->name, sizeof(arg->name));
	strcpy(d->console, CONSOLE_TEXT);
	d->console_len = strlen(CONSOLE_TEXT);
	arg->fd = new_file(KIND_DOMAIN, arg->domid);
	return 0;
}

static int do_open(int fd, struct xlhv_dom_open *arg)
{
	int domid = arg->domid == XLHV_DOMID_BY_NAME ? find_name(arg->name) : (int)arg->domid;

	if (domid < 0 || !find((uint32_t)domid))
		return fail(fd, ESRCH, NULL);
	arg->domid = (uint32_t)domid;
	arg->fd = new_file(KIND_DOMAIN, arg->domid);
	return 0;
}

static int do_list(struct xlhv_dom_list *arg)
{
	struct xlhv_dom_info *out = (void *)(uintptr_t)arg->info;
	uint32_t count = 0;

	for (uint32_t i = arg->first; i < MAX_DOMAINS && count < arg->count; i++)
		if (find(i))
			out[count++] = state->domains[i].info;
	arg->count = count;
	return 0;
}

static int do_log(struct xlhv_log_read *arg)
{
	const char *text = LOG_TEXT;
	uint32_t left = arg->pos < strlen(text) ? (uint32_t)(strlen(text) - arg->pos) : 0;

	/* In small pieces, so that readers show how they go on. */
	arg->len = left < 7 ? left : 7;
	memcpy((void *)(uintptr_t)arg->buffer, text + arg->pos, arg->len);
	arg->pos += arg->len;
	arg->lost = 0;
	return 0;
}

static const char *const stat_names[] = { "entries", "exit.cpuid", "hypercalls", "memory.pages" };

static int do_stat_names(struct xlhv_stat_names *arg)
{
	struct xlhv_stat_name *out = (void *)(uintptr_t)arg->names;

	for (uint32_t i = 0; i < 4 && i < arg->count; i++) {
		memset(&out[i], 0, sizeof(out[i]));
		strcpy(out[i].name, stat_names[i]);
		strcpy(out[i].help, "a counter");
	}
	arg->count = 4;
	return 0;
}

static int device_ioctl(int fd, unsigned long request, void *arg)
{
	const char *major = getenv("XLHV_FAKE_MAJOR"), *check = getenv("XLHV_FAKE_CHECK");

	switch (request) {
	case XLHV_VERSION: {
		struct xlhv_version *version = arg;

		version->abi_major = major ? (uint32_t)atoi(major) : XLHV_ABI_MAJOR;
		strcpy(version->release, "0.0-fake");
		strcpy(version->kernel, "none");
		return 0;
	}
	case XLHV_INFO: {
		struct xlhv_info *info = arg;

		info->nr_cpus_online = 2;
		info->max_domains = MAX_DOMAINS;
		info->max_vcpus = 128;
		info->tsc_khz = 2500123;
		info->features = XLHV_FEAT_EPT | XLHV_FEAT_UNRESTRICTED_GUEST | XLHV_FEAT_VPID;
		info->guards = XLHV_MITIGATION_REGISTERS | XLHV_MITIGATION_IBPB |
			       XLHV_MITIGATION_OPEN_SMT;
		return 0;
	}
	case XLHV_CPU_INFO:
		((struct xlhv_cpu_info *)arg)->state = XLHV_CPU_ONLINE;
		return 0;
	case XLHV_SELFCHECK: {
		struct xlhv_selfcheck *result = arg;

		result->provider = XLHV_PROVIDER_SELF;
		result->exit_reason = 18;
		result->ticks = 1234;
		if (check)
			sscanf(check, "%u,%x,%u", &result->result, &result->exit_reason,
			       &result->instruction_error);
		return 0;
	}
	case XLHV_VMX_HOLD:
		((struct xlhv_vmx_hold *)arg)->provider = XLHV_PROVIDER_SELF;
		return 0;
	case XLHV_DOM_CREATE:
		return do_create(fd, arg);
	case XLHV_DOM_OPEN:
		return do_open(fd, arg);
	case XLHV_DOM_LIST:
		return do_list(arg);
	case XLHV_STAT_NAMES:
		return do_stat_names(arg);
	case XLHV_LOG_READ:
		return do_log(arg);
	default:
		return fail(fd, ENOTTY, NULL);
	}
}

static int do_finish(int fd, struct fake_domain *d)
{
	if (!d->has_memory || !d->has_entry)
		return fail(fd, EINVAL, "no memory or no entry point");
	d->info.flags = XLHV_DOM_PAUSED;
	d->generation++;
	return 0;
}

static int do_unpause(struct fake_domain *d)
{
	static const char *const reasons[] = {
		"poweroff", "reboot", "suspend", "crash", "watchdog", "soft_reset",
	};
	const char *life = getenv("XLHV_FAKE_LIFE");
	uint32_t turn = state->started++;

	d->info.flags = XLHV_DOM_RUNNING;
	d->info.pause_reason = XLHV_PAUSE_NONE;
	d->generation++;
	for (; life && turn; turn--) {
		life = strchr(life, ',');
		life = life ? life + 1 : NULL;
	}
	for (uint32_t i = 0; life && i < 6; i++) {
		if (strncmp(life, reasons[i], strlen(reasons[i])))
			continue;
		d->end_reason = i;
		d->ends_at = now_ns() + 100000000;
	}
	return 0;
}

/* A domain that heeds it does so at once. */
static void do_max_mem(struct fake_domain *d, const struct xlhv_max_mem *arg)
{
	const char *how = getenv("XLHV_FAKE_BALLOON");
	uint64_t had = d->info.cur_pages;

	d->info.max_pages = arg->pages;
	if (!how)
		d->info.cur_pages = arg->pages;
	else if (!strcmp(how, "half"))
		d->info.cur_pages = (had + arg->pages) / 2;
	else if (!strcmp(how, "dies"))
		d->info.flags = XLHV_DOM_SHUTDOWN | XLHV_DOM_CRASHED;
}

/* What is in the file that stands for the memory, and nothing of its holes. */
static int do_read_pages(int fd, struct xlhv_read_pages *arg)
{
	struct xlhv_page *out = (void *)(uintptr_t)arg->pages;
	uint32_t nr = 0;
	off_t at = (off_t)(arg->gfn << 12);

	while (nr < arg->count) {
		at = lseek(fd, at, SEEK_DATA);
		if (at < 0)
			break;
		at &= ~4095L;
		out[nr].gfn = (uint64_t)at >> 12;
		if (pread(fd, out[nr].data, 4096, at) != 4096)
			break;
		nr++;
		at += 4096;
	}
	arg->gfn = at < 0 ? XLHV_NO_GFN : (uint64_t)at >> 12;
	arg->count = nr;
	return 0;
}

static int do_regs(int fd, struct fake_domain *d, struct xlhv_vcpu_regs *r)
{
	if (r->vcpu >= d->info.max_vcpus)
		return fail(fd, ENOENT, NULL);
	for (uint32_t i = 0; i < 16; i++)
		r->gpr[i] = 0x1000 + i;
	r->rip = 0x100000 + r->vcpu;
	r->selector[1] = 0x10;
	return 0;
}

static int domain_ioctl(int fd, unsigned long request, void *arg)
{
	struct fake_domain *d = find(files[fd].domid);

	if (!d)
		return fail(fd, ESRCH, NULL);
	switch (request) {
	case XLHV_DOM_INFO:
		memcpy(arg, &d->info, sizeof(d->info));
		files[fd].seen = d->generation;
		return 0;
	case XLHV_DOM_MEMORY_MAP:
		d->has_memory = true;
		d->info.cur_pages = d->info.max_pages;
		return 0;
	case XLHV_DOM_VCPU_ENTRY:
		d->has_entry = true;
		return 0;
	case XLHV_DOM_RING: {
		struct xlhv_ring *ring = arg;

		ring->port = ring->kind + 10;
		return 0;
	}
	case XLHV_DOM_CPUID_SET:
		return 0;
	case XLHV_DOM_FINISH:
		return do_finish(fd, d);
	case XLHV_DOM_PAUSE:
		d->info.flags = XLHV_DOM_PAUSED;
		d->generation++;
		return 0;
	case XLHV_DOM_UNPAUSE:
		return do_unpause(d);
	case XLHV_DOM_DESTROY:
		kill_domain(d);
		return 0;
	case XLHV_DOM_RENAME: {
		struct xlhv_rename *rename = arg;
		int other = find_name(rename->name);

		if (other >= 0 && &state->domains[other] != d)
			return fail(fd, EEXIST, NULL);
		memcpy(d->info.name, rename->name, sizeof(rename->name));
		if (rename->flags & XLHV_RENAME_UUID)
			memcpy(d->info.uuid, rename->uuid, 16);
		d->generation++;
		return 0;
	}
	case XLHV_DOM_VCPU_INFO: {
		struct xlhv_vcpu_info *vcpu = arg;

		if (vcpu->vcpu >= d->info.max_vcpus)
			return fail(fd, EINVAL, NULL);
		vcpu->flags = vcpu->vcpu ? 0 : XLHV_VCPU_ONLINE | XLHV_VCPU_BLOCKED;
		/* This very process: its affinity can be asked for and set. */
		vcpu->tid = (uint32_t)getpid();
		vcpu->cpu_time_ns = 1500000000;
		return 0;
	}
	case XLHV_DOM_STATS: {
		struct xlhv_stats *stats = arg;

		if (stats->vcpu != XLHV_ALL_VCPUS && stats->vcpu >= d->info.max_vcpus)
			return fail(fd, EINVAL, NULL);
		for (uint32_t i = 0; i < 4 && i < stats->count; i++)
			((uint64_t *)(uintptr_t)stats->values)[i] = i * 10;
		stats->count = 4;
		return 0;
	}
	case XLHV_DOM_CONSOLE:
		/* The serial port, where there is one, says the same. */
		if (((struct xlhv_console *)arg)->flags & XLHV_CONSOLE_SERIAL && !d->serial)
			return fail(fd, ENOENT, "the domain has no serial port");
		((struct xlhv_console *)arg)->fd = new_file(KIND_CONSOLE, files[fd].domid);
		return 0;
	case XLHV_DOM_USERDATA_SET: {
		struct xlhv_userdata *data = arg;

		memcpy(d->userdata, (void *)(uintptr_t)data->buffer, data->len);
		d->userdata_len = data->len;
		return 0;
	}
	case XLHV_DOM_USERDATA_GET: {
		struct xlhv_userdata *data = arg;
		uint32_t len = data->len < d->userdata_len ? data->len : d->userdata_len;

		memcpy((void *)(uintptr_t)data->buffer, d->userdata, len);
		data->len = d->userdata_len;
		return 0;
	}
	case XLHV_DOM_READ_PAGES:
		return do_read_pages(fd, arg);
	case XLHV_DOM_VCPU_REGS:
		return do_regs(fd, d, arg);
	case XLHV_DOM_TRIGGER: {
		const struct xlhv_trigger *trigger = arg;

		return trigger->vcpu < d->info.max_vcpus ? 0 : fail(fd, ENOENT, NULL);
	}
	case XLHV_DOM_MAX_MEM:
		do_max_mem(d, arg);
		return 0;
	case XLHV_LOG_READ:
		return do_log(arg);
	case XLHV_BLK_ATTACH:
	case XLHV_BLK_CONNECT:
	case XLHV_BLK_DISCONNECT:
	case XLHV_BLK_DETACH:
	case XLHV_BLK_INFO: {
		int error = fake_disk_ioctl(&d->disks, request, arg);

		return error ? fail(fd, -error, NULL) : 0;
	}
	case XLHV_VIF_ATTACH:
	case XLHV_VIF_CONNECT:
	case XLHV_VIF_DISCONNECT:
	case XLHV_VIF_DETACH:
	case XLHV_VIF_INFO: {
		int error = fake_net_ioctl(&d->vifs, d->info.domid, request, arg);

		return error ? fail(fd, -error, NULL) : 0;
	}
	default:
		return fail(fd, ENOTTY, NULL);
	}
}

int __wrap_open(const char *path, int flags, ...)
{
	va_list args;
	int mode, fd;

	if (strcmp(path, XLHV_DEVICE)) {
		va_start(args, flags);
		mode = flags & O_CREAT ? va_arg(args, int) : 0;
		va_end(args);
		fd = __real_open(path, flags, mode);
		if (fd >= 0 && fd < MAX_FDS)
			files[fd].kind = KIND_OTHER;
		return fd;
	}
	attach_state();
	return new_file(KIND_DEVICE, 0);
}

int __wrap_close(int fd)
{
	struct fake_domain *d = NULL;

	if (fd >= 0 && fd < MAX_FDS && files[fd].kind != KIND_OTHER) {
		if (files[fd].kind == KIND_DOMAIN)
			d = find(files[fd].domid);
		if (d && d->info.flags & XLHV_DOM_BUILDING &&
		    d->info.creator_pid == (uint32_t)getpid())
			kill_domain(d);
		files[fd].kind = KIND_OTHER;
	}
	return __real_close(fd);
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	const char *plan = getenv("XLHV_FAKE_FAIL");
	unsigned int number;
	int error, used = 0, result;
	va_list args;
	void *arg;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	if (fd < 0 || fd >= MAX_FDS || files[fd].kind == KIND_OTHER)
		return __real_ioctl(fd, request, arg);
	if (request == XLHV_LAST_ERROR) {
		strcpy(((struct xlhv_last_error *)arg)->text, files[fd].error);
		return 0;
	}
	if (plan && sscanf(plan, "%x:%d%n", &number, &error, &used) == 2 &&
	    _IOC_NR(request) == number)
		return fail(fd, error, plan[used] == ':' ? plan + used + 1 : NULL);
	files[fd].error[0] = '\0';
	flock(lock, LOCK_EX);
	result = files[fd].kind == KIND_DEVICE ? device_ioctl(fd, request, arg) :
						 domain_ioctl(fd, request, arg);
	error = errno;
	flock(lock, LOCK_UN);
	errno = error;
	return result;
}

/* What a descriptor of ours is ready for. */
static short ready(const struct pollfd *fd)
{
	struct fake_domain *d = find(files[fd->fd].domid);

	if (files[fd->fd].kind == KIND_DOMAIN) {
		if (!d)
			return POLLHUP;
		return d->generation != files[fd->fd].seen ? fd->events & POLLPRI : 0;
	}
	if (!d)
		return POLLHUP | (fd->events & POLLIN);
	return (short)((files[fd->fd].pos < d->console_len ? fd->events & POLLIN : 0) |
		       (fd->events & POLLOUT));
}

int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout)
{
	bool ours = false;

	for (nfds_t i = 0; i < count; i++)
		ours = ours || (fds[i].fd >= 0 && fds[i].fd < MAX_FDS &&
				files[fds[i].fd].kind != KIND_OTHER);
	if (!ours)
		return __real_poll(fds, count, timeout);
	for (int waited = 0; ; waited += 5) {
		int number = 0;

		for (nfds_t i = 0; i < count; i++) {
			fds[i].revents = 0;
			if (fds[i].fd >= 0 && fds[i].fd < MAX_FDS &&
			    files[fds[i].fd].kind != KIND_OTHER)
				fds[i].revents = ready(&fds[i]);
			else
				__real_poll(&fds[i], 1, 0);
			number += fds[i].revents != 0;
		}
		if (number || (timeout >= 0 && waited >= timeout))
			return number;
		usleep(5000);
	}
}

ssize_t __wrap_read(int fd, void *buffer, size_t size)
{
	struct fake_domain *d;
	size_t left;

	if (fd < 0 || fd >= MAX_FDS || files[fd].kind != KIND_CONSOLE)
		return __real_read(fd, buffer, size);
	d = find(files[fd].domid);
	left = d ? d->console_len - files[fd].pos : 0;
	if (d && !left) {
		errno = EAGAIN;
		return -1;
	}
	if (left > size)
		left = size;
	if (left)
		memcpy(buffer, d->console + files[fd].pos, left);
	files[fd].pos += (uint32_t)left;
	return (ssize_t)left;
}

/* The guest says what it hears. */
ssize_t __wrap_write(int fd, const void *buffer, size_t size)
{
	struct fake_domain *d;

	if (fd < 0 || fd >= MAX_FDS || files[fd].kind != KIND_CONSOLE)
		return __real_write(fd, buffer, size);
	d = find(files[fd].domid);
	if (!d) {
		errno = EIO;
		return -1;
	}
	if (d->console_len + size > sizeof(d->console))
		size = sizeof(d->console) - d->console_len;
	memcpy(d->console + d->console_len, buffer, size);
	d->console_len += (uint32_t)size;
	return (ssize_t)size;
}

/* Each play of the module has a directory of its own. */
const char *__wrap_run_dir(void)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s/run", getenv("XLHV_FAKE"));
	return path;
}

/* The host's own Xen is not part of the play. */
const char *__wrap_store_root(void)
{
	const char *root = getenv("XLHV_FAKE_ROOT");

	return root ? root : "/nowhere";
}

unsigned int __wrap_store_patience(void)
{
	const char *seconds = getenv("XLHV_FAKE_PATIENCE");

	return seconds ? (unsigned int)atoi(seconds) : 15;
}
