// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlhv-gntdev DOMID: /dev/xen/gntdev against the guest of selftests/guest/backend, which runs with
 * "poll_us=". Right use, every error, hostile use. The guest is gone at the end. Prints KTAP.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "gntdev.h"

#define PATIENCE_S	30

unsigned int domid;

static bool good;
static int control_fd;
static volatile struct backend_control *control;

void is(long got, long want, const char *what)
{
	if (got == want)
		return;
	good = false;
	xt_note("%s: got %ld, want %ld", what, got, want);
}

void good_if(bool cond, const char *what)
{
	is(cond, true, what);
}

void run_case(const char *name, void (*fn)(void))
{
	good = true;
	fn();
	xt_result(good, "%s", name);
}

void order(enum backend_cmd cmd)
{
	control->cmd = cmd;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	control->number = control->number + 1;
}

int ask(enum backend_cmd cmd, unsigned int arg0, unsigned int arg1)
{
	time_t end = time(NULL) + PATIENCE_S;

	control->arg[0] = arg0;
	control->arg[1] = arg1;
	order(cmd);
	while (control->done != control->number) {
		if (time(NULL) > end)
			xt_die("the guest does not answer");
		usleep(200);
	}
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return control->result;
}

int in_use(unsigned int ref)
{
	return ask(CMD_FLAGS, ref, 0) & (READING | WRITING);
}

int node_open(void)
{
	int fd = open(NODE, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		xt_die("cannot open %s: %s", NODE, xt_errno_name(errno));
	return fd;
}

int map_refs(int fd, const struct ioctl_gntdev_grant_ref *refs, uint32_t count, uint64_t *index)
{
	struct ioctl_gntdev_map_grant_ref *op;
	int err;

	op = calloc(1, offsetof(struct ioctl_gntdev_map_grant_ref, refs[count + 1]));
	if (!op)
		xt_die("no memory");
	op->count = count;
	memcpy(op->refs, refs, count * sizeof(*refs));
	err = xt_call(fd, IOCTL_GNTDEV_MAP_GRANT_REF, op);
	*index = op->index;
	free(op);
	return err;
}

int map_some(int fd, unsigned int ref, uint32_t count, uint64_t *index)
{
	struct ioctl_gntdev_grant_ref *refs = calloc(count, sizeof(*refs));
	int err;

	if (!refs)
		xt_die("no memory");
	for (uint32_t i = 0; i < count; i++)
		refs[i] = (struct ioctl_gntdev_grant_ref){ domid, ref + i };
	err = map_refs(fd, refs, count, index);
	free(refs);
	return err;
}

int unmap(int fd, uint64_t index, uint32_t count)
{
	struct ioctl_gntdev_unmap_grant_ref op = { .index = index, .count = count };

	return xt_call(fd, IOCTL_GNTDEV_UNMAP_GRANT_REF, &op);
}

int mapped(int fd, uint64_t index, uint32_t count, int prot, int flags, unsigned char **at)
{
	*at = mmap(NULL, count * PAGE, prot, flags, fd, index);
	return *at == MAP_FAILED ? errno : 0;
}

int have(int fd, unsigned int ref, uint32_t count, int prot, uint64_t *index, unsigned char **at)
{
	int err = map_some(fd, ref, count, index);

	if (err)
		return err;
	err = mapped(fd, *index, count, prot, MAP_SHARED, at);
	if (err)
		unmap(fd, *index, count);
	return err;
}

int notify(int fd, uint64_t at, uint32_t action, uint32_t port)
{
	struct ioctl_gntdev_unmap_notify op = {
		.index = at,
		.action = action,
		.event_channel_port = port,
	};

	return xt_call(fd, IOCTL_GNTDEV_SET_UNMAP_NOTIFY, &op);
}

pid_t child_begin(int (*fn)(void *arg), void *arg)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		xt_die("fork: %s", xt_errno_name(errno));
	if (!pid)
		_exit(fn(arg));
	return pid;
}

int child_end(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		xt_die("waitpid: %s", xt_errno_name(errno));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

int in_child(int (*fn)(void *arg), void *arg)
{
	return child_end(child_begin(fn, arg));
}

/* The guest may not be up yet. */
static void connect_guest(void)
{
	time_t end = time(NULL) + PATIENCE_S;
	unsigned char *at;
	uint64_t index;
	int err;

	control_fd = node_open();
	err = map_some(control_fd, REF_CONTROL, 1, &index);
	xt_must(err, "MAP_GRANT_REF of the page of orders");
	while ((err = mapped(control_fd, index, 1, PROT_READ | PROT_WRITE, MAP_SHARED, &at))) {
		if (err != EINVAL || time(NULL) > end)
			xt_die("the page of orders: %s", xt_errno_name(err));
		usleep(10000);
	}
	control = (void *)at;
	if (control->magic != BACKEND_MAGIC)
		xt_die("this is another guest");
}

int main(int argc, char **argv)
{
	if (argc != 2)
		xt_die("usage: xlhv-gntdev DOMID");
	domid = xt_number(argv[1], "domain", 0x7fef);
	/* What was told before it crashes is told. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	connect_guest();
	cases_of_maps();
	cases_of_memory();
	cases_of_copies();
	cases_of_events();
	cases_of_shares();
	cases_of_ends();
	return xt_done();
}
