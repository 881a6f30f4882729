/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers of exceptions (SDM vol. 3, "Exception and Interrupt Vectors"). */
#ifndef UNIT_SHIM_TRAPNR_H
#define UNIT_SHIM_TRAPNR_H

#define X86_TRAP_DE	0
#define X86_TRAP_DB	1
#define X86_TRAP_BP	3
#define X86_TRAP_UD	6
#define X86_TRAP_DF	8
#define X86_TRAP_TS	10
#define X86_TRAP_NP	11
#define X86_TRAP_SS	12
#define X86_TRAP_GP	13
#define X86_TRAP_PF	14
#define X86_TRAP_AC	17

#endif /* UNIT_SHIM_TRAPNR_H */
