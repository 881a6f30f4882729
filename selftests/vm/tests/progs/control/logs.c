// SPDX-License-Identifier: GPL-2.0-only
/* What guests write into the host's log and the module's. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/klog.h>
#include <time.h>
#include <unistd.h>

#include "control/control.h"
#include "xt.h"

/* ESC [ H, a byte above ASCII, "ok" and a newline to port 0xe9, then a triple fault. */
static const unsigned char code_escape[] = {
	0xb0, 0x1b, 0xe6, 0xe9, 0xb0, 0x9b, 0xe6, 0xe9, 0xb0, 0x07, 0xe6, 0xe9,
	0xb0, 'o', 0xe6, 0xe9, 0xb0, 'k', 0xe6, 0xe9, 0xb0, '\n', 0xe6, 0xe9,
	0x0f, 0x0b,				/* ud2 */
};

static bool shut_down(int dom)
{
	struct xlhv_dom_info info;

	for (unsigned int i = 0; i < WAIT_MS; i++) {
		xt_must(xt_call(dom, XLHV_DOM_INFO, &info), "info");
		if (info.flags & XLHV_DOM_SHUTDOWN)
			return true;
		usleep(1000);
	}
	return false;
}

void log_text(void)
{
	int dom = start("escape", code_escape, sizeof(code_escape));
	char text[4096] = "";
	struct xlhv_log_read r = { .buffer = (uintptr_t)text, .len = sizeof(text) - 1 };
	bool good = shut_down(dom);

	xt_must(xt_call(dom, XLHV_LOG_READ, &r), "log");
	good &= !strncmp(text, "ok\n", 3);
	for (unsigned int i = 0; i < r.len && good; i++)
		good = (text[i] >= ' ' && text[i] <= '~') || text[i] == '\n' || text[i] == '\t';
	xt_result(good, "a guest's text is text");
	do_destroy(&dom);
	close(dom);
}

/* Each of 15 domains falls at once, and each is told of. */
void log_lines(void)
{
	static char text[1 << 18];
	unsigned int told = 0;
	int dom, len;
	char name[16], *at;

	klogctl(5, NULL, 0);
	for (unsigned int i = 0; i < 15; i++) {
		snprintf(name, sizeof(name), "falls%u", i);
		dom = start(name, "\x0f\x0b", 2);
		if (!shut_down(dom))
			xt_note("%s stands", name);
		do_destroy(&dom);
		close(dom);
	}
	len = klogctl(3, text, sizeof(text) - 1);
	text[len > 0 ? len : 0] = 0;
	for (at = text; (at = strstr(at, "triple fault at")); at++)
		told++;
	xt_note("%u lines", told);
	xt_result(told >= 15, "no domain keeps another's words out of the log");
}

/* console_io(CONSOLEIO_write, 0xe00, 0x1100), and again */
static const unsigned char code_say_all[] = {
	0xb8, 0x12, 0x00, 0x00, 0x00,		/* mov eax, 18 */
	0x31, 0xdb,				/* xor ebx, ebx */
	0xb9, 0x00, 0x0e, 0x00, 0x00,		/* mov ecx, 0xe00 */
	0xba, 0x00, 0x11, 0x00, 0x00,		/* mov edx, 0x1100 */
	0x0f, 0x01, 0xc1,			/* vmcall */
	0xeb, 0xea,				/* jmp to the start */
};

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec * 1000ULL + t.tv_nsec / 1000000;
}

/* Says what it can, faster than it may: 64 KiB a second are kept. */
void log_rate(void)
{
	const uint64_t rate = 64 << 10;
	static unsigned char page[PAGE];
	struct xlhv_log_read r = { 0 };
	uint64_t begin, ms;
	char text[16];
	int dom;

	memset(page, 'x', sizeof(page));
	memcpy(page, code_say_all, sizeof(code_say_all));
	begin = now_ms();
	dom = start("says", page, sizeof(page));
	sleep(3);
	/* The position is that of all that was ever kept. */
	r.pos = UINT64_MAX;
	r.buffer = (uintptr_t)text;
	xt_must(xt_call(dom, XLHV_LOG_READ, &r), "log");
	ms = now_ms() - begin;
	xt_note("%llu bytes in %llu ms", (unsigned long long)r.pos, (unsigned long long)ms);
	xt_result(r.pos > rate && r.pos <= rate * (ms / 1000 + 2), "a log takes 64 KiB a second");
	do_destroy(&dom);
	close(dom);
}
