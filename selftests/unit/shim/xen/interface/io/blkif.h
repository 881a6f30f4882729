/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's name for a header that user space has from libxen-dev. */
#include <stdint.h>
#include <string.h>
#include <xen/io/blkif.h>
