// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a configuration to a domain. The builder says what the domain's memory
 * holds; this gives it a domain to fill and tells the module the rest. Until
 * the last step the domain hangs on our descriptor: whatever ends this process
 * ends it too.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <xlhv.h>

#include "builder/builder.h"
#include "builder/make_domain.h"
#include "common/msg.h"
#include "disk/attach.h"
#include "disk/nodes.h"
#include "host/cpu_share.h"
#include "module/dom.h"
#include "net/attach.h"
#include "net/nodes.h"
#include "store/consoled.h"
#include "store/store.h"
#include "vfr/apply.h"

#define PAGES_PER_MIB	256

/* The first of Xen's leaves of CPUID; all zero, none is shown. */
#define XEN_LEAF	0x40000000

/* Progress is shown once it has lasted that long, and so often. */
#define PROGRESS_AFTER	1.0
#define PROGRESS_EVERY	0.2

struct progress {
	double started;
	double shown;		/* 0: never */
};

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void show_progress(void *ctx, const char *what, uint64_t done, uint64_t total)
{
	struct progress *progress = ctx;
	double now = seconds_now();

	if (now - progress->started < PROGRESS_AFTER || now - progress->shown < PROGRESS_EVERY ||
	    !isatty(STDERR_FILENO))
		return;
	progress->shown = now;
	if (total)
		fprintf(stderr, "\r\033[Kxlctl: %s %3llu%%", what,
			(unsigned long long)(done * 100 / total));
	else
		fprintf(stderr, "\r\033[Kxlctl: %s", what);
}

static void end_progress(const struct progress *progress)
{
	if (progress->shown > 0)
		fprintf(stderr, "\r\033[K");
}

/*
 * Memory that cannot be had shows when it is touched: the domain's, or that of
 * the unpacked kernel. Nothing else here is mapped that could go away.
 */
static void memory_failed(int number)
{
	static const char text[] = "xlctl: the host has no memory for the domain\n";
	ssize_t ignored;

	(void)number;
	ignored = write(STDERR_FILENO, text, sizeof(text) - 1);
	(void)ignored;
	/* The domain goes with its descriptor. */
	_exit(STATUS_FAILED);
}

static void *map_memory(void *ctx, uint64_t gpa, uint64_t len)
{
	int domain = *(int *)ctx;
	/* All of it will be written: to fault it in at once is cheaper. */
	void *host = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, domain,
			  (off_t)gpa);

	if (host == MAP_FAILED)
		return NULL;
	return host;
}

static void unmap_memory(void *ctx, void *host, uint64_t gpa, uint64_t len)
{
	(void)ctx;
	(void)gpa;
	munmap(host, len);
}

static int create(int device, const struct domain_config *config, uint32_t *domid)
{
	struct xlhv_dom_create arg = {
		.flags = (config->populate == DOMAIN_POPULATE_EAGER ? XLHV_CREATE_EAGER : 0) |
			 (config->serial == DOMAIN_SERIAL_PTY ? XLHV_CREATE_SERIAL : 0),
		.max_vcpus = config->max_vcpus,
		.max_grant_frames = config->max_grant_frames,
		.max_maptrack_frames = config->max_maptrack_frames,
		.max_grant_version = config->max_grant_version,
		.max_event_channels = config->max_event_channels,
	};
	const char *wrong = dom_valid_name(config->name);

	if (wrong) {
		msg_error("invalid name '%s': %s", config->name, wrong);
		return -1;
	}
	strcpy(arg.name, config->name);
	memcpy(arg.uuid, config->uuid, sizeof(arg.uuid));
	/* What is between that and maxmem= it gets by mem-set, and not by itself. */
	arg.max_pages = (uint64_t)config->memory_mib * PAGES_PER_MIB;
	if (!ioctl(device, XLHV_DOM_CREATE, &arg)) {
		*domid = arg.domid;
		return arg.fd;
	}
	if (errno == EEXIST)
		msg_error("a domain named '%s' already exists", config->name);
	else
		dom_report(device, errno, "domain '%s' cannot be created", config->name);
	return -1;
}

static int tell_memory(int domain, const struct builder_layout *layout)
{
	struct xlhv_mem_range ranges[BUILDER_MAX_REGIONS];
	struct xlhv_memory_map arg = {
		.ranges = (uint64_t)(uintptr_t)ranges,
		.count = layout->nr_memmap,
	};

	memset(ranges, 0, sizeof(ranges));
	for (unsigned int i = 0; i < layout->nr_memmap; i++) {
		ranges[i].addr = layout->memmap[i].addr;
		ranges[i].size = layout->memmap[i].size;
		/* The numbers are those of the PVH memory map. */
		ranges[i].type = layout->memmap[i].type;
	}
	if (ioctl(domain, XLHV_DOM_MEMORY_MAP, &arg))
		return dom_report(domain, errno, "memory of the domain");
	return 0;
}

static int make_ring(int domain, uint32_t kind, uint64_t gfn, const char *what,
		     struct store_ring *ring)
{
	struct xlhv_ring arg = { .kind = kind, .gfn = gfn };

	if (ioctl(domain, XLHV_DOM_RING, &arg))
		return dom_report(domain, errno, "%s of the domain", what);
	ring->gfn = gfn;
	ring->port = arg.port;
	return 0;
}

static int tell_cpuid(int domain, const struct domain_config *config)
{
	const struct cpuid_policy *policy = &config->cpuid;
	struct xlhv_cpuid entries[XLHV_MAX_CPUID];
	struct xlhv_cpuid_set arg = {
		.entries = (uint64_t)(uintptr_t)entries,
		.count = (uint32_t)(policy->nr + !config->xen_leaves),
	};

	if (!arg.count)
		return 0;
	if (arg.count > XLHV_MAX_CPUID) {
		msg_error("cpuid: more than %d leaves", XLHV_MAX_CPUID);
		return -1;
	}
	memset(entries, 0, sizeof(entries));
	for (size_t i = 0; i < policy->nr; i++) {
		const struct cpuid_change *change = &policy->changes[i];

		entries[i].leaf = change->leaf;
		entries[i].subleaf = change->subleaf;
		for (int reg = 0; reg < CPUID_NR_REGS; reg++) {
			entries[i].keep[reg] = ~change->reg[reg].clear;
			/* What the host has is the default: "k" and "s" add nothing. */
			entries[i].set[reg] = change->reg[reg].set;
		}
	}
	if (!config->xen_leaves) {
		entries[policy->nr].leaf = XEN_LEAF;
		entries[policy->nr].subleaf = XLHV_CPUID_ANY_SUBLEAF;
	}
	if (ioctl(domain, XLHV_DOM_CPUID_SET, &arg))
		return dom_report(domain, errno, "cpuid");
	return 0;
}

static int tell_entry(int domain, const struct builder_layout *layout)
{
	struct xlhv_vcpu_entry arg = {
		.entry = layout->entry,
		.start_info = layout->start_info,
	};

	if (ioctl(domain, XLHV_DOM_VCPU_ENTRY, &arg))
		return dom_report(domain, errno, "entry point of the kernel");
	return 0;
}

/* Threads are placed as those of anybody: by the scheduler's calls. */
static int pin_vcpu(pid_t tid, unsigned int number, const struct domain_config *config)
{
	if (number < config->hard.nr && sysfs_set_count(&config->hard.cpus[number])) {
		const struct sysfs_set *cpus = &config->hard.cpus[number];
		int last = sysfs_set_last(cpus);
		size_t size = CPU_ALLOC_SIZE(last + 1);
		cpu_set_t *set = CPU_ALLOC((size_t)last + 1);
		int error;

		if (!set)
			msg_out_of_memory();
		CPU_ZERO_S(size, set);
		for (int cpu = sysfs_set_next(cpus, 0); cpu >= 0;
		     cpu = sysfs_set_next(cpus, cpu + 1))
			CPU_SET_S((size_t)cpu, size, set);
		error = sched_setaffinity(tid, size, set) ? errno : 0;
		CPU_FREE(set);
		if (error) {
			msg_error("cpus of vCPU %u: %s", number, error == EINVAL ?
				  "none of them is online and allowed here" : error == EPERM ?
				  "only root (CAP_SYS_NICE) can place vCPUs" : strerror(error));
			return -1;
		}
	}
	return 0;
}

static int place_vcpus(int domain, uint32_t domid, const struct domain_config *config)
{
	struct cpu_share share;
	int error = 0;

	cpu_share_make(&share, domid, config);
	for (unsigned int i = 0; i < config->max_vcpus && !error; i++) {
		struct xlhv_vcpu_info info = { .vcpu = i };

		if (ioctl(domain, XLHV_DOM_VCPU_INFO, &info))
			error = dom_report(domain, errno, "vCPU %u", i);
		else
			error = cpu_share_add(&share, (pid_t)info.tid, i) ||
				pin_vcpu((pid_t)info.tid, i, config);
	}
	cpu_share_free(&share);
	return error;
}

static int keep_config(int domain, const struct domain_config *config)
{
	struct json_object *json = domain_config_json(config);
	int error;

	if (!json)
		msg_out_of_memory();
	error = dom_set_userdata(domain, json);
	json_object_put(json);
	return error;
}

/* What the module has for a domain. */
struct offers {
	struct disk_offer disks[DOMAIN_MAX_DISKS];
	struct net_offer vifs[DOMAIN_MAX_VIFS];
};

/* The guest hears of them when it is introduced to the store: see tell_devices(). */
static int attach_devices(int domain, const struct domain_config *config, struct diag *diag,
			  struct offers *offers)
{
	for (unsigned int i = 0; i < config->nr_disks; i++)
		if (disk_attach(domain, &config->disks[i], diag, &offers->disks[i]))
			return -1;
	for (unsigned int i = 0; i < config->nr_vifs; i++)
		if (net_attach(domain, &config->vifs[i], diag, &offers->vifs[i]))
			return -1;
	return 0;
}

static int tell_devices(uint32_t domid, const struct domain_config *config,
			const struct offers *offers)
{
	bool any = config->nr_disks || config->nr_vifs;
	struct xs_handle *xs = any ? store_connect() : NULL;
	int error = 0;

	if (any && !xs) {
		msg_error("XenStore: %s", store_error(errno));
		return -1;
	}
	for (unsigned int i = 0; i < config->nr_disks && !error; i++)
		error = disk_nodes_add(xs, domid, &offers->disks[i]);
	for (unsigned int i = 0; i < config->nr_vifs && !error; i++)
		error = net_nodes_add(xs, domid, &offers->vifs[i]);
	store_close(xs);
	return error;
}

/*
 * All that is done to a domain between its first and its last step. Without a ring to
 * the store the guest is told of none, and does without.
 */
static int fill(int domain, struct builder *builder, bool with_store, struct store_domain *known)
{
	static const struct guest_memory_ops ops = { map_memory, unmap_memory };
	const struct builder_layout *layout = &builder->layout;
	const struct domain_config *config = known->config;
	struct sigaction action = { .sa_handler = memory_failed };
	struct sigaction before;
	int error;

	if (tell_memory(domain, layout) ||
	    make_ring(domain, config->console == DOMAIN_CONSOLE_DAEMON ?
		      XLHV_RING_XENCONSOLED : XLHV_RING_CONSOLE, layout->console_gfn,
		      "console", &known->console) ||
	    (with_store && make_ring(domain, XLHV_RING_XENSTORE, layout->xenstore_gfn,
				     "store", &known->store)) ||
	    tell_cpuid(domain, config))
		return -1;
	sigaction(SIGBUS, &action, &before);
	error = builder_load(builder, &ops, &domain);
	sigaction(SIGBUS, &before, NULL);
	if (error || tell_entry(domain, layout) || keep_config(domain, config))
		return -1;
	if (ioctl(domain, XLHV_DOM_FINISH))
		return dom_report(domain, errno, "domain '%s' cannot be finished", config->name);
	return 0;
}

/*
 * All at once means that it must be there: better no domain than a host without memory.
 * Else the domain may get along with less; if not, it is paused when there is no more.
 */
static int check_memory(const struct domain_config *config, struct diag *diag)
{
	uint64_t kib;

	if (!sysfs_free_memory(&kib) || kib / 1024 >= config->memory_mib)
		return 0;
	if (config->populate != DOMAIN_POPULATE_EAGER) {
		diag_warning(diag, "warning: memory=%u: the host has only %llu MiB for domains; the domain is paused if it needs more",
			     config->memory_mib, (unsigned long long)kib / 1024);
		return 0;
	}
	msg_error("memory=%u, populate=\"eager\": the host has %llu MiB for domains",
		  config->memory_mib, (unsigned long long)kib / 1024);
	return -1;
}

/* A Linux that is told of no console of ours boots without a word. */
static void check_console(const struct builder *builder, const struct domain_config *config,
			  struct diag *diag)
{
	const char *cmdline = builder->params.cmdline ? builder->params.cmdline : "";
	bool serial = strstr(cmdline, "console=ttyS0") || strstr(cmdline, "earlyprintk=serial") ||
		      strstr(cmdline, "earlyprintk=ttyS0") || strstr(cmdline, "uart8250,io,0x3f8");

	if (strcmp(builder->image.guest_os, "linux"))
		return;
	if (serial && config->serial == DOMAIN_SERIAL_NONE)
		diag_warning(diag, "warning: the command line names a serial console: the domain has no serial port without serial=\"pty\"");
	else if (!config->xen_leaves && !serial)
		diag_warning(diag, "warning: xen_leaves=0 hides the console: only serial=\"pty\" and console=ttyS0 give the domain one");
	else if (config->xen_leaves && !serial && !strstr(cmdline, "console=hvc") &&
		 !strstr(cmdline, "earlyprintk=xen"))
		diag_warning(diag, "warning: the command line has no console=hvc0: the domain's console will stay empty");
}

int make_domain(int device, const struct domain_config *config, struct diag *diag,
		uint32_t *domid)
{
	struct progress progress = { .started = seconds_now() };
	struct builder_params params = {
		.kernel = config->kernel,
		.ramdisk = config->ramdisk,
		.modules = config->modules,
		.nr_modules = config->nr_modules,
		.cmdline = config->cmdline,
		.memory = (uint64_t)config->memory_mib << 20,
		.vcpus = config->vcpus,
		.max_vcpus = config->max_vcpus,
		.acpi = config->acpi,
		.serial = config->serial == DOMAIN_SERIAL_PTY,
		.progress = show_progress,
		.progress_ctx = &progress,
	};
	struct store_domain known = { .config = config };
	struct offers offers;
	struct builder builder;
	int domain = -1, error, with_store;

	if (check_memory(config, diag))
		return -1;
	with_store = store_prepare(config, diag);
	if (with_store < 0)
		return -1;
	if ((config->nr_disks || config->nr_vifs) && !with_store) {
		msg_error("%s: domain '%s' has no XenStore, by which it would find them",
			  config->nr_disks ? "disk" : "vif", config->name);
		return -1;
	}
	if (config->console == DOMAIN_CONSOLE_DAEMON) {
		if (!with_store) {
			msg_error("console=\"xenconsoled\": domain '%s' has no XenStore, where it would be looked for",
				  config->name);
			return -1;
		}
		if (consoled_start())
			return -1;
	}
	cpu_share_sweep(0);
	error = builder_open(&builder, &params, diag);
	if (!error) {
		check_console(&builder, config, diag);
		domain = create(device, config, domid);
	}
	if (domain >= 0) {
		known.domid = *domid;
		clock_gettime(CLOCK_REALTIME, &known.started);
		error = attach_devices(domain, config, diag, &offers) ||
			fill(domain, &builder, with_store, &known);
		end_progress(&progress);
		/* Finished, it no longer dies with its descriptor. */
		if (!error && (place_vcpus(domain, *domid, config) ||
			       (with_store && store_add(&known)) ||
			       tell_devices(*domid, config, &offers))) {
			ioctl(domain, XLHV_DOM_DESTROY);
			store_remove(*domid, config->uuid);
			cpu_share_sweep(*domid);
			error = -1;
		}
		if (error) {
			close(domain);
			vfr_detach_all(*domid);
			domain = -1;
		}
	} else {
		end_progress(&progress);
	}
	builder_close(&builder);
	return domain;
}
