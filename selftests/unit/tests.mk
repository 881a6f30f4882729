# SPDX-License-Identifier: GPL-2.0-only
# The unit tests and fuzz targets; see "Suites, lint and unit tests" in docs/testing.md.
# Further lists may stand beside this one as tests-*.mk.
#
# unit-y += NAME takes selftests/unit/NAME_test.c, or xlctl/NAME_test.c; fuzz-y += NAME takes
# selftests/unit/fuzz/NAME_fuzz.c with the seeds of selftests/unit/fuzz/corpus/NAME/, each with
#	NAME-src	the sources under test; one of kmod/ selects the kernel shim
#	NAME-mock	"y" takes registers and VMX instructions from selftests/unit/mock/
#	NAME-pkgs	libraries, by their pkg-config names
#	NAME-libs	libraries that pkg-config does not know
#	NAME-cflags	further flags

unit-y += shim
shim-src := selftests/unit/shim/shim.c

unit-y += shared_ring
shared_ring-src := selftests/unit/shim/shim.c

unit-y += vmx_controls
vmx_controls-src := kmod/vmx/root/controls.c
fuzz-y += vmx_controls

unit-y += console_uart
console_uart-src := kmod/console/uart.c

unit-y += vmx_names
vmx_names-src := kmod/vmx/root/names.c
vmx_names-mock := y

unit-y += vmx_caps
vmx_caps-src := kmod/vmx/root/caps.c kmod/vmx/root/controls.c
vmx_caps-mock := y

unit-y += host_tsc
host_tsc-src := kmod/base/host_tsc.c
host_tsc-mock := y

unit-y += vmx_root
vmx_root-src := $(addprefix kmod/vmx/root/,hold.c mitigation_policy.c provider_self.c vmcs.c names.c caps.c controls.c) \
	kmod/base/host_tsc.c
vmx_root-mock := y
vmx_root-cflags := -DXLHV_HAVE_EMERGENCY_VIRT_CALLBACK

unit-y += vmx_vmcs
vmx_vmcs-src := $(vmx_root-src)
vmx_vmcs-mock := y
vmx_vmcs-cflags := $(vmx_root-cflags)

unit-y += xlctl_base
xlctl_base-src := $(addprefix tools/xlctl/,common/msg.c common/sysfs.c common/text.c \
	host/hostcpu.c host/vmxtext.c module/device.c)
xlctl_base-cflags := -Iinclude/uapi -DXLCTL_RELEASE='"0.0"'

xlctl-cfg := $(addprefix tools/xlctl/,config/cfg.c config/cfg_lex.c config/cfg_report.c common/diag.c common/text.c)

unit-y += xlctl_cfg
xlctl_cfg-src := $(xlctl-cfg)
xlctl_cfg-pkgs := xlutil

xlctl-rules := $(addprefix tools/xlctl/,vfr/rule.c vfr/value.c vfr/vfr.c)

xlctl-config := $(xlctl-cfg) $(addprefix tools/xlctl/,config/disk.c config/domain_config.c config/domain_cpuid.c \
	config/domain_cpus.c config/domain_disks.c config/domain_json.c config/domain_keys.c config/domain_read.c \
	config/domain_vfr.c config/domain_vifs.c config/vif.c config/vif_rate.c common/msg.c common/sysfs.c) $(xlctl-rules)

unit-y += xlctl_config
xlctl_config-src := $(xlctl-config)
xlctl_config-pkgs := json-c uuid

unit-y += xlctl_cpus
xlctl_cpus-src := $(xlctl-config)
xlctl_cpus-pkgs := json-c uuid

unit-y += xlctl_disk
xlctl_disk-src := $(addprefix tools/xlctl/,config/disk.c common/msg.c common/text.c)
xlctl_disk-pkgs := xlutil xenlight

unit-y += xlctl_vif
xlctl_vif-src := $(addprefix tools/xlctl/,config/vif.c config/vif_rate.c common/msg.c common/text.c) $(xlctl-rules)
xlctl_vif-pkgs := uuid

xlctl-vfr := $(xlctl-rules) $(addprefix tools/xlctl/,vfr/guard.c vfr/translate.c common/msg.c common/text.c)

unit-y += xlctl_vfr xlctl_vfr_packets
xlctl_vfr-src := $(xlctl-vfr)
xlctl_vfr_packets-src := $(xlctl-vfr) tools/xlctl/common/nft.c
xlctl_vfr_packets-pkgs := libnftables libnl-3.0 libnl-route-3.0

unit-y += xlctl_link
xlctl_link-src := $(addprefix tools/xlctl/,net/link.c net/nat.c net/netlink.c common/nft.c net/route.c net/shape.c net/share.c \
	net/subnet.c net/tc.c config/vif.c config/vif_rate.c common/diag.c common/msg.c common/text.c) $(xlctl-rules)
xlctl_link-pkgs := libnftables libnl-3.0 libnl-route-3.0 uuid

unit-y += xlctl_network
xlctl_network-src := $(addprefix tools/xlctl/,net/dnsmasq.c net/nat.c common/nft.c net/subnet.c common/msg.c \
	common/run_dir.c common/run_path.c common/text.c)
xlctl_network-pkgs := libnftables

xlctl-image := $(addprefix tools/xlctl/,image/sandbox.c image/elf.c image/image.c image/open.c \
	image/unpack.c common/diag.c common/privs.c common/text.c)
xlctl-image-pkgs := libelf liblz4 liblzma libzstd lzo2 zlib

unit-y += xlctl_image
xlctl_image-src := $(xlctl-image) selftests/unit/xlctl/xlctl_elf.c selftests/unit/xlctl/xlctl_pack.c
xlctl_image-pkgs := $(xlctl-image-pkgs)
xlctl_image-libs := -lbz2

unit-y += xlctl_parser
xlctl_parser-src := $(xlctl_image-src)
xlctl_parser-pkgs := $(xlctl-image-pkgs)
xlctl_parser-libs := -lbz2

# Each step that makes a box may fail.
unit-y += xlctl_sandbox
xlctl_sandbox-src := $(addprefix tools/xlctl/,image/sandbox.c common/privs.c)
comma := ,
xlctl_sandbox-libs := $(addprefix -Wl$(comma)--wrap=,close_range dup2 fork ftruncate memfd_create pipe2 \
	prctl setgroups setresgid setresuid setrlimit syscall)

unit-y += xlctl_text
xlctl_text-src := $(addprefix tools/xlctl/,common/diag.c common/print.c common/msg.c common/text.c)
xlctl_text-pkgs := json-c

unit-y += xlctl_run_dir
xlctl_run_dir-src := $(addprefix tools/xlctl/,common/msg.c common/run_dir.c common/text.c)

unit-y += xlctl_acpi
xlctl_acpi-src := $(addprefix tools/xlctl/,builder/acpi.c builder/aml.c)

unit-y += xlctl_builder
xlctl_builder-src := $(xlctl-image) $(addprefix tools/xlctl/,builder/acpi.c builder/aml.c builder/builder.c) \
	selftests/unit/xlctl/xlctl_elf.c
xlctl_builder-pkgs := $(xlctl-image-pkgs)
xlctl_builder-libs := -lbz2

unit-y += xlctl_builder_errors
xlctl_builder_errors-src := $(xlctl_builder-src)
xlctl_builder_errors-pkgs := $(xlctl-image-pkgs)
xlctl_builder_errors-libs := -lbz2

fuzz-y += xlctl_config xlctl_image xlctl_notes xlctl_result
xlctl_result-src := $(xlctl-image)
xlctl_result-pkgs := $(xlctl-image-pkgs)
xlctl_result-libs := -lbz2
xlctl_notes-src := $(xlctl-image)
xlctl_notes-pkgs := $(xlctl-image-pkgs)
xlctl_notes-libs := -lbz2

unit-y += ept_walk ept_range
ept_walk-src := kmod/ept/guest_walk.c
ept_range-src := kmod/ept/range.c
fuzz-y += ept_walk

# The whole p2m, on pages, RCU and vCPUs of its own.
ept-fake := -iquote selftests/unit/ept_fake -Iselftests/unit/ept_fake
ept-p2m := kmod/base/host_memory.c $(addprefix kmod/ept/,tables.c prune.c teardown.c populate.c huge.c fault.c lookup.c \
	change.c deferred_free.c range.c read.c) \
	selftests/unit/ept_fake/fake.c

unit-y += ept_p2m ept_amounts ept_race ept_copy ept_huge
ept_p2m-src := $(ept-p2m)
ept_p2m-cflags := $(ept-fake)
ept_amounts-src := $(ept-p2m)
ept_amounts-cflags := $(ept-fake)
ept_huge-src := $(ept-p2m)
ept_huge-cflags := $(ept-fake) -DFAKE_GIBS=2
ept_race-src := $(ept-p2m)
ept_race-cflags := $(ept-fake)
ept_copy-src := $(ept-p2m) kmod/ept/guest_copy.c kmod/ept/guest_walk.c
ept_copy-cflags := $(ept-fake)
