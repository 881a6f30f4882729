/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The ioctl ABI of /dev/xlhv: its version, and the numbers of all ioctls. The structures are in
 * a header for each subject, which this one includes.
 *
 * Every structure has the same layout for 32- and 64-bit callers.  Fields
 * named reserved, and bits of a flags word that have no name here, must be
 * zero on the way in (-EINVAL otherwise) and are zero on the way out, so that
 * they can be given a meaning later.  An ioctl number that this version does
 * not know returns -ENOTTY.  Sizes and offsets are asserted when the module is
 * built (kmod/abi.c).
 */
#ifndef _UAPI_XLHV_H
#define _UAPI_XLHV_H

#include <linux/ioctl.h>
#include <linux/types.h>

#include "xlhv_blk.h"
#include "xlhv_domain.h"
#include "xlhv_genl.h"
#include "xlhv_host.h"
#include "xlhv_memory.h"
#include "xlhv_net.h"
#include "xlhv_vcpu.h"

#define XLHV_DEVICE		"/dev/xlhv"

/* Raised when a caller built against an older header could misread an answer. */
#define XLHV_ABI_MAJOR		1
/* Raised when something is added that older callers may ignore. */
#define XLHV_ABI_MINOR		2

#define XLHV_IOC_MAGIC		0xBD

/**
 * struct xlhv_version - what the loaded module speaks
 * @abi_major: XLHV_ABI_MAJOR of the module; a tool refuses a different one
 * @abi_minor: XLHV_ABI_MINOR of the module
 * @reserved: zero
 * @release: version of the module, NUL-terminated
 * @kernel: release of the kernel it was built for, NUL-terminated
 */
struct xlhv_version {
	__u32 abi_major;
	__u32 abi_minor;
	__u64 reserved[3];
	char release[32];
	char kernel[64];
};

/* On /dev/xlhv */
#define XLHV_VERSION	_IOR(XLHV_IOC_MAGIC, 0x00, struct xlhv_version)
#define XLHV_INFO	_IOWR(XLHV_IOC_MAGIC, 0x01, struct xlhv_info)
#define XLHV_CPU_INFO	_IOWR(XLHV_IOC_MAGIC, 0x02, struct xlhv_cpu_info)
#define XLHV_SELFCHECK	_IOWR(XLHV_IOC_MAGIC, 0x03, struct xlhv_selfcheck)
#define XLHV_VMX_HOLD	_IOWR(XLHV_IOC_MAGIC, 0x04, struct xlhv_vmx_hold)
#define XLHV_DOM_CREATE	_IOWR(XLHV_IOC_MAGIC, 0x10, struct xlhv_dom_create)
#define XLHV_DOM_OPEN	_IOWR(XLHV_IOC_MAGIC, 0x11, struct xlhv_dom_open)
#define XLHV_DOM_LIST	_IOWR(XLHV_IOC_MAGIC, 0x12, struct xlhv_dom_list)
#define XLHV_STAT_NAMES	_IOWR(XLHV_IOC_MAGIC, 0x13, struct xlhv_stat_names)

/* On /dev/xlhv and on a domain's descriptor */
#define XLHV_LOG_READ	_IOWR(XLHV_IOC_MAGIC, 0x20, struct xlhv_log_read)
#define XLHV_LAST_ERROR	_IOR(XLHV_IOC_MAGIC, 0x21, struct xlhv_last_error)

/* On a domain's descriptor, while building; mmap() maps its memory by address */
#define XLHV_DOM_MEMORY_MAP	_IOW(XLHV_IOC_MAGIC, 0x30, struct xlhv_memory_map)
#define XLHV_DOM_RING	_IOWR(XLHV_IOC_MAGIC, 0x31, struct xlhv_ring)
#define XLHV_DOM_HVM_PARAM_SET	_IOW(XLHV_IOC_MAGIC, 0x32, struct xlhv_hvm_param)
#define XLHV_DOM_CPUID_SET	_IOW(XLHV_IOC_MAGIC, 0x33, struct xlhv_cpuid_set)
#define XLHV_DOM_VCPU_ENTRY	_IOW(XLHV_IOC_MAGIC, 0x34, struct xlhv_vcpu_entry)
#define XLHV_DOM_FINISH		_IO(XLHV_IOC_MAGIC, 0x35)	/* then it is paused */

/* On a domain's descriptor, at any time */
#define XLHV_DOM_INFO		_IOR(XLHV_IOC_MAGIC, 0x40, struct xlhv_dom_info)
#define XLHV_DOM_RENAME		_IOW(XLHV_IOC_MAGIC, 0x41, struct xlhv_rename)
#define XLHV_DOM_PAUSE		_IO(XLHV_IOC_MAGIC, 0x42)	/* no vCPU runs on return */
#define XLHV_DOM_UNPAUSE	_IO(XLHV_IOC_MAGIC, 0x43)
#define XLHV_DOM_DESTROY	_IO(XLHV_IOC_MAGIC, 0x44)	/* it is gone on return */
#define XLHV_DOM_VCPU_INFO	_IOWR(XLHV_IOC_MAGIC, 0x45, struct xlhv_vcpu_info)
#define XLHV_DOM_STATS		_IOWR(XLHV_IOC_MAGIC, 0x46, struct xlhv_stats)
#define XLHV_DOM_CONSOLE	_IOWR(XLHV_IOC_MAGIC, 0x47, struct xlhv_console)
#define XLHV_DOM_HVM_PARAM_GET	_IOWR(XLHV_IOC_MAGIC, 0x48, struct xlhv_hvm_param)
#define XLHV_DOM_USERDATA_SET	_IOW(XLHV_IOC_MAGIC, 0x49, struct xlhv_userdata)
#define XLHV_DOM_USERDATA_GET	_IOWR(XLHV_IOC_MAGIC, 0x4a, struct xlhv_userdata)
#define XLHV_DOM_MAX_MEM	_IOW(XLHV_IOC_MAGIC, 0x4b, struct xlhv_max_mem)
#define XLHV_DOM_READ_PAGES	_IOWR(XLHV_IOC_MAGIC, 0x4c, struct xlhv_read_pages)
#define XLHV_DOM_VCPU_REGS	_IOWR(XLHV_IOC_MAGIC, 0x4d, struct xlhv_vcpu_regs)
#define XLHV_DOM_TRIGGER	_IOW(XLHV_IOC_MAGIC, 0x4e, struct xlhv_trigger)

/* On a domain's descriptor: its disks, see xlhv_blk.h */
#define XLHV_BLK_ATTACH		_IOWR(XLHV_IOC_MAGIC, 0x60, struct xlhv_blk_attach)
#define XLHV_BLK_CONNECT	_IOW(XLHV_IOC_MAGIC, 0x61, struct xlhv_blk_connect)
#define XLHV_BLK_DISCONNECT	_IOW(XLHV_IOC_MAGIC, 0x62, struct xlhv_blk_detach)
#define XLHV_BLK_DETACH		_IOW(XLHV_IOC_MAGIC, 0x63, struct xlhv_blk_detach)
#define XLHV_BLK_INFO		_IOWR(XLHV_IOC_MAGIC, 0x64, struct xlhv_blk_info)

/* On a domain's descriptor: its network interfaces, see xlhv_net.h */
#define XLHV_VIF_ATTACH		_IOWR(XLHV_IOC_MAGIC, 0x70, struct xlhv_vif_attach)
#define XLHV_VIF_CONNECT	_IOW(XLHV_IOC_MAGIC, 0x71, struct xlhv_vif_connect)
#define XLHV_VIF_DISCONNECT	_IOW(XLHV_IOC_MAGIC, 0x72, struct xlhv_vif_detach)
#define XLHV_VIF_DETACH		_IOW(XLHV_IOC_MAGIC, 0x73, struct xlhv_vif_detach)
#define XLHV_VIF_INFO		_IOWR(XLHV_IOC_MAGIC, 0x74, struct xlhv_vif_info)

#endif /* _UAPI_XLHV_H */
