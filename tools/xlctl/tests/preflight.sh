# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2016
#
# preflight's findings, on the files of hosts that do not exist.

GOOD_FLAGS="vnmi preemption_timer posted_intr invvpid ept_x_only ept_ad ept_1gb flexpriority apicv \
tsc_offset vtpr mtf vapic ept vpid unrestricted_guest vapic_reg vid ple shadow_vmcs pml tsc_scaling"

# host DIR [VENDOR [FLAGS [VMX-FLAGS]]]: the files of a sound host without the module
host() {
	H=$TAP_DIR/$1
	rm -rf "$H"
	mkdir -p "$H/proc/sys/kernel" "$H/sys/module" "$H/dev"
	for cpu in 0 1; do
		printf 'processor\t: %s\nvendor_id\t: %s\nmodel name\t: A CPU\nflags\t\t: fpu %s lm\n' \
			$cpu "${2-GenuineIntel}" "${3-vmx}"
		[ -z "${4-$GOOD_FLAGS}" ] || printf 'vmx flags\t: %s\n' "${4-$GOOD_FLAGS}"
		echo
	done >"$H/proc/cpuinfo"
	printf 'MemTotal:  8000000 kB\nMemAvailable:  4096000 kB\n' >"$H/proc/meminfo"
	echo 6.1.0-9-amd64 >"$H/proc/sys/kernel/osrelease"
	: >"$H/proc/modules"
}

# found STATUS NAME VERDICT REGEX TEXT: what preflight says of $H
found() {
	status=0
	"$XLCTL" preflight --sysroot "$H" >"$TAP_DIR/out" 2>"$TAP_DIR/err" || status=$?
	if [ "$status" -eq "$1" ] && [ ! -s "$TAP_DIR/err" ] &&
	   grep -Eq "^$2 +$3 +$4" "$TAP_DIR/out"; then
		ok "$5"
	else
		not_ok "$5" "status $status, expected $1 and: $2 $3 $4" \
			"$(cat "$TAP_DIR/out" "$TAP_DIR/err")"
	fi
}

# process PID NAME LINK...: a process with descriptors
process() {
	pid=$1
	mkdir -p "$H/proc/$pid/fd"
	echo "$2" >"$H/proc/$pid/comm"
	shift 2
	for link; do
		ln -s "$link" "$H/proc/$pid/fd/$(find "$H/proc/$pid/fd" -type l | wc -l)"
	done
}

# module NAME REFERENCES
module() {
	mkdir -p "$H/sys/module/$1"
	echo "$2" >"$H/sys/module/$1/refcnt"
}

host good
found 0 cpu ok "A CPU" "a sound host"
found 0 vmx ok "VT-x is available" "its VT-x"
found 0 ept ok available "its EPT"
found 0 unrestricted_guest ok available "its unrestricted guest"
found 0 vtx_holder ok nobody "nobody holds VT-x"
found 0 memory ok "4000 MiB available" "its memory"
found 0 module note "xlhv is not loaded, and not installed" "its module"
check_match "^This host can run domains\.$" "the verdict" "$XLCTL" preflight --sysroot "$H"
check_match '"can_run": true' "the verdict in JSON" "$XLCTL" preflight --json --sysroot "$H"
check "JSON is JSON" sh -c '"$1" preflight --json --sysroot "$2" |
	python3 -c "import json, sys; sys.exit(json.load(sys.stdin)[\"problems\"])"' sh "$XLCTL" "$H"

host amd AuthenticAMD svm ""
found 1 cpu problem ".*only Intel's VT-x" "an AMD CPU"
check_match "^This host cannot run domains: 1 problem\.$" "the verdict on it" \
	"$XLCTL" preflight --sysroot "$H"
host other CentaurHauls
found 0 cpu warning ".*never tried" "another vendor"
host none "" "" ""
found 1 cpu problem "no CPU vendor" "no vendor"
host novmx GenuineIntel "" ""
found 1 vmx problem "the CPU has no VT-x, or the firmware switched it off" "no VT-x"
host locked GenuineIntel "" ""
mkdir -p "$H/dev/cpu/0"
{ head -c 58 /dev/zero; printf '\001\0\0\0\0\0\0\0'; } >"$H/dev/cpu/0/msr"
found 1 vmx problem "VT-x is locked off \(IA32_FEATURE_CONTROL is 0x1\)" "VT-x locked off"
check_match "-> switch on .*firmware" "with the way to the firmware set-up" \
	"$XLCTL" preflight --sysroot "$H"
host one_locked
mkdir -p "$H/dev/cpu/0" "$H/dev/cpu/1"
{ head -c 58 /dev/zero; printf '\005\0\0\0\0\0\0\0'; } >"$H/dev/cpu/0/msr"
{ head -c 58 /dev/zero; printf '\001\0\0\0\0\0\0\0'; } >"$H/dev/cpu/1/msr"
found 1 vmx problem "VT-x is locked off on CPU 1, but not on all CPUs" "VT-x locked off on one CPU"
for without in 0 1; do
	host one_without
	awk -v without=$without '/^processor/ { cpu = $3 } cpu != without || !/^vmx flags/ {
		if (cpu == without) sub(/ vmx /, " "); print }' "$H/proc/cpuinfo" >"$H/cpuinfo"
	mv "$H/cpuinfo" "$H/proc/cpuinfo"
	found 1 vmx problem "no VT-x on CPU $without, but on others" "no VT-x on CPU $without"
done
host many_without
for cpu in $(seq 2 40); do
	printf 'processor\t: %s\nvendor_id\t: GenuineIntel\nflags\t\t: fpu lm\n\n' "$cpu"
done >>"$H/proc/cpuinfo"
found 1 vmx problem "no VT-x on CPU 2, 3, .*, \.\.\., but on others" "a long list of them has an end"
host hidden GenuineIntel "vmx hypervisor"
found 0 nested note "this is a virtual machine" "nested"
host guest GenuineIntel hypervisor ""
found 1 vmx problem "no VT-x in this virtual machine" "a virtual machine without VT-x"
host noept GenuineIntel vmx "vnmi vpid"
found 1 ept problem "no EPT" "no EPT"
found 1 unrestricted_guest problem "no unrestricted guest" "no unrestricted guest"
host nofeatures GenuineIntel vmx "ept unrestricted_guest"
found 0 features_missing note "not available, not required: vpid ept_1g .*pml" "features that are missing"
host oldproc GenuineIntel vmx ""
found 0 ept warning "this kernel does not show" "a kernel that does not show VMX features"
host differ
sed -i '1,/^$/s/ pml//' "$H/proc/cpuinfo"
found 0 cpus_alike warning "CPUs differ" "CPUs that differ"
host noproc
rm "$H/proc/cpuinfo" "$H/proc/meminfo" "$H/proc/sys/kernel/osrelease"
found 1 proc problem "/proc/cpuinfo cannot be read: No such file" "no /proc"

host kvm_idle
module kvm_intel 0
found 0 vtx_holder ok "nobody; kvm_intel is loaded" "KVM idle"
mkdir -p "$H/sys/module/kvm/parameters"
echo Y >"$H/sys/module/kvm/parameters/enable_virt_at_load"
found 0 vtx_holder ok "kvm_intel is loaded \(no virtual machines\)" "KVM that holds VT-x from load on"
process 12 qemu-system-x86 /dev/kvm anon_inode:kvm-vm anon_inode:kvm-vcpu:0
process 34 crosvm anon_inode:kvm-vm anon_inode:kvm-vm
found 0 vtx_holder ok "KVM, with 3 virtual machines \((qemu-system-x86\[12\], crosvm\[34\]|crosvm\[34\], qemu-system-x86\[12\])\)" \
	"KVM at work"
host kvm_in_hyperv
module kvm_intel 0
mkdir -p "$H/sys/module/kvm_intel/parameters"
echo N >"$H/sys/module/kvm_intel/parameters/enlightened_vmcs"
found 0 vtx_holder ok "nobody; kvm_intel is loaded" "KVM with VMCSs of the CPU"
echo Y >"$H/sys/module/kvm_intel/parameters/enlightened_vmcs"
found 1 vtx_holder problem "KVM uses Hyper-V's enlightened VMCSs" "KVM with VMCSs of Hyper-V"
check_match "-> load kvm_intel with enlightened_vmcs=0, or remove it" "with what to do" \
	"$XLCTL" preflight --sysroot "$H"
host kvm_only
echo 7.3.4-cloud-amd64 >"$H/proc/sys/kernel/osrelease"
found 1 vtx_holder problem "this kernel lets only KVM switch VT-x on, and kvm_intel is not loaded" \
	"a kernel that gives VT-x to KVM alone"
check_match "-> modprobe kvm_intel$" "with what to do" "$XLCTL" preflight --sysroot "$H"
echo 6.18.9 >"$H/proc/sys/kernel/osrelease"
found 0 vtx_holder ok nobody "the last kernel that does not"
echo 6.19.0 >"$H/proc/sys/kernel/osrelease"
module kvm_intel 0
found 0 vtx_holder ok "nobody; kvm_intel is loaded" "the first that does, with KVM"
host loud_name
module kvm_intel 1
process 12 "$(printf 'x\033[2J\302\2332J')" anon_inode:kvm-vm
found 0 vtx_holder ok "KVM, with 1 virtual machine \(x\?\[2J\?\?2J\[12\]\)" \
	"a process whose name a terminal would obey"
host vbox
module vboxdrv 0
found 0 vtx_holder warning "VirtualBox is loaded but idle" "VirtualBox idle"
module vboxdrv 2
found 0 vtx_holder warning "VirtualBox is loaded \(2 references\)" "VirtualBox in use"
process 5 VBoxHeadless /dev/vboxdrv
found 1 vtx_holder problem "VirtualBox is running: VBoxHeadless\[5\] and does not share" "VirtualBox at work"
check_match "-> stop its virtual machines, then 'modprobe -r vboxdrv'" "with what to do" \
	"$XLCTL" preflight --sysroot "$H"
host vmware
module vmmon 1
process 7 vmware-vmx /dev/vmmon
found 1 vtx_holder problem "VMware is running: vmware-vmx\[7\]" "VMware at work"
host jail
module jailhouse 0
mkdir -p "$H/sys/devices/jailhouse"
echo 1 >"$H/sys/devices/jailhouse/enabled"
found 1 vtx_holder problem "Jailhouse is running" "Jailhouse at work"

host old
echo 5.10.0-1-amd64 >"$H/proc/sys/kernel/osrelease"
found 1 kernel problem "5.10.0-1-amd64 is older than 6.1" "an old kernel"
host arm
echo aarch64 >"$H/proc/sys/kernel/arch"
found 1 kernel problem ".* is a kernel for aarch64" "another architecture"
host small
echo "MemAvailable: 102400 kB" >"$H/proc/meminfo"
found 0 memory warning "100 MiB available" "little memory"
host nomodules
rm "$H/proc/modules"
found 1 module problem "this kernel cannot load modules" "a kernel without modules"
host disabled
echo 1 >"$H/proc/sys/kernel/modules_disabled"
found 1 module problem ".*loading of modules is switched off" "loading of modules switched off"
host installed
mkdir -p "$H/lib/modules/6.1.0-9-amd64"
echo "updates/xlhv.ko.xz:" >"$H/lib/modules/6.1.0-9-amd64/modules.dep"
found 0 module note "xlhv is installed for this kernel, not loaded" "the module installed"
host loaded
module xlhv 0
found 0 module ok "xlhv is loaded" "the module loaded"
mkdir -p "$H/sys/module/xlhv/parameters"
echo pml,vpid >"$H/sys/module/xlhv/parameters/disable"
found 0 features_disabled note "not used, by the module's parameter disable: vpid pml" "features switched off"
check_fails "which are not said to be missing" sh -c '"$1" preflight --sysroot "$2" |
	grep -E "^features(_missing)? .* (pml|vpid)"' sh "$XLCTL" "$H"
host secure
mkdir -p "$H/sys/firmware/efi/efivars"
secure_boot=$H/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c
printf '\006\0\0\0\001' >"$secure_boot"
found 0 signature warning "Secure Boot is on" "Secure Boot"
printf '\006\0\0\0\0' >"$secure_boot"
check "Secure Boot off" sh -c '! "$1" preflight --sysroot "$2" | grep -q ^signature' sh "$XLCTL" "$H"
mkdir -p "$H/sys/kernel/security"
echo "none [integrity] confidentiality" >"$H/sys/kernel/security/lockdown"
found 0 signature warning "the kernel is locked down" "lockdown"
mkdir -p "$H/sys/module/module/parameters"
echo Y >"$H/sys/module/module/parameters/sig_enforce"
found 0 signature warning "the kernel takes signed modules only" "enforced signatures"
