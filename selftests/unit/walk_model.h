/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A second page walker, to compare kmod/ept/guest_walk.c with. It is written from the tables of the
 * manual, one function for each kind of entry, slow and without cleverness; and a guest memory of
 * a few pages that both walk.
 */
#ifndef WALK_MODEL_H
#define WALK_MODEL_H

#include <linux/types.h>

#include <string.h>

#include "ept/guest_walk.h"

#define MODEL_PAGES	16
#define MODEL_BYTES	(MODEL_PAGES * 4096)

/**
 * struct model_memory - guest memory at guest-physical 0
 * @byte: contents
 * @readonly: bit n: page n may only be read
 * @bad: an address was asked for that is no entry's
 * @size: size of entries that the mode has
 */
struct model_memory {
	u8 byte[MODEL_BYTES] __attribute__((aligned(4096)));
	u64 readonly;
	bool bad;
	unsigned int size;
};

static void *model_entry(void *ctx, u64 gpa, bool *writable)
{
	struct model_memory *m = ctx;

	if (gpa % m->size)
		m->bad = true;
	if (gpa >= MODEL_BYTES)
		return NULL;
	if (m->readonly >> (gpa / 4096) & 1)
		*writable = false;
	return m->byte + gpa;
}

/* What a walk does, as the model sees it. */
struct model_result {
	bool ok;
	u64 gpa;
	bool smap;		/* it fails, and would not with AC */
	enum walk_fault fault;
	u32 error;
};

/* One entry on the way, kept to mark it accessed. */
struct model_step {
	u64 gpa;
	u64 value;
	bool has_accessed;
};

struct model {
	const struct walk_mode *mode;
	struct model_memory *memory;
	unsigned int access;
	bool lma, pae;
	struct model_step step[5];
	unsigned int steps;
	bool user, write, nx;
	u64 leaf;
};

static bool model_bit(u64 value, unsigned int bit)
{
	return value >> bit & 1;
}

static u64 model_bits(u64 value, unsigned int high, unsigned int low)
{
	u64 out = 0;
	unsigned int bit;

	for (bit = low; bit <= high; bit++)
		out |= (u64)model_bit(value, bit) << bit;
	return out;
}

static bool model_read(struct model *m, u64 gpa, u64 *value)
{
	if (gpa >= MODEL_BYTES)
		return false;
	*value = 0;
	memcpy(value, m->memory->byte + gpa, m->pae ? 8 : 4);
	return true;
}

/* Note the step, and set its accessed bit as the CPU does on its way down. */
static bool model_step(struct model *m, u64 gpa, u64 value, bool has_accessed, bool leaf)
{
	struct model_step *s = &m->step[m->steps++];

	s->gpa = gpa;
	s->value = value;
	s->has_accessed = has_accessed;
	if (leaf || !has_accessed || model_bit(value, 5))
		return true;
	if (m->memory->readonly >> (gpa / 4096) & 1)
		return false;
	m->memory->byte[gpa] |= 1 << 5;
	return true;
}

static void model_rights(struct model *m, u64 value)
{
	m->user = m->user && model_bit(value, 2);
	m->write = m->write && model_bit(value, 1);
	if (m->pae && model_bit(value, 63))
		m->nx = true;
}

static bool model_reserved_wide(const struct model *m, u64 value)
{
	unsigned int bit;

	for (bit = m->mode->maxphyaddr; bit < 52; bit++)
		if (model_bit(value, bit))
			return true;
	for (bit = 52; bit < 63 && !m->lma; bit++)
		if (model_bit(value, bit))
			return true;
	return model_bit(value, 63) && !model_bit(m->mode->efer, 11);
}

/* A page fault: "Page-Fault Error Code", bit by bit. */
static struct model_result model_page_fault(const struct model *m, bool present, bool reserved,
					    bool key)
{
	struct model_result r = { .ok = false, .fault = WALK_FAULT_PAGE };
	bool nxe = model_bit(m->mode->efer, 11), smep = model_bit(m->mode->cr4, 20);

	r.error |= present << 0;
	r.error |= !!(m->access & WALK_WRITE) << 1;
	r.error |= !!(m->access & WALK_USER) << 2;
	r.error |= reserved << 3;
	r.error |= (m->access & WALK_FETCH && (smep || (m->pae && nxe))) << 4;
	r.error |= key << 5;
	return r;
}

static struct model_result model_absent(const struct model *m)
{
	return model_page_fault(m, false, false, false);
}

static struct model_result model_reserved(const struct model *m)
{
	return model_page_fault(m, true, true, false);
}

/* No memory where an entry is, or none that can be written. */
static struct model_result model_no_table(void)
{
	return (struct model_result){ .ok = false, .fault = WALK_FAULT_TABLE };
}

/* The access check, on a leaf; then its accessed and dirty bits. */
static struct model_result model_finish(struct model *m, u64 gpa)
{
	const struct walk_mode *mode = m->mode;
	const struct model_step *s = &m->step[m->steps - 1];
	struct model_result r = { .ok = true, .gpa = gpa };
	bool as_user = m->access & WALK_USER;
	bool write = m->access & WALK_WRITE;
	bool fetch = m->access & WALK_FETCH;
	bool wp = model_bit(mode->cr0, 16);
	bool bits_ok, rights_ok = true, key_ok = true;

	if (as_user && !m->user)
		rights_ok = false;
	if (write && !m->write && (as_user || wp))
		rights_ok = false;
	if (fetch && m->nx)
		rights_ok = false;
	if (fetch && !as_user && m->user && model_bit(mode->cr4, 20))
		rights_ok = false;
	if (!fetch && m->user && m->lma && model_bit(mode->cr4, 22)) {
		unsigned int key = model_bits(s->value, 62, 59) >> 59;

		if (model_bit(mode->pkru, 2 * key))
			key_ok = false;
		if (model_bit(mode->pkru, 2 * key + 1) && write && (as_user || wp))
			key_ok = false;
	}
	if (!rights_ok || !key_ok)
		return model_page_fault(m, true, false, !key_ok);
	if (!fetch && !as_user && m->user && model_bit(mode->cr4, 21) && !mode->ac) {
		r = model_page_fault(m, true, false, false);
		r.smap = true;
		return r;
	}
	bits_ok = model_bit(s->value, 5) && (!write || model_bit(s->value, 6));
	if (!bits_ok && m->memory->readonly >> (s->gpa / 4096) & 1)
		return model_no_table();
	m->memory->byte[s->gpa] |= 1 << 5 | (write ? 1 << 6 : 0);
	return r;
}

static struct model_result model_legacy(struct model *m, u32 linear)
{
	u64 pde_gpa = (m->mode->cr3 & 0xfffff000) + 4 * (linear >> 22);
	u64 pde, pte, pte_gpa;

	if (!model_read(m, pde_gpa, &pde))
		return model_no_table();
	if (!model_bit(pde, 0))
		return model_absent(m);
	if (model_bit(pde, 7) && model_bit(m->mode->cr4, 4)) {
		u64 high = model_bits(pde, 20, 13) >> 13;

		if (model_bit(pde, 21) || (high << 32) >> m->mode->maxphyaddr)
			return model_reserved(m);
		model_rights(m, pde);
		model_step(m, pde_gpa, pde, true, true);
		return model_finish(m, high << 32 | model_bits(pde, 31, 22) |
				    (linear & 0x3fffff));
	}
	model_rights(m, pde);
	if (!model_step(m, pde_gpa, pde, true, false))
		return model_no_table();
	pte_gpa = model_bits(pde, 31, 12) + 4 * (linear >> 12 & 0x3ff);
	if (!model_read(m, pte_gpa, &pte))
		return model_no_table();
	if (!model_bit(pte, 0))
		return model_absent(m);
	model_rights(m, pte);
	model_step(m, pte_gpa, pte, true, true);
	return model_finish(m, model_bits(pte, 31, 12) | (linear & 0xfff));
}

/* From a page directory down, the same for PAE and the long modes. */
static struct model_result model_pd(struct model *m, u64 pd, u64 linear)
{
	u64 pde_gpa = pd + 8 * (linear >> 21 & 0x1ff);
	u64 pde, pte, pte_gpa;

	if (!model_read(m, pde_gpa, &pde))
		return model_no_table();
	if (!model_bit(pde, 0))
		return model_absent(m);
	if (model_reserved_wide(m, pde))
		return model_reserved(m);
	if (model_bit(pde, 7)) {
		if (model_bits(pde, 20, 13))
			return model_reserved(m);
		model_rights(m, pde);
		model_step(m, pde_gpa, pde, true, true);
		return model_finish(m, model_bits(pde, 51, 21) | (linear & 0x1fffff));
	}
	model_rights(m, pde);
	if (!model_step(m, pde_gpa, pde, true, false))
		return model_no_table();
	pte_gpa = model_bits(pde, 51, 12) + 8 * (linear >> 12 & 0x1ff);
	if (!model_read(m, pte_gpa, &pte))
		return model_no_table();
	if (!model_bit(pte, 0))
		return model_absent(m);
	if (model_reserved_wide(m, pte))
		return model_reserved(m);
	model_rights(m, pte);
	model_step(m, pte_gpa, pte, true, true);
	return model_finish(m, model_bits(pte, 51, 12) | (linear & 0xfff));
}

static struct model_result model_pae(struct model *m, u32 linear)
{
	u64 gpa = (m->mode->cr3 & 0xffffffe0) + 8 * (linear >> 30);
	unsigned int bit;
	u64 pdpte;

	if (!model_read(m, gpa, &pdpte))
		return model_no_table();
	if (!model_bit(pdpte, 0))
		return model_absent(m);
	if (model_bits(pdpte, 2, 1) || model_bits(pdpte, 8, 5))
		return model_reserved(m);
	for (bit = m->mode->maxphyaddr; bit < 64; bit++)
		if (model_bit(pdpte, bit))
			return model_reserved(m);
	model_step(m, gpa, pdpte, false, false);
	return model_pd(m, model_bits(pdpte, 51, 12), linear);
}

static struct model_result model_long(struct model *m, u64 linear)
{
	struct model_result not_canonical = { .fault = WALK_FAULT_CANONICAL };
	unsigned int levels = model_bit(m->mode->cr4, 12) ? 5 : 4;
	u64 table = model_bits(m->mode->cr3, 51, 12);
	unsigned int bit, level;
	u64 entry, gpa;

	for (bit = levels * 9 + 12; bit < 64; bit++)
		if (model_bit(linear, bit) != model_bit(linear, levels * 9 + 11))
			return not_canonical;
	for (level = levels; level > 2; level--) {
		gpa = table + 8 * (linear >> (9 * level + 3) & 0x1ff);
		if (!model_read(m, gpa, &entry))
			return model_no_table();
		if (!model_bit(entry, 0))
			return model_absent(m);
		if (model_reserved_wide(m, entry))
			return model_reserved(m);
		if (model_bit(entry, 7)) {
			if (level != 3 || !m->mode->gbpages || model_bits(entry, 29, 13))
				return model_reserved(m);
			model_rights(m, entry);
			model_step(m, gpa, entry, true, true);
			return model_finish(m, model_bits(entry, 51, 30) |
					    (linear & 0x3fffffff));
		}
		model_rights(m, entry);
		if (!model_step(m, gpa, entry, true, false))
			return model_no_table();
		table = model_bits(entry, 51, 12);
	}
	return model_pd(m, table, linear);
}

/* Translate, and change accessed and dirty bits in @memory as the CPU would. */
static struct model_result model_walk(const struct walk_mode *mode, struct model_memory *memory,
				      u64 linear, unsigned int access)
{
	struct model m = {
		.mode = mode,
		.memory = memory,
		.access = access,
		.lma = model_bit(mode->efer, 10),
		.user = true,
		.write = true,
	};
	struct model_result r = { .ok = true };

	m.pae = m.lma || model_bit(mode->cr4, 5);
	if (!model_bit(mode->cr0, 31)) {
		r.gpa = m.lma ? linear : (u32)linear;
		return r;
	}
	if (m.lma)
		return model_long(&m, linear);
	return m.pae ? model_pae(&m, linear) : model_legacy(&m, linear);
}

/*
 * Walk in both ways from the same memory. NULL, or what differs.
 */
static const char *model_compare(const struct walk_mode *mode, struct model_memory *memory,
				 u64 linear, unsigned int access)
{
	static struct model_memory copy;
	struct walk_memory reach = { .entry = model_entry, .ctx = memory };
	struct walk_result result = { 0 };
	struct model_result expected;
	int err;

	memory->bad = false;
	memory->size = mode->efer & WALK_EFER_LMA || mode->cr4 & WALK_CR4_PAE ? 8 : 4;
	copy = *memory;
	expected = model_walk(mode, &copy, linear, access);
	err = walk_linear(mode, &reach, linear, access, &result);
	if (memory->bad)
		return "an address that is no entry's";
	if (!err != expected.ok)
		return expected.ok ? "refused" : "allowed";
	if (!err && result.gpa != expected.gpa)
		return "address";
	if (err && result.fault != expected.fault)
		return "what kind of fault";
	if (err && result.fault == WALK_FAULT_PAGE && result.error != expected.error)
		return "error code";
	if (result.smap != expected.smap)
		return "whether SMAP was the reason";
	if (memcmp(memory->byte, copy.byte, sizeof(copy.byte)))
		return "accessed and dirty bits";
	return NULL;
}

#endif /* WALK_MODEL_H */
