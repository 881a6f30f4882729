// SPDX-License-Identifier: GPL-2.0-only
/* xlctl network-share: domains take turns at a device by which several of them send. */
#include <getopt.h>
#include <stdbool.h>
#include <string.h>

#include "commands/cmd.h"
#include "common/msg.h"
#include "config/vif_rate.h"
#include "net/share.h"

int cmd_network_share(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "rate", required_argument, NULL, 'r' },
		{ "status", no_argument, NULL, 's' },
		{ "remove", no_argument, NULL, 'd' },
		{ NULL, 0, NULL, 0 },
	};
	struct vif_rate rate = { .bytes_per_second = 0 };
	bool show = false, stop = false;
	const char *device, *wrong;
	int option, error;

	while ((option = getopt_long(argc, argv, ":r:s", longs, NULL)) != -1) {
		switch (option) {
		case 'r':
			wrong = vif_rate_parse(optarg, &rate);
			if (wrong)
				return cmd_bad_usage(argv, "--rate '%s': %s", optarg, wrong);
			if (strchr(optarg, '@'))
				return cmd_bad_usage(argv, "--rate '%s': a device has no interval",
						     optarg);
			break;
		case 's':
			show = true;
			break;
		case 'd':
			stop = true;
			break;
		default:
			return cmd_bad_option(argv, option);
		}
	}
	if (argc - optind != 1)
		return cmd_bad_usage(argv, "expected a network device");
	if (show + stop + !!rate.bytes_per_second > 1)
		return cmd_bad_usage(argv, "--rate, --status and --remove exclude each other");
	device = argv[optind];
	if (show)
		error = share_show(device);
	else
		error = stop ? share_stop(device) : share_start(device, rate.bytes_per_second);
	return error ? STATUS_FAILED : STATUS_OK;
}
