# SPDX-License-Identifier: GPL-2.0-only
# The unit tests and fuzz targets; see "Suites, lint and unit tests" in docs/testing.md.
#
# unit-y += NAME takes selftests/unit/NAME_test.c, fuzz-y += NAME takes
# selftests/unit/fuzz/NAME_fuzz.c with the seeds of selftests/unit/fuzz/corpus/NAME/, each with
#	NAME-src	the sources under test; one of kmod/ selects the kernel shim
#	NAME-pkgs	libraries, by their pkg-config names
#	NAME-cflags	further flags

unit-y += shim
shim-src := selftests/unit/shim/shim.c

unit-y += vmx_controls
vmx_controls-src := kmod/vmx/controls.c
fuzz-y += vmx_controls

unit-y += xlctl_base
xlctl_base-src := $(addprefix tools/xlctl/,device.c hostcpu.c msg.c sysfs.c vmxtext.c)
xlctl_base-cflags := -Iinclude/uapi -DXLCTL_RELEASE='"0.0"'

xlctl-cfg := $(addprefix tools/xlctl/,cfg.c cfg_lex.c cfg_report.c diag.c)

unit-y += xlctl_cfg
xlctl_cfg-src := $(xlctl-cfg)
xlctl_cfg-pkgs := xlutil

xlctl-config := $(xlctl-cfg) $(addprefix tools/xlctl/,domain_config.c domain_cpuid.c \
	domain_cpus.c domain_json.c domain_keys.c msg.c sysfs.c)

unit-y += xlctl_config
xlctl_config-src := $(xlctl-config)
xlctl_config-pkgs := json-c uuid
