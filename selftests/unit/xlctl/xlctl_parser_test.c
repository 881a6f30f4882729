// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel images read by a process without privileges: a parser that crashes, hangs or lies, and
 * files that change while they are read.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/image.h"
#include "unit.h"
#include "xlctl_image.h"

#define PATH	"/tmp/xlctl-image-XXXXXX"

static char path[sizeof(PATH)];

static int make_file(const uint8_t *data, size_t size)
{
	int fd = mkstemp(strcpy(path, PATH));

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	return fd;
}

static int run_parser(struct image *image, const uint8_t *data, size_t size, unsigned int seconds,
		      int (*parser)(struct image *image, const char *name,
				    struct image_source *from, uint64_t limit,
				    struct diag *diag))
{
	int fd = make_file(data, size), rc;

	capture_init(&capture);
	signal(SIGSEGV, SIG_DFL);
	rc = image_run(image, "k", fd, size, 64 * MIB, seconds, parser, &capture.diag);
	close(fd);
	unlink(path);
	return rc;
}

/* As if a library had a hole. */
static int parse_and_crash(struct image *image, const char *name, struct image_source *from,
			   uint64_t limit, struct diag *diag)
{
	image_parse(image, name, from, limit, diag);
	__asm__ volatile("movb $0, (%0)" : : "r" (0UL) : "memory");
	return 0;
}

static int parse_and_hang(struct image *image, const char *name, struct image_source *from,
			  uint64_t limit, struct diag *diag)
{
	volatile bool forever = true;

	while (!image_parse(image, name, from, limit, diag) && forever)
		;
	return 0;
}

/* Whatever it says of it: it makes a segment of what it likes. */
static int parse_and_lie(struct image *image, const char *name, struct image_source *from,
			 uint64_t limit, struct diag *diag)
{
	int rc = image_parse(image, name, from, limit, diag);

	image->segments[1].memsz = limit;
	return rc;
}

static int parse_and_say_nothing(struct image *image, const char *name, struct image_source *from,
				 uint64_t limit, struct diag *diag)
{
	image_parse(image, name, from, limit, diag);
	return -ENOEXEC;
}

static int parse_and_curse(struct image *image, const char *name, struct image_source *from,
			   uint64_t limit, struct diag *diag)
{
	image_parse(image, name, from, limit, diag);
	diag_error(diag, "\033]0;pwned\007\xc2\x9b" "2J%%n%%s\n\xff");
	return -ENOEXEC;
}

TEST(parsers_that_fail)
{
	size_t size = elf_make(elf, &kernel);
	struct image image;

	EXPECT_EQ(run_parser(&image, elf, size, 20, image_parse), 0);
	expect_kernel(&image, &kernel);
	image_close(&image);

	EXPECT_EQ(run_parser(&image, elf, size, 20, parse_and_crash), -ENOEXEC);
	EXPECT_STREQ(capture.text,
		     "k: the process that reads it crashed (Segmentation fault)\n");
	image_close(&image);
	/* Either limit, on a machine that is busy. */
	EXPECT_NE(run_parser(&image, elf, size, 1, parse_and_hang), 0);
	EXPECT_NOT_NULL(strstr(capture.text, "k: reading it took more than "));
	image_close(&image);
	EXPECT_EQ(run_parser(&image, elf, size, 20, parse_and_lie), -ENOEXEC);
	EXPECT_STREQ(capture.text, "k: the process that reads it returned an invalid result\n");
	image_close(&image);
	EXPECT_EQ(run_parser(&image, elf, size, 20, parse_and_say_nothing), -ENOEXEC);
	EXPECT_STREQ(capture.text, "k: the process that reads it returned an invalid result\n");
	image_close(&image);
	EXPECT_EQ(run_parser(&image, elf, size, 20, parse_and_curse), -ENOEXEC);
	EXPECT_STREQ(capture.text, "?]0;pwned???2J%n%s??\n");
	image_close(&image);
}

/* Reads the headers, then waits until somebody has cut the file off. */
static int parse_slowly(struct image *image, const char *name, struct image_source *from,
			uint64_t limit, struct diag *diag)
{
	char byte;

	memset(image, 0, sizeof(*image));
	image->name = name;
	image->source = from;
	if (image_fetch(image, 0, IMAGE_PAGE, diag))
		return -EIO;
	while (pread(from->fd, &byte, 1, (off_t)from->size - 1) == 1)
		;
	return image_parse(image, name, from, limit, diag);
}

static void *cut_off(void *arg)
{
	int fd = *(int *)arg;

	usleep(200000);
	if (ftruncate(fd, 8192))
		abort();
	return NULL;
}

TEST(file_that_shrinks)
{
	size_t size = elf_make(elf, &kernel);
	int fd = make_file(elf, size);
	struct image image;
	pthread_t thread;

	capture_init(&capture);
	ASSERT_EQ(pthread_create(&thread, NULL, cut_off, &fd), 0);
	EXPECT_EQ(image_run(&image, "k", fd, size, 64 * MIB, 20, parse_slowly, &capture.diag),
		  -EIO);
	EXPECT_STREQ(capture.text, "k: the file shrank while it was being read\n");
	pthread_join(thread, NULL);
	image_close(&image);
	close(fd);
	unlink(path);
}

static bool changing;

/* Its size, its headers and its data, all the time. */
static void *change(void *arg)
{
	int fd = *(int *)arg;
	size_t size = elf_make(elf, &kernel), at = 0;

	while (__atomic_load_n(&changing, __ATOMIC_RELAXED)) {
		uint64_t noise = at * 0x9e3779b97f4a7c15;

		at = (at + 8) % 1200;
		if (pwrite(fd, &noise, 8, (off_t)at) != 8 || ftruncate(fd, (off_t)(noise % size)) ||
		    pwrite(fd, elf, size, 0) != (ssize_t)size)
			abort();
	}
	return NULL;
}

TEST(file_that_changes)
{
	size_t size = elf_make(elf, &kernel);
	int fd = make_file(elf, size), i;
	struct image image;
	pthread_t thread;

	changing = true;
	ASSERT_EQ(pthread_create(&thread, NULL, change, &fd), 0);
	for (i = 0; i < 100; i++) {
		int rc;

		capture_init(&capture);
		rc = image_open(&image, path, 64 * MIB, &capture.diag);
		EXPECT_EQ(capture.diag.errors, !!rc);
		EXPECT_NULL(strstr(capture.text, "process"));
		if (!rc) {
			const volatile uint8_t *data = image.segments[0].data;
			uint8_t first = data[0];

			/* What was taken is what it stays. */
			usleep(1000);
			EXPECT_EQ(data[0], first);
		}
		image_close(&image);
	}
	changing = false;
	pthread_join(thread, NULL);
	close(fd);
	unlink(path);
}

TEST(files)
{
	size_t size = elf_make(elf, &kernel);
	int fd = make_file(elf, size);
	struct image image;
	char message[128];

	capture_init(&capture);
	EXPECT_EQ(image_open(&image, path, 64 * MIB, &capture.diag), 0);
	EXPECT_STREQ(capture.text, "");
	expect_kernel(&image, &kernel);
	image_close(&image);

	EXPECT_EQ(ftruncate(fd, 0), 0);
	EXPECT_EQ(image_open(&image, path, 64 * MIB, &capture.diag), -ENOEXEC);
	snprintf(message, sizeof(message), "%s: the file is empty\n", path);
	EXPECT_STREQ(capture.text, message);
	image_close(&image);

	capture_init(&capture);
	EXPECT_EQ(ftruncate(fd, (4L << 30) + 1), 0);
	EXPECT_EQ(image_open(&image, path, 64 * MIB, &capture.diag), -EFBIG);
	snprintf(message, sizeof(message), "%s: larger than 4 GiB: not a kernel image\n", path);
	EXPECT_STREQ(capture.text, message);
	image_close(&image);
	close(fd);
	unlink(path);

	capture_init(&capture);
	EXPECT_EQ(image_open(&image, path, 64 * MIB, &capture.diag), -ENOENT);
	snprintf(message, sizeof(message), "%s: No such file or directory\n", path);
	EXPECT_STREQ(capture.text, message);
	image_close(&image);

	/* Not waited for, either. */
	ASSERT_EQ(mkfifo(path, 0600), 0);
	capture_init(&capture);
	EXPECT_EQ(image_open(&image, path, 64 * MIB, &capture.diag), -EINVAL);
	snprintf(message, sizeof(message), "%s: not a regular file\n", path);
	EXPECT_STREQ(capture.text, message);
	unlink(path);

	capture_init(&capture);
	EXPECT_EQ(image_open(&image, "/dev", 64 * MIB, &capture.diag), -EINVAL);
	EXPECT_EQ(image_open(&image, "/dev/zero", 64 * MIB, &capture.diag), -EINVAL);
	EXPECT_STREQ(capture.text, "/dev: not a regular file\n/dev/zero: not a regular file\n");
	image_close(&image);
}
