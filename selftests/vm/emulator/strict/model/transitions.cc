// SPDX-License-Identifier: GPL-2.0-only
//
// Entries and exits: what a CPU may hold must fit by then.
#include "model.hh"
#include <set>

Cpu cpus[MAX_CPUS];

// A change counts as complete when its maker has had so much time, whatever it does meanwhile: a
// worker thread of the kernel never enters a guest and never gets to user mode.
static const u64 LONGEST = 50000000;

static void stale(const char *type, unsigned c, u64 ep4ta, Space *s)
{
  std::set<u32> seen;
  auto look_at = [&](u32 *noted, const char *what, u64 gpn, u64 pfn) {
    if (! *noted || *noted == REPORTED || ! changes[*noted].complete)
      return;
    if (seen.insert(*noted).second &&
        report(type, "CPU %u may use a stale %s: GFN " FMT_LL "x leads to frame " FMT_LL "x (EP4TA " FMT_LL "x, VPID %u)",
               c, what, gpn, pfn, ep4ta, cpus[c].vpid)) {
      say_here();
      say_where("EPT changed", changes[*noted].where);
    }
    *noted = REPORTED;
  };

  for (auto &i : s->mappings)
    look_at(&i.second.change, "guest-physical mapping", gpn_of(i.first), i.second.pfn);
  for (auto &i : s->pointers)
    look_at(&i.second.change, "pointer to an EPT table", gpn_of(i.first), i.second.table >> 12);
  for (auto &context : s->contexts)
    for (auto &i : context.second.pages)
      look_at(&i.second.change, "combined mapping", i.second.gpn, i.second.pfn);
}

template<typename Condition> static void complete_if(Condition complete)
{
  u64 now = bx_pc_system.time_ticks();
  bool any = false;

  for (unsigned i = 0; i < open_changes.size(); ) {
    Change &change = changes[open_changes[i]];

    if (complete(change) || now > change.where.tick + LONGEST) {
      change.complete = any = true;
      open_changes[i] = open_changes.back();
      open_changes.pop_back();
    } else
      i++;
  }
  if (! any)
    return;
  for (unsigned c = 0; c < BX_SMP_PROCESSORS; c++) {
    Space *s = cpus[c].guest ? space(c, cpus[c].ep4ta) : NULL;
    if (s && s->nr_stale)
      stale("running-stale", c, cpus[c].ep4ta, s);
  }
}

void returned_to_user(BX_CPU_C *cpu)
{
  settle();
  if (open_changes.empty())
    return;
  // The stack at hand is not the thread's any more. The kernel leaves FS to user space.
  u64 process = space_of(cpu->cr3), thread = fs_base_of(cpu);
  complete_if([=](const Change &change) {
    return ! change.by_vcpu && space_of(change.where.cr3) == process && change.where.fs_base == thread;
  });
}

void strict_entry_begins(BX_CPU_C *cpu)
{
  kernel_tables(cpu->cr3);
  cpus[cpu->which_cpu()].in_transition = true;
  host_entry_begins(cpu);
}

static void check_pages(BX_CPU_C *cpu, unsigned c)
{
  auto check = [&](u64 pa, const char *what) {
    u32 count;

    if (reference_count(pa >> 12, &count) && count == 0 &&
        report("entry-freed-page", "CPU %u enters with a freed page " FMT_LL "x as its %s", c, pa, what))
      say_here();
    watch_struct_pages(pa >> 12, 1);
  };

  check(ep4ta_of(cpu), "EPT root");
  if (cpu->vmcs.vmexec_ctrls1.MSR_BITMAPS())
    check(cpu->vmcs.msr_bitmap_addr, "MSR bitmap");
  if (cpu->vmcs.vmexec_ctrls1.TPR_SHADOW())
    check(cpu->vmcs.virtual_apic_page_addr, "virtual-APIC page");
}

// What the hypervisor did to control registers counts as if the vCPU had done it.
static void check_control_registers(BX_CPU_C *cpu, const Vmcs &v)
{
  unsigned c = cpu->which_cpu();
  u32 vpid = cpus[c].vpid, cr0 = cpu->cr0.get32(), cr4 = cpu->cr4.get32();

  if (! v.has_exited || ! vpid)
    return;
  switch (flush_of(v.cr0, cr0, v.cr4, cr4)) {
  case FLUSH_VPID:
    gone_everywhere(c, ep4ta_of(cpu), vpid, EVERY_PCID, "the hypervisor changed CR0.PG, CR4.PGE or CR4.PCIDE", true);
    break;
  case FLUSH_PCID:
    gone_everywhere(c, ep4ta_of(cpu), vpid, pcid_of(cpu), "the hypervisor changed CR4.PAE or CR4.SMEP", true);
    break;
  case FLUSH_NOTHING:
    if (v.cr3 != cpu->cr3)
      gone_everywhere(c, ep4ta_of(cpu), vpid, pcid_of(cpu), "the hypervisor changed CR3", true);
    break;
  }
}

// Combined mappings that were invalidated where the vCPU ran, but not here.
static void check_gone(BX_CPU_C *cpu, unsigned c, Space *s)
{
  for (auto &x : s->contexts) {
    Context &context = x.second;
    const char *why = context.gone;
    u64 page = 0, count = 0;

    if (x.first >> 16 != cpus[c].vpid)
      continue;
    for (auto i = context.pages.begin(); i != context.pages.end(); ) {
      if (! context.gone && ! i->second.gone) {
        ++i;
        continue;
      }
      why = context.gone ? context.gone : i->second.gone;
      page = i->first;
      count++;
      i = context.pages.erase(i);
    }
    context.gone = NULL;
    if (count && report(strncmp(why, "the hypervisor", 14) ? "entry-after-guest-flush" : "entry-after-vmm-flush",
                        "CPU %u enters VPID %u, PCID %x: %s, but " FMT_LL "u of its translations may be left (linear page "
                        FMT_LL "x)", c, cpus[c].vpid, x.first & 0xffff, why, count, page))
      say_here();
  }
  s->nr_gone = 0;
}

void strict_entry(BX_CPU_C *cpu, bool launch)
{
  unsigned c = cpu->which_cpu();
  Cpu &d = cpus[c];
  static bool told;

  settle();
  counted.entries++;
  if (! told) {
    told = true;
    say("STRICT HOST_RIP " FMT_LL "x\n", (u64) cpu->vmcs.host_state.rip);
  }
  d.guest = d.ran = true;
  d.in_transition = false;
  d.vpid = vpid_of(cpu);
  d.ep4ta = has_ept(cpu) ? ep4ta_of(cpu) : 0;

  Vmcs &v = vmcss[cpu->vmcsptr];
  if ((v.state != Vmcs::ACTIVE || v.cpu != c) &&
      report("entry-not-active", "CPU %u enters with VMCS " FMT_LL "x, which is not active here", c, (u64) cpu->vmcsptr))
    say_here();
  if (launch == v.launched)
    report("entry-launch-state", "CPU %u: %s of VMCS " FMT_LL "x", c,
           launch ? "VMLAUNCH of a launched one," : "VMRESUME of one that is not launched,", (u64) cpu->vmcsptr);
  v.launched = true;
  host_entry(cpu, &v);
  if (! has_ept(cpu))
    return;
  check_pages(cpu, c);
  if (! d.vpid)
    drop_untagged(c);
  check_control_registers(cpu, v);

  // This thread's changes of EPTs are complete.
  u64 stack = cpu->vmcs.host_state.rsp >> STACK_SHIFT;
  vcpu_stacks.insert(stack);
  complete_if([=](const Change &change) { return change.stack == stack; });

  if (strict_eager)
    add_reachable_tables(c, d.ep4ta);
  Space *s = space(c, d.ep4ta);
  if (! s)
    return;
  if (s->dead && ! s->empty() &&
      report("entry-dead-ept", "CPU %u enters with EP4TA " FMT_LL "x, and may hold translations of an earlier EPT with this root",
             c, d.ep4ta))
    say_here();
  s->dead = false;
  if (s->nr_stale)
    stale("entry-stale", c, d.ep4ta, s);
  for (auto &x : s->contexts) {
    if (x.first >> 16 != d.vpid || x.second.pages.empty() || x.second.vmcs == cpu->vmcsptr)
      continue;
    if (report("vpid-shared", "CPU %u enters VMCS " FMT_LL "x with VPID %u and EP4TA " FMT_LL "x, with translations of VMCS " FMT_LL
               "x", c, (u64) cpu->vmcsptr, d.vpid, d.ep4ta, x.second.vmcs))
      say_here();
    x.second.vmcs = cpu->vmcsptr;
  }
  if (s->nr_gone)
    check_gone(cpu, c, s);
}

void strict_exit_begins(BX_CPU_C *cpu, Bit32u reason)
{
  unsigned c = cpu->which_cpu();
  Cpu &d = cpus[c];

  settle();
  d.in_transition = true;
  if (reason & 0x80000000)		// an entry that failed
    return;
  counted.exits++;
  d.guest = false;
  Vmcs &v = vmcss[cpu->vmcsptr];
  v.cr0 = cpu->cr0.get32();
  v.cr3 = cpu->cr3;
  v.cr4 = cpu->cr4.get32();
  v.has_exited = true;
  v.exit_cpu = c;
  host_exit_begins(cpu, &v);
  if (! d.vpid)
    drop_untagged(c);
}

void strict_exit(BX_CPU_C *cpu)
{
  cpus[cpu->which_cpu()].in_transition = false;
  // An emulator that is kinder than the manual would hide faults.
  if (cpu->tr.cache.u.segment.limit_scaled != 0x67 || cpu->gdtr.limit != 0xffff || cpu->idtr.limit != 0xffff ||
      cpu->dr7.get32() != 0x400 || cpu->ldtr.cache.valid || cpu->eflags != 2 || cpu->msr.ia32_debugctl)
    note("exit-state", "the emulator's exit left something else than the manual says");
}
