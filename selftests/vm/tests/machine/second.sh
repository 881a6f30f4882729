# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Sourced: second now|crash starts, or leaves to a panic, the kernel /root/vmlinuz with an initramfs
# of its own, which loads the module with selfcheck=1 and says what came of it in the emulator's log
# ("second kernel: ..."), then restarts.

second() {
	dir=/tmp/second
	mkdir -p $dir/bin $dir/proc $dir/dev
	cp /bin/busybox "$XLHV" $dir/
	cp /init $dir/bin/vmctl
	cat >$dir/init <<'END'
#!/busybox sh
/busybox mount -t proc proc /proc
/busybox mount -t devtmpfs devtmpfs /dev
export PATH=/bin
/busybox --install /bin
vmctl mark "second kernel: started"
insmod /xlhv.ko selfcheck=1
vmctl mark "second kernel: $(dmesg | grep -o 'xlhv: .*' | grep -v -e taint -e 'side channels' | head -1)"
reboot -f
END
	chmod +x $dir/init
	(cd $dir && find . | cpio -o -H newc 2>/dev/null) >/tmp/second.cpio
	kexec-load "$1" /root/vmlinuz /tmp/second.cpio \
		"$(sed 's/crashkernel=[^ ]*//; s/machine[^ ]*//' /proc/cmdline) nr_cpus=1"
}
