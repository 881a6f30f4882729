/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * box - a computation on untrusted input, in a process without privileges
 *
 * The process has the input, a file in memory that it can fill, and a pipe for
 * one answer of a fixed size; it can do nothing but compute (privs.h). The
 * answer, and what is in the file, is as little to be trusted as the input.
 */
#ifndef XLCTL_BOX_H
#define XLCTL_BOX_H

#include <stddef.h>
#include <stdint.h>

/* The process's descriptors. */
#define BOX_INPUT	0
#define BOX_OUTPUT	1
#define BOX_AREA	2

/**
 * struct box - what is to be done, and within which bounds
 * @input: descriptor of it; the process sees it as BOX_INPUT
 * @area: from box_area(); the process sees it as BOX_AREA
 * @area_size: bytes of it
 * @memory: bytes of addresses that the process may add to what its parent has
 * @cpu_seconds: CPU time that it may take
 * @seconds: time that it may take
 * @work: called in the process with @ctx and the answer, which is zero before
 * @ctx: for @work
 * @answer: filled in
 * @answer_size: its bytes
 */
struct box {
	int input;
	int area;
	size_t area_size;
	uint64_t memory;
	unsigned int cpu_seconds;
	unsigned int seconds;
	void (*work)(void *ctx, void *answer);
	void *ctx;
	void *answer;
	size_t answer_size;
};

/**
 * box_area() - make a file in memory that a process in a box can fill
 * @size: its bytes, whole pages; takes no memory before it is written
 *
 * Return: a descriptor, to be closed by the caller, or a negative errno.
 */
int box_area(size_t size);

/**
 * box_run() - do it, and wait for the answer
 * @box: what
 * @why: filled in if it fails: the reason, without the name
 * @why_size: room there
 *
 * The process is gone afterwards, whatever it did.
 *
 * Return: 0 if @box->answer is there, as the process gave it; -ENOEXEC if the
 * process did not get to one, which says something about the input; another
 * negative errno if it could not be had.
 */
int box_run(const struct box *box, char *why, size_t why_size);

/**
 * box_area_map() - map what a process in a box left, when it has ended
 * @area: from box_area()
 * @size: its bytes
 *
 * Nobody can change it any more.
 *
 * Return: the memory, to be unmapped by the caller; or MAP_FAILED, with errno set.
 */
void *box_area_map(int area, size_t size);

#endif /* XLCTL_BOX_H */
