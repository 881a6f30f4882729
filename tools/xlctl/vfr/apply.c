// SPDX-License-Identifier: GPL-2.0-only
/* Rules that come, change and go; see apply.h. */
#include "vfr/apply.h"

#include <errno.h>
#include <linux/membarrier.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/msg.h"
#include "common/nft.h"
#include "common/run_dir.h"

_Static_assert(IF_NAMESIZE == VFR_DEVICE_NAME, "names of devices");

#define LOCK		"vfr.lock"
#define LOCK_SECONDS	10

/* More than a packet is under way from one hook to the next. */
#define GRACE_US	50000

int vfr_lock(const char *who)
{
	int fd = run_dir_lock(LOCK, LOCK_SECONDS);

	if (fd >= 0)
		return fd;
	msg_error("%s: %s/" LOCK ": %s", who, run_dir(), fd == -ETIMEDOUT ?
		  "others are changing rules all the time" : strerror(-fd));
	return -1;
}

/* No packet is between two hooks any more that was between them before. */
static void wait_for_packets(void)
{
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		usleep(GRACE_US);
}

static int run(const char *who, const char *text)
{
	char *why;

	if (!*text || !nft_run(text, NULL, &why))
		return 0;
	msg_error("%s: rules: %s", who, why);
	free(why);
	return -1;
}

static int tell(const char *who, const struct vfr_saved *kept, const struct vfr *before)
{
	char *text = vfr_translate(&kept->vfr, before, &kept->vif, VFR_FIRST, if_nametoindex);
	int error = run(who, text);

	free(text);
	if (error || !before)
		return error;
	text = vfr_translate(&kept->vfr, before, &kept->vif, VFR_THEN, if_nametoindex);
	if (*text) {
		wait_for_packets();
		/* The new ones apply, and some old ones as well: whoever asked has to know. */
		error = run(who, text);
	}
	free(text);
	return error;
}

/* It may have gone by itself, with the device, or have never been there. */
static void run_quietly(const char *text)
{
	nft_run(text, NULL, NULL);
}

static void forget(const struct vfr_saved *kept)
{
	vfr_translate_end(&kept->vfr, &kept->vif, run_quietly);
	vfr_saved_forget(kept->vif.domid, kept->vif.devid);
}

void vfr_detach(uint32_t domid, uint32_t devid)
{
	int lock = run_dir_lock(LOCK, LOCK_SECONDS);
	struct vfr_saved kept;

	if (!vfr_saved_read(domid, devid, &kept))
		forget(&kept);
	vfr_saved_free(&kept);
	if (lock >= 0)
		close(lock);
}

void vfr_detach_all(uint32_t domid)
{
	struct vfr_name *names;
	int nr = vfr_saved_names(&names);

	for (int i = 0; i < nr; i++)
		if (names[i].domid == domid)
			vfr_detach(domid, names[i].devid);
	free(names);
}

/* Others that redirect to a device, or mirror, by a name which it has now. */
static void refresh(const struct vfr_vif *vif)
{
	struct vfr_name *names;
	int nr = vfr_saved_names(&names);

	for (int i = 0; i < nr; i++) {
		struct vfr_saved kept;
		bool meant = false;

		if (!vfr_saved_read(names[i].domid, names[i].devid, &kept))
			for (unsigned int j = 0; j < kept.vfr.nr; j++)
				meant |= !strcmp(kept.vfr.rules[j].device, vif->device);
		if (meant && if_nametoindex(kept.vif.device) == kept.vif.ifindex)
			tell(kept.vif.device, &kept, &kept.vfr);
		vfr_saved_free(&kept);
	}
	free(names);
}

static int attach(const char *who, struct vfr_saved *kept)
{
	char *why = vfr_check(&kept->vfr, &kept->vif);
	int error;

	if (why) {
		msg_error("%s: %s", who, why);
		free(why);
		return -1;
	}
	if (tell(who, kept, NULL))
		return -1;
	error = vfr_saved_write(kept);
	if (!error)
		return 0;
	msg_error("%s: rules: %s: %s", who, run_dir(), strerror(-error));
	vfr_translate_end(&kept->vfr, &kept->vif, run_quietly);
	return -1;
}

int vfr_attach(const char *who, const struct vfr_vif *vif, const struct vfr *vfr)
{
	struct vfr_saved kept, old;
	int lock = vfr_lock(who), error;

	if (lock < 0)
		return -1;
	/* Of one that had its numbers, if nobody saw its end. */
	if (!vfr_saved_read(vif->domid, vif->devid, &old))
		forget(&old);
	vfr_saved_free(&old);
	memset(&kept, 0, sizeof(kept));
	kept.vif = *vif;
	if (vfr)
		vfr_copy(&kept.vfr, vfr);
	else
		vfr_init(&kept.vfr);
	error = attach(who, &kept);
	if (!error)
		refresh(vif);
	vfr_free(&kept.vfr);
	close(lock);
	return error;
}

int vfr_change(const char *who, const struct vfr_saved *kept, const struct vfr *before)
{
	struct vfr_saved old = { .vif = kept->vif };
	int error;

	/* First the file: what the kernel refuses is easier to take back there. */
	error = vfr_saved_write(kept);
	if (error) {
		if (error == -E2BIG)
			msg_error("%s: expected at most %u KiB of rules", who, VFR_MAX_TEXT >> 10);
		else
			msg_error("%s: rules: %s: %s", who, run_dir(), strerror(-error));
		return -1;
	}
	if (!tell(who, kept, before))
		return 0;
	old.vfr = *before;
	vfr_saved_write(&old);
	return -1;
}
