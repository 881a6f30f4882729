/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What xlhv.ko exports, in the namespace XLHV, to modules that serve a guest's frontends: domains,
 * the host's end of event channels, and grants. docs/backends.md says what may be called where, and
 * in which order a backend stops; what a function returns stands at its definition.
 */
#ifndef XLHV_BACKEND_H
#define XLHV_BACKEND_H

#include "domain/backend.h"
#include "evtchn/backend.h"
#include "grant/backend.h"

#endif /* XLHV_BACKEND_H */
