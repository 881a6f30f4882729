/* SPDX-License-Identifier: GPL-2.0-only */
/* aml - writes the ACPI machine language that a DSDT without methods needs */
#ifndef XLCTL_AML_H
#define XLCTL_AML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct aml - AML being written
 * @data: the bytes so far
 * @len: how many
 * @room: how many there is room for
 * @failed: there was no memory; nothing more is written
 */
struct aml {
	uint8_t *data;
	size_t len;
	size_t room;
	bool failed;
};

/**
 * aml_append() - write bytes as they are
 * @aml: where
 * @bytes: the bytes
 * @len: how many
 */
void aml_append(struct aml *aml, const void *bytes, size_t len);

/**
 * aml_scope() - begin Scope (@path) { ... }
 * @aml: where
 * @path: name segments of four characters, after an optional '\\'
 *
 * Return: what aml_end() wants.
 */
size_t aml_scope(struct aml *aml, const char *path);

/**
 * aml_device() - begin Device (@name) { ... }
 * @aml: where
 * @name: four characters
 *
 * Return: what aml_end() wants.
 */
size_t aml_device(struct aml *aml, const char *name);

/**
 * aml_end() - end a scope or device
 * @aml: where
 * @start: what its begin returned
 */
void aml_end(struct aml *aml, size_t start);

/**
 * aml_name_string() - Name (@name, "@value")
 * @aml: where
 * @name: four characters
 * @value: ASCII
 */
void aml_name_string(struct aml *aml, const char *name, const char *value);

/**
 * aml_name_integer() - Name (@name, @value)
 * @aml: where
 * @name: four characters
 * @value: the number
 */
void aml_name_integer(struct aml *aml, const char *name, uint32_t value);

/**
 * aml_name_bytes() - Name (@name, Buffer () { ... })
 * @aml: where
 * @name: four characters
 * @bytes: what is in the buffer
 * @len: how many, at most 255
 */
void aml_name_bytes(struct aml *aml, const char *name, const void *bytes, uint8_t len);

#endif /* XLCTL_AML_H */
