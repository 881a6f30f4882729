// SPDX-License-Identifier: GPL-2.0-only
/*
 * Disks in the syntax of xl-disk-configuration(5): what is read, what each complaint says, and that
 * libxlutil, which xl uses, reads the same texts the same way.
 */
#include <errno.h>
#include <libxl.h>
#include <libxlutil.h>
#include <stdlib.h>
#include <string.h>

#include "config/disk.h"
#include "unit.h"

static struct disk_config disk;
static char *why;

static int parse(const char *text)
{
	disk_free(&disk);
	free(why);
	return disk_parse(&disk, text, &why);
}

static void expect_wrong(const char *text, int error, const char *message)
{
	EXPECT_SAYS(text, parse(text), error, why, message);
}

TEST(by_place)
{
	ASSERT_EQ(parse("/dev/vg/a,raw,xvda,w"), 0);
	EXPECT_NULL(why);
	EXPECT_STREQ(disk.target, "/dev/vg/a");
	EXPECT_STREQ(disk.vdev, "xvda");
	EXPECT_EQ(disk.devid, 51712);
	EXPECT_FALSE(disk.readonly);
	EXPECT_FALSE(disk.forced);
	EXPECT_EQ(disk.discard, DISK_DISCARD_DEFAULT);
	ASSERT_EQ(parse("phy:vg/a,xvdb1,r"), 0);
	EXPECT_STREQ(disk.target, "/dev/vg/a");
	EXPECT_EQ(disk.devid, 51729);
	EXPECT_TRUE(disk.readonly);
	ASSERT_EQ(parse("file:/a b,hda,ro"), 0);
	EXPECT_STREQ(disk.target, "/a b");
	EXPECT_TRUE(disk.readonly);
	ASSERT_EQ(parse("/a,,sda2,w!"), 0);
	EXPECT_TRUE(disk.forced);
	EXPECT_FALSE(disk.readonly);
	ASSERT_EQ(parse("/a,raw,hdc:cdrom,w"), 0);
	EXPECT_TRUE(disk.cdrom);
	EXPECT_TRUE(disk.readonly);
	EXPECT_STREQ(disk.vdev, "hdc");
}

TEST(by_name)
{
	static const char all[] =
		"vdev=xvdc, access=rw, backendtype=phy, direct-io-safe, discard, target=/a,b=c";

	ASSERT_EQ(parse(all), 0);
	EXPECT_STREQ(disk.target, "/a,b=c");
	EXPECT_TRUE(disk.phy);
	EXPECT_TRUE(disk.direct_io_safe);
	EXPECT_EQ(disk.discard, DISK_DISCARD_ON);
	ASSERT_EQ(parse("/a,vdev=xvda,,r,no-discard,backend=0"), 0);
	EXPECT_TRUE(disk.readonly);
	EXPECT_EQ(disk.discard, DISK_DISCARD_OFF);
}

TEST(complaints)
{
	expect_wrong("", -EINVAL, "no target");
	expect_wrong(",raw,xvda", -EINVAL, "no target");
	expect_wrong("/a", -EINVAL, "no vdev, such as xvda");
	expect_wrong("/a,raw,,w", -EINVAL, "no vdev, such as xvda");
	expect_wrong("/a,raw,xvda,w!!", -EINVAL, "access=w!!: expected r, ro, w, rw or w!");
	expect_wrong("/a,raw,vda,w", -EINVAL,
		     "vdev=vda: expected xvda, xvda1, d0p1, hda, sda or a number");
	expect_wrong("/a,raw,xvda,w,x", -EINVAL, "'x' is one word too many");
	expect_wrong("/a,raw,xvda,w,foo=1", -EINVAL, "unknown parameter 'foo'");
	expect_wrong("/a=b,raw,xvda", -EINVAL, "'/a=b': a target with '=' in it needs target=, as the last word");
	expect_wrong("foo:/a,xvda", -EINVAL, "unknown prefix 'foo:'");
	expect_wrong("/a,raw,xvda,devtype=tape", -EINVAL, "devtype=tape: expected disk or cdrom");
	expect_wrong("/a,raw,xvda:tape", -EINVAL, "devtype=tape: expected disk or cdrom");
	expect_wrong("/a,raw,xvda,vdev=xvdb", -EINVAL, "vdev: both 'xvda' and 'xvdb'");
	expect_wrong("/a,raw,xvda,backendtype=vbd", -EINVAL, "backendtype=vbd: expected phy");
	expect_wrong("/a,ext4,xvda", -EINVAL, "format=ext4: expected raw");
	expect_wrong("qcow2:/a,xvda", -EOPNOTSUPP,
		     "format=qcow2: only raw disks are served by the kernel; others need QEMU (qdisk), which is not supported yet");
	expect_wrong("/a,vmdk,xvda", -EOPNOTSUPP,
		     "format=vmdk: only raw disks are served by the kernel; others need QEMU (qdisk), which is not supported yet");
	expect_wrong("/a,raw,xvda,backendtype=qdisk", -EOPNOTSUPP,
		     "backendtype=qdisk: only raw disks are served by the kernel; others need QEMU (qdisk), which is not supported yet");
	expect_wrong("/a,raw,xvda,script=block-x", -EOPNOTSUPP,
		     "script=block-x: scripts that make a disk are not supported: attach the device that they would make");
	expect_wrong("iscsi:x,xvda", -EOPNOTSUPP,
		     "'iscsi:': scripts that make a disk are not supported: attach the device that they would make");
	expect_wrong("/a,raw,xvda,backend=storage", -EOPNOTSUPP,
		     "backend=storage: all disks are served by the host");
	expect_wrong(",raw,xvda,r,cdrom", -EOPNOTSUPP, "drives without a disk are not supported");
	expect_wrong("/a,empty,xvda", -EOPNOTSUPP,
		     "format=empty: drives without a disk are not supported");
}

TEST(numbers)
{
	static const struct { const char *vdev; uint32_t devid; } good[] = {
		{ "xvda", 51712 }, { "xvda1", 51713 }, { "xvdp15", 51967 }, { "xvdq", 268439552 },
		{ "xvda16", 268435472 }, { "xvdaa", 268442112 }, { "d0p0", 51712 },
		{ "d16p1", 268439553 }, { "hda", 768 }, { "hdb1", 833 }, { "hdc", 5632 },
		{ "hdd63", 5759 }, { "sda", 2048 }, { "sdp15", 2303 }, { "51712", 51712 },
		{ "0xca00", 51712 }, { "d010p1", 51841 }, { "d0x10p1", 268439553 },
	};
	static const char *const bad[] = {
		"", "xvd", "xvdA", "xvda0", "xvda256", "hde", "hda64", "sdq", "sda16", "d0p256",
		"d0", "d1048576p0", "xvda1x", "xvda01", "d08p0", "d-1p1", "4294967296", "-1", " 1", "xvdzzzzz",
	};
	uint32_t devid;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		unit_context("%s", good[i].vdev);
		EXPECT_TRUE(disk_number(good[i].vdev, &devid));
		EXPECT_EQ(devid, good[i].devid);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		unit_context("%s", bad[i]);
		EXPECT_FALSE(disk_number(bad[i], &devid));
	}
	unit_context("%s", "");
}

TEST(text_reads_the_same)
{
	static const char *const texts[] = {
		"/a,raw,xvda,w", "phy:/a,xvda,r", "/a,raw,xvda,w!,discard",
		"/a,raw,hdc:cdrom,r,no-discard,direct-io-safe,backendtype=phy",
		"vdev=51728,target=/with,comma=and more",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char *once, *twice;

		unit_context("%s", texts[i]);
		ASSERT_EQ(parse(texts[i]), 0);
		once = disk_text(&disk);
		ASSERT_EQ(parse(once), 0);
		twice = disk_text(&disk);
		EXPECT_STREQ(twice, once);
		free(once);
		free(twice);
	}
	unit_context("%s", "");
}

/* What libxlutil makes of words, and what we do. */
static void expect_same_words(XLU_Config *theirs, int nr, const char *const *words)
{
	libxl_device_disk wanted;
	int rc, error;
	bool raw;

	unit_context("%s", words[0]);
	libxl_device_disk_init(&wanted);
	rc = xlu_disk_parse(theirs, nr, words, &wanted);
	raw = wanted.format == LIBXL_DISK_FORMAT_RAW && !wanted.script && !wanted.backend_domname;
	disk_free(&disk);
	free(why);
	error = disk_parse_words(&disk, (char *const *)words, &why);
	if (rc) {
		EXPECT_NE(error, 0);
	} else if (!raw) {
		EXPECT_EQ(error, -EOPNOTSUPP);
	} else {
		ASSERT_EQ(error, 0);
		EXPECT_STREQ(disk.target, wanted.pdev_path);
		EXPECT_STREQ(disk.vdev, wanted.vdev);
		EXPECT_EQ(disk.readonly, !wanted.readwrite);
		EXPECT_EQ(disk.cdrom, !!wanted.is_cdrom);
		EXPECT_EQ(disk.direct_io_safe, !!wanted.direct_io_safe);
		EXPECT_EQ(disk.phy, wanted.backend == LIBXL_DISK_BACKEND_PHY);
		EXPECT_EQ(disk.discard == DISK_DISCARD_ON, wanted.discard_enable.val > 0);
		EXPECT_EQ(disk.discard == DISK_DISCARD_OFF, wanted.discard_enable.val < 0);
	}
	libxl_device_disk_dispose(&wanted);
	unit_context("%s", "");
}

static void expect_same(XLU_Config *theirs, const char *text)
{
	const char *const words[] = { text, NULL };

	expect_same_words(theirs, 1, words);
}

TEST(same_as_libxlutil)
{
	static const char *const texts[] = {
		"/dev/a,raw,xvda,w", "/dev/a,,xvda", "/dev/a", "phy:/dev/a,xvda,w",
		"file:/x y,hda,r", "raw:/a,xvda,w", "qcow2:/a,xvda,w", "vhd:/a,xvda",
		"format=raw, vdev=xvda, access=ro, target=/a,b", "vdev=xvda,/dev/a",
		"/a,qcow,xvda,rw", "/a,raw,xvdb:cdrom,r", ",raw,xvdb,r,cdrom", "/a,raw,xvda,w,",
		"/a,raw,xvda,w,x", "/a,raw,xvda,w,discard", "/a,raw,xvda,no-discard,discard",
		"/a,raw,xvda,w,no-discard,direct-io-safe", "/a,raw,xvda,w,foo=bar",
		"/a,raw,xvda,w,backendtype=phy", "/a,raw,xvda,w,backendtype=bar",
		"/a,raw,xvda,w,backend=dom", "/a,raw,xvda,w,script=foo", "tap:aio:/a,xvda,w",
		"aio:/a,xvda,w", "foo:/a,xvda,w", "nbd:1.2.3:4,xvda,w", "/a,empty,xvda,r",
		"  /a , raw , xvda , w ", " /a, raw, xvda, w", "/a,RAW,xvda,w", "/a,raw,xvda,W",
		"phy:/dev/a,raw,xvda,w", "vdev=xvda,vdev=xvdb,target=/a", "vdev=xvda,vdev=xvda,/a",
		"/a,raw,xvda,devtype=disk", "/a,raw,xvda,devtype=cdrom", "/a,raw,xvda,w,devtype=foo",
		"", "/a,vdev=xvda", "/a,vdev=xvda,,r", "/a,qed,xvda", "target=/a",
		"/a,raw,vdev=xvda,r", "/a,raw,xvda:disk,r", "access=r,/a,raw,xvda",
		"format=,vdev=xvda,target=/a", "phy:/a,xvda:cdrom,r", "/a,raw,xvda,ro",
		"drbd:res,xvda,w", "iscsi:/a,xvda,w", "/a=b,raw,xvda,w", "/a,raw,xvda,cdrom,w",
	};
	static const char *const several[][5] = {
		{ "target=/a", "vdev=xvda" }, { "target=/a,b", "vdev=xvda", "access=r" },
		{ "/a", "raw", "xvda", "r" }, { "/a,raw", "xvda,w" }, { "/a", "", "xvda", "w" },
		{ "/a,", "xvda" }, { "phy:/a", "xvda", "r" }, { "vdev=xvda", "target=/a", "raw" },
		{ "target=/a", "target=/b", "vdev=xvda" }, { "", "" },
		{ "/a", "raw", "xvda", "w,x" },
	};
	XLU_Config *theirs = xlu_cfg_init(fopen("/dev/null", "w"), "d.cfg");

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		expect_same(theirs, texts[i]);
	for (size_t i = 0; i < sizeof(several) / sizeof(several[0]); i++) {
		int nr = 0;

		while (several[i][nr])
			nr++;
		expect_same_words(theirs, nr, several[i]);
	}
	xlu_cfg_destroy(theirs);
	disk_free(&disk);
	free(why);
	why = NULL;
}
