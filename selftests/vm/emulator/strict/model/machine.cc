// SPDX-License-Identifier: GPL-2.0-only
//
// The machine's memory as the model reads it, and who does something in it.
//
// Frames that are freed are seen in the kernel's memory map: a frame's struct page has its
// reference count at a fixed place, in 6.1 and 6.12 alike. That needs "nokaslr".
#include "model.hh"

static const u64 MEMORY_MAP = BX_CONST64(0xffffea0000000000);
static const unsigned STRUCT_PAGE = 64, REFERENCE_COUNT = 52;
static const u64 PER_PAGE = 4096 / STRUCT_PAGE;

static u64 kernel_cr3;
static bool no_memory_map;
static std::unordered_map<u64, u64> groups;	// page of the memory map -> its first pfn / PER_PAGE
static std::unordered_set<u64> watched_groups;
static std::vector<u64> touched;		// frames whose count may have changed

bool read64(u64 pa, u64 *value)
{
  if (pa >= BX_MEM(0)->get_memory_len())
    return false;
  Bit8u *p = BX_MEM(0)->getHostMemAddr(NULL, pa, BX_READ);
  if (! p)
    return false;
  memcpy(value, p, 8);
  return true;
}

bool kernel_address(u64 cr3, u64 va, u64 *pa)
{
  u64 table = cr3 & FRAME, entry;

  for (int level = 4; ; level--) {
    if (! read64(table + ((va >> (9 * level)) & 0xff8), &entry) || ! (entry & 1))
      return false;
    if (level == 1 || (level <= 3 && (entry & 0x80))) {
      u64 mask = (pages_of(level) << 12) - 1;
      *pa = (entry & FRAME & ~mask) | (va & mask);
      return true;
    }
    table = entry & FRAME;
  }
}

void kernel_tables(u64 cr3)
{
  kernel_cr3 = cr3;
}

bool reference_count(u64 pfn, u32 *count)
{
  u64 pa, value;

  if (no_memory_map || ! kernel_cr3 ||
      ! kernel_address(kernel_cr3, MEMORY_MAP + pfn * STRUCT_PAGE + (REFERENCE_COUNT & ~7), &pa) || ! read64(pa, &value))
    return false;
  *count = (u32) (value >> (8 * (REFERENCE_COUNT & 7)));
  return true;
}

void watch_struct_pages(u64 pfn, u64 count)
{
  for (u64 group = pfn / PER_PAGE; group <= (pfn + count - 1) / PER_PAGE; group++) {
    u64 pa;

    if (no_memory_map || ! kernel_cr3 || watched_groups.count(group))
      continue;
    if (! kernel_address(kernel_cr3, MEMORY_MAP + group * 4096, &pa)) {
      // The APIC's page, for one, is no memory.
      if (group * PER_PAGE << 12 < BX_MEM(0)->get_memory_len()) {
        no_memory_map = true;
        note("no-memory-map", "the kernel has no memory map where it should be: frees are not seen");
      }
      continue;
    }
    watched_groups.insert(group);
    groups[pa >> 12] = group;
    watch(pa, WATCH_STRUCT_PAGES);
  }
}

// A store to the memory map: which frames' counts does it touch?
void struct_pages_stored_to(u64 page, unsigned offset, unsigned len)
{
  auto group = groups.find(page >> 12);

  if (group == groups.end())
    return;
  for (unsigned i = offset / STRUCT_PAGE; i <= (offset + len - 1) / STRUCT_PAGE && i < PER_PAGE; i++) {
    unsigned at = i * STRUCT_PAGE + REFERENCE_COUNT;

    if (offset < at + 4 && offset + len > at)
      touched.push_back(group->second * PER_PAGE + i);
  }
}

// Frames whose count was touched since the last call.
void take_touched(std::vector<u64> *frames)
{
  frames->clear();
  frames->swap(touched);
}

u64 stack_of(BX_CPU_C *cpu)
{
  return cpu->gen_reg[BX_64BIT_REG_RSP].rrx >> STACK_SHIFT;
}

u64 space_of(u64 cr3)
{
  return cr3 & ~BX_CONST64(0x1fff);
}

u64 fs_base_of(BX_CPU_C *cpu)
{
  return cpu->sregs[BX_SEG_REG_FS].cache.u.segment.base;
}

void look(Where *where, bool callers)
{
  BX_CPU_C *cpu = BX_CPU(strict_cpu);

  where->cpu = strict_cpu;
  where->rip = cpu->prev_rip;
  where->rsp = cpu->gen_reg[BX_64BIT_REG_RSP].rrx;
  where->cr3 = cpu->cr3;
  where->fs_base = fs_base_of(cpu);
  where->tick = bx_pc_system.time_ticks();
  where->guest = cpu->in_vmx_guest;
  where->user = cpu->user_pl;
  where->nr_callers = 0;
  if (! callers || where->guest || where->user)
    return;

  // All that looks like an address of kernel code on the stack.
  u64 pa = 0, page = 1, value;
  for (unsigned i = 0; i < 160 && where->nr_callers < 14; i++) {
    u64 va = (where->rsp & ~BX_CONST64(7)) + 8 * i;

    if (va >> STACK_SHIFT != where->stack())
      break;
    if (va >> 12 != page) {
      page = va >> 12;
      if (! kernel_address(where->cr3, page << 12, &pa))
        break;
    }
    if (! read64((pa & FRAME) | (va & 0xfff), &value))
      break;
    if (value >= BX_CONST64(0xffffffff81000000) && value < BX_CONST64(0xfffffffffe000000))
      where->callers[where->nr_callers++] = value;
  }
}

void say_where(const char *what, const Where &where)
{
  say("    %s: CPU %u, tick " FMT_LL "u, %s, RIP " FMT_LL "x, RSP " FMT_LL "x, CR3 " FMT_LL "x\n", what, where.cpu, where.tick,
      where.guest ? "guest" : where.user ? "user" : "kernel", where.rip, where.rsp, where.cr3);
  if (! where.nr_callers)
    return;
  say("      stack:");
  for (unsigned i = 0; i < where.nr_callers; i++)
    say(" " FMT_LL "x", where.callers[i]);
  say("\n");
}

void say_here()
{
  Where where;

  look(&where, true);
  say_where("here", where);
}
