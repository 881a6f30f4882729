/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_MOCK_ASM_REBOOT_H
#define UNIT_MOCK_ASM_REBOOT_H

typedef void (*unit_emergency_callback)(void);

extern unit_emergency_callback unit_emergency;	/* what is registered */

void cpu_emergency_register_virt_callback(unit_emergency_callback callback);
void cpu_emergency_unregister_virt_callback(unit_emergency_callback callback);

#endif /* UNIT_MOCK_ASM_REBOOT_H */
