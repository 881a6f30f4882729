// SPDX-License-Identifier: GPL-2.0-only
/*
 * What XenStore has of a domain; see store.h. Nobody looks at the nodes before the
 * domain is introduced, so they are written one by one, without a transaction.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <uuid/uuid.h>

#include "common/msg.h"
#include "store/consoled.h"
#include "store/daemon.h"
#include "store/store.h"

/* That the module's own backend serves the console: xenconsoled leaves such a one alone. */
#define CONSOLE_TYPE	"xlhv"

/* What xenconsoled keeps at most of a guest that nobody listens to; libxl's. */
#define CONSOLE_LIMIT	1048576U

/*
 * struct writer - nodes being written
 * @xs: connection
 * @domid: whose they are
 * @base: what stands before each path
 * @error: of the first that failed; nothing is written after it
 * @failed: its path
 */
struct writer {
	struct xs_handle *xs;
	uint32_t domid;
	const char *base;
	int error;
	char *failed;
};

/* Who may do what: the owner, which may do all, and what others may. */
enum rights {
	RIGHTS_INHERITED,
	RIGHTS_HOST,		/* the host's alone */
	RIGHTS_READ,		/* the host's, the domain may read */
	RIGHTS_OWN,		/* the domain's */
};

static void set_rights(struct writer *w, const char *path, enum rights rights)
{
	struct xs_permissions perms[2] = {
		{ .id = rights == RIGHTS_OWN ? w->domid : 0, .perms = XS_PERM_NONE },
		{ .id = w->domid, .perms = XS_PERM_READ },
	};

	if (rights != RIGHTS_INHERITED &&
	    !xs_set_permissions(w->xs, XBT_NULL, path, perms, rights == RIGHTS_READ ? 2 : 1))
		w->error = errno;
}

static char *path_of(const struct writer *w, const char *node)
{
	return *node ? msg_text("%s/%s", w->base, node) : msg_text("%s", w->base);
}

/* A node without a value, which is for others to write. */
static void make(struct writer *w, const char *node, enum rights rights)
{
	char *path;

	if (w->error)
		return;
	path = path_of(w, node);
	if (!xs_mkdir(w->xs, XBT_NULL, path))
		w->error = errno;
	else
		set_rights(w, path, rights);
	if (w->error && !w->failed)
		w->failed = msg_text("%s", path);
	free(path);
}

static void __attribute__((format(printf, 3, 4))) put(struct writer *w, const char *node,
						      const char *format, ...)
{
	char *path, *value;
	va_list args;

	if (w->error)
		return;
	va_start(args, format);
	if (vasprintf(&value, format, args) < 0)
		msg_out_of_memory();
	va_end(args);
	path = path_of(w, node);
	if (!xs_write(w->xs, XBT_NULL, path, value, (unsigned int)strlen(value))) {
		w->error = errno;
		w->failed = msg_text("%s", path);
	}
	free(path);
	free(value);
}

char *store_path(uint32_t domid, const char *node)
{
	return msg_text("/local/domain/%u/%s", domid, node);
}

static char *vm_path(const uint8_t *uuid)
{
	char text[UUID_STR_LEN];

	uuid_unparse_lower(uuid, text);
	return msg_text("/vm/%s", text);
}

static char *libxl_path(uint32_t domid)
{
	return msg_text("/libxl/%u", domid);
}

static char *home_path(uint32_t domid)
{
	return msg_text("/local/domain/%u", domid);
}

static char *console_path(uint32_t domid)
{
	return msg_text("/local/domain/0/backend/console/%u", domid);
}

static char *disks_path(uint32_t domid)
{
	return msg_text("/local/domain/0/backend/vbd/%u", domid);
}

static char *vifs_path(uint32_t domid)
{
	return msg_text("/local/domain/0/backend/vif/%u", domid);
}

/* The host's own nodes, which Xen's init script writes when the daemon is new. */
int store_introduce_host(void)
{
	struct xs_handle *xs = store_connect();
	struct writer w = { .xs = xs, .base = "/local/domain/0" };
	unsigned int length;
	void *domid;

	if (!xs)
		return -errno;
	domid = xs_read(xs, XBT_NULL, "/local/domain/0/domid", &length);
	if (!domid) {
		put(&w, "domid", "0");
		put(&w, "name", "Domain-0");
	}
	free(domid);
	free(w.failed);
	store_close(xs);
	if (w.error)
		msg_error("XenStore: %s", store_error(w.error));
	return -w.error;
}

/* Nobody said that it must have one: it is made without, and that is said. */
static int without(const struct domain_config *config, struct diag *diag, const char *why)
{
	if (config->xenstore == DOMAIN_STORE_ON) {
		msg_error("xenstore=\"on\": %s", why);
		return -1;
	}
	diag_warning(diag, "warning: domain '%s' has no XenStore: %s", config->name, why);
	return 0;
}

int store_prepare(const struct domain_config *config, struct diag *diag)
{
	char *why;
	int error;

	if (config->xenstore == DOMAIN_STORE_OFF)
		return 0;
	if (!daemon_host_ready())
		return without(config, diag,
			       "the module makes no device nodes of a Dom0 (dom0=0)");
	error = daemon_start(DAEMON_DEFAULT);
	if (error == -ENOENT)
		return without(config, diag,
			       "no xenstored is installed; it is in Debian's package "
			       DAEMON_PACKAGE);
	if (error == -EACCES || error == -EPERM)
		return without(config, diag, "its daemon is for root alone");
	if (error < 0) {
		why = msg_text("its daemon: %s", store_error(-error));
		error = without(config, diag, why);
		free(why);
		return error;
	}
	if (!error && !store_introduce_host())
		return 1;
	msg_error("domain '%s' cannot have XenStore; --no-xenstore creates it without",
		  config->name);
	return -1;
}

/* Leftovers of a domain that had the number before, or that was this one. */
static void clear(struct xs_handle *xs, uint32_t domid, const uint8_t *uuid)
{
	char *const paths[] = {
		home_path(domid), libxl_path(domid), console_path(domid), disks_path(domid),
		vifs_path(domid), vm_path(uuid),
	};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		/* That it is not there is no error. */
		xs_rm(xs, XBT_NULL, paths[i]);
		free(paths[i]);
	}
}

static void write_vm(struct writer *w, const struct store_domain *d)
{
	char uuid[UUID_STR_LEN], *base = vm_path(d->config->uuid);

	uuid_unparse_lower(d->config->uuid, uuid);
	w->base = base;
	make(w, "", RIGHTS_READ);
	put(w, "uuid", "%s", uuid);
	put(w, "name", "%s", d->config->name);
	put(w, "start_time", "%jd.%02ld", (intmax_t)d->started.tv_sec,
	    d->started.tv_nsec / 10000000);
	free(base);
}

static void write_libxl(struct writer *w)
{
	char *base = libxl_path(w->domid);

	w->base = base;
	make(w, "", RIGHTS_HOST);
	make(w, "device", RIGHTS_HOST);
	put(w, "type", "pvh");
	free(base);
}

/* What a guest may say of itself, or is to be told by way of. */
static const char *const own_nodes[] = {
	"control/shutdown", "control/feature-poweroff", "control/feature-reboot",
	"control/feature-suspend", "control/feature-s3", "control/feature-s4", "control/sysrq",
	"device/suspend/event-channel", "data", "drivers", "feature", "attr", "error",
};

static void write_home(struct writer *w, const struct store_domain *d)
{
	const struct domain_config *config = d->config;
	char *base = home_path(w->domid), *vm = vm_path(config->uuid), node[64];

	w->base = base;
	make(w, "", RIGHTS_READ);
	put(w, "vm", "%s", vm);
	put(w, "name", "%s", config->name);
	make(w, "cpu", RIGHTS_INHERITED);
	make(w, "memory", RIGHTS_INHERITED);
	make(w, "device", RIGHTS_INHERITED);
	make(w, "control", RIGHTS_INHERITED);
	/* Made by the way it would be the domain's. */
	make(w, "device/suspend", RIGHTS_INHERITED);
	for (size_t i = 0; i < sizeof(own_nodes) / sizeof(own_nodes[0]); i++)
		make(w, own_nodes[i], RIGHTS_OWN);
	put(w, "control/platform-feature-multiprocessor-suspend", "1");
	put(w, "control/platform-feature-xs_reset_watches", "1");
	put(w, "memory/static-max", "%llu", (unsigned long long)config->maxmem_mib << 10);
	put(w, "memory/target", "%llu", (unsigned long long)config->memory_mib << 10);
	put(w, "memory/videoram", "0");
	put(w, "domid", "%u", w->domid);
	put(w, "store/port", "%u", d->store.port);
	put(w, "store/ring-ref", "%llu", (unsigned long long)d->store.gfn);
	for (uint32_t i = 0; i < config->max_vcpus; i++) {
		snprintf(node, sizeof(node), "cpu/%u/availability", i);
		put(w, node, "%s", i < config->vcpus ? "online" : "offline");
	}
	free(vm);
	free(base);
}

/* The console that each domain has; its backend is the module, or xenconsoled. */
static void write_console(struct writer *w, const struct store_domain *d)
{
	const bool daemon = d->config->console == DOMAIN_CONSOLE_DAEMON;
	char *home = home_path(w->domid), *backends = console_path(w->domid);
	char *backend = msg_text("%s/0", backends);
	char *frontend = msg_text("%s/console", home);
	char *libxl = msg_text("/libxl/%u/device/console/0", w->domid);
	const char *const bases[] = { backend, libxl };

	w->base = frontend;
	make(w, "", RIGHTS_READ);
	put(w, "backend", "%s", backend);
	put(w, "backend-id", "0");
	put(w, "type", "%s", daemon ? CONSOLED : CONSOLE_TYPE);
	if (daemon) {
		put(w, "limit", "%u", CONSOLE_LIMIT);
		put(w, "output", "pty");
		put(w, "tty", "%s", "");
	}
	put(w, "port", "%u", d->console.port);
	put(w, "ring-ref", "%llu", (unsigned long long)d->console.gfn);
	for (size_t i = 0; i < 2; i++) {
		w->base = bases[i];
		make(w, "", i ? RIGHTS_HOST : RIGHTS_READ);
		put(w, "frontend", "%s", frontend);
		if (i)
			put(w, "backend", "%s", backend);
		put(w, "frontend-id", "%u", w->domid);
		put(w, "online", "1");
		/* The daemon leaves it as libxl made it. */
		put(w, "state", daemon ? "1" : "4");
		put(w, "protocol", "vt100");
	}
	free(home);
	free(backends);
	free(backend);
	free(frontend);
	free(libxl);
}

int store_add(const struct store_domain *domain)
{
	struct writer w = { .xs = store_connect(), .domid = domain->domid };

	if (!w.xs) {
		msg_error("XenStore: %s", store_error(errno));
		return -1;
	}
	clear(w.xs, domain->domid, domain->config->uuid);
	write_vm(&w, domain);
	write_libxl(&w);
	write_home(&w, domain);
	write_console(&w, domain);
	if (!w.error && !xs_introduce_domain(w.xs, domain->domid, (unsigned long)domain->store.gfn,
					     domain->store.port)) {
		w.error = errno;
		w.failed = msg_text("introducing domain %u", domain->domid);
	}
	if (w.error)
		msg_error("XenStore: %s: %s", w.failed, store_error(w.error));
	free(w.failed);
	store_close(w.xs);
	return w.error ? -1 : 0;
}

int store_has(struct xs_handle *xs, uint32_t domid)
{
	char *path = store_path(domid, "vm");
	unsigned int length;
	void *value = xs_read(xs, XBT_NULL, path, &length);
	int error = errno;

	free(path);
	if (value) {
		free(value);
		return 1;
	}
	errno = error;
	return error == ENOENT ? 0 : -1;
}

int store_knows(uint32_t domid)
{
	struct xs_handle *xs = store_connect();
	int result;

	if (!xs)
		return errno == ENOENT || errno == ECONNREFUSED ? 0 : -1;
	result = store_has(xs, domid);
	store_close(xs);
	return result;
}

bool store_has_consoled(uint32_t domid)
{
	struct xs_handle *xs = store_connect();
	char *path = store_path(domid, "console/type");
	unsigned int length;
	char *type = xs ? xs_read(xs, XBT_NULL, path, &length) : NULL;
	bool result = type && !strcmp(type, CONSOLED);

	free(type);
	free(path);
	store_close(xs);
	return result;
}

void store_remove(uint32_t domid, const uint8_t *uuid)
{
	struct xs_handle *xs = store_connect();

	if (!xs)
		return;
	if (store_has(xs, domid) > 0) {
		/* The daemon may have seen its end already: then that fails. */
		xs_release_domain(xs, domid);
		clear(xs, domid, uuid);
	}
	store_close(xs);
}

int store_rename(uint32_t domid, const char *name, const uint8_t *old, const uint8_t *uuid)
{
	struct writer w = { .xs = store_connect(), .domid = domid };
	char *home, *before, *now, text[UUID_STR_LEN];

	if (!w.xs || store_has(w.xs, domid) <= 0) {
		store_close(w.xs);
		return 0;
	}
	home = home_path(domid);
	before = vm_path(old);
	now = vm_path(uuid);
	w.base = now;
	if (strcmp(before, now)) {
		uuid_unparse_lower(uuid, text);
		make(&w, "", RIGHTS_READ);
		put(&w, "uuid", "%s", text);
	}
	put(&w, "name", "%s", name);
	w.base = home;
	put(&w, "name", "%s", name);
	if (strcmp(before, now)) {
		put(&w, "vm", "%s", now);
		xs_rm(w.xs, XBT_NULL, before);
	}
	if (w.error)
		msg_error("XenStore: %s: %s", w.failed, store_error(w.error));
	free(w.failed);
	free(home);
	free(before);
	free(now);
	store_close(w.xs);
	return w.error ? -1 : 0;
}

int store_set_vcpus(uint32_t domid, unsigned int nr, unsigned int max)
{
	struct writer w = { .xs = store_connect(), .domid = domid };
	char *home = home_path(domid);

	w.base = home;
	w.error = w.xs ? 0 : errno;
	for (unsigned int i = 0; i < max; i++) {
		char *node = msg_text("cpu/%u/availability", i);

		put(&w, node, "%s", i < nr ? "online" : "offline");
		free(node);
	}
	if (w.error)
		msg_error("XenStore: %s: %s", w.failed ? w.failed : home, store_error(w.error));
	free(w.failed);
	free(home);
	store_close(w.xs);
	return w.error ? -1 : 0;
}
