// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/xlhv: opening it, and telling the user why that did not work.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/msg.h"
#include "common/sysfs.h"
#include "module/device.h"

static enum device_state device_open_failed(const char *path, int error, bool loaded, char **why,
					    const char **advice)
{
	switch (error) {
	case ENOENT:
	case ENXIO:
	case ENODEV:
		if (!loaded) {
			*why = msg_text("the xlhv module is not loaded");
			*advice = "load it: 'modprobe xlhv' (or insmod, where it was built)";
			return DEVICE_NOT_LOADED;
		}
		*why = msg_text("the module is loaded, but %s: %s", path, strerror(error));
		*advice = "udev or devtmpfs creates the node: does /dev belong to this kernel?";
		return DEVICE_NO_NODE;
	case EACCES:
	case EPERM:
		*why = msg_text("%s: %s", path, strerror(error));
		*advice = "run xlctl as root, or become a member of the group xlhv (70-xlhv.rules)";
		return DEVICE_DENIED;
	default:
		*why = msg_text("%s: %s", path, strerror(error));
		*advice = "see 'dmesg'";
		return DEVICE_BROKEN;
	}
}

bool device_judge_version(const struct xlhv_version *version, char **why)
{
	*why = NULL;
	if (version->abi_major == XLHV_ABI_MAJOR)
		return true;
	*why = msg_text("the loaded module (%.*s) speaks ABI %u.%u, this xlctl (%s) ABI %u.%u",
			(int)sizeof(version->release), version->release, version->abi_major,
			version->abi_minor, XLCTL_RELEASE, XLHV_ABI_MAJOR, XLHV_ABI_MINOR);
	return false;
}

enum device_state device_probe_at(const char *path, bool loaded, int *fd,
				  struct xlhv_version *version, char **why, const char **advice)
{
	*why = NULL;
	*advice = NULL;
	memset(version, 0, sizeof(*version));
	*fd = open(path, O_RDWR | O_CLOEXEC);
	if (*fd < 0)
		return device_open_failed(path, errno, loaded, why, advice);
	if (ioctl(*fd, XLHV_VERSION, version) < 0) {
		if (errno == ENOTTY)
			*why = msg_text("%s is not the device of the xlhv module", path);
		else
			*why = msg_text("%s: no version: %s", path, strerror(errno));
		*advice = "remove the node and load the module again";
		close(*fd);
		*fd = -1;
		return DEVICE_BROKEN;
	}
	/* Whoever prints them may rely on the end of the string. */
	version->release[sizeof(version->release) - 1] = '\0';
	version->kernel[sizeof(version->kernel) - 1] = '\0';
	if (!device_judge_version(version, why)) {
		*advice = "use the xlctl that was built with the module";
		close(*fd);
		*fd = -1;
		return DEVICE_MISMATCH;
	}
	return DEVICE_READY;
}

enum device_state device_probe(int *fd, struct xlhv_version *version, char **why,
			       const char **advice)
{
	return device_probe_at(XLHV_DEVICE, sysfs_exists("/sys/module/xlhv"), fd, version, why,
			       advice);
}

int device_open(struct xlhv_version *version)
{
	struct xlhv_version unused;
	const char *advice;
	char *why;
	int fd;

	if (device_probe(&fd, version ? version : &unused, &why, &advice) == DEVICE_READY)
		return fd;
	/* The message stands on its own, also in a log. */
	msg_error("%s; %s", why, advice);
	free(why);
	return -1;
}

int device_info(int fd, struct xlhv_info *info)
{
	memset(info, 0, sizeof(*info));
	if (!ioctl(fd, XLHV_INFO, info))
		return 0;
	msg_error("%s: no information: %s", XLHV_DEVICE, strerror(errno));
	return -1;
}
