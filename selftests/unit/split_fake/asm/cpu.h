/* SPDX-License-Identifier: GPL-2.0-only */
#include <linux/types.h>

bool handle_guest_split_lock(unsigned long ip);
