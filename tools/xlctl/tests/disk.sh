# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2016,SC2031
#
# Disks: nodes, checks, commands, and the talk with a frontend, which is played by a stock client of
# XenStore. What is behind a disk is a file; nothing is read or written.
# shellcheck source-path=SCRIPTDIR source=played-store.sh
. "$TREE/tools/xlctl/tests/played-store.sh"
if [ -z "$DOM0" ]; then
	skip "disks" "no xenstored of this release can be had: $(tail -n 1 "$TAP_DIR/dom0")"
	return
fi
export XLHV_FAKE_ROOT="$ROOT"
fresh
truncate -s 1M "$TAP_DIR/a.img"
truncate -s 2M "$TAP_DIR/b.img"
A="'$TAP_DIR/a.img,raw,xvda,w'"
B="'$TAP_DIR/b.img,raw,xvdb,r'"

# front NODE [VALUE]...: what the guest writes of xvda; back NODE: what it reads
front() {
	while [ $# -gt 1 ]; do
		xs write -- "$home/device/vbd/51712/$1" "$2"
		shift 2
	done
}
back() {
	xs read "$backend/$1" 2>/dev/null
}

# reaches VALUE NODE: waits some seconds until it is that
reaches() {
	for _ in $(seq 100); do
		[ "$(back "$2")" != "$1" ] || break
		sleep 0.05
	done
}

# backs NAME VALUE NODE: within some seconds it is that
backs() {
	reaches "$2" "$3"
	is "$1" "$(back "$3")" "$2"
}

# ours: sets home and backend
ours() {
	domid=$(x domid debian)
	home=/local/domain/$domid
	backend=/local/domain/0/backend/vbd/$domid/51712
}

says 0 "a dry run tells of disks" '"pdev_path": ?"/x",$' create -n "$CFG" "disk=['/x,raw,xvda,w']"
says 1 "no store, no disk" "^xlctl: disk: domain 'debian' has no XenStore, by which it would find them$" \
	create --no-xenstore "$CFG" "disk=[$A]"
says 1 "nor without a monitor" "^xlctl: -e: a domain with disks needs a monitor$" create -e "$CFG" "disk=[$A]"
says 1 "a target that is not there" "^xlctl: disk xvda: /nowhere/a: No such file or directory$" \
	create "$CFG" "disk=['/nowhere/a,raw,xvda,w']"
says 1 "nor one that is no disk" "^xlctl: disk xvda: $TAP_DIR: (Is a directory|neither a block device nor a file)$" \
	create "$CFG" "disk=['$TAP_DIR,raw,xvda,r']"
is "no domain comes of any" "$(x list | wc -l)" 2

silent "create" create -p "$CFG" "disk=[$A, $B]"
ours
xs ls -fp | sed -n "s,^$home/device/vbd,FRONT,p; s,^/local/domain/0/backend/vbd/$domid,BACK,p; s,^/libxl/$domid/device/vbd,LIBXL,p" |
	sed 's/multi-queue-max-queues = "[0-9]*"/multi-queue-max-queues = N/' | sort >"$TAP_DIR/tree"
sed "s/DOMID/$domid/g; s/IDENTITY/$(stat -c '%Hd:%Ld %i' "$TAP_DIR/a.img")/; s,TAPDIR,$TAP_DIR,g" <<'TREE_OF_LIBXL' | sort >"$TAP_DIR/want"
FRONT = ""   (n0,rDOMID)
FRONT/51712 = ""   (nDOMID,r0)
FRONT/51712/backend = "/local/domain/0/backend/vbd/DOMID/51712"   (nDOMID,r0)
FRONT/51712/backend-id = "0"   (nDOMID,r0)
FRONT/51712/state = "1"   (nDOMID,r0)
FRONT/51712/virtual-device = "51712"   (nDOMID,r0)
FRONT/51712/device-type = "disk"   (nDOMID,r0)
FRONT/51712/trusted = "1"   (nDOMID,r0)
BACK = ""   (n0,rDOMID)
BACK/51712 = ""   (n0,rDOMID)
BACK/51712/frontend = "/local/domain/DOMID/device/vbd/51712"   (n0,rDOMID)
BACK/51712/params = "TAPDIR/a.img"   (n0,rDOMID)
BACK/51712/frontend-id = "DOMID"   (n0,rDOMID)
BACK/51712/online = "1"   (n0,rDOMID)
BACK/51712/removable = "0"   (n0,rDOMID)
BACK/51712/bootable = "1"   (n0,rDOMID)
BACK/51712/dev = "xvda"   (n0,rDOMID)
BACK/51712/type = "phy"   (n0,rDOMID)
BACK/51712/mode = "w"   (n0,rDOMID)
BACK/51712/device-type = "disk"   (n0,rDOMID)
BACK/51712/hotplug-status = "connected"   (n0,rDOMID)
BACK/51712/max-ring-page-order = "4"   (n0,rDOMID)
BACK/51712/multi-queue-max-queues = N   (n0,rDOMID)
BACK/51712/feature-persistent = "0"   (n0,rDOMID)
BACK/51712/feature-flush-cache = "1"   (n0,rDOMID)
BACK/51712/feature-barrier = "1"   (n0,rDOMID)
BACK/51712/feature-max-indirect-segments = "256"   (n0,rDOMID)
BACK/51712/feature-discard = "1"   (n0,rDOMID)
BACK/51712/discard-granularity = "4096"   (n0,rDOMID)
BACK/51712/discard-alignment = "0"   (n0,rDOMID)
BACK/51712/discard-secure = "0"   (n0,rDOMID)
BACK/51712/sectors = "2048"   (n0,rDOMID)
BACK/51712/info = "0"   (n0,rDOMID)
BACK/51712/sector-size = "512"   (n0,rDOMID)
BACK/51712/physical-sector-size = "4096"   (n0,rDOMID)
BACK/51712/state = "2"   (n0,rDOMID)
LIBXL = ""   (n0)
LIBXL/51712 = ""   (n0)
LIBXL/51712/frontend = "/local/domain/DOMID/device/vbd/51712"   (n0)
LIBXL/51712/backend = "/local/domain/0/backend/vbd/DOMID/51712"   (n0)
LIBXL/51712/params = "TAPDIR/a.img"   (n0)
LIBXL/51712/dev = "xvda"   (n0)
LIBXL/51712/xlhv-disk = "format=raw,vdev=xvda,access=rw,target=TAPDIR/a.img"   (n0)
LIBXL/51712/xlhv-identity = "file IDENTITY"   (n0)
TREE_OF_LIBXL
check "nodes of a disk, and who may do what with them" \
	sh -c 'grep -v /51728 "$1" | diff -u "$2" -' sh "$TAP_DIR/tree" "$TAP_DIR/want"
is "a read-only one is told as such" \
	"$(xs read "${backend%/*}/51728/mode")$(xs read "${backend%/*}/51728/info")" r4
says 0 "block-list" "^51712 0   $domid +2 +-1 +-1 +$backend *$" block-list debian
says 1 "block-list of no domain" "no domain 'nobody'" block-list nobody

# Who else has it.
says 1 "another domain has it, and one writes" \
	"^xlctl: disk xvda: $TAP_DIR/a.img: domain $domid has it, as xvda; access w! attaches it all the same$" \
	create -p "$CFG" name=two "disk=['$TAP_DIR/a.img,raw,xvda,r']"
silent "both read" create -p "$CFG" name=two "disk=[$B]"
x destroy two
silent "w! asks for nothing" create -p "$CFG" name=two "disk=['$TAP_DIR/a.img,raw,xvda,w!']"
x destroy two
mkdir -p "$ROOT/sys/block/loop3/loop" "$ROOT/proc/self"
echo "$TAP_DIR/c.img" >"$ROOT/sys/block/loop3/loop/backing_file"
echo 0 >"$ROOT/sys/block/loop3/ro"
truncate -s 1M "$TAP_DIR/c.img"
says 1 "a file behind a loop device" "^xlctl: disk xvdc: .*/c.img: /dev/loop3 is made of it; access w!" \
	block-attach debian "$TAP_DIR/c.img,raw,xvdc,r"
echo 1 >"$ROOT/sys/block/loop3/ro"
says 1 "one that only reads is no reason, unless we write" "/dev/loop3 is made of it" \
	block-attach debian "$TAP_DIR/c.img,raw,xvdc,w"
silent "it is none for a reader" block-attach debian "$TAP_DIR/c.img" raw xvdc r
silent "block-detach of what no driver has" block-detach debian xvdc
if [ "$(stat -c %F /dev/loop0 2>/dev/null)" = "block special file" ] && [ -r /dev/loop0 ]; then
	number=$(stat -c %Hr:%Lr /dev/loop0)
	mkdir -p "$ROOT/sys/devices/whole/part" "$ROOT/sys/dev/block"
	ln -s ../../devices/whole/part "$ROOT/sys/dev/block/259:77"
	echo 1 >"$ROOT/sys/devices/whole/part/partition"
	echo "$number" >"$ROOT/sys/devices/whole/dev"
	echo "36 35 $number / /srv rw - ext4 /dev/any rw" >"$ROOT/proc/self/mountinfo"
	says 1 "a mounted device" "^xlctl: disk xvdd: /dev/loop0: it is mounted at /srv; access w!" \
		block-attach debian /dev/loop0,raw,xvdd,r
	echo "36 35 259:77 / /srv rw - ext4 /dev/any rw" >"$ROOT/proc/self/mountinfo"
	says 1 "one of which a partition is mounted" "/dev/loop0: it is mounted at /srv; access w!" \
		block-attach debian /dev/loop0,raw,xvdd,r
	echo "36 35 0:50 / /srv rw - btrfs /dev/loop0 rw" >"$ROOT/proc/self/mountinfo"
	says 1 "one of a file system with others" "/dev/loop0: it is mounted at /srv; access w!" \
		block-attach debian /dev/loop0,raw,xvdd,r
	echo "36 35 0:50 / /media/b rw - fuse.any /dev/loop0 rw" >"$ROOT/proc/self/mountinfo"
	silent "what a user says of his mount" block-attach debian /dev/loop0,raw,xvdd,r
	silent "... goes again" block-detach --force debian xvdd
	rm "$ROOT/proc/self/mountinfo"
fi
XLHV_FAKE_FAIL='60:16:the device is mounted, or somebody has it' \
	says 1 "what the module says" "^xlctl: disk xvdc: .*: the device is mounted, or somebody has it$" \
	block-attach debian "$TAP_DIR/c.img,raw,xvdc,w!"
XLHV_FAKE_NO_DIRECT=1 says 0 "no direct I/O: by the page cache, and that is said" \
	"warning: disk xvdc: .*: its file system has no direct I/O: the host's page cache is used$" \
	block-attach debian "$TAP_DIR/c.img,raw,xvdc,w!"
silent "block-detach by number" block-detach debian 51744
says 1 "a number that is in use" "^xlctl: disk 51712: .*: the domain has a disk of that number$" \
	block-attach debian "$TAP_DIR/c.img,raw,51712,w!"
says 1 "words that are no disk" "^xlctl: block-attach: /a,qcow2,xvda: format=qcow2: only raw" \
	block-attach debian /a,qcow2,xvda
says 0 "a dry run" "^format=raw,vdev=xvda,access=ro,target=/a$" -N block-attach debian /a,raw,xvda,r

says 0 "words after a target" "^format=raw,vdev=xvda,access=ro,target=/a$" \
	-N block-attach debian target=/a vdev=xvda access=r

# The talk.
front ring-ref 8 event-channel 9 protocol x86_64-abi state 3
backs "a frontend that is ready is connected" 4 state
front state 4
says 0 "block-list has its ring" "^51712 0   $domid +4 +9 +8 " block-list debian
truncate -s 3M "$TAP_DIR/a.img"
silent "block-resize" block-resize debian xvda
is "tells the new size" "$(back sectors)" 6144
front ring-ref 0 event-channel rubbish
sleep 0.3
is "what it writes then changes nothing" "$(back state)" 4
touch "$XLHV_FAKE/hang"
front state 5
backs "closing is answered by closing" 5 state
front state 6
sleep 0.3
is "but closed is not said while a request is under way" "$(back state)" 5
rm "$XLHV_FAKE/hang"
backs "and is then" 6 state
front state 1
backs "it may begin again" 2 state
front ring-ref 8 event-channel 9 state 3
backs "and is connected" 4 state
# A kernel that was started by another one, which did not let go of the disk.
front state 1
backs "one that forgets all gets a new start" 2 state
xs rm "$home/device/vbd/51712/ring-ref"
front ring-page-order 1 ring-ref0 8 ring-ref1 10 multi-queue-num-queues 1 state 3
backs "two pages" 4 state
front state 6
backs "closed at once" 6 state
front state 1
backs "anew" 2 state

# refused NAME NODE VALUE...: what a guest writes keeps it from being connected, and nothing else
refused() {
	refused_name=$1
	shift
	for node in ring-ref ring-ref0 ring-ref1 ring-page-order event-channel protocol multi-queue-num-queues; do
		xs rm "$home/device/vbd/51712/$node" 2>/dev/null || :
	done
	front ring-ref 8 event-channel 9 "$@" state 3
	backs "$refused_name" 5 state
	front state 6
	backs "... and closed" 6 state
	front state 1
	backs "... and may try again" 2 state
}
refused "a ring that is too large" ring-page-order 5
refused "no number" ring-page-order -1
refused "a huge one" ring-ref 4294967296
refused "rubbish" event-channel "$(head -c 1500 /dev/zero | tr '\0' 9)"
refused "an unknown layout" protocol "$(head -c 1500 /dev/zero | tr '\0' a)"
refused "more queues than offered" multi-queue-num-queues 17
refused "no queue" multi-queue-num-queues 0
refused "queues that are not there" multi-queue-num-queues 2
refused "pages that are not there" ring-page-order 4
refused "a grant that is none" ring-ref 0
refused "a port that is none" event-channel 0
says 0 "the domain lives on" "^debian " list debian
: >"$XLHV_FAKE/connects"
front ring-ref 777 event-channel 9 state 3
for _ in $(seq 100); do [ "$(wc -l <"$XLHV_FAKE/connects")" -lt 2 ] || break; sleep 0.02; done
is "a grant that is not ready is tried again" "$(back state)" 2
backs "but not for ever" 5 state
check "nor often" [ "$(wc -l <"$XLHV_FAKE/connects")" -le 8 ]
front state 6
backs "closed" 6 state
front state 1
backs "and good ones are taken after all that" 2 state
front ring-ref 8 event-channel 9 state 3
backs "... are connected" 4 state
front state 4

# Ends.
says 1 "block-detach of what is in use waits, and gives up" \
	"^xlctl: domain 'debian' has not let go of disk 'xvda' within 10 s; it goes when the domain does, or with --force$" \
	block-detach debian xvda
is "the guest was told" "$(back state)$(back online)" 50
front state 5
sleep 0.3
front state 6
for _ in $(seq 100); do back state >/dev/null || break; sleep 0.05; done
is "it goes when the guest lets go of it" "$(xs ls -f | grep -c "vbd.*/51712")" 0
says 1 "then there is none" "^xlctl: domain 'debian' has no disk 'xvda'$" block-detach debian xvda
silent "block-attach" block-attach debian "$TAP_DIR/a.img,raw,xvda,w"
backs "is there again" 2 state
front ring-ref 8 event-channel 9 state 3
backs "for the guest, too" 4 state
silent "block-detach --force" block-detach --force debian xvda
is "takes it whatever the guest does" "$(xs ls -f | grep -c "vbd.*/51712")" 0
silent "and it can come back" block-attach debian "$TAP_DIR/a.img,raw,xvda,w"
front ring-ref 8 event-channel 9 state 3
backs "to be connected" 4 state
front state 4
# As if its state had been written over.
xs write "$backend/online" 0
backs "a disk that is to go is closed, whatever was written before" 5 state
front state 6
for _ in $(seq 100); do back state >/dev/null || break; sleep 0.05; done
is "and goes" "$(xs ls -f | grep -c "vbd.*/51712")" 0
silent "and comes back again" block-attach debian "$TAP_DIR/a.img,raw,xvda,w"
front ring-ref 8 event-channel 9 state 3
backs "connected" 4 state

# Whoever is the monitor goes on with it.
kill -9 "$(monitor Pid)"
says 1 "without a monitor" "has no monitor, which would talk with it; 'xlctl monitor debian' starts one$" \
	block-detach debian xvda
timeout 60 "$FAKE" monitor -F debian >"$TAP_DIR/notes" 2>&1 &
follower=$!
front state 5
backs "another monitor knows where the last one was" 5 state
front state 6
backs "and ends what that had connected" 6 state
front state 1
backs "to begin anew" 2 state
for _ in 1 2 3 4 5 6 7 8 9 10; do
	front ring-page-order 5 state 3
	reaches 5 state
	front state 6
	reaches 6 state
	front state 1
	reaches 2 state
done
check "the monitor says why" grep -q "disk 51712: refused: ring-page-order of the guest's is 5: 0 to 4 can be had" \
	"$TAP_DIR/notes"
is "but not for ever" "$(grep -c refused "$TAP_DIR/notes") $(grep -c "no more is said of it" "$TAP_DIR/notes")" "8 1"

# Without the daemon nothing is done to a disk, and it is served again when there is one.
front ring-ref 8 event-channel 9 ring-page-order 0 ring-ref0 8 state 3
backs "it is connected" 4 state
front state 4
kill $follower
wait $follower 2>/dev/null || :
kill -STOP "$(cat "$TAP_DIR/xs/xenstored.pid")"
XLHV_FAKE_PATIENCE=1 timeout 60 "$FAKE" monitor -F debian >"$TAP_DIR/notes" 2>&1 &
follower=$!
# noted NUMBER TEXT: within some seconds the monitor has said it so often
noted() {
	for _ in $(seq 100); do
		[ "$(grep -c "$2" "$TAP_DIR/notes")" -lt "$1" ] || break
		sleep 0.05
	done
	is "the monitor says: $2" "$(grep -c "$2" "$TAP_DIR/notes")" "$1"
}
noted 1 "domain $domid: XenStore: its daemon does not answer within [0-9]* s: its devices stay as they are"
kill -CONT "$(cat "$TAP_DIR/xs/xenstored.pid")"
noted 1 "domain $domid: XenStore can be asked again"
is "nothing has happened to the disk" "$(back state)" 4
front state 5
backs "and it is served again" 5 state
front state 6
backs "closed" 6 state
front state 1
backs "anew" 2 state
front state 3
backs "connected" 4 state
front state 4
status=0
x block-detach debian xvda >"$TAP_DIR/out" 2>&1 &
detacher=$!
reaches 5 state
kill -9 "$(cat "$TAP_DIR/xs/xenstored.pid")"
wait $detacher || status=$?
is "block-detach does not take a daemon's death for a disk's end" "$status $(cat "$TAP_DIR/out")" \
	"1 xlctl: disk xvda: XenStore: Connection reset by peer: whether it is gone is not known"
noted 1 "domain $domid: XenStore: Connection reset by peer: its devices stay as they are"
sleep 2.5
is "which it does once" "$(grep -c "its devices stay as they are until" "$TAP_DIR/notes")" 2
x daemon start
noted 1 "domain $domid: XenStore does not know it any more: its devices stay as they are"
x destroy debian
wait $follower || :
is "destroy leaves nothing" "$(xs ls -f | grep -c -e vbd/. -e "/$domid\b")" 0

# Whichever start it is: each domain ends with it.
REBOOTS=reboot,reboot,reboot,reboot,reboot,reboot,reboot,reboot,reboot,reboot,reboot,reboot

# The next life has the disks that the last one had in the end.
XLHV_FAKE_LIFE='' x create -p "$CFG" "disk=[$A]"
ours
x block-attach debian "$TAP_DIR/b.img,raw,xvdb,r"
x block-detach debian xvda
XLHV_FAKE_LIFE=$REBOOTS x unpause debian
becomes "it is started again" "^debian +$((domid + 1)) " list
for _ in $(seq 100); do
	xs read "/local/domain/0/backend/vbd/$((domid + 1))/51728/state" >/dev/null 2>&1 && break
	sleep 0.05
done
is "with the disk that it was given" "$(xs read "/local/domain/0/backend/vbd/$((domid + 1))/51728/state")" 2
is "and not the one that it was deprived of" "$(xs ls -f | grep -c "vbd.*/51712")" 0
x destroy debian
# A guest that may choose when it is started again does not choose what its path leads to by then.
XLHV_FAKE_LIFE='' x create -p "$CFG" "disk=[$A]"
ours
pid=$(monitor Pid)
cp "$TAP_DIR/a.img" "$TAP_DIR/other.img"
mv "$TAP_DIR/other.img" "$TAP_DIR/a.img"
XLHV_FAKE_LIFE=$REBOOTS x unpause debian
for _ in $(seq 100); do
	kill -0 "$pid" 2>/dev/null || break
	sleep 0.05
done
check "a domain is not started again with another file" sh -c '! kill -0 "$1" 2>/dev/null' sh "$pid"
says 1 "it is gone" "no domain '?debian" list debian
XLHV_FAKE_LIFE='' x create -p "$CFG" "disk=[$A]"
ours
silent "config-update" config-update debian "$CFG" "disk=['$TAP_DIR/c.img,raw,xvdc,r']"
XLHV_FAKE_LIFE=$REBOOTS x unpause debian
becomes "it is started again" "^debian +$((domid + 1)) " list
for _ in $(seq 100); do
	xs read "/local/domain/0/backend/vbd/$((domid + 1))/51744/state" >/dev/null 2>&1 && break
	sleep 0.05
done
is "the next life has the disks of config-update" \
	"$(xs ls -f | sed -n "s,^/libxl/$((domid + 1))/device/vbd/\([0-9]*\) .*,\1,p")" 51744
x destroy debian
x daemon stop
unset XLHV_FAKE XLHV_FAKE_ROOT XENSTORED_RUNDIR
CFG=$WITHOUT
