// SPDX-License-Identifier: GPL-2.0-only
//
// What each CPU may hold for guests: guest-physical mappings as large as their EPT entry, pointers to
// EPT tables (paging-structure caches), and combined mappings by VPID and PCID.
//
// All come in with walks that the emulator does, none are evicted. They go by INVEPT, INVVPID, what
// the guest invalidates itself, EPT violations (of that address), and, those with VPID 0, by
// entries and exits.
#include "model.hh"

bool Space::empty() const
{
  if (! mappings.empty() || ! pointers.empty())
    return false;
  for (auto &context : contexts)
    if (! context.second.pages.empty())
      return false;
  return true;
}

Space *space(unsigned c, u64 ep4ta)
{
  auto i = cpus[c].spaces.find(ep4ta);

  return i == cpus[c].spaces.end() ? NULL : &i->second;
}

// Speculative walks: all that a table has comes in with its first entry.
static void speculate(Space *s, u64 table, int level, u64 gpn)
{
  u64 entry, base = gpn & ~(pages_of(level + 1) - 1);

  for (unsigned i = 0; i < 512; i++) {
    if (! read64(table + i * 8, &entry) || ! (entry & 7) || (level > 1 && ! (entry & 0x80)))
      continue;
    u64 pfn = (entry & FRAME) >> 12 & ~(pages_of(level) - 1);
    if (s->mappings.insert(std::make_pair(key_of(level, base + i * pages_of(level)),
                                          Mapping { pfn, (unsigned) entry & 7, 0 })).second)
      watch_struct_pages(pfn, pages_of(level));
  }
}

void strict_guest_physical(BX_CPU_C *cpu, Bit64u gpa, const bx_phy_address *entry_addr, const Bit64u *entry,
                           int leaf, unsigned access, Bit64u hpa)
{
  u64 gpn = gpa >> 12, ep4ta = ep4ta_of(cpu);
  bool new_table = false;

  settle();
  counted.walks++;
  Cpu &c = cpus[cpu->which_cpu()];
  Space &s = c.spaces[ep4ta];
  c.last_access = access & 7;
  for (int i = 3; i >= leaf; i--) {		// the emulator counts levels from 0
    int level = i + 1;
    u64 table = entry_addr[i] & FRAME, base = gpn & ~(pages_of(level + 1) - 1);

    if (! is_table(table, ep4ta, base, level))
      add_table(table, ep4ta, base, level);
    if (i == leaf)
      break;
    auto p = s.pointers.find(key_of(level, gpn));
    if (p == s.pointers.end()) {
      s.pointers[key_of(level, gpn)] = Pointer { entry[i] & FRAME, 0 };
      new_table = i == leaf + 1;
    } else if (! p->second.change)
      p->second.table = entry[i] & FRAME;
  }

  int level = leaf + 1;
  u64 pfn = (hpa >> 12) & ~(pages_of(level) - 1);
  auto m = s.mappings.find(key_of(level, gpn));
  if (m == s.mappings.end()) {
    s.mappings[key_of(level, gpn)] = Mapping { pfn, access & 7, 0 };
    watch_struct_pages(pfn, pages_of(level));
  } else if (! m->second.change) {
    if (m->second.pfn != pfn)
      note("unseen", "the model has missed a change of GFN " FMT_LL "x", gpn);
    m->second.pfn = pfn;
    m->second.access = access & 7;
  }
  if (strict_eager && new_table)
    speculate(&s, entry_addr[leaf] & FRAME, level, gpn);
}

// STRICT=stale: the translation that a CPU may use where the tables say something else by now.
bool strict_cached(BX_CPU_C *cpu, Bit64u gpa, unsigned rw, bx_phy_address *hpa)
{
  if (! strict_stale)
    return false;
  settle();
  Space *s = space(cpu->which_cpu(), ep4ta_of(cpu));
  if (! s || ! s->nr_stale)
    return false;
  unsigned wanted = rw == BX_EXECUTE ? 4 : (rw & 1) ? 2 : 1;
  for (int level = 1; level <= 3; level++) {
    auto m = s->mappings.find(key_of(level, gpa >> 12));

    if (m == s->mappings.end() || ! m->second.change || (m->second.access & wanted) != wanted)
      continue;
    *hpa = (m->second.pfn << 12) + (gpa & ((pages_of(level) << 12) - 1));
    return true;
  }
  return false;
}

void strict_combined(BX_CPU_C *cpu, Bit64u laddr, Bit32u lpf_mask, Bit64u gpa, Bit64u hpa, bool global)
{
  Cpu &c = cpus[cpu->which_cpu()];

  settle();
  counted.combined++;
  Space &s = c.spaces[ep4ta_of(cpu)];
  Context &context = s.contexts[vpid_of(cpu) << 16 | (global ? GLOBAL : pcid_of(cpu))];
  Combined now = { gpa >> 12, hpa >> 12, lpf_mask >> 12, c.last_access, 0, NULL };
  auto i = context.pages.find(laddr >> 12);

  context.vmcs = cpu->vmcsptr;
  if (i == context.pages.end()) {
    context.pages[laddr >> 12] = now;
    context.nr_large += now.mask != 0;
  } else if (! i->second.change && ! i->second.gone)
    i->second = now;
  if (now.gpn < s.combined_gpns.size())
    s.combined_gpns[now.gpn] = true;
}

void strict_ept_violation(BX_CPU_C *cpu, Bit64u gpa, Bit64u laddr, bool laddr_valid)
{
  settle();
  Space *s = space(cpu->which_cpu(), ep4ta_of(cpu));
  if (! s)
    return;
  for (int level = 1; level <= 3; level++)
    s->mappings.erase(key_of(level, gpa >> 12));
  for (int level = 2; level <= 4; level++)
    s->pointers.erase(key_of(level, gpa >> 12));
  if (! laddr_valid)
    return;
  for (u32 pcid : { pcid_of(cpu), GLOBAL }) {
    auto context = s->contexts.find(vpid_of(cpu) << 16 | pcid);

    if (context != s->contexts.end())
      context->second.pages.erase(laddr >> 12);
  }
}

void drop_untagged(unsigned c)
{
  for (auto &s : cpus[c].spaces)
    for (auto x = s.second.contexts.begin(); x != s.second.contexts.end(); )
      if (! (x->first >> 16))
        x = s.second.contexts.erase(x);
      else
        ++x;
}

void strict_invept(BX_CPU_C *cpu, unsigned type, Bit64u eptp)
{
  settle();
  counted.invept++;
  if (type == BX_INVEPT_INVVPID_SINGLE_CONTEXT_INVALIDATION)
    cpus[cpu->which_cpu()].spaces.erase(eptp & FRAME);
  else
    cpus[cpu->which_cpu()].spaces.clear();
}

// A linear page, which a large one may contain.
static void drop_page(Context *context, u64 page)
{
  context->pages.erase(page);
  if (! context->nr_large)
    return;
  for (auto i = context->pages.begin(); i != context->pages.end(); )
    if (i->second.mask && ! ((i->first ^ page) & ~i->second.mask))
      i = context->pages.erase(i);
    else
      ++i;
}

void strict_invvpid(BX_CPU_C *cpu, unsigned type, unsigned vpid, Bit64u laddr)
{
  settle();
  counted.invvpid++;
  for (auto &s : cpus[cpu->which_cpu()].spaces) {
    auto &contexts = s.second.contexts;

    for (auto x = contexts.begin(); x != contexts.end(); ) {
      bool this_one = x->first >> 16 == vpid, drop = false;

      switch (type) {
      case BX_INVEPT_INVVPID_INDIVIDUAL_ADDRESS_INVALIDATION:
        if (this_one)
          drop_page(&x->second, laddr >> 12);
        break;
      case BX_INVEPT_INVVPID_SINGLE_CONTEXT_INVALIDATION:
        drop = this_one;
        break;
      case BX_INVEPT_INVVPID_ALL_CONTEXT_INVALIDATION:
        drop = x->first >> 16;
        break;
      default:
        drop = this_one && (x->first & 0xffff) != GLOBAL;
        break;
      }
      if (drop)
        x = contexts.erase(x);
      else
        ++x;
    }
  }
}

// A vCPU invalidates on the CPU where it runs; what it had elsewhere must not be used again.
void gone_everywhere(unsigned c, u64 ep4ta, u32 vpid, int pcid, const char *why, bool here_too)
{
  for (unsigned d = 0; d < BX_SMP_PROCESSORS; d++) {
    Space *s = space(d, ep4ta);

    for (auto x = s ? s->contexts.begin() : std::map<u32, Context>::iterator(); s && x != s->contexts.end(); ) {
      if (x->first >> 16 != vpid || (pcid != EVERY_PCID && (x->first & 0xffff) != (u32) pcid)) {
        ++x;
      } else if (d == c && ! here_too) {
        x = s->contexts.erase(x);
      } else {
        if (! x->second.pages.empty()) {
          x->second.gone = why;
          s->nr_gone++;
        }
        ++x;
      }
    }
  }
}

static void page_gone_everywhere(BX_CPU_C *cpu, u32 pcid, u64 page, const char *why)
{
  u64 ep4ta = ep4ta_of(cpu);

  for (unsigned d = 0; d < BX_SMP_PROCESSORS; d++) {
    Space *s = space(d, ep4ta);
    if (! s)
      continue;
    auto context = s->contexts.find(vpid_of(cpu) << 16 | pcid);
    if (context == s->contexts.end())
      continue;
    if (d == cpu->which_cpu()) {
      drop_page(&context->second, page);
      continue;
    }
    auto i = context->second.pages.find(page);
    if (i != context->second.pages.end() && ! i->second.gone) {
      i->second.gone = why;
      s->nr_gone++;
    }
  }
}

static bool of_guest(BX_CPU_C *cpu)
{
  if (! cpu->in_vmx_guest || ! has_ept(cpu))
    return false;
  settle();
  return true;
}

void strict_invlpg(BX_CPU_C *cpu, Bit64u laddr)
{
  if (! of_guest(cpu))
    return;
  page_gone_everywhere(cpu, pcid_of(cpu), laddr >> 12, "INVLPG on another CPU");
  page_gone_everywhere(cpu, GLOBAL, laddr >> 12, "INVLPG on another CPU");
}

// Types of INVPCID; the last one leaves global pages alone as the first two do.
enum { INVPCID_PAGE, INVPCID_CONTEXT, INVPCID_EVERYTHING, INVPCID_EVERY_CONTEXT };

void strict_invpcid(BX_CPU_C *cpu, unsigned type, unsigned pcid, Bit64u laddr)
{
  static const char why[] = "INVPCID on another CPU";
  unsigned c = cpu->which_cpu();

  if (! of_guest(cpu))
    return;
  u64 ep4ta = ep4ta_of(cpu);
  u32 vpid = vpid_of(cpu);
  switch (type) {
  case INVPCID_PAGE:
    page_gone_everywhere(cpu, pcid, laddr >> 12, why);
    break;
  case INVPCID_CONTEXT:
    gone_everywhere(c, ep4ta, vpid, pcid, why, false);
    break;
  case INVPCID_EVERYTHING:
    gone_everywhere(c, ep4ta, vpid, EVERY_PCID, why, false);
    break;
  default: {
    std::unordered_set<u32> pcids;

    for (unsigned d = 0; d < BX_SMP_PROCESSORS; d++)
      if (Space *s = space(d, ep4ta))
        for (auto &x : s->contexts)
          if (x.first >> 16 == vpid && (x.first & 0xffff) != GLOBAL)
            pcids.insert(x.first & 0xffff);
    for (u32 p : pcids)
      gone_everywhere(c, ep4ta, vpid, p, why, false);
    break;
  }
  }
}

Flush flush_of(u32 cr0, u32 new_cr0, u32 cr4, u32 new_cr4)
{
  const u32 PG = 1u << 31, PAE = 1 << 5, PGE = 1 << 7, PCIDE = 1 << 17, SMEP = 1 << 20;

  if ((cr0 & ~new_cr0) & PG)
    return FLUSH_VPID;
  if (((cr4 ^ new_cr4) & PGE) || ((cr4 & ~new_cr4) & PCIDE))
    return FLUSH_VPID;
  if (((cr4 ^ new_cr4) & PAE) || ((new_cr4 & ~cr4) & SMEP))
    return FLUSH_PCID;
  return FLUSH_NOTHING;
}

static void flush_elsewhere(BX_CPU_C *cpu, Flush flush, const char *why)
{
  if (flush != FLUSH_NOTHING)
    gone_everywhere(cpu->which_cpu(), ep4ta_of(cpu), vpid_of(cpu),
                    flush == FLUSH_VPID ? EVERY_PCID : (int) pcid_of(cpu), why, false);
}

void strict_mov_cr3(BX_CPU_C *cpu, bool keep)
{
  if (! keep && of_guest(cpu))
    flush_elsewhere(cpu, FLUSH_PCID, "MOV to CR3 on another CPU");
}

void strict_mov_cr0(BX_CPU_C *cpu, Bit32u old_value)
{
  if (of_guest(cpu))
    flush_elsewhere(cpu, flush_of(old_value, cpu->cr0.get32(), 0, 0), "MOV to CR0 on another CPU");
}

void strict_mov_cr4(BX_CPU_C *cpu, Bit32u old_value)
{
  if (of_guest(cpu))
    flush_elsewhere(cpu, flush_of(0, 0, old_value, cpu->cr4.get32()), "MOV to CR4 on another CPU");
}
