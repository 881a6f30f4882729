/* SPDX-License-Identifier: GPL-2.0-only */
/* nft - the kernel's packet filter, by libnftables */
#ifndef XLCTL_VFR_NFT_H
#define XLCTL_VFR_NFT_H

/**
 * vfr_nft() - one transaction, or a question
 * @text: commands, in the words of nft(8)
 * @answer: receives what they print, as JSON, to be freed; NULL: nothing is asked
 * @why: receives what was wrong, in one line, to be freed; NULL: nobody cares
 *
 * In the network namespace of the caller; all of it is done, or nothing.
 *
 * Return: 0 or -1.
 */
int vfr_nft(const char *text, char **answer, char **why);

#endif /* XLCTL_VFR_NFT_H */
