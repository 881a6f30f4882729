/* SPDX-License-Identifier: GPL-2.0-only */
/* Packs test images with the libraries that also unpack them. */
#ifndef XLCTL_PACK_H
#define XLCTL_PACK_H

#include <stddef.h>
#include <stdint.h>

#include "image/unpack.h"

/**
 * pack() - pack as a kernel's build does
 * @format: how
 * @data: what
 * @size: its bytes
 * @out: receives it
 * @room: bytes of @out; ends the program when they do not suffice
 *
 * Return: bytes in @out.
 */
size_t pack(enum unpack_format format, const uint8_t *data, size_t size, uint8_t *out, size_t room);

#endif /* XLCTL_PACK_H */
