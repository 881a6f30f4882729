/* SPDX-License-Identifier: GPL-2.0-only */
long schedule_timeout_idle(long timeout);
