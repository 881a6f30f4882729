// SPDX-License-Identifier: GPL-2.0-only
/* Domains that come to life, so that there is something to see. */
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <xlhv.h>

#include "fuzz/fuzz.h"

static const unsigned char code_halt[] = { 0xf4, 0xeb, 0xfd };
static const unsigned char code_spin[] = { 0xeb, 0xfe };
static const unsigned char code_crash[] = { 0x0f, 0x0b };
/* Takes what comes in at once: in_cons = in_prod. */
static const unsigned char code_hear[] = {
	0xa1, 0x04, 0x8c, 0xff, 0xfe, 0xa3, 0x00, 0x8c, 0xff, 0xfe, 0xeb, 0xf4
};

/* One more byte out, and an event: EVTCHNOP_send of the port at 0x1100. */
static const unsigned char code_say[] = {
	0xff, 0x05, 0x0c, 0x8c, 0xff, 0xfe, 0xb8, 32, 0, 0, 0, 0xbb, 4, 0, 0, 0,
	0xb9, 0x00, 0x11, 0, 0, 0x0f, 0x01, 0xc1, 0xeb, 0xe6
};

static const struct {
	const unsigned char *bytes;
	size_t len;
} codes[] = {
	{ code_halt, sizeof(code_halt) }, { code_spin, sizeof(code_spin) },
	{ code_crash, sizeof(code_crash) }, { code_hear, sizeof(code_hear) },
	{ code_hear, sizeof(code_hear) }, { code_say, sizeof(code_say) },
};

void whole_domain(struct fuzzer *f)
{
	struct xlhv_dom_create c = { .max_vcpus = 1 + below(f, 2), .max_pages = RAM / PAGE + 8 };
	struct xlhv_mem_range range = { .addr = 0, .size = RAM, .type = XLHV_MEM_RAM };
	struct xlhv_memory_map map = { .ranges = (uintptr_t)&range, .count = 1 };
	struct xlhv_ring special = { .kind = XLHV_RING_CONSOLE, .gfn = RING };
	struct xlhv_vcpu_entry entry = { .entry = 0x1000 };
	unsigned int code = below(f, NR(codes));
	int dev = any_fd(f, devs, NR_DEVS);
	char *p;

	snprintf(c.name, sizeof(c.name), "fuzz%u", below(f, 6));
	watch_begin(f->slot, "a whole domain");
	if (dev < 0 || ioctl(dev, XLHV_DOM_CREATE, &c)) {
		watch_end(f->slot);
		return;
	}
	ioctl(c.fd, XLHV_DOM_MEMORY_MAP, &map);
	ioctl(c.fd, XLHV_DOM_RING, &special);
	p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, c.fd, 0x1000);
	if (p != MAP_FAILED) {
		f->jumping = true;
		if (!sigsetjmp(f->jump, 1)) {
			memcpy(p, codes[code].bytes, codes[code].len);
			memcpy(p + 0x100, &special.port, sizeof(special.port));
		}
		f->jumping = false;
		munmap(p, PAGE);
	}
	ioctl(c.fd, XLHV_DOM_VCPU_ENTRY, &entry);
	ioctl(c.fd, XLHV_DOM_FINISH);
	ioctl(c.fd, XLHV_DOM_UNPAUSE);
	watch_end(f->slot);
	keep_fd(f, doms, nr_doms, c.fd);
}
