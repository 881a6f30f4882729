/* SPDX-License-Identifier: GPL-2.0-only */
/* Nothing has to be made for tracepoints that are always off. */
