// SPDX-License-Identifier: GPL-2.0-only
//
// VMCS discipline: a VMCS is active on one CPU, which may keep parts of it to itself until VMCLEAR.
#include "model.hh"

std::unordered_map<u64, Vmcs> vmcss;

const char *const lazy_names[NR_LAZY] = { "STAR", "LSTAR", "FMASK", "TSC_AUX" };

static void violation(const char *type, const char *format, ...) BX_CPP_AttrPrintf(2, 3);

static void violation(const char *type, const char *format, ...)
{
  char text[256];
  va_list arguments;

  va_start(arguments, format);
  vsnprintf(text, sizeof(text), format, arguments);
  va_end(arguments);
  if (report(type, "%s", text))
    say_here();
}

void vmcs_page_freed(u64 pa)
{
  auto v = vmcss.find(pa);

  if (v != vmcss.end()) {
    if (v->second.state == Vmcs::ACTIVE)
      violation("vmcs-freed", "VMCS " FMT_LL "x is freed while it is active on CPU %u", pa, v->second.cpu);
    unwatch(pa, WATCH_VMCS);
    vmcss.erase(v);
  }
  for (unsigned c = 0; c < BX_SMP_PROCESSORS; c++) {
    VMCS_CACHE &vmcs = BX_CPU(c)->vmcs;

    if (cpus[c].vmxon == pa)
      violation("vmxon-freed", "the VMXON region " FMT_LL "x is freed while CPU %u is in VMX operation", pa, c);
    if (cpus[c].guest && ((vmcs.vmexec_ctrls1.MSR_BITMAPS() && (vmcs.msr_bitmap_addr & FRAME) == pa) ||
                          (vmcs.vmexec_ctrls1.TPR_SHADOW() && (vmcs.virtual_apic_page_addr & FRAME) == pa)))
      violation("control-page-freed", "page " FMT_LL "x is freed while CPU %u runs a guest with it in its VMCS", pa, c);
  }
}

void vmcs_stored_to(u64 page, unsigned offset, Bit8u why)
{
  auto v = vmcss.find(page);

  if ((why & WATCH_VMCS) && v != vmcss.end() && v->second.state == Vmcs::ACTIVE)
    violation("vmcs-store", "an ordinary store to VMCS " FMT_LL "x, offset %x, active on CPU %u", page, offset, v->second.cpu);
  for (unsigned c = 0; (why & WATCH_VMXON) && c < BX_SMP_PROCESSORS; c++)
    if (cpus[c].vmxon == page)
      violation("vmxon-store", "an ordinary store to the VMXON region " FMT_LL "x of CPU %u", page, c);
}

void strict_vmxon(BX_CPU_C *cpu, Bit64u pa)
{
  unsigned c = cpu->which_cpu();

  counted.vmxon++;
  settle();
  for (unsigned d = 0; d < BX_SMP_PROCESSORS; d++)
    if (d != c && cpus[d].vmxon == pa)
      violation("vmxon-shared", "the VMXON region " FMT_LL "x of CPU %u is used by CPU %u too", pa, d, c);
  // Translations survive VMXOFF and VMXON: nothing says otherwise.
  cpus[c].vmxon = pa;
  watch(pa, WATCH_VMXON);
  kernel_tables(cpu->cr3);
  watch_struct_pages(pa >> 12, 1);
}

static void lose_active(unsigned c, const char *how)
{
  for (auto &v : vmcss)
    if (v.second.state == Vmcs::ACTIVE && v.second.cpu == c) {
      v.second.state = Vmcs::LOST;
      if (how)
        violation("vmxoff-active", "%s on CPU %u with VMCS " FMT_LL "x active", how, c, v.first);
    }
}

static void leave_vmx(unsigned c)
{
  unwatch(cpus[c].vmxon, WATCH_VMXON);
  cpus[c].vmxon = 0;
}

void strict_vmxoff(BX_CPU_C *cpu)
{
  unsigned c = cpu->which_cpu();

  counted.vmxoff++;
  settle();
  lose_active(c, "VMXOFF");
  leave_vmx(c);
}

// INIT and RESET empty the TLB. Outside of VMX operation, where INIT is not blocked, a VMCS is not active.
void strict_reset(BX_CPU_C *cpu, bool hardware)
{
  unsigned c = cpu->which_cpu();

  if (c >= MAX_CPUS)
    return;
  settle();
  lose_active(c, hardware ? NULL : "INIT");
  leave_vmx(c);
  cpus[c] = Cpu();
}

void strict_vmptrld(BX_CPU_C *cpu, Bit64u pa)
{
  unsigned c = cpu->which_cpu();

  counted.vmptrld++;
  settle();
  Vmcs &v = vmcss[pa];
  if (v.state == Vmcs::ACTIVE && v.cpu != c)
    violation("vmptrld-active-elsewhere", "VMPTRLD of " FMT_LL "x on CPU %u, active on CPU %u", pa, c, v.cpu);
  else if (v.state == Vmcs::UNKNOWN)
    violation("vmptrld-not-cleared", "VMPTRLD of " FMT_LL "x on CPU %u: never cleared", pa, c);
  else if (v.state == Vmcs::LOST)
    violation("vmptrld-not-cleared", "VMPTRLD of " FMT_LL "x on CPU %u: it was active at VMXOFF or reset", pa, c);
  v.state = Vmcs::ACTIVE;
  v.cpu = c;
  watch(pa, WATCH_VMCS);
  watch_struct_pages(pa >> 12, 1);
}

void strict_vmclear(BX_CPU_C *cpu, Bit64u pa)
{
  unsigned c = cpu->which_cpu();

  counted.vmclear++;
  settle();
  Vmcs &v = vmcss[pa];
  if (v.state == Vmcs::ACTIVE && v.cpu != c) {
    violation("vmclear-active-elsewhere", "VMCLEAR of " FMT_LL "x on CPU %u, active on CPU %u, whose copy stays", pa, c, v.cpu);
    return;
  }
  v.state = Vmcs::CLEAR;
  v.launched = false;
}

void strict_vmfail(BX_CPU_C *cpu, unsigned error)
{
  if (note("vmfail", "an instruction of VMX fails with error %u on CPU %u", error, cpu->which_cpu()))
    say_here();
}
