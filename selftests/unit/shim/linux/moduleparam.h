/* SPDX-License-Identifier: GPL-2.0-only */
/* A parameter can be set by its name: unit_param("vmx", "self"), for parameters of type charp. */
#ifndef UNIT_SHIM_LINUX_MODULEPARAM_H
#define UNIT_SHIM_LINUX_MODULEPARAM_H

#include <linux/types.h>

void unit_param_register(const char *name, const char *type, void *variable);
void unit_param(const char *name, char *value);

#define module_param_named(name, variable, type, mode)				\
	__attribute__((constructor)) static void unit_register_##name(void)	\
	{									\
		unit_param_register(#name, #type, &(variable));			\
	}									\
	struct unit_module_param_##name
#define module_param(name, type, mode)	module_param_named(name, name, type, mode)
#define MODULE_PARM_DESC(name, text)	struct unit_module_param_desc_##name

#endif /* UNIT_SHIM_LINUX_MODULEPARAM_H */
