/* SPDX-License-Identifier: GPL-2.0-only */
/* nft - the kernel's packet filter, by libnftables */
#ifndef XLCTL_COMMON_NFT_H
#define XLCTL_COMMON_NFT_H

/**
 * nft_run() - one transaction, or a question
 * @text: commands, in the words of nft(8)
 * @answer: receives what they print, as JSON, to be freed; NULL: nothing is asked
 * @why: receives what was wrong, in one line, to be freed; NULL: nobody cares
 *
 * In the network namespace of the caller; all of it is done, or nothing.
 *
 * Return: 0 or -1.
 */
int nft_run(const char *text, char **answer, char **why);

#endif /* XLCTL_COMMON_NFT_H */
