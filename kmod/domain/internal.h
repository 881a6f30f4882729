/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of kmod/domain share among themselves. */
#ifndef XLHV_DOMAIN_INTERNAL_H
#define XLHV_DOMAIN_INTERNAL_H

#include <linux/types.h>
#include <uapi/xlhv.h>

#include "domain/domain.h"
#include "domain/parts.h"

/* domain.c */
u64 dom_overhead_pages(const struct domain *d);

/* list.c */
bool dom_name_valid(const char *name);
int dom_list_reserve(struct domain *d, domid_t wanted, char *text);
void dom_list_show(struct domain *d);
void dom_list_remove(struct domain *d);
void dom_list_exit(void);
void dom_list_set_host(struct domain *d);

/* state.c */
int dom_events_init(void);
void dom_events_exit(void);
void dom_state_init(struct domain *d);
bool dom_state_set(struct domain *d, enum domain_state to);
void dom_request_out(struct domain *d);
void dom_event_flush(struct domain *d);

/* parts.c: each calls what the parts of a domain have for it */
int parts_check(const struct xlhv_dom_create *create, char *text);
int parts_init(struct domain *d, const struct xlhv_dom_create *create, char *text);
int parts_settled(struct domain *d, char *text);
int parts_complete(struct domain *d, char *text);
int parts_start(struct domain *d);
void parts_stop(struct domain *d);
void parts_close(struct domain *d);
void parts_free(struct domain *d);
void parts_show(struct domain *d);
void parts_hide(struct domain *d);
void parts_event(struct domain *d, u32 event, u32 reason);
void parts_info(const struct domain *d, struct xlhv_dom_info *info);
u64 parts_pages(const struct domain *d);
size_t parts_bytes(const struct domain *d);

#endif /* XLHV_DOMAIN_INTERNAL_H */
