/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XLCTL_HOLDERS_H
#define XLCTL_HOLDERS_H

#include <stdbool.h>

/* Other users of VT-x that are known by name. */
enum holder_who {
	HOLDER_KVM,
	HOLDER_VIRTUALBOX,
	HOLDER_VMWARE,
	HOLDER_JAILHOUSE,
	HOLDER_HAXM,
	NR_HOLDERS,
};

/**
 * struct holder - one of them
 * @loaded: its module is there
 * @users: references to the module, -1 if the kernel does not tell
 * @machines: virtual machines that processes hold
 * @processes: those processes, "NAME[PID], ...", at most a few; "" if none
 * @from_load: it takes VT-x when it is loaded, not with the first machine
 * @enlightened: it uses enlightened VMCSs of Hyper-V: nobody else can run beside it
 */
struct holder {
	bool loaded;
	long long users;
	unsigned int machines;
	char processes[160];
	bool from_load;
	bool enlightened;
};

/**
 * struct holders - all of them
 * @who: by enum holder_who
 * @complete: the files of every process could be looked at
 */
struct holders {
	struct holder who[NR_HOLDERS];
	bool complete;
};

/**
 * holders_find - look for other users of VT-x
 * @holders: the result
 */
void holders_find(struct holders *holders);

/**
 * holders_name - name of one, for people
 * @who: which
 */
const char *holders_name(enum holder_who who);

/**
 * holders_module - name of its kernel module
 * @who: which
 */
const char *holders_module(enum holder_who who);

#endif /* XLCTL_HOLDERS_H */
