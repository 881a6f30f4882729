// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's packet filter; see nft.h. */
#include <string.h>

#include <nftables/libnftables.h>

#include "common/msg.h"
#include "common/nft.h"
#include "common/text.h"

/* Most of a rule, which may be long, that an error quotes. */
#define QUOTED		160

/* "Error: ..." and the command that it is about, which stands below it. */
static char *describe(const char *error)
{
	static const char prefix[] = "Error: ";
	size_t length, quoted;
	const char *second;
	char *text;

	if (!strncmp(error, prefix, strlen(prefix)))
		error += strlen(prefix);
	length = strcspn(error, "\n");
	second = error + length + (error[length] == '\n');
	quoted = strcspn(second, "\n");
	if (!length)
		return msg_text("nftables does not say why");
	if (!quoted)
		return msg_text("%.*s", (int)length, error);
	text = msg_text("%.*s, in \"%.*s%s\"", (int)length, error,
			(int)(quoted > QUOTED ? QUOTED : quoted), second,
			quoted > QUOTED ? "..." : "");
	text_make_printable(text);
	return text;
}

int nft_run(const char *text, char **answer, char **why)
{
	struct nft_ctx *ctx = nft_ctx_new(NFT_CTX_DEFAULT);
	int error;

	if (answer)
		*answer = NULL;
	if (why)
		*why = NULL;
	if (!ctx) {
		if (why)
			*why = msg_text("nftables cannot be asked");
		return -1;
	}
	if (nft_ctx_buffer_output(ctx) || nft_ctx_buffer_error(ctx))
		msg_out_of_memory();
	if (answer)
		nft_ctx_output_set_flags(ctx, NFT_CTX_OUTPUT_JSON);
	error = nft_run_cmd_from_buffer(ctx, text);
	if (error && why)
		*why = describe(nft_ctx_get_error_buffer(ctx));
	if (!error && answer)
		*answer = msg_text("%s", nft_ctx_get_output_buffer(ctx));
	nft_ctx_free(ctx);
	return error ? -1 : 0;
}
