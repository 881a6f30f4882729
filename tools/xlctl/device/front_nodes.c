// SPDX-License-Identifier: GPL-2.0-only
/* What a frontend wrote; see front_nodes.h. */
#include <stdio.h>

#include "common/msg.h"
#include "device/front_nodes.h"

int device_front_number(struct device_front *front, enum device_side side, const char *node,
			uint32_t *number)
{
	int found = device_number(front->xs, XBT_NULL, device_path(front->id, side, node), number);

	front->unread |= found == DEVICE_NODE_UNREAD;
	return found;
}

uint32_t device_front_offered(struct device_front *front, const char *node)
{
	uint32_t number = 0;

	return device_front_number(front, DEVICE_BACKEND, node, &number) > 0 ? number : 0;
}

bool device_front_read(struct device_front *front, const char *node, uint32_t min, uint32_t max,
		       uint32_t *number)
{
	int found = device_front_number(front, DEVICE_FRONTEND, node, number);

	if (found > 0 && *number >= min && *number <= max)
		return true;
	if (!found)
		front->why = msg_text("the guest has not written %s", node);
	else if (found < 0)
		front->why = msg_text("%s of the guest's is no number", node);
	else
		front->why = msg_text("%s of the guest's is %u: %u to %u can be had", node,
				      *number, min, max);
	return false;
}

bool device_front_optional(struct device_front *front, const char *node, uint32_t min,
			   uint32_t max, uint32_t missing, uint32_t *number)
{
	int found = device_front_number(front, DEVICE_FRONTEND, node, number);

	if (found)
		return device_front_read(front, node, min, max, number);
	*number = missing;
	return true;
}

void device_front_queue(char name[DEVICE_FRONT_NODE], uint32_t queue, uint32_t nr_queues,
			const char *node)
{
	if (nr_queues == 1)
		snprintf(name, DEVICE_FRONT_NODE, "%s", node);
	else
		snprintf(name, DEVICE_FRONT_NODE, "queue-%u/%s", queue, node);
}
