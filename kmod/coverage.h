/* SPDX-License-Identifier: GPL-2.0-only */
/* Which code has run, in a module that is built with COVERAGE=1. */
#ifndef XLHV_COVERAGE_H
#define XLHV_COVERAGE_H

#ifdef XLHV_COVERAGE
void __sanitizer_cov_trace_pc(void);	/* a name of the compiler's */
void xlhv_coverage_init(void);
void xlhv_coverage_exit(void);
#else
static inline void xlhv_coverage_init(void)
{
}

static inline void xlhv_coverage_exit(void)
{
}
#endif

#endif /* XLHV_COVERAGE_H */
