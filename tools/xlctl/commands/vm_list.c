// SPDX-License-Identifier: GPL-2.0-only
/*
 * xlctl vm-list: UUID, number and name of each domain.
 */
#include <stdio.h>
#include <stdlib.h>

#include "commands/cmd.h"
#include "common/msg.h"
#include "module/dom.h"

/* xl leaves out domain 0 only where it has no UUID; ours has a number and a name, too. */
int cmd_vm_list(int argc, char **argv)
{
	struct xlhv_dom_info *domains;
	size_t count;

	if (argc > 1)
		return cmd_bad_usage(argv, "unexpected argument '%s'", argv[1]);
	domains = dom_all(&count);
	if (!domains)
		return STATUS_FAILED;
	printf("UUID                                  ID    name\n");
	for (size_t i = 0; i < count; i++) {
		char uuid[37];

		dom_uuid_text(domains[i].uuid, uuid);
		printf("%s  %u    %-30s\n", uuid, domains[i].domid, domains[i].name);
	}
	free(domains);
	return STATUS_OK;
}
