/* SPDX-License-Identifier: GPL-2.0-only */
/* The one header a test includes: everything the library offers. */
#ifndef GUEST_GUEST_H
#define GUEST_GUEST_H

#include "console.h"
#include "cpu.h"
#include "entry.h"
#include "hypercall.h"
#include "lapic.h"
#include "mem.h"
#include "paging.h"
#include "percpu.h"
#include "rng.h"
#include "smp.h"
#include "test.h"
#include "time.h"
#include "traps.h"
#include "types.h"
#include "xen.h"

/* What the kernel runs once the library is up: the test frame, or a program of its own. */
void guest_main(void);

/**
 * guest_end - end the domain
 * @ok: true for shutdown reason poweroff, false for crash
 *
 * Without hypercalls, or with "end=triple" on the command line, by a triple
 * fault; with "end=hlt" by HLT with interrupts off.
 */
void guest_end(bool ok) __noreturn;
void triple_fault(void) __noreturn;

/**
 * opt_str - find KEY=VALUE on the command line
 * @key: name
 * Return: the text after "KEY=", up to the end of the command line (it ends at
 * the first space), or NULL.
 */
const char *opt_str(const char *key);
bool opt_is(const char *key, const char *value);
u64 opt_u64(const char *key, u64 def);

#endif
