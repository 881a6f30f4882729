/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dom - domains as the module has them: finding, asking, reporting
 *
 * A domain that exists is held by its descriptor, so that a command never acts
 * on another one that got the same number. Domain 0 is this host and has none.
 */
#ifndef XLCTL_DOM_H
#define XLCTL_DOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>
#include <xlhv.h>

/* What dom_open() gives for the host itself. */
#define DOM_HOST	(-2)
#define DOM_HOST_NAME	"Domain-0"

/**
 * dom_find - a descriptor for a domain that need not be there
 * @device: from device_open()
 * @who: number or name, as the user gave it
 *
 * Returns the descriptor, DOM_HOST for domain 0, or -1 with errno set and no message.
 */
int dom_find(int device, const char *who);

/**
 * dom_open - a descriptor for a domain
 * @device: from device_open()
 * @who: number or name, as the user gave it
 *
 * Returns the descriptor, DOM_HOST for domain 0, or -1 after a message.
 */
int dom_open(int device, const char *who);

/**
 * dom_open_guest - dom_open() for what cannot be done to the host
 * @device, @who: as for dom_open()
 * @action: what cannot, such as "destroyed"
 *
 * Returns the descriptor, or -1 after a message.
 */
int dom_open_guest(int device, const char *who, const char *action);

/**
 * dom_open_id - a descriptor for a domain that was listed
 * @device: from device_open()
 * @domid: its number
 *
 * Returns the descriptor, or -1 with errno set and no message: it may have
 * gone since it was listed.
 */
int dom_open_id(int device, uint32_t domid);

/**
 * dom_info - state of a domain
 * @domain: its descriptor
 * @info: where it goes
 *
 * Returns 0, or -1 with errno set and no message.
 */
int dom_info(int domain, struct xlhv_dom_info *info);

/**
 * dom_list - all domains but the host
 * @device: from device_open()
 * @count: how many there are
 *
 * Returns an array in the order of their numbers, to be freed by the caller,
 * or NULL after a message.
 */
struct xlhv_dom_info *dom_list(int device, size_t *count);

/**
 * dom_host_info - the host in the form of a domain, as Xen lists it
 * @device: from device_open()
 * @info: where it goes
 *
 * Its memory is what domains have not taken, its time what its own processes
 * and its kernel took.
 *
 * Returns 0, or -1 after a message.
 */
int dom_host_info(int device, struct xlhv_dom_info *info);

/**
 * dom_select - what a command with a list of domains is about
 * @device: from device_open()
 * @names: numbers or names
 * @nr_names: 0 means the host and all domains
 * @count: how many there are
 *
 * Returns an array to be freed by the caller, or NULL after a message.
 */
struct xlhv_dom_info *dom_select(int device, char **names, size_t nr_names, size_t *count);

/**
 * dom_all - the host and all domains, for who needs no more of the module
 * @count: how many there are
 *
 * Returns an array to be freed by the caller, or NULL after a message.
 */
struct xlhv_dom_info *dom_all(size_t *count);

/**
 * dom_report - say why an ioctl failed
 * @fd: the descriptor it was made on
 * @error: its errno
 * @format: what could not be done, as for printf
 *
 * Adds what the module has to say about it, else the meaning of @error.
 * Returns -1.
 */
int dom_report(int fd, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * dom_valid_name - whether a name can be that of a domain
 * @name: the name
 *
 * Returns NULL, or what is wrong with it: "longer than 63 bytes".
 */
const char *dom_valid_name(const char *name);

/* dom_config.c */

/**
 * dom_userdata - the configuration that xlctl left with a domain
 * @domain: its descriptor
 *
 * Returns a JSON object to be put by the caller, NULL if there is none.
 */
struct json_object *dom_userdata(int domain);

/**
 * dom_build_info - the part of such a configuration that says what a domain is made of
 * @config: what dom_userdata() returned, NULL too
 *
 * Returns the object, which belongs to @config, or NULL if it has none.
 */
struct json_object *dom_build_info(struct json_object *config);

/**
 * dom_vcpus_kept - how many vCPUs are to be online at the next start
 * @domain: its descriptor
 *
 * Returns the number as vcpu-set or create left it, or 0 if there is none.
 */
unsigned int dom_vcpus_kept(int domain);

/**
 * dom_memory_kept - how much memory it is to have at the next start
 * @domain: its descriptor
 *
 * Returns KiB as mem-set or create left it, or 0 if nothing is known.
 */
uint64_t dom_memory_kept(int domain);

/**
 * dom_set_userdata - leave a configuration with a domain
 * @domain: its descriptor
 * @config: the configuration
 *
 * Returns 0, or -1 after a message.
 */
int dom_set_userdata(int domain, struct json_object *config);

/* dom_text.c */

/**
 * dom_uuid_text - a uuid as text
 * @uuid: 16 bytes
 * @text: where it goes, 37 bytes
 */
void dom_uuid_text(const uint8_t *uuid, char text[37]);

/**
 * dom_shutdown_letter - xl's letter for the reason of a shutdown
 * @reason: SHUTDOWN_*, XLHV_NO_REASON
 */
char dom_shutdown_letter(uint32_t reason);

/**
 * dom_shutdown_name - a word for the reason of a shutdown
 * @reason: SHUTDOWN_*
 */
const char *dom_shutdown_name(uint32_t reason);

/**
 * dom_state_text - xl's six letters of state
 * @info: the domain
 * @text: where they go
 */
void dom_state_text(const struct xlhv_dom_info *info, char text[7]);

/**
 * dom_seconds - a time as JSON
 * @ns: the time in ns
 *
 * Returns a number of seconds, written with all its nine digits.
 */
struct json_object *dom_seconds(uint64_t ns);

#endif /* XLCTL_DOM_H */
