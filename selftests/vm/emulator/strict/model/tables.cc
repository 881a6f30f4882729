// SPDX-License-Identifier: GPL-2.0-only
//
// EPT tables and their changes.
//
// Tables that a walk met are watched. A store to one is looked at as soon as anything else happens:
// what some CPU may hold and a fresh walk would not give any more is stale then, and the change
// is noted with who made it. Frames that are freed are compared with all that CPUs may hold.
#include "model.hh"

// The memory map's part in machine.cc.
void struct_pages_stored_to(u64 page, unsigned offset, unsigned len);
void take_touched(std::vector<u64> *frames);

Bit8u strict_watched[STRICT_PAGES];
unsigned strict_quiet, strict_cpu;

std::vector<Change> changes(1);
std::vector<u32> open_changes;
std::unordered_set<u64> vcpu_stacks;
bool unsettled;

struct Table { u64 ep4ta, gpn; int level; };
static std::unordered_map<u64, Table> tables;		// by address

struct Store { u64 table; unsigned index; Where where; };
static std::vector<Store> stores;

bool is_table(u64 pa, u64 ep4ta, u64 gpn, int level)
{
  auto t = tables.find(pa);

  return t != tables.end() && t->second.ep4ta == ep4ta && t->second.level == level && t->second.gpn == gpn;
}

void add_table(u64 pa, u64 ep4ta, u64 gpn, int level)
{
  tables[pa] = Table { ep4ta, gpn, level };
  watch(pa, WATCH_EPT);
  watch_struct_pages(pa >> 12, 1);
}

static void forget_table(u64 pa)
{
  tables.erase(pa);
  unwatch(pa, WATCH_EPT);
}

// Speculation may have followed the way to each table, also to one without entries.
void add_reachable_tables(unsigned c, u64 ep4ta)
{
  for (auto &t : tables) {
    u64 entry;
    int level, above = t.second.level + 1;
    unsigned access;

    if (t.second.ep4ta != ep4ta || above > 4)
      continue;
    if (! ept_walk(ep4ta, t.second.gpn, above, &entry, &level, &access) || level != above || (entry & FRAME) != t.first)
      continue;
    cpus[c].spaces[ep4ta].pointers.insert(std::make_pair(key_of(level, t.second.gpn), Pointer { t.first, 0 }));
  }
}

bool ept_walk(u64 ep4ta, u64 gpn, int stop, u64 *entry, int *level, unsigned *access)
{
  u64 table = ep4ta;

  *access = 7;
  for (*level = 4; ; --*level) {
    if (! read64(table + ((gpn >> (9 * (*level - 1))) & 511) * 8, entry))
      return false;
    *access &= *entry & 7;
    if (! (*entry & 7))
      return false;
    if (*level == stop || *level == 1 || (*level <= 3 && (*entry & 0x80)))
      return true;
    table = *entry & FRAME;
  }
}

// Does a cached mapping of a block say more than the tables do, for any page of it?
bool is_stale(u64 ep4ta, u64 gpn, int level, u64 pfn, unsigned access)
{
  u64 entry;
  int leaf;
  unsigned now;

  if (! ept_walk(ep4ta, gpn, 1, &entry, &leaf, &now))
    return true;
  if (leaf < level) {
    u64 size = pages_of(level - 1);

    for (unsigned i = 0; i < 512; i++)
      if (is_stale(ep4ta, gpn + i * size, level - 1, pfn + i * size, access))
        return true;
    return false;
  }
  u64 offset = gpn & (pages_of(leaf) - 1);
  return (((entry & FRAME) >> 12 & ~(pages_of(leaf) - 1)) | offset) != pfn || (access & ~now);
}

static u32 new_change(const Store &store)
{
  Change change;

  change.stack = store.where.stack();
  change.where = store.where;
  change.complete = false;
  change.by_vcpu = vcpu_stacks.count(change.stack) != 0;
  changes.push_back(change);
  open_changes.push_back(changes.size() - 1);
  counted.changes++;
  return changes.size() - 1;
}

// What became stale by one store.
class Effect {
public:
  Effect(const Store &s, const Table &t): store(s), table(t), size(pages_of(t.level)),
    first(t.gpn + s.index * pages_of(t.level)), change(0) { }

  void on(Space *s);
  u64 first_page() const { return first; }

private:
  bool within(u64 gpn) const { return gpn >= first && gpn < first + size; }
  void mark(Space *s, u32 *noted);
  void on_combined(Space *s);

  const Store &store;
  const Table &table;
  u64 size, first;
  u32 change;
};

void Effect::mark(Space *s, u32 *noted)
{
  if (! change)
    change = new_change(store);
  *noted = change;
  s->nr_stale++;
}

void Effect::on(Space *s)
{
  // Mappings as large as what the entry maps, or larger ...
  for (int l = table.level; l <= 3; l++) {
    auto i = s->mappings.find(key_of(l, first));

    if (i == s->mappings.end() || i->second.change)
      continue;
    u64 offset = first & (pages_of(l) - 1);
    if (is_stale(table.ep4ta, first, table.level, i->second.pfn + offset, i->second.access))
      mark(s, &i->second.change);
  }
  // ... and those within it, and pointers to tables on the way to them.
  if (table.level > 1) {
    for (auto &i : s->mappings)
      if (level_of(i.first) < table.level && within(gpn_of(i.first)) && ! i.second.change &&
          is_stale(table.ep4ta, gpn_of(i.first), level_of(i.first), i.second.pfn, i.second.access))
        mark(s, &i.second.change);
    for (auto &i : s->pointers) {
      u64 entry;
      int level, wanted = level_of(i.first);
      unsigned access;

      if (wanted > table.level || ! within(gpn_of(i.first)) || i.second.change)
        continue;
      if (! ept_walk(table.ep4ta, gpn_of(i.first), wanted, &entry, &level, &access) || level != wanted ||
          (entry & 0x80) || (entry & FRAME) != i.second.table)
        mark(s, &i.second.change);
    }
  }
  on_combined(s);
}

void Effect::on_combined(Space *s)
{
  bool any = first + size > s->combined_gpns.size();

  for (u64 gpn = first; ! any && gpn < first + size; gpn++)
    any = s->combined_gpns[gpn];
  if (! any)
    return;
  for (auto &context : s->contexts)
    for (auto &i : context.second.pages)
      if (within(i.second.gpn) && ! i.second.change &&
          is_stale(table.ep4ta, i.second.gpn, 1, i.second.pfn, i.second.access))
        mark(s, &i.second.change);
}

// The table that an entry now leads to is watched, those that it led to are not any more.
static void retarget(const Store &store, const Table &table, u64 first)
{
  u64 now = 0, entry;
  std::vector<u64> gone;

  if (read64(store.table + store.index * 8, &entry) && (entry & 7) && ! (entry & 0x80))
    now = entry & FRAME;
  for (auto &i : tables) {
    const Table &t = i.second;

    if (t.ep4ta != table.ep4ta || t.level >= table.level || t.gpn < first || t.gpn >= first + pages_of(table.level))
      continue;
    if (t.level < table.level - 1 ? ! now : i.first != now)
      gone.push_back(i.first);
  }
  for (u64 pa : gone)
    forget_table(pa);
  if (now && ! is_table(now, table.ep4ta, first, table.level - 1))
    add_table(now, table.ep4ta, first, table.level - 1);
}

static void ept_changed(const Store &store)
{
  auto i = tables.find(store.table);

  if (i == tables.end())
    return;
  Table table = i->second;
  Effect effect(store, table);
  counted.ept_stores++;
  for (unsigned c = 0; c < BX_SMP_PROCESSORS; c++)
    if (Space *s = space(c, table.ep4ta))
      effect.on(s);
  if (table.level > 1)
    retarget(store, table, effect.first_page());
}

// Does a CPU that is in a guest hold something that leads to a frame?
static const char *held(const Space &s, u64 ep4ta, u64 pfn, u64 *gpn, u32 *change)
{
  for (auto &i : s.pointers)
    if (i.second.table == pfn << 12) {
      *gpn = gpn_of(i.first);
      *change = i.second.change;
      return "pointer to an EPT table";
    }
  for (auto &i : s.mappings)
    if (pfn >= i.second.pfn && pfn < i.second.pfn + pages_of(level_of(i.first))) {
      *gpn = gpn_of(i.first) + (pfn - i.second.pfn);
      *change = i.second.change;
      return is_stale(ep4ta, *gpn, 1, pfn, i.second.access) ? "stale guest-physical mapping" :
             "mapping that is still in the EPT";
    }
  for (auto &context : s.contexts)
    for (auto &i : context.second.pages)
      if (i.second.pfn == pfn) {
        *gpn = i.second.gpn;
        *change = i.second.change;
        return "combined mapping";
      }
  return NULL;
}

static void frame_freed(u64 pfn)
{
  u64 pa = pfn << 12;

  counted.frees++;
  vmcs_page_freed(pa);
  for (unsigned c = 0; c < BX_SMP_PROCESSORS; c++) {
    u64 gpn;
    u32 change;
    Space *s = cpus[c].guest ? space(c, cpus[c].ep4ta) : NULL;
    const char *what = s ? held(*s, cpus[c].ep4ta, pfn, &gpn, &change) : NULL;

    if (what && report("freed-while-cached", "frame " FMT_LL "x is freed while CPU %u, in a guest (EP4TA " FMT_LL
                       "x, VPID %u), may hold a %s of GFN " FMT_LL "x", pfn, c, cpus[c].ep4ta, cpus[c].vpid, what, gpn)) {
      say_here();
      if (change && change != REPORTED)
        say_where("EPT changed", changes[change].where);
    }
  }
  auto t = tables.find(pa);
  if (t == tables.end())
    return;
  if (t->second.level < 4) {
    forget_table(pa);
    return;
  }
  std::vector<u64> gone;
  for (auto &i : tables)
    if (i.second.ep4ta == pa)
      gone.push_back(i.first);
  for (u64 table : gone)
    forget_table(table);
  for (unsigned c = 0; c < BX_SMP_PROCESSORS; c++)
    if (Space *s = space(c, pa))
      s->dead = true;
}

void settle_now()
{
  static bool busy;

  if (busy)
    return;
  busy = true;
  while (unsettled) {
    std::vector<Store> now;
    std::vector<u64> frames;

    unsettled = false;
    now.swap(stores);
    take_touched(&frames);
    for (auto &store : now)
      ept_changed(store);
    for (u64 pfn : frames) {
      u32 count;

      if (reference_count(pfn, &count) && count == 0)
        frame_freed(pfn);
    }
  }
  busy = false;
}

void strict_watched_store(bx_phy_address pa, unsigned len)
{
  Bit8u why = strict_watched[pa >> 12];
  u64 page = pa & FRAME;
  unsigned offset = pa & 0xfff;

  if (offset + len > 4096)
    len = 4096 - offset;
  if ((why & WATCH_EPT) && tables.count(page)) {
    Where where;

    // One look at the stack for the entries of a table that are stored in a row.
    look(&where, ! strict_quiet && (stores.empty() || stores.back().where.tick != bx_pc_system.time_ticks()));
    for (unsigned i = offset / 8; i <= (offset + len - 1) / 8; i++) {
      if (! stores.empty() && stores.back().table == page && stores.back().index == i)
        stores.pop_back();
      stores.push_back(Store { page, i, where });
    }
    unsettled = true;
  }
  if (why & WATCH_STRUCT_PAGES) {
    struct_pages_stored_to(page, offset, len);
    unsettled = true;
  }
  if (! strict_quiet && (why & (WATCH_VMCS | WATCH_VMXON)))
    vmcs_stored_to(page, offset, why);
}
