/* SPDX-License-Identifier: GPL-2.0-only */
#include "ept_fake/fake.h"
