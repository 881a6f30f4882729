/* SPDX-License-Identifier: GPL-2.0-only */
/* nft - the kernel's packet filter, by its library */
#ifndef XLCTL_NET_NFT_H
#define XLCTL_NET_NFT_H

/**
 * nft_apply() - carry out commands of nft(8), all of them or none
 * @commands: the commands
 * @why: receives what was wrong, to be freed by the caller; else NULL
 *
 * Return: 0 or -1.
 */
int nft_apply(const char *commands, char **why);

#endif /* XLCTL_NET_NFT_H */
