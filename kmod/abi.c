// SPDX-License-Identifier: GPL-2.0-only
/* The ioctl ABI is a promise: sizes and offsets, asserted at build time. */
#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <uapi/xlhv.h>

#define ABI_SIZE(type, size)	static_assert(sizeof(struct type) == (size))
#define ABI_OFFSET(type, field, offset)	\
	static_assert(offsetof(struct type, field) == (offset))

ABI_SIZE(xlhv_version, 128);
ABI_OFFSET(xlhv_version, release, 32);
ABI_OFFSET(xlhv_version, kernel, 64);

ABI_SIZE(xlhv_info, 288);
ABI_OFFSET(xlhv_info, policy, 4);
ABI_OFFSET(xlhv_info, provider, 8);
ABI_OFFSET(xlhv_info, max_domains, 28);
ABI_OFFSET(xlhv_info, features, 48);
ABI_OFFSET(xlhv_info, cap_msr, 56);
ABI_OFFSET(xlhv_info, ctl, 184);
ABI_OFFSET(xlhv_info, guest_pages, 208);
ABI_OFFSET(xlhv_info, guards, 224);
ABI_OFFSET(xlhv_info, reserved, 232);

ABI_SIZE(xlhv_cpu_info, 56);
ABI_OFFSET(xlhv_cpu_info, feature_control, 8);
ABI_OFFSET(xlhv_cpu_info, active_vmcs, 16);

ABI_SIZE(xlhv_selfcheck, 72);
ABI_OFFSET(xlhv_selfcheck, exit_qualification, 24);
ABI_OFFSET(xlhv_selfcheck, ticks, 32);

ABI_SIZE(xlhv_vmx_hold, 24);
ABI_OFFSET(xlhv_vmx_hold, reserved, 8);

ABI_SIZE(xlhv_dom_create, 192);
ABI_OFFSET(xlhv_dom_create, max_pages, 40);
ABI_OFFSET(xlhv_dom_create, uuid, 48);
ABI_OFFSET(xlhv_dom_create, name, 64);
ABI_OFFSET(xlhv_dom_create, reserved, 128);
ABI_SIZE(xlhv_dom_open, 88);
ABI_OFFSET(xlhv_dom_open, name, 8);
ABI_SIZE(xlhv_dom_info, 216);
ABI_OFFSET(xlhv_dom_info, cur_pages, 32);
ABI_OFFSET(xlhv_dom_info, uuid, 72);
ABI_OFFSET(xlhv_dom_info, name, 88);
ABI_OFFSET(xlhv_dom_info, reserved, 152);
ABI_SIZE(xlhv_dom_list, 32);
ABI_OFFSET(xlhv_dom_list, info, 8);
ABI_SIZE(xlhv_log_read, 48);
ABI_OFFSET(xlhv_log_read, len, 16);
ABI_OFFSET(xlhv_log_read, lost, 24);
ABI_SIZE(xlhv_last_error, 256);
ABI_SIZE(xlhv_mem_range, 24);
ABI_SIZE(xlhv_memory_map, 32);
ABI_SIZE(xlhv_ring, 32);
ABI_OFFSET(xlhv_ring, gfn, 8);
ABI_SIZE(xlhv_hvm_param, 32);
ABI_OFFSET(xlhv_hvm_param, value, 8);
ABI_SIZE(xlhv_vcpu_entry, 32);
ABI_SIZE(xlhv_cpuid, 40);
ABI_SIZE(xlhv_cpuid_set, 32);
ABI_SIZE(xlhv_userdata, 32);
ABI_SIZE(xlhv_max_mem, 32);
ABI_SIZE(xlhv_rename, 104);
ABI_OFFSET(xlhv_rename, name, 24);
ABI_SIZE(xlhv_vcpu_info, 96);
ABI_OFFSET(xlhv_vcpu_info, cpu_time_ns, 16);
ABI_OFFSET(xlhv_vcpu_info, exits, 56);
ABI_SIZE(xlhv_vcpu_regs, 264);
ABI_OFFSET(xlhv_vcpu_regs, rip, 136);
ABI_OFFSET(xlhv_vcpu_regs, selector, 216);
ABI_SIZE(xlhv_trigger, 24);
ABI_OFFSET(xlhv_trigger, kind, 4);
ABI_SIZE(xlhv_page, 4104);
ABI_SIZE(xlhv_read_pages, 40);
ABI_OFFSET(xlhv_read_pages, count, 16);
ABI_SIZE(xlhv_stat_name, 128);
ABI_OFFSET(xlhv_stat_name, help, 40);
ABI_OFFSET(xlhv_stat_name, flags, 120);
ABI_SIZE(xlhv_stat_names, 32);
ABI_SIZE(xlhv_stats, 32);
ABI_SIZE(xlhv_console, 24);
ABI_SIZE(xlhv_blk_attach, 72);
ABI_OFFSET(xlhv_blk_attach, sectors, 32);
ABI_SIZE(xlhv_blk_connect, 120);
ABI_OFFSET(xlhv_blk_connect, refs, 24);
ABI_OFFSET(xlhv_blk_connect, reserved, 88);
ABI_SIZE(xlhv_blk_detach, 32);
ABI_SIZE(xlhv_blk_info, 144);
ABI_OFFSET(xlhv_blk_info, sectors, 32);
ABI_OFFSET(xlhv_blk_info, reserved, 112);
ABI_SIZE(xlhv_vif_attach, 72);
ABI_OFFSET(xlhv_vif_attach, name, 24);
ABI_SIZE(xlhv_vif_queue, 16);
ABI_SIZE(xlhv_vif_connect, 176);
ABI_OFFSET(xlhv_vif_connect, queue, 16);
ABI_OFFSET(xlhv_vif_connect, reserved, 144);
ABI_SIZE(xlhv_vif_detach, 24);
ABI_SIZE(xlhv_vif_info, 136);
ABI_OFFSET(xlhv_vif_info, sent_packets, 24);
ABI_OFFSET(xlhv_vif_info, reserved, 104);

static_assert(XLHV_VERSION == 0x8080bd00);
static_assert(XLHV_INFO == 0xc120bd01);
static_assert(XLHV_CPU_INFO == 0xc038bd02);
static_assert(XLHV_SELFCHECK == 0xc048bd03);
static_assert(XLHV_VMX_HOLD == 0xc018bd04);
static_assert(XLHV_DOM_CREATE == 0xc0c0bd10);
static_assert(XLHV_DOM_OPEN == 0xc058bd11);
static_assert(XLHV_DOM_LIST == 0xc020bd12);
static_assert(XLHV_STAT_NAMES == 0xc020bd13);
static_assert(XLHV_LOG_READ == 0xc030bd20);
static_assert(XLHV_LAST_ERROR == 0x8100bd21);
static_assert(XLHV_DOM_MEMORY_MAP == 0x4020bd30);
static_assert(XLHV_DOM_RING == 0xc020bd31);
static_assert(XLHV_DOM_HVM_PARAM_SET == 0x4020bd32);
static_assert(XLHV_DOM_CPUID_SET == 0x4020bd33);
static_assert(XLHV_DOM_VCPU_ENTRY == 0x4020bd34);
static_assert(XLHV_DOM_FINISH == 0xbd35);
static_assert(XLHV_DOM_INFO == 0x80d8bd40);
static_assert(XLHV_DOM_RENAME == 0x4068bd41);
static_assert(XLHV_DOM_PAUSE == 0xbd42);
static_assert(XLHV_DOM_UNPAUSE == 0xbd43);
static_assert(XLHV_DOM_DESTROY == 0xbd44);
static_assert(XLHV_DOM_VCPU_INFO == 0xc060bd45);
static_assert(XLHV_DOM_STATS == 0xc020bd46);
static_assert(XLHV_DOM_CONSOLE == 0xc018bd47);
static_assert(XLHV_DOM_HVM_PARAM_GET == 0xc020bd48);
static_assert(XLHV_DOM_USERDATA_SET == 0x4020bd49);
static_assert(XLHV_DOM_USERDATA_GET == 0xc020bd4a);
static_assert(XLHV_DOM_MAX_MEM == 0x4020bd4b);
static_assert(XLHV_DOM_READ_PAGES == 0xc028bd4c);
static_assert(XLHV_DOM_VCPU_REGS == 0xc108bd4d);
static_assert(XLHV_DOM_TRIGGER == 0x4018bd4e);
static_assert(XLHV_BLK_ATTACH == 0xc048bd60);
static_assert(XLHV_BLK_CONNECT == 0x4078bd61);
static_assert(XLHV_BLK_DISCONNECT == 0x4020bd62);
static_assert(XLHV_BLK_DETACH == 0x4020bd63);
static_assert(XLHV_BLK_INFO == 0xc090bd64);
static_assert(XLHV_VIF_ATTACH == 0xc048bd70);
static_assert(XLHV_VIF_CONNECT == 0x40b0bd71);
static_assert(XLHV_VIF_DISCONNECT == 0x4018bd72);
static_assert(XLHV_VIF_DETACH == 0x4018bd73);
static_assert(XLHV_VIF_INFO == 0xc088bd74);
