// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes the payload of a run from the first disk.
 *
 * Nothing in the kernel drives that disk (its drivers are modules that the harness loads later,
 * and only for the disks of a test), so the agent reads it itself, by programmed I/O: the emulator
 * charges one instruction per word, far less than loading a driver would cost.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"

#define SECTOR		512
#define ATA_DATA	0x1f0
#define ATA_COUNT	0x1f2
#define ATA_LBA_LOW	0x1f3
#define ATA_LBA_MID	0x1f4
#define ATA_LBA_HIGH	0x1f5
#define ATA_DRIVE	0x1f6
#define ATA_COMMAND	0x1f7
#define ATA_STATUS	0x3f6		/* the one that acknowledges no interrupt */
#define ATA_CONTROL	0x3f6
#define ATA_READ	0x20
#define ATA_LBA_MASTER	0xe0
#define ATA_NO_IRQ	0x02
#define ATA_BUSY	0x80
#define ATA_DATA_READY	0x08
#define ATA_FAILED	0x01

#define MAGIC		"XLHVPAY1"
#define POLL_NSEC	1000000		/* of the machine's time */

struct header {
	char magic[8];
	uint64_t size;			/* bytes of the archive that begins in the next sector */
};

static int sectors_read(uint32_t sector, unsigned int count, void *to)
{
	uint8_t *at = to;
	unsigned int i;
	int status;

	outb(ATA_NO_IRQ, ATA_CONTROL);
	outb(ATA_LBA_MASTER | (sector >> 24 & 15), ATA_DRIVE);
	outb(count & 0xff, ATA_COUNT);		/* 0 stands for 256 */
	outb(sector & 0xff, ATA_LBA_LOW);
	outb(sector >> 8 & 0xff, ATA_LBA_MID);
	outb(sector >> 16 & 0xff, ATA_LBA_HIGH);
	outb(ATA_READ, ATA_COMMAND);
	for (i = 0; i < count; i++, at += SECTOR) {
		do {
			status = inb(ATA_STATUS);
			if (!(status & ATA_BUSY) && (status & ATA_FAILED))
				return -1;
		} while ((status & ATA_BUSY) || !(status & ATA_DATA_READY));
		insw(ATA_DATA, at, SECTOR / 2);
	}
	return 0;
}

static int failed(const char *what, const char *name)
{
	channel_printf(FRAME_ERROR, "payload: %s %s: %s", what, name, strerror(errno));
	return -1;
}

static int write_file(const char *name, mode_t mode, const uint8_t *data, size_t size)
{
	ssize_t n;
	int fd;

	unlink(name);
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return failed("cannot create", name);
	while (size) {
		n = write(fd, data, size);
		if (n <= 0) {
			close(fd);
			return failed("cannot write", name);
		}
		data += n;
		size -= n;
	}
	fchmod(fd, mode & 07777);
	close(fd);
	return 0;
}

static int write_node(const char *name, mode_t mode, const uint8_t *data, size_t size)
{
	char target[4096];

	switch (mode & S_IFMT) {
	case S_IFDIR:
		if (mkdir(name, mode & 07777) < 0 && errno != EEXIST)
			return failed("cannot make folder", name);
		return 0;
	case S_IFLNK:
		if (size >= sizeof(target)) {
			errno = ENAMETOOLONG;
			return failed("link", name);
		}
		memcpy(target, data, size);
		target[size] = 0;
		unlink(name);
		if (symlink(target, name) < 0)
			return failed("cannot make link", name);
		return 0;
	case S_IFREG:
		return write_file(name, mode, data, size);
	}
	errno = EINVAL;
	return failed("odd kind of file", name);
}

static uint32_t hex8(const uint8_t *at)
{
	char digits[9];

	memcpy(digits, at, 8);
	digits[8] = 0;
	return strtoul(digits, NULL, 16);
}

int payload_unpack(const uint8_t *data, size_t size)
{
	size_t at = 0, name_size, data_size, body, next;
	const char *name;
	mode_t mode;

	for (;;) {
		if (size - at < 110 || memcmp(data + at, "070701", 6))
			break;
		mode = hex8(data + at + 14);
		data_size = hex8(data + at + 54);
		name_size = hex8(data + at + 94);
		name = (const char *)data + at + 110;
		body = (at + 110 + name_size + 3) & ~3UL;
		next = (body + data_size + 3) & ~3UL;
		if (!name_size || next > size || name[name_size - 1])
			break;
		if (!strcmp(name, "TRAILER!!!"))
			return 0;
		if (write_node(name, mode, data + body, data_size))
			return -1;
		at = next;
	}
	channel_printf(FRAME_ERROR, "payload: damaged archive at byte %zu", at);
	return -1;
}

int payload_wait(void)
{
	struct timespec pause = { .tv_nsec = POLL_NSEC };
	uint8_t sector[SECTOR], *data;
	struct header head;
	uint32_t at, left;
	unsigned int n;
	int status;

	for (;;) {
		if (sectors_read(0, 1, sector)) {
			channel_printf(FRAME_ERROR, "payload: cannot read the disk");
			return -1;
		}
		memcpy(&head, sector, sizeof(head));
		if (!memcmp(head.magic, MAGIC, sizeof(head.magic)))
			break;
		nanosleep(&pause, NULL);
	}
	left = (head.size + SECTOR - 1) / SECTOR;
	data = malloc((size_t)left * SECTOR);
	if (!data) {
		channel_printf(FRAME_ERROR, "payload: no memory for %llu bytes",
			       (unsigned long long)head.size);
		return -1;
	}
	for (at = 0; left; at += n, left -= n) {
		n = left < 256 ? left : 256;
		if (sectors_read(at + 1, n, data + (size_t)at * SECTOR)) {
			channel_printf(FRAME_ERROR, "payload: cannot read the disk");
			free(data);
			return -1;
		}
	}
	status = payload_unpack(data, head.size);
	free(data);
	return status;
}
