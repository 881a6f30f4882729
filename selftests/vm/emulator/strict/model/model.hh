// SPDX-License-Identifier: GPL-2.0-only
//
// The strict model: what its parts share. strict.hh is what the emulator sees of it.
#ifndef BX_STRICT_MODEL_H
#define BX_STRICT_MODEL_H

#define NEED_CPU_REG_SHORTCUTS 0
#include "bochs.h"
#include "../cpu.h"
#include "../msr.h"
#include "memory/memory-bochs.h"
#include "pc_system.h"
#include "strict.hh"
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

typedef Bit64u u64;
typedef Bit32u u32;

const u64 FRAME = BX_CONST64(0x000ffffffffff000);	// of an entry of any paging structure
const unsigned MAX_CPUS = 16;
const unsigned STACK_SHIFT = 14;			// kernel stacks are so large, and aligned to it

// Why stores to a page are watched (bits of strict_watched[]).
enum { WATCH_EPT = 1, WATCH_STRUCT_PAGES = 2, WATCH_VMCS = 4, WATCH_VMXON = 8 };

inline void watch(u64 pa, Bit8u why)
{
  if ((pa >> 12) < STRICT_PAGES)
    strict_watched[pa >> 12] |= why;
}

inline void unwatch(u64 pa, Bit8u why)
{
  if ((pa >> 12) < STRICT_PAGES)
    strict_watched[pa >> 12] &= ~why;
}

// -- report.cc ---------------------------------------------------------------------------------

// STRICT=eager: a CPU also caches what it could by walks that no instruction asked for.
// STRICT=stale: guests get a stale translation where a CPU may use one.
extern bool strict_eager, strict_stale;

extern struct Counts {
  u64 entries, exits, walks, combined, invept, invvpid, ept_stores, changes, frees, vmptrld, vmclear, vmxon,
      vmxoff, returns;
} counted;

void say(const char *format, ...) BX_CPP_AttrPrintf(1, 2);

// A report of some type: false when there have been enough of these.
bool report(const std::string &type, const char *format, ...) BX_CPP_AttrPrintf(2, 3);

// The same for something that is worth knowing and no fault.
bool note(const std::string &type, const char *format, ...) BX_CPP_AttrPrintf(2, 3);

// -- machine.cc: the machine's memory, and who does something ----------------------------------

bool read64(u64 pa, u64 *value);
bool kernel_address(u64 cr3, u64 va, u64 *pa);
void kernel_tables(u64 cr3);		// some kernel thread's: maps all of the kernel
bool reference_count(u64 pfn, u32 *count);
void watch_struct_pages(u64 pfn, u64 count);

struct Where {
  unsigned cpu, nr_callers;
  u64 rip, rsp, cr3, fs_base, tick;
  bool guest, user;
  u64 callers[14];

  u64 stack() const { return rsp >> STACK_SHIFT; }
};

void look(Where *where, bool callers);
void say_where(const char *what, const Where &where);
void say_here();
u64 stack_of(BX_CPU_C *cpu);
u64 space_of(u64 cr3);			// of a process, with and without kernel page-table isolation
u64 fs_base_of(BX_CPU_C *cpu);		// tells the threads of a process apart

// -- tables.cc: EPT tables, who changes them, frames that are freed ----------------------------

// A change of an EPT after which some CPU may hold something stale. It is complete, and nobody may
// be in a guest with that, when who made it has gone on: see Change::complete.
struct Change {
  u64 stack;
  Where where;
  bool complete, by_vcpu;
};

const u32 REPORTED = ~0u;		// instead of a number of changes[]
extern std::vector<Change> changes;	// 0: none
extern std::vector<u32> open_changes;	// those that are not complete
extern std::unordered_set<u64> vcpu_stacks;

inline u64 pages_of(int level)		// mapped by an entry of a table of this level
{
  return BX_CONST64(1) << (9 * (level - 1));
}

bool is_table(u64 pa, u64 ep4ta, u64 gpn, int level);
void add_table(u64 pa, u64 ep4ta, u64 gpn, int level);
void add_reachable_tables(unsigned c, u64 ep4ta);
void settle_now();
extern bool unsettled;

// What was stored since the last time is looked at before anything else happens.
inline void settle()
{
  if (unsettled)
    settle_now();
}

// -- cached.cc: what each CPU may hold ---------------------------------------------------------

// A key for what an entry of a table of some level maps.
inline u64 key_of(int level, u64 gpn) { return ((u64) level << 60) | (gpn & ~(pages_of(level) - 1)); }
inline int level_of(u64 key) { return key >> 60; }
inline u64 gpn_of(u64 key) { return key & ~(BX_CONST64(15) << 60); }

struct Mapping { u64 pfn; unsigned access; u32 change; };		// guest-physical
struct Pointer { u64 table; u32 change; };				// to an EPT table
struct Combined { u64 gpn, pfn, mask; unsigned access; u32 change; const char *gone; };

const u32 GLOBAL = 0x1000;		// instead of a PCID

struct Context {			// combined mappings of a VPID and a PCID
  std::unordered_map<u64, Combined> pages;
  const char *gone = NULL;		// all of them were invalidated elsewhere: by what
  u64 vmcs = 0;
  unsigned nr_large = 0;
};

struct Space {				// of an EP4TA, as a CPU knows it
  std::unordered_map<u64, Mapping> mappings;
  std::unordered_map<u64, Pointer> pointers;
  std::map<u32, Context> contexts;	// by VPID << 16 | PCID
  std::vector<bool> combined_gpns = std::vector<bool>(1 << 20);
  unsigned nr_stale = 0, nr_gone = 0;
  bool dead = false;			// its root was freed

  bool empty() const;
};

Space *space(unsigned c, u64 ep4ta);
bool ept_walk(u64 ep4ta, u64 gpn, int stop, u64 *entry, int *level, unsigned *access);
bool is_stale(u64 ep4ta, u64 gpn, int level, u64 pfn, unsigned access);
void drop_untagged(unsigned c);		// what is tagged with VPID 0

// What a change of control registers invalidates.
enum Flush { FLUSH_NOTHING, FLUSH_PCID, FLUSH_VPID };
Flush flush_of(u32 cr0, u32 new_cr0, u32 cr4, u32 new_cr4);
const int EVERY_PCID = -1;
void gone_everywhere(unsigned c, u64 ep4ta, u32 vpid, int pcid, const char *why, bool here_too);

inline u64 ep4ta_of(BX_CPU_C *cpu) { return cpu->vmcs.eptptr & FRAME; }
inline bool has_ept(BX_CPU_C *cpu) { return cpu->vmcs.vmexec_ctrls2.EPT_ENABLE(); }
inline u32 vpid_of(BX_CPU_C *cpu) { return cpu->vmcs.vmexec_ctrls2.VPID_ENABLE() ? cpu->vmcs.vpid : 0; }
inline u32 pcid_of(BX_CPU_C *cpu) { return cpu->cr4.get_PCIDE() ? cpu->cr3 & 0xfff : 0; }

// -- vmcs.cc -----------------------------------------------------------------------------------

// MSRs that a hypervisor may leave in the CPU until somebody needs them.
enum { LAZY_STAR, LAZY_LSTAR, LAZY_FMASK, LAZY_TSC_AUX, NR_LAZY };
extern const char *const lazy_names[NR_LAZY];

struct Vectors { u64 zmm[32][8], k[8]; u32 mxcsr, pkru; };

struct Vmcs {
  enum { UNKNOWN, CLEAR, ACTIVE, LOST } state = UNKNOWN;
  unsigned cpu = 0;
  bool launched = false;

  // At the last exit.
  bool has_exited = false;
  unsigned exit_cpu = 0;
  u32 cr0 = 0, cr4 = 0;
  u64 cr3 = 0, lazy[NR_LAZY] = {}, registers[16] = {};

  // The guest could look at vector registers since the last entry; what it last left there.
  bool sees_vectors = false, has_vectors = false;
  Vectors vectors = {};
};

extern std::unordered_map<u64, Vmcs> vmcss;
void vmcs_page_freed(u64 pa);
void vmcs_stored_to(u64 page, unsigned offset, Bit8u why);

// -- host.cc -----------------------------------------------------------------------------------

struct HostState {
  u64 star, lstar, cstar, fmask, kernel_gs_base, tsc_aux, spec_ctrl, xss, pat, efer, debugctl, xcr0, dr7, dr6, cr0,
      cr4, gdt_base, gdt_limit, idt_base, idt_limit, tr, tr_base, sysenter_cs, sysenter_esp, sysenter_eip;
};

void host_entry_begins(BX_CPU_C *cpu);
void host_entry(BX_CPU_C *cpu, Vmcs *vmcs);
void host_exit_begins(BX_CPU_C *cpu, Vmcs *vmcs);

// -- transitions.cc ----------------------------------------------------------------------------

struct Cpu {
  std::unordered_map<u64, Space> spaces;	// by EP4TA
  bool guest = false;
  bool in_transition = false;		// then its ring is not what it seems
  u64 vmxon = 0, ep4ta = 0;
  u32 vpid = 0;
  unsigned last_access = 0;		// of the last walk, for the combined mapping that it is for

  // The host's registers: as they were before a guest ran, and what the guest had.
  bool ran = false, has_reference = false;
  bool ldt_lost = false;
  HostState reference;
  u64 reference_space, reference_fs_base;
  u32 reference_pkru;
  Vectors guest_vectors;
  u64 lazy_writer[NR_LAZY] = {};	// stacks
};

extern Cpu cpus[MAX_CPUS];

void returned_to_user(BX_CPU_C *cpu);	// changes made by that thread are complete

#endif
