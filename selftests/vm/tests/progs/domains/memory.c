// SPDX-License-Identifier: GPL-2.0-only
/* What of a domain can be mapped, and what is left of a call that was refused. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "domains/domains.h"
#include "xt.h"

/* Does reading it end in SIGBUS? */
static bool faults(const unsigned char *at)
{
	pid_t child = fork();
	int status;

	if (child < 0)
		xt_die("fork: %s", xt_errno_name(errno));
	if (!child) {
		signal(SIGBUS, SIG_DFL);
		_exit(__atomic_load_n(at, __ATOMIC_RELAXED) ? 1 : 0);
	}
	return waitpid(child, &status, 0) == child && WIFSIGNALED(status) &&
	       WTERMSIG(status) == SIGBUS;
}

/* Pages that are no memory of the domain are not mapped, also not beside some that is. */
static void mapping(void)
{
	const uint64_t ring = RAM / PAGE - 16;
	struct xlhv_ring s = { .kind = XLHV_RING_CONSOLE, .gfn = ring };
	int fd = create("mapping", 0);
	unsigned char *p;
	bool good;

	good = !memory_map(fd, 0, ring * PAGE, XLHV_MEM_RAM) && !xt_call(fd, XLHV_DOM_RING, &s);
	p = mmap(NULL, RAM, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		xt_die("mmap of the domain: %s", xt_errno_name(errno));
	/* What is around is mapped with this, the last page before the ring. */
	p[(ring - 1) * PAGE] = 1;
	good &= faults(p + ring * PAGE) && faults(p + (ring + 1) * PAGE);
	good &= !faults(p + (ring - 2) * PAGE);
	munmap(p, RAM);
	close(fd);
	xt_result(good, "only memory can be mapped");
}

static uint64_t overhead(int fd)
{
	return info_of(fd).overhead_pages;
}

/* What is refused in the middle leaves what was before. */
static void refused_in_the_middle(void)
{
	static struct xlhv_cpuid entries[XLHV_MAX_CPUID];
	static unsigned char data[PAGE];
	struct xlhv_cpuid_set set = { .entries = (uintptr_t)entries, .count = XLHV_MAX_CPUID };
	struct xlhv_userdata u = { .buffer = (uintptr_t)data };
	int fd = create("middle", 0);
	uint64_t before;
	bool good;

	for (unsigned int i = 0; i < XLHV_MAX_CPUID; i++)
		entries[i] = (struct xlhv_cpuid){ .leaf = 1, .subleaf = XLHV_CPUID_ANY_SUBLEAF,
						  .keep = { ~0U, ~0U, ~0U, ~0U } };
	good = !xt_call(fd, XLHV_DOM_CPUID_SET, &set);
	/* It is told in pages: with so much else that without the list it would be one less. */
	before = overhead(fd);
	while (overhead(fd) == before && u.len < sizeof(data)) {
		u.len += 64;
		good &= !xt_call(fd, XLHV_DOM_USERDATA_SET, &u);
	}
	before = overhead(fd);
	entries[1].leaf = 0x12345678;
	set.count = 2;
	good &= xt_call(fd, XLHV_DOM_CPUID_SET, &set) == EINVAL;
	xt_result(good && overhead(fd) == before, "a CPUID that is refused leaves the one before");
	close(fd);
}

/* The whole of its memory could not be had: no second try has less, or some of it. */
static void without_memory(void)
{
	static const char words[] = "memory could not be allocated";
	struct xlhv_ring ring = { .kind = XLHV_RING_CONSOLE, .gfn = 0xfeff8 };
	struct xlhv_dom_create c = plan("without");
	int parameter = open_parameter("host_reserve_mib", O_RDONLY);
	char reserve[16] = "";
	bool good = parameter >= 0 && read(parameter, reserve, sizeof(reserve) - 1) > 0;
	unsigned char *p;
	int fd;

	close(parameter);
	c.flags = XLHV_CREATE_EAGER;
	xt_must(xt_call(device, XLHV_DOM_CREATE, &c), "create");
	fd = c.fd;
	good &= set_limit("host_reserve_mib", "1000000");
	good &= memory_map(fd, 0, RAM, XLHV_MEM_RAM) == ENOMEM;
	good &= set_limit("host_reserve_mib", reserve);
	good &= refused(fd, "map", memory_map(fd, 0, RAM, XLHV_MEM_RAM), ENOMEM, words);
	good &= refused(fd, "entry", entry(fd, ENTRY), ENOMEM, words);
	good &= refused(fd, "special", xt_call(fd, XLHV_DOM_RING, &ring), ENOMEM, words);
	for (unsigned int i = 0; i < 2; i++)
		good &= refused(fd, "finish", xt_call(fd, XLHV_DOM_FINISH, NULL), ENOMEM, words);
	p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, ENTRY);
	good &= p == MAP_FAILED || faults(p);
	if (p != MAP_FAILED)
		munmap(p, PAGE);
	good &= !xt_call(fd, XLHV_DOM_DESTROY, NULL);
	close(fd);
	xt_result(good && !domains(), "without the memory it was to have at once: only destroyed");
}

static int max_mem(int fd, uint64_t pages)
{
	struct xlhv_max_mem m = { .pages = pages };

	return xt_call(fd, XLHV_DOM_MAX_MEM, &m);
}

/*
 * Who only has its descriptor gives it no more than its maker ever did: he pays for it. The child
 * has none of root's capabilities.
 */
static bool others_limit(int fd)
{
	const uint64_t most = RAM / PAGE + 256;
	pid_t child;
	int status;

	if (max_mem(fd, most))
		return false;
	child = fork();
	if (child < 0)
		xt_die("fork: %s", xt_errno_name(errno));
	if (!child)
		_exit(setuid(65534) || max_mem(fd, 1) || max_mem(fd, most) ||
		      !refused(fd, "by another", max_mem(fd, most + 1), EPERM, "CAP_SYS_RESOURCE"));
	return waitpid(child, &status, 0) == child && !status &&
	       info_of(fd).max_pages == most && !max_mem(fd, most + 1);
}

/* The most that it may have, which changes when it is finished. */
static void most_memory(void)
{
	static const unsigned char code[] = { 0xf4, 0xeb, 0xfd };
	struct xlhv_max_mem odd = { .pages = 1, .reserved = { 0, 0, 1 } };
	int fd = create("most", 0);
	bool good;

	build(fd, code, sizeof(code));
	good = refused(fd, "while building", max_mem(fd, RAM / PAGE), EBUSY, "being built");
	xt_must(xt_call(fd, XLHV_DOM_FINISH, NULL), "finish");
	good &= xt_call(fd, XLHV_DOM_MAX_MEM, &odd) == EINVAL;
	good &= max_mem(fd, 0) == EINVAL && max_mem(fd, 1ULL << 40) == E2BIG;
	good &= info_of(fd).max_pages == RAM / PAGE;
	good &= !max_mem(fd, 1) && info_of(fd).max_pages == 1;
	good &= info_of(fd).cur_pages == RAM / PAGE;
	good &= !max_mem(fd, RAM / PAGE + 256) && info_of(fd).max_pages == RAM / PAGE + 256;
	good &= others_limit(fd);
	good &= !xt_call(fd, XLHV_DOM_DESTROY, NULL) && max_mem(fd, 1) == ESRCH;
	close(fd);
	xt_result(good, "the most memory that it may have");
}

static int read_pages(int fd, uint64_t *gfn, struct xlhv_page *pages, uint32_t *count)
{
	struct xlhv_read_pages r = { .gfn = *gfn, .pages = (uintptr_t)pages, .count = *count };
	int err = xt_call(fd, XLHV_DOM_READ_PAGES, &r);

	*gfn = r.gfn;
	*count = r.count;
	return err;
}

/* What others than its maker may see of a domain whose descriptor they have. */
static bool others_see(int fd)
{
	struct xlhv_vcpu_regs regs = {};
	static struct xlhv_page page;
	uint32_t count = 1;
	uint64_t gfn = 0;
	pid_t child = fork();
	int status;

	if (child < 0)
		xt_die("fork: %s", xt_errno_name(errno));
	if (!child)
		_exit(setuid(65534) || read_pages(fd, &gfn, &page, &count) != EPERM ||
		      xt_call(fd, XLHV_DOM_VCPU_REGS, &regs) != EPERM);
	return waitpid(child, &status, 0) != child || status;
}

/* Memory and registers as they are, of who made the domain. */
static void looking(void)
{
	static const unsigned char code[] = { 0xf4, 0xeb, 0xfd };
	static struct xlhv_page pages[XLHV_MAX_READ_PAGES + 1];
	struct xlhv_vcpu_regs regs = {}, odd = { .reserved = { 1 } };
	uint32_t count = 0, seen = 0, calls = 0;
	int fd = create("looking", 0);
	uint64_t gfn = 0;
	bool good;

	build(fd, code, sizeof(code));
	xt_must(xt_call(fd, XLHV_DOM_FINISH, NULL), "finish");
	good = read_pages(fd, &gfn, pages, &count) == EINVAL;
	count = XLHV_MAX_READ_PAGES + 1;
	good &= read_pages(fd, &gfn, pages, &count) == EINVAL;
	do {
		count = 2;
		good &= !read_pages(fd, &gfn, pages, &count) && count <= 2;
		for (uint32_t i = 0; i < count; i++)
			if (pages[i].gfn == ENTRY / PAGE &&
			    !memcmp(pages[i].data + ENTRY % PAGE, code, sizeof(code)))
				seen++;
	} while (good && gfn != XLHV_NO_GFN && ++calls < 10000);
	count = 1;
	good &= gfn == XLHV_NO_GFN && !read_pages(fd, &gfn, pages, &count) && !count;
	xt_result(good && seen == 1, "memory is read, page by page");

	good = !xt_call(fd, XLHV_DOM_VCPU_REGS, &regs) && regs.rip == ENTRY &&
	       !(regs.cr0 >> 31) && regs.cr0 & 1;
	good &= xt_call(fd, XLHV_DOM_VCPU_REGS, &odd) == EINVAL;
	memset(&odd, 0, sizeof(odd));
	odd.vcpu = 1;
	good &= xt_call(fd, XLHV_DOM_VCPU_REGS, &odd) == ENOENT;
	/* It halts, and is asked while it runs. */
	good &= !xt_call(fd, XLHV_DOM_UNPAUSE, NULL);
	for (unsigned int i = 0; i < 100; i++) {
		memset(&regs, 0, sizeof(regs));
		good &= !xt_call(fd, XLHV_DOM_VCPU_REGS, &regs) && regs.rip - ENTRY <= 3;
	}
	xt_result(good, "registers are read");
	xt_result(!others_see(fd), "but not by others");
	good = !xt_call(fd, XLHV_DOM_DESTROY, NULL) &&
	       xt_call(fd, XLHV_DOM_VCPU_REGS, &regs) == ESRCH;
	close(fd);
	xt_result(good, "of a domain that is gone nothing is read");
}

void cases_of_memory(void)
{
	looking();
	most_memory();
	mapping();
	refused_in_the_middle();
	without_memory();
}
