// SPDX-License-Identifier: GPL-2.0-only
//
// The host's registers: what user space and other hypervisors find after a guest ran, what the VMCS
// says they are, and what of the host's a guest finds in registers.
#include "model.hh"

static const struct { const char *name; u64 HostState::*value; } HOST_REGISTERS[] = {
  { "STAR", &HostState::star },
  { "LSTAR", &HostState::lstar },
  { "CSTAR", &HostState::cstar },
  { "FMASK", &HostState::fmask },
  { "KERNEL_GS_BASE", &HostState::kernel_gs_base },
  { "TSC_AUX", &HostState::tsc_aux },
  { "SPEC_CTRL", &HostState::spec_ctrl },
  { "XSS", &HostState::xss },
  { "PAT", &HostState::pat },
  { "EFER", &HostState::efer },
  { "DEBUGCTL", &HostState::debugctl },
  { "XCR0", &HostState::xcr0 },
  { "DR6", &HostState::dr6 },
  { "CR0", &HostState::cr0 },
  { "CR4", &HostState::cr4 },
  { "GDTR.base", &HostState::gdt_base },
  { "GDTR.limit", &HostState::gdt_limit },
  { "IDTR.base", &HostState::idt_base },
  { "IDTR.limit", &HostState::idt_limit },
  { "TR", &HostState::tr },
  { "TR.base", &HostState::tr_base },
  { "SYSENTER_CS", &HostState::sysenter_cs },
  { "SYSENTER_ESP", &HostState::sysenter_esp },
  { "SYSENTER_EIP", &HostState::sysenter_eip },
};

static void read_host(BX_CPU_C *cpu, HostState *h)
{
  h->star = cpu->msr.star;
  h->lstar = cpu->msr.lstar;
  h->cstar = cpu->msr.cstar;
  h->fmask = cpu->msr.fmask;
  h->kernel_gs_base = cpu->msr.kernelgsbase;
  h->tsc_aux = cpu->msr.tsc_aux;
  h->spec_ctrl = cpu->msr.ia32_spec_ctrl;
  h->xss = cpu->msr.ia32_xss;
  h->pat = cpu->msr.pat.u64;
  h->efer = cpu->efer.get32();
  h->debugctl = cpu->msr.ia32_debugctl;
  h->xcr0 = cpu->xcr0.get32();
  h->dr7 = cpu->dr7.get32();
  h->dr6 = cpu->dr6.get32();
  h->cr0 = cpu->cr0.get32() & ~8u;		// without TS
  h->cr4 = cpu->cr4.get32() & ~0x2000u;		// and VMXE
  h->gdt_base = cpu->gdtr.base;
  h->gdt_limit = cpu->gdtr.limit;
  h->idt_base = cpu->idtr.base;
  h->idt_limit = cpu->idtr.limit;
  h->tr = cpu->tr.selector.value;
  h->tr_base = cpu->tr.cache.u.segment.base;
  h->sysenter_cs = cpu->msr.sysenter_cs_msr;
  h->sysenter_esp = cpu->msr.sysenter_esp_msr;
  h->sysenter_eip = cpu->msr.sysenter_eip_msr;
}

static void read_vectors(BX_CPU_C *cpu, Vectors *v)
{
  for (int i = 0; i < 32; i++)
    memcpy(v->zmm[i], &cpu->vmm[i], 64);
  for (int i = 0; i < 8; i++)
    v->k[i] = cpu->opmask[i].rrx;
  v->mxcsr = cpu->mxcsr.mxcsr;
  v->pkru = cpu->pkru;
}

static void read_lazy(BX_CPU_C *cpu, u64 *lazy)
{
  lazy[LAZY_STAR] = cpu->msr.star;
  lazy[LAZY_LSTAR] = cpu->msr.lstar;
  lazy[LAZY_FMASK] = cpu->msr.fmask;
  lazy[LAZY_TSC_AUX] = cpu->msr.tsc_aux;
}

// -- Data of somebody's in vector registers ----------------------------------------------------

// Do 16 bytes look like data of somebody's: five different bytes or more, of another kind than fillers?
static bool telling(const u64 *lane)
{
  u64 seen[4] = { 0, 0, 0, 0 };
  unsigned different = 0;

  if (! (lane[0] | lane[1]))
    return false;
  for (int i = 0; i < 16; i++) {
    Bit8u b = ((const Bit8u *) lane)[i];

    if (b == 0 || b == 255 || (seen[b >> 6] >> (b & 63) & 1))
      continue;
    seen[b >> 6] |= BX_CONST64(1) << (b & 63);
    different++;
  }
  return different >= 5;
}

static u64 digest_of(const u64 *lane)
{
  return lane[0] * BX_CONST64(0x9e3779b97f4a7c15) ^ (lane[1] + BX_CONST64(0x7f4a7c159e3779b9));
}

// What user space of the host has had: the same program in host and guest has the same.
static std::unordered_set<u64> host_data;
// What a process had in its registers when it was left last.
static std::unordered_map<u64, Vectors> of_process;

static void user_left(BX_CPU_C *cpu)
{
  if (of_process.size() > 500)
    of_process.clear();
  // Interrupts and SYSCALL come with CR3 as it was in user mode.
  Vectors &v = of_process[space_of(cpu->cr3)];
  read_vectors(cpu, &v);
  for (int i = 0; i < 32; i++)
    for (int j = 0; j < 8; j += 2)
      if (telling(&v.zmm[i][j]))
        host_data.insert(digest_of(&v.zmm[i][j]));
}

static void check_vectors(BX_CPU_C *cpu, Cpu &d)
{
  unsigned c = cpu->which_cpu();
  Vectors v;
  auto found = of_process.find(space_of(cpu->cr3));
  const Vectors *own = found == of_process.end() ? NULL : &found->second;

  read_vectors(cpu, &v);
  for (int i = 0; i < 32; i++)
    for (int j = 0; j < 8; j += 2) {
      const u64 *lane = &v.zmm[i][j];

      if (memcmp(lane, &d.guest_vectors.zmm[i][j], 16) || ! telling(lane) || host_data.count(digest_of(lane)) ||
          (own && ! memcmp(lane, &own->zmm[i][j], 16)))
        continue;
      if (report("vector-leak", "CPU %u returns to user mode with a guest's bits from %d on of ZMM%d: " FMT_LL "x " FMT_LL "x",
                 c, 64 * j, i, lane[0], lane[1]))
        say_here();
    }
  for (int i = 0; i < 8; i++)
    if (v.k[i] == d.guest_vectors.k[i] && (! own || own->k[i] != v.k[i]) && v.k[i] > 0xffff && v.k[i] < ~(u64) 0xffff)
      report("vector-leak", "CPU %u returns to user mode with a guest's K%d", c, i);
  if (v.pkru == d.guest_vectors.pkru && v.pkru != d.reference_pkru && own && own->pkru != v.pkru)
    report("pkru-leak", "CPU %u returns to user mode with a guest's PKRU %x, it was %x", c, v.pkru, d.reference_pkru);
  d.reference_pkru = v.pkru;
}

// -- The host's registers ----------------------------------------------------------------------

// An exit leaves a TSS without a map of I/O ports. That is good for tasks that may use none, whose
// TSS says that its map is beyond any limit.
static void check_tss(BX_CPU_C *cpu)
{
  const unsigned MAP_BASE = 0x66, NOWHERE = 0x8000;
  u64 base = cpu->tr.cache.u.segment.base, pa, value;
  u32 limit = cpu->tr.cache.u.segment.limit_scaled;

  if (! kernel_address(cpu->cr3, base + (MAP_BASE & ~7), &pa) || ! read64(pa, &value))
    return;
  unsigned map = value >> (8 * (MAP_BASE & 7)) & 0xffff;
  if (map < NOWHERE && map > limit &&
      report("host-state-TR.limit", "CPU %u returns to user mode with a TSS of %x bytes, its map of ports is at %x",
             cpu->which_cpu(), limit + 1, map))
    say_here();
}

// Breakpoints come and go with their task. When the kernel takes the last one away it leaves GE set: a
// DR7 as an exit leaves it, in the task that had one, was lost.
static void check_breakpoints(BX_CPU_C *cpu, const Cpu &d, u64 dr7)
{
  if (d.reference_space != space_of(cpu->cr3) || d.reference_fs_base != fs_base_of(cpu) ||
      ! (d.reference.dr7 & 0xff) || dr7 != 0x400)
    return;
  if (report("host-state-DR7", "CPU %u returns to user mode with DR7 " FMT_LL "x; it was " FMT_LL "x before a guest ran",
             cpu->which_cpu(), dr7, d.reference.dr7))
    say_here();
}

static void returns_to_user(BX_CPU_C *cpu, Cpu &d)
{
  unsigned c = cpu->which_cpu();
  HostState now;

  returned_to_user(cpu);
  read_host(cpu, &now);
  if (d.ran && d.has_reference) {
    counted.returns++;
    for (auto &r : HOST_REGISTERS)
      if (d.reference.*r.value != now.*r.value &&
          report(std::string("host-state-") + r.name, "CPU %u returns to user mode with " FMT_LL "x; it was " FMT_LL
                 "x before a guest ran", c, now.*r.value, d.reference.*r.value))
        say_here();
    if (d.ldt_lost && report("host-state-LDTR", "CPU %u returns to user mode without the LDT that it had before a guest ran", c))
      say_here();
    d.ldt_lost = false;
    check_breakpoints(cpu, d, now.dr7);
    check_tss(cpu);
    check_vectors(cpu, d);
  } else
    d.reference_pkru = cpu->pkru;
  d.reference = now;
  d.reference_space = space_of(cpu->cr3);
  d.reference_fs_base = fs_base_of(cpu);
  d.has_reference = true;
  d.ran = false;
}

void strict_ring(BX_CPU_C *cpu, bool user)
{
  unsigned c = cpu->which_cpu();

  if (c >= MAX_CPUS || cpu->in_vmx_guest || cpus[c].in_transition || ! cpu->long_mode())
    return;
  if (user)
    returns_to_user(cpu, cpus[c]);
  else
    user_left(cpu);
}

// Loaded anew by the kernel: what it was before does not matter any more.
void strict_lldt(BX_CPU_C *cpu)
{
  if (! cpu->in_vmx_guest)
    cpus[cpu->which_cpu()].ldt_lost = false;
}

void strict_wrmsr(BX_CPU_C *cpu, Bit32u index, Bit64u)
{
  Cpu &d = cpus[cpu->which_cpu()];
  int lazy;

  if (cpu->in_vmx_guest || d.in_transition)
    return;
  switch (index) {
  case BX_MSR_STAR: lazy = LAZY_STAR; break;
  case BX_MSR_LSTAR: lazy = LAZY_LSTAR; break;
  case BX_MSR_FMASK: lazy = LAZY_FMASK; break;
  case BX_MSR_TSC_AUX: lazy = LAZY_TSC_AUX; break;
  default: return;
  }
  d.lazy_writer[lazy] = stack_of(cpu);
}

// A breakpoint must not be armed while its address changes: it would hit at a guest's address.
void strict_mov_dr(BX_CPU_C *cpu, unsigned n, Bit64u value)
{
  unsigned c = cpu->which_cpu();

  if (cpu->in_vmx_guest || cpus[c].in_transition || ! (cpu->dr7.get32() >> (2 * n) & 3) || cpu->dr[n] == value)
    return;
  if (report("breakpoint-armed", "CPU %u loads DR%u with " FMT_LL "x while DR7 is %x", c, n, (u64) value, cpu->dr7.get32()))
    say_here();
}

void host_entry_begins(BX_CPU_C *cpu)
{
  const VMCS_HOST_STATE &h = cpu->vmcs.host_state;
  Cpu &d = cpus[cpu->which_cpu()];
  auto compare = [=](const char *what, u64 field, u64 live) {
    if (field != live && report(std::string("host-field-") + what, "CPU %u enters with " FMT_LL "x in the VMCS, " FMT_LL
                                "x in the CPU", cpu->which_cpu(), field, live))
      say_here();
  };

  compare("CR0", h.cr0, cpu->cr0.get32());
  compare("CR3", h.cr3, cpu->cr3);
  compare("CR4", h.cr4, cpu->cr4.get32());
  compare("FS_BASE", h.fs_base, cpu->sregs[BX_SEG_REG_FS].cache.u.segment.base);
  compare("GS_BASE", h.gs_base, cpu->sregs[BX_SEG_REG_GS].cache.u.segment.base);
  compare("GDTR_BASE", h.gdtr_base, cpu->gdtr.base);
  compare("IDTR_BASE", h.idtr_base, cpu->idtr.base);
  compare("TR", h.tr_selector, cpu->tr.selector.value);
  compare("TR_BASE", h.tr_base, cpu->tr.cache.u.segment.base);
  compare("SYSENTER_CS", h.sysenter_cs_msr, cpu->msr.sysenter_cs_msr);
  compare("SYSENTER_ESP", h.sysenter_esp_msr, cpu->msr.sysenter_esp_msr);
  compare("SYSENTER_EIP", h.sysenter_eip_msr, cpu->msr.sysenter_eip_msr);
  if (cpu->vmcs.vmexit_ctrls1.LOAD_EFER_MSR())
    compare("EFER", h.efer_msr, cpu->efer.get32());
  if (cpu->vmcs.vmexit_ctrls1.LOAD_PAT_MSR())
    compare("PAT", h.pat_msr, cpu->msr.pat.u64);
  // SS is null in a kernel that an interrupt entered from user mode: any value does.
  for (int i = 0; i < 6; i++)
    if (i != BX_SEG_REG_SS)
      compare("selector", h.segreg_selector[i], cpu->sregs[i].selector.value);

  if (cpu->ldtr.cache.valid)
    d.ldt_lost = true;			// by the exit, which there always is
}

// The state in which a guest must not run, for the host's sake.
static void check_guest(BX_CPU_C *cpu, const Vmcs &v)
{
  unsigned c = cpu->which_cpu();
  const u32 MCE = 1 << 6;
  u64 now[NR_LAZY];

  if ((cpu->vmcs.host_state.cr4 & MCE) && ! (cpu->cr4.get32() & MCE) &&
      report("entry-without-mce", "CPU %u enters with CR4.MCE clear: a machine check would shut it down", c))
    say_here();
  if (! cpu->vmcs.vmentry_ctrls.LOAD_DBG_CTRLS() && (cpu->dr7.get32() & 0xff) &&
      report("entry-with-breakpoints", "CPU %u enters with DR7 %x of the host's", c, cpu->dr7.get32()))
    say_here();

  // Another hypervisor may believe that what it left in these is still there.
  if (! v.has_exited || v.exit_cpu != c)
    return;
  read_lazy(cpu, now);
  u64 stack = cpu->vmcs.host_state.rsp >> STACK_SHIFT;
  for (int i = 0; i < NR_LAZY; i++)
    if (now[i] != v.lazy[i] && cpus[c].lazy_writer[i] != stack &&
        report(std::string("entry-foreign-") + lazy_names[i], "CPU %u enters VMCS " FMT_LL "x with " FMT_LL
               "x, which another thread left there; it was " FMT_LL "x at the last exit", c, (u64) cpu->vmcsptr, now[i], v.lazy[i]))
      say_here();
}

// A guest that has not told its CPU that it uses vector registers has no instruction to read them.
static bool sees_vectors(BX_CPU_C *cpu)
{
  const u32 OSFXSR = 1 << 9, OSXSAVE = 1 << 18;

  return cpu->cr4.get32() & (OSFXSR | OSXSAVE);
}

// Whatever a guest finds in registers that it did not leave there must come from what it asked for.
static void check_leaks(BX_CPU_C *cpu, Vmcs &v)
{
  unsigned c = cpu->which_cpu();
  u64 pa;

  for (int i = 0; i < 16; i++) {
    u64 value = cpu->gen_reg[i].rrx;

    if (i == BX_64BIT_REG_RSP || value == v.registers[i] || value >> 47 != 0x1ffff)
      continue;
    if (kernel_address(cpu->vmcs.host_state.cr3, value, &pa) &&
        report("entry-register-leak", "CPU %u enters with " FMT_LL "x, an address of the host's kernel, in register %d", c, value, i))
      say_here();
  }

  v.sees_vectors = sees_vectors(cpu);
  if (! v.sees_vectors)
    return;
  // As much as the guest's XCR0 lets it see.
  u32 xcr0 = cpu->xcr0.get32();
  Vectors now;
  read_vectors(cpu, &now);
  for (int i = 0; i < ((xcr0 & 0x80) ? 32 : 16); i++)
    for (int j = 0; j < 8; j += 2) {
      if ((j == 2 && ! (xcr0 & 4)) || (j >= 4 && ! (xcr0 & 0x40)))
        break;
      if (! telling(&now.zmm[i][j]) || (v.has_vectors && ! memcmp(&now.zmm[i][j], &v.vectors.zmm[i][j], 16)))
        continue;
      if (report("entry-vector-leak", "CPU %u enters with " FMT_LL "x " FMT_LL "x in bits from %d on of ZMM%d, which the guest did not "
                 "leave there", c, now.zmm[i][j], now.zmm[i][j + 1], 64 * j, i))
        say_here();
    }
}

void host_entry(BX_CPU_C *cpu, Vmcs *v)
{
  check_guest(cpu, *v);
  if (has_ept(cpu))
    check_leaks(cpu, *v);
}

void host_exit_begins(BX_CPU_C *cpu, Vmcs *v)
{
  read_lazy(cpu, v->lazy);
  for (int i = 0; i < 16; i++)
    v->registers[i] = cpu->gen_reg[i].rrx;
  Vectors &left = cpus[cpu->which_cpu()].guest_vectors;
  read_vectors(cpu, &left);
  if (v->sees_vectors || sees_vectors(cpu)) {
    v->vectors = left;
    v->has_vectors = true;
  }
}
