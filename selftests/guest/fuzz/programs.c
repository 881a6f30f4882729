// SPDX-License-Identifier: GPL-2.0-only
/* Programs in ring 3 that reach for what is not theirs. */
#include "rough.h"

#define VA_USER		0x0000008000000000UL	/* a page for ring 3 */
#define HOLE_GFN	0xf2000UL

struct user_io {
	unsigned long at, count, how;
};

static struct user_io user_io __user_data;
static u8 user_buffer[256] __user_data;

static void __user_text user_access(unsigned long unused)
{
	unsigned long at = user_io.at, n = user_io.count, v = 0;

	switch (user_io.how) {
	case 0:
		__asm__ volatile("rep insb" : "+D"(at), "+c"(n) : "d"(0x1234) : "memory");
		break;
	case 1:
		__asm__ volatile("rep outsb" : "+S"(at), "+c"(n) : "d"(0x1234) : "memory");
		break;
	case 2:
		__asm__ volatile("rep insl" : "+D"(at), "+c"(n) : "d"(0x1234) : "memory");
		break;
	case 3:
		__asm__ volatile("mov (%1), %k0" : "=r"(v) : "r"(at) : "memory");
		break;
	case 4:
		__asm__ volatile("movb $1, (%0)" : : "r"(at) : "memory");
		break;
	default:
		__asm__ volatile("rep movsb" : "+S"(at), "+c"(n) : "D"(user_buffer) : "memory");
	}
	USER_RETURN(0x600d);
}

void ring3(struct fuzz *f, bool hole)
{
	enum { OWN, KERNEL, NOTHING, HOLE } where = hole ? HOLE : below(f, 3);
	bool smap = (cpuid(7, 0).ebx & BIT(20)) && below(f, 2);
	struct fault fault;
	unsigned long rc;
	u32 same;

	if (f->cpu != workers - 1)
		return;
	user_io.how = below(f, 6);
	user_io.count = 1 + below(f, 60);
	switch (where) {
	case OWN:
		user_io.at = (unsigned long)user_buffer;
		break;
	case KERNEL:
		user_io.at = (unsigned long)canary + below(f, 256);
		break;
	case HOLE:
		page_set(VA_USER, (HOLE_GFN + below(f, 64)) << PAGE_SHIFT | PTE_P | PTE_W | PTE_U);
		user_io.at = VA_USER + 8 * below(f, 256);
		break;
	default:
		page_set(VA_USER, 0);
		user_io.at = VA_USER + below(f, 256);
	}
	busy[f->cpu].since = had(f->cpu);
	busy[f->cpu].what = where == HOLE ? "a program's access to a hole" : "a program's access";
	if (smap)
		write_cr4(read_cr4() | CR4_SMAP);
	rc = user_call_flags(user_access, 0, &fault, 3 * FL_IOPL | 2 | (below(f, 4) ? 0 : FL_AC));
	if (smap)
		write_cr4(read_cr4() & ~CR4_SMAP);
	busy[f->cpu].what = NULL;
	if (where == KERNEL && rc == 0x600d)
		test_failed("FOUND a program's access %lu reaches its kernel's memory",
			    user_io.how);
	if (where == OWN && rc != 0x600d && fault.vector != X86_AC)
		test_failed("FOUND a program's access %lu to its own memory: %s, CR2 %#lx",
			    user_io.how, fault_text(&fault), fault.cr2);
	same = mem_is(canary, 0x5a, PAGE_SIZE);
	if (same != PAGE_SIZE)
		test_failed("FOUND byte %#x of the kernel's memory is %#x, access %lu to %#lx",
			    same, canary[same], user_io.how, user_io.at);
}

void programs_setup(void)
{
	page_set(VA_USER, 0);
}
