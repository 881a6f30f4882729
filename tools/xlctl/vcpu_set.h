/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The number of vCPUs that a domain has when it starts again.
 */
#ifndef XLCTL_VCPU_SET_H
#define XLCTL_VCPU_SET_H

/**
 * vcpu_set_kept - how many vCPUs are to be online at the next start
 * @domain: its descriptor
 *
 * Returns the number as vcpu-set or create left it, or 0 if there is none.
 */
unsigned int vcpu_set_kept(int domain);

#endif /* XLCTL_VCPU_SET_H */
