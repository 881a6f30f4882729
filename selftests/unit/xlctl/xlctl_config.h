/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of configurations share: lines behind BASE, and what is said of them. */
#ifndef XLCTL_CONFIG_TEST_H
#define XLCTL_CONFIG_TEST_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/sysfs.h"
#include "config/domain_config.h"
#include "unit.h"
#include "xlctl_capture.h"

#define BASE	"name='d'\nkernel='k'\nmemory=64\n"

static struct capture capture;
static struct domain_config config;

/* Reads BASE and @text, whose first line is the fourth. */
static inline int load(const char *text)
{
	struct cfg *cfg;
	char *all;
	int rc;

	capture_init(&capture);
	cfg = cfg_new(&capture.diag);
	if (asprintf(&all, "%s%s", BASE, text) < 0)
		abort();
	rc = cfg_read_text(cfg, "d.cfg", all, strlen(all));
	if (!rc)
		rc = domain_config_load(&config, cfg, "d.cfg");
	free(all);
	cfg_free(cfg);
	return rc;
}

static inline void expect(const char *text, int rc, const char *messages)
{
	memset(&config, 0, sizeof(config));
	EXPECT_SAYS(text, load(text), rc, capture.text, messages);
	domain_config_free(&config);
}

static inline void expect_good(const char *text)
{
	expect(text, 0, "");
}

static inline void expect_invalid(const char *text, const char *message)
{
	char line[512];

	snprintf(line, sizeof(line), "d.cfg:4: %s\n", message);
	expect(text, -EINVAL, line);
}

static inline void expect_refused(const char *text, const char *message)
{
	char line[512];

	snprintf(line, sizeof(line), "d.cfg:4: %s\n", message);
	expect(text, -EOPNOTSUPP, line);
}

static inline void expect_warning(const char *text, const char *message)
{
	char line[512];

	snprintf(line, sizeof(line), "d.cfg:4: warning: %s\n", message);
	expect(text, 0, line);
}

/* A machine of 8 CPUs in two nodes, as a folder. */
static char machine[32] = "/tmp/xlctl-config-XXXXXX";

static inline void machine_file(const char *path, const char *text)
{
	char command[512];

	snprintf(command, sizeof(command), "mkdir -p $(dirname %s%s); echo '%s' > %s%s",
		 machine, path, text, machine, path);
	ASSERT_EQ(system(command), 0);
}

static inline void machine_make(void)
{
	ASSERT_NOT_NULL(mkdtemp(machine));
	machine_file("/sys/devices/system/cpu/present", "0-7");
	machine_file("/sys/devices/system/node/node0/cpulist", "0-3");
	machine_file("/sys/devices/system/node/node1/cpulist", "4-7");
	sysfs_set_root(machine);
}

static inline void machine_remove(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", machine);
	EXPECT_EQ(system(command), 0);
}

#endif /* XLCTL_CONFIG_TEST_H */
