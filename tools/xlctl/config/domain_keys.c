// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys of xl.cfg(5) that mean nothing to us, or nothing yet.
 *
 * A configuration written for Xen should either run here as it stands or be
 * told what is missing, by name.  A refused key is let through when its value
 * asks for nothing: 0, "" or an empty list.
 */
#include "config/domain_keys.h"

#define NO_LOADER		"boot loaders are not supported: name a kernel= and a ramdisk="
#define NO_PCI			"PCI passthrough is not supported"
#define NO_SHIM			"there is no PV shim"
#define NO_SCHED		"the host's scheduler has no such setting"

#define REFUSED(name, why)	{ name, DOMAIN_KEY_REFUSED, why }
#define NO_EFFECT(name, why)	{ name, DOMAIN_KEY_NO_EFFECT, why }
#define HVM(name)		{ name, DOMAIN_KEY_HVM, "" }
#define PV(name)		{ name, DOMAIN_KEY_PV, "" }
#define ARM(name)		{ name, DOMAIN_KEY_ARM, "" }

const struct domain_key domain_keys[] = {
	/* Devices */
	REFUSED("vfb", "frame buffers are not supported"),
	REFUSED("vkb", "keyboards and pointers are not supported"),
	REFUSED("vdispl", "displays are not supported"),
	REFUSED("vsnd", "sound cards are not supported"),
	REFUSED("vtpm", "TPMs are not supported"),
	REFUSED("channel", "channels are not supported yet"),
	REFUSED("p9", "shared file systems (9pfs) are not supported yet"),
	REFUSED("pvcalls", "PV calls are not supported"),
	REFUSED("virtio", "virtio devices are not supported"),
	REFUSED("usbctrl", "USB controllers are not supported"),
	REFUSED("usbdev", "USB devices are not supported"),
	REFUSED("pci", NO_PCI),
	REFUSED("pci_permissive", NO_PCI),
	REFUSED("pci_msitranslate", NO_PCI),
	REFUSED("pci_seize", NO_PCI),
	REFUSED("pci_power_mgmt", NO_PCI),
	REFUSED("rdm", NO_PCI),
	REFUSED("dtdev", "device passthrough is not supported"),
	REFUSED("device_tree", "device passthrough is not supported"),
	REFUSED("ioports", "I/O ports of the host cannot be given to a domain"),
	REFUSED("iomem", "I/O memory of the host cannot be given to a domain"),
	REFUSED("irqs", "interrupts of the host cannot be given to a domain"),

	/* How it boots */
	REFUSED("bootloader", NO_LOADER),
	REFUSED("bootloader_args", NO_LOADER),
	REFUSED("bootloader_restrict", NO_LOADER),
	REFUSED("bootloader_user", NO_LOADER),
	REFUSED("firmware", "firmware is not supported: name a kernel= and a ramdisk="),
	REFUSED("pvshim", "the PV shim is not supported"),
	NO_EFFECT("pvshim_path", NO_SHIM),
	NO_EFFECT("pvshim_cmdline", NO_SHIM),
	NO_EFFECT("pvshim_extra", NO_SHIM),

	/* CPUs and memory */
	REFUSED("vnuma", "virtual NUMA nodes are not supported"),
	REFUSED("vmtrace_buf_kb", "processor tracing is not supported"),
	REFUSED("vpmu", "performance counters are not supported yet"),
	REFUSED("mca_caps", "machine checks are not passed to domains"),
	REFUSED("msr_relaxed", "an unknown MSR always raises #GP"),
	REFUSED("nestedhvm", "VMX inside a domain is not supported"),
	NO_EFFECT("cpus_soft", "the host's scheduler knows no preferred CPUs"),
	NO_EFFECT("oos", "there are no shadow page tables"),
	NO_EFFECT("shadow_memory", "there are no shadow page tables; EPT grows as needed"),
	NO_EFFECT("period", NO_SCHED),
	NO_EFFECT("slice", NO_SCHED),
	NO_EFFECT("latency", NO_SCHED),
	NO_EFFECT("extratime", NO_SCHED),
	NO_EFFECT("rtc_timeoffset", "a PVH domain has no real-time clock"),
	NO_EFFECT("localtime", "a PVH domain has no real-time clock"),

	/* Security, other domains */
	REFUSED("seclabel", "XSM labels are not supported"),
	REFUSED("init_seclabel", "XSM labels are not supported"),
	REFUSED("driver_domain", "backends outside of the host are not supported"),
	NO_EFFECT("xend_suspend_evtchn_compat", "domains cannot be suspended yet"),

	/* HVM only */
	HVM("acpi_firmware"), HVM("acpi_laptop_slate"), HVM("acpi_s3"), HVM("acpi_s4"),
	HVM("altp2mhvm"), HVM("apic"), HVM("bios"), HVM("bios_path_override"), HVM("boot"),
	HVM("device_model"), HVM("device_model_args"), HVM("device_model_args_hvm"),
	HVM("device_model_override"),
	HVM("device_model_stubdomain_override"), HVM("device_model_stubdomain_seclabel"),
	HVM("device_model_user"), HVM("device_model_version"), HVM("dm_restrict"),
	HVM("firmware_override"), HVM("gfx_passthru"), HVM("hdtype"), HVM("hpet"),
	HVM("keymap"), HVM("mmio_hole"), HVM("ms_vm_genid"), HVM("nographic"), HVM("nx"),
	HVM("opengl"), HVM("pae"), HVM("rdm_mem_boundary"), HVM("sdl"),
	HVM("smbios"), HVM("smbios_firmware"), HVM("soundhw"), HVM("spice"),
	HVM("spice_clipboard_sharing"), HVM("spice_image_compression"),
	HVM("spice_streaming_video"), HVM("spiceagent_mouse"), HVM("spicedisable_ticketing"),
	HVM("spicehost"), HVM("spicepasswd"), HVM("spiceport"), HVM("spicetls_port"),
	HVM("spiceusbredirection"), HVM("spicevdagent"), HVM("stdvga"), HVM("stubdomain_cmdline"),
	HVM("stubdomain_kernel"), HVM("stubdomain_memory"), HVM("stubdomain_ramdisk"),
	HVM("usb"), HVM("usbdevice"), HVM("usbversion"), HVM("vendor_device"), HVM("vga"),
	HVM("videoram"), HVM("viridian"), HVM("vkb_device"), HVM("vnc"), HVM("vncconsole"),
	HVM("vncdisplay"), HVM("vnclisten"), HVM("vncpasswd"), HVM("vncunused"), HVM("vncviewer"),
	HVM("vpt_align"), HVM("xen_platform_pci"),

	/* PV only */
	PV("device_model_args_pv"), PV("e820_host"),

	/* Arm only */
	ARM("gic_version"), ARM("nr_spis"), ARM("sve"), ARM("tee"), ARM("vuart"),
};

const size_t domain_nr_keys = sizeof(domain_keys) / sizeof(domain_keys[0]);
