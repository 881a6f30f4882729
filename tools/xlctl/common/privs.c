// SPDX-License-Identifier: GPL-2.0-only
/* Giving up privileges; see privs.h. */
#include "common/privs.h"

#include <errno.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int privs_set(uint64_t capabilities)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, data))
		return -1;
	for (unsigned int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		uint32_t keep = (uint32_t)(capabilities >> (32 * i));

		data[i].permitted &= keep;
		data[i].effective &= keep;
		data[i].inheritable = 0;
	}
	/* No inheritable ones: the ambient ones go with them. */
	return syscall(SYS_capset, &header, data) ? -1 : 0;
}

int privs_keep(uint64_t capabilities)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || privs_set(capabilities))
		return -errno;
	return 0;
}

const char *privs_drop(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return "no_new_privs";
	if (!geteuid()) {
		if (setgroups(0, NULL))
			return "setgroups";
		if (setresgid(PRIVS_NOBODY, PRIVS_NOBODY, PRIVS_NOBODY))
			return "setresgid";
		if (setresuid(PRIVS_NOBODY, PRIVS_NOBODY, PRIVS_NOBODY))
			return "setresuid";
	}
	if (privs_set(0))
		return "capset";
	/* After the change of the user, which may set it. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return "dumpable";
	return NULL;
}

#ifndef __x86_64__
#error the numbers of system calls in the filter are those of x86-64
#endif

#define LOAD(field)	\
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, field))
/* The lower 32 bits, which is all that the kernel looks at in these. */
#define LOAD_ARG(arg)	LOAD(args[arg])
#define RETURN(action)	BPF_STMT(BPF_RET | BPF_K, (action))
/* Goes on where it is so, else behind the next @skip. */
#define IF_EQUAL(value, skip)	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(value), 0, skip)
#define IF_SET(bit, skip)	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (uint32_t)(bit), 0, skip)
#define IF_CLEAR(bit, skip)	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (uint32_t)(bit), skip, 0)

#define ALLOW(number)					\
	IF_EQUAL(number, 1),				\
	RETURN(SECCOMP_RET_ALLOW)

#define ALLOW_ON(number, fd)				\
	IF_EQUAL(number, 4),				\
	LOAD_ARG(0),					\
	IF_EQUAL(fd, 1),				\
	RETURN(SECCOMP_RET_ALLOW),			\
	RETURN(SECCOMP_RET_KILL_PROCESS)

const char *privs_filter(int input, int output, int area)
{
	struct sock_filter filter[] = {
		LOAD(arch),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
		RETURN(SECCOMP_RET_KILL_PROCESS),
		/* Those of x32 have a bit set in them that none of these has. */
		LOAD(nr),
		ALLOW(SYS_brk),
		ALLOW(SYS_munmap),
		ALLOW(SYS_mremap),
		ALLOW(SYS_madvise),
		ALLOW(SYS_exit_group),
		ALLOW_ON(SYS_pread64, input),
		ALLOW_ON(SYS_write, output),
		ALLOW_ON(SYS_pwrite64, area),
		IF_EQUAL(SYS_mmap, 6),
		LOAD_ARG(2),
		IF_CLEAR(PROT_EXEC, 4),
		LOAD_ARG(3),
		IF_CLEAR(MAP_HUGETLB, 2),	/* the host has them for others */
		IF_SET(MAP_ANONYMOUS, 1),
		RETURN(SECCOMP_RET_ALLOW),
		RETURN(SECCOMP_RET_KILL_PROCESS),
	};
	struct sock_fprog program = {
		.len = sizeof(filter) / sizeof(filter[0]),
		.filter = filter,
	};

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		return "seccomp";
	return NULL;
}
