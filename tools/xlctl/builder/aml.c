// SPDX-License-Identifier: GPL-2.0-only
/*
 * ACPI machine language, the part of it that names objects.
 *
 * The length of a scope stands before its content and has one to four bytes,
 * so it is put in when the scope ends.
 */
#include "builder/aml.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#define AML_ZERO_OP		0x00
#define AML_ONE_OP		0x01
#define AML_NAME_OP		0x08
#define AML_BYTE_PREFIX		0x0a
#define AML_WORD_PREFIX		0x0b
#define AML_DWORD_PREFIX	0x0c
#define AML_STRING_PREFIX	0x0d
#define AML_SCOPE_OP		0x10
#define AML_BUFFER_OP		0x11
#define AML_EXT_PREFIX		0x5b
#define AML_DEVICE_OP		0x82	/* after AML_EXT_PREFIX */

#define AML_NAME_LEN		4
#define AML_MAX_PKG_LENGTH	((1U << 28) - 1)

static bool aml_make_room(struct aml *aml, size_t len)
{
	size_t room = aml->room ? aml->room : 1024;
	uint8_t *data;

	if (aml->failed)
		return false;
	if (len <= aml->room - aml->len)
		return true;
	while (room - aml->len < len)
		room *= 2;
	data = realloc(aml->data, room);
	if (!data) {
		aml->failed = true;
		return false;
	}
	aml->data = data;
	aml->room = room;
	return true;
}

void aml_append(struct aml *aml, const void *bytes, size_t len)
{
	if (!aml_make_room(aml, len))
		return;
	memcpy(aml->data + aml->len, bytes, len);
	aml->len += len;
}

static void aml_byte(struct aml *aml, uint8_t byte)
{
	aml_append(aml, &byte, 1);
}

static void aml_name(struct aml *aml, const char *name)
{
	aml_append(aml, name, AML_NAME_LEN);
}

size_t aml_scope(struct aml *aml, const char *path)
{
	size_t start;

	aml_byte(aml, AML_SCOPE_OP);
	start = aml->len;
	aml_append(aml, path, strlen(path));
	return start;
}

size_t aml_device(struct aml *aml, const char *name)
{
	size_t start;

	aml_byte(aml, AML_EXT_PREFIX);
	aml_byte(aml, AML_DEVICE_OP);
	start = aml->len;
	aml_name(aml, name);
	return start;
}

void aml_end(struct aml *aml, size_t start)
{
	size_t content = aml->len - start;
	uint8_t length[4];
	size_t total;
	size_t bytes;
	size_t i;

	/* The length counts its own bytes: 6 bits in one, or 4 and 8 in each more. */
	for (bytes = 1; bytes < 4; bytes++)
		if (content + bytes < (bytes == 1 ? 64 : 1ULL << (4 + 8 * (bytes - 1))))
			break;
	total = content + bytes;
	if (total > AML_MAX_PKG_LENGTH)
		aml->failed = true;
	if (!aml_make_room(aml, bytes))
		return;

	if (bytes == 1) {
		length[0] = (uint8_t)total;
	} else {
		length[0] = (uint8_t)((bytes - 1) << 6 | (total & 15));
		for (i = 1; i < bytes; i++)
			length[i] = (uint8_t)(total >> (4 + 8 * (i - 1)));
	}
	memmove(aml->data + start + bytes, aml->data + start, content);
	memcpy(aml->data + start, length, bytes);
	aml->len += bytes;
}

void aml_name_string(struct aml *aml, const char *name, const char *value)
{
	aml_byte(aml, AML_NAME_OP);
	aml_name(aml, name);
	aml_byte(aml, AML_STRING_PREFIX);
	aml_append(aml, value, strlen(value) + 1);
}

void aml_name_integer(struct aml *aml, const char *name, uint32_t value)
{
	const uint32_t bytes = htole32(value);

	aml_byte(aml, AML_NAME_OP);
	aml_name(aml, name);
	if (value <= 1) {
		aml_byte(aml, value ? AML_ONE_OP : AML_ZERO_OP);
	} else if (value <= 0xff) {
		aml_byte(aml, AML_BYTE_PREFIX);
		aml_append(aml, &bytes, 1);
	} else if (value <= 0xffff) {
		aml_byte(aml, AML_WORD_PREFIX);
		aml_append(aml, &bytes, 2);
	} else {
		aml_byte(aml, AML_DWORD_PREFIX);
		aml_append(aml, &bytes, 4);
	}
}

void aml_name_bytes(struct aml *aml, const char *name, const void *bytes, uint8_t len)
{
	size_t start;

	aml_byte(aml, AML_NAME_OP);
	aml_name(aml, name);
	aml_byte(aml, AML_BUFFER_OP);
	start = aml->len;
	aml_byte(aml, AML_BYTE_PREFIX);
	aml_byte(aml, len);
	aml_append(aml, bytes, len);
	aml_end(aml, start);
}
