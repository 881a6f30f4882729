/* SPDX-License-Identifier: GPL-2.0-only */
/* front - what a frontend wrote, taken for what it is: a guest's */
#ifndef XLCTL_DEVICE_FRONT_NODES_H
#define XLCTL_DEVICE_FRONT_NODES_H

#include <stdbool.h>
#include <stdint.h>

#include "device/nodes.h"

/**
 * struct device_front - a frontend whose nodes are read
 * @xs: connection
 * @id: the device
 * @why: what was wrong with what it wrote, to be freed by the caller; NULL if nothing was
 * @unread: the store did not say: whatever is wrong, it is not the guest
 */
struct device_front {
	struct xs_handle *xs;
	const struct device_id *id;
	char *why;
	bool unread;
};

/**
 * device_front_number() - a number in a folder of a device
 * @front: the frontend
 * @side: whose folder
 * @node: name
 * @number: receives it
 *
 * Return: as device_number(); @unread of @front is set where that cannot read.
 */
int device_front_number(struct device_front *front, enum device_side side, const char *node,
			uint32_t *number);

/**
 * device_front_offered() - a number of the backend's own
 * @front: the frontend
 * @node: name
 *
 * Return: the number; 0 if there is none.
 */
uint32_t device_front_offered(struct device_front *front, const char *node);

/**
 * device_front_read() - a number of the frontend's that has to be there
 * @front: the frontend
 * @node: name
 * @min: least
 * @max: most
 * @number: receives it
 *
 * Return: whether it is one from @min to @max; else @why of @front is set.
 */
bool device_front_read(struct device_front *front, const char *node, uint32_t min, uint32_t max,
		       uint32_t *number);

/**
 * device_front_optional() - the same, of what need not be there
 * @front: the frontend
 * @node: name
 * @min: least
 * @max: most
 * @missing: what it is if it is not there
 * @number: receives it
 *
 * Return: as device_front_read().
 */
bool device_front_optional(struct device_front *front, const char *node, uint32_t min,
			   uint32_t max, uint32_t missing, uint32_t *number);

/* Size that is enough for a name of device_front_queue(). */
#define DEVICE_FRONT_NODE	64

/**
 * device_front_queue() - folder and name of a node of a queue: a single queue has none
 * @name: receives it
 * @queue: number of the queue
 * @nr_queues: how many there are
 * @node: the node
 */
void device_front_queue(char name[DEVICE_FRONT_NODE], uint32_t queue, uint32_t nr_queues,
			const char *node);

#endif /* XLCTL_DEVICE_FRONT_NODES_H */
