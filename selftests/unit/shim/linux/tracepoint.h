/* SPDX-License-Identifier: GPL-2.0-only */
/* Tracepoints that are always off: their arguments are evaluated, as in the kernel. */
#ifndef UNIT_SHIM_LINUX_TRACEPOINT_H
#define UNIT_SHIM_LINUX_TRACEPOINT_H

#define TP_PROTO(...)		__VA_ARGS__
#define TP_ARGS(...)		__VA_ARGS__
#define TRACE_EVENT(name, proto, ...)					\
	static inline void trace_##name(proto)				\
	{								\
	}
#define TRACE_EVENT_CONDITION	TRACE_EVENT
#define TRACE_DEFINE_ENUM(name)

#endif /* UNIT_SHIM_LINUX_TRACEPOINT_H */
