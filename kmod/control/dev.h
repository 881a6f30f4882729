/* SPDX-License-Identifier: GPL-2.0-only */
/* /dev/xlhv: made when the module is loaded, and taken away. */
#ifndef XLHV_DEV_H
#define XLHV_DEV_H

int xlhv_dev_init(void);
void xlhv_dev_exit(void);

#endif /* XLHV_DEV_H */
