// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's packet filter; see nft.h. */
#include <nftables/libnftables.h>
#include <stdlib.h>
#include <string.h>

#include "common/msg.h"
#include "net/nft.h"

/* The first line of what the library says; the rest repeats the command. */
static char *first_line(const char *text)
{
	static const char prefix[] = "Error: ";
	const char *error = text ? strstr(text, prefix) : NULL;
	size_t length;

	error = error ? error + strlen(prefix) : text;
	length = error ? strcspn(error, "\n") : 0;
	return length ? msg_text("%.*s", (int)length, error) : msg_text("the packet filter failed");
}

int nft_apply(const char *commands, char **why)
{
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);
	int error;

	*why = NULL;
	if (!nft)
		msg_out_of_memory();
	if (nft_ctx_buffer_output(nft) || nft_ctx_buffer_error(nft))
		msg_out_of_memory();
	error = nft_run_cmd_from_buffer(nft, commands);
	if (error)
		*why = first_line(nft_ctx_get_error_buffer(nft));
	nft_ctx_free(nft);
	return error ? -1 : 0;
}
