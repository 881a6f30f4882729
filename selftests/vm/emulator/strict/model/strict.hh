// SPDX-License-Identifier: GPL-2.0-only
//
// What the emulator's CPU tells the strict model, which keeps what a real CPU might still hold
// and reports whoever relies on something else. docs/testing.md describes the model.
#ifndef BX_STRICT_H
#define BX_STRICT_H

class BX_CPU_C;

// Pages whose stores the model wants to see. Enough for 16 GiB, more than the emulator has.
const unsigned STRICT_PAGES = 1 << 22;
extern Bit8u strict_watched[STRICT_PAGES];

extern unsigned strict_cpu;	// the CPU that executes
extern unsigned strict_quiet;	// not zero: stores are the CPU's own (VMWRITE, VM exits)

// Memory. Told before the store happens; it never crosses a page.
void strict_watched_store(bx_phy_address pa, unsigned len);

BX_CPP_INLINE void strict_store(bx_phy_address pa, unsigned len)
{
  if ((pa >> 12) < STRICT_PAGES && strict_watched[pa >> 12])
    strict_watched_store(pa, len);
}

// VMCS discipline.
void strict_vmxon(BX_CPU_C *cpu, Bit64u pa);
void strict_vmxoff(BX_CPU_C *cpu);
void strict_vmptrld(BX_CPU_C *cpu, Bit64u pa);
void strict_vmclear(BX_CPU_C *cpu, Bit64u pa);
void strict_vmfail(BX_CPU_C *cpu, unsigned error);

// Entries and exits. Between "begins" and the other one the CPU is in a transition.
void strict_entry_begins(BX_CPU_C *cpu);	// the host's state is still in the CPU
void strict_entry(BX_CPU_C *cpu, bool launch);	// the guest's is
void strict_exit_begins(BX_CPU_C *cpu, Bit32u reason);
void strict_exit(BX_CPU_C *cpu);
void strict_reset(BX_CPU_C *cpu, bool hardware);

// Translations come and go.
void strict_guest_physical(BX_CPU_C *cpu, Bit64u gpa, const bx_phy_address *entry_addr, const Bit64u *entry,
                           int leaf, unsigned access, Bit64u hpa);
void strict_combined(BX_CPU_C *cpu, Bit64u laddr, Bit32u lpf_mask, Bit64u gpa, Bit64u hpa, bool global);
void strict_ept_violation(BX_CPU_C *cpu, Bit64u gpa, Bit64u laddr, bool laddr_valid);
bool strict_cached(BX_CPU_C *cpu, Bit64u gpa, unsigned rw, bx_phy_address *hpa);
void strict_invept(BX_CPU_C *cpu, unsigned type, Bit64u eptp);
void strict_invvpid(BX_CPU_C *cpu, unsigned type, unsigned vpid, Bit64u laddr);
void strict_invpcid(BX_CPU_C *cpu, unsigned type, unsigned pcid, Bit64u laddr);
void strict_invlpg(BX_CPU_C *cpu, Bit64u laddr);
void strict_mov_cr3(BX_CPU_C *cpu, bool keep);
void strict_mov_cr0(BX_CPU_C *cpu, Bit32u old_value);
void strict_mov_cr4(BX_CPU_C *cpu, Bit32u old_value);

// The host's registers.
void strict_ring(BX_CPU_C *cpu, bool user);	// ring 3 was entered or left
void strict_wrmsr(BX_CPU_C *cpu, Bit32u index, Bit64u value);
void strict_mov_dr(BX_CPU_C *cpu, unsigned n, Bit64u value);
void strict_lldt(BX_CPU_C *cpu);

#endif
