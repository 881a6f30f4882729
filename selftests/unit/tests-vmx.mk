# SPDX-License-Identifier: GPL-2.0-only
# Unit tests of kmod/vmx that need vCPUs of their own.

mmio-fake := -iquote selftests/unit/mmio_fake -Iselftests/unit/mmio_fake

unit-y += vmx_mmio
vmx_mmio-src := $(addprefix kmod/vmx/guest/,mmio.c mmio_decode.c alu.c)
vmx_mmio-mock := y
vmx_mmio-cflags := $(mmio-fake)
fuzz-y += vmx_mmio

unit-y += vmx_mmio_forms
vmx_mmio_forms-src := $(vmx_mmio-src)
vmx_mmio_forms-mock := y
vmx_mmio_forms-cflags := $(mmio-fake)

unit-y += vmx_guard
vmx_guard-src := kmod/vmx/root/mitigation_policy.c

unit-y += vmx_pmu
vmx_pmu-src = kmod/vmx/root/pmu.c $(vmx_root-src)
vmx_pmu-mock := y
vmx_pmu-cflags = $(vmx_root-cflags)

unit-y += vmx_vpid
vmx_vpid-src := $(addprefix kmod/vmx/root/,vpid.c caps.c controls.c)
vmx_vpid-mock := y

unit-y += vmx_alignment
vmx_alignment-src := kmod/vmx/root/controls.c
vmx_alignment-mock := y

unit-y += vmx_segment
vmx_segment-src := kmod/vmx/root/controls.c
vmx_segment-mock := y

unit-y += lapic_deadline
lapic_deadline-src := kmod/vmx/root/controls.c
lapic_deadline-mock := y

unit-y += vmx_split_lock
vmx_split_lock-src := selftests/unit/shim/shim.c
vmx_split_lock-cflags := -iquote selftests/unit/split_fake -Iselftests/unit/split_fake

unit-y += vmx_task
vmx_task-src := kmod/vmx/guest/task.c
