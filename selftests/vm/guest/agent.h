/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the agent share.
 *
 * The agent is the first process of the emulated machine.  It gets a payload (files and a plan),
 * carries out the plan and reports through port 0xE9, which the emulator shows to the host.
 */
#ifndef AGENT_H
#define AGENT_H

#include <stddef.h>
#include <stdint.h>

/*
 * A frame on port 0xE9: one byte FRAME_FIRST + type, then each byte of content as two bytes
 * 0x80 | nibble, high one first, then FRAME_END.  Nothing else in the machine writes bytes above
 * 0x7f, so text that a module prints on the same port is told apart even amid a frame.
 */
enum frame {
	FRAME_OUTPUT,		/* what the command wrote */
	FRAME_KERNEL,		/* records of /dev/kmsg, as read */
	FRAME_BOOTED,		/* decimal TSC: user space began */
	FRAME_WAITING,		/* ready for a payload from the disk: time for a snapshot */
	FRAME_STARTED,		/* decimal TSC: the command begins */
	FRAME_ENDED,		/* "TSC STATUS": the command has ended */
	FRAME_FILES,		/* part of a tar archive of what --get asked for */
	FRAME_ERROR,		/* the plan cannot be carried out: text */
	FRAME_TAINT,		/* decimal: the kernel's taint flags, at boot and at the end */
	FRAME_DONE,		/* nothing follows */
	FRAME_NOTE,		/* text for the person running the harness */
};

#define FRAME_FIRST	0x90
#define FRAME_END	0x9f

void channel_open(void);
void channel_frame(enum frame type, const void *data, size_t size);
void channel_printf(enum frame type, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void channel_mark(const char *text);
void channel_break(void);
void channel_power_off(void);
void channel_serial_silence(void);

static inline uint64_t channel_ticks(void)
{
	uint32_t low, high;

	__asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

/*
 * payload_wait - take the payload from the first disk, as soon as there is one
 * Return: 0, or -1 after an error frame.
 */
int payload_wait(void);

/*
 * payload_unpack - make the files of a cpio archive (newc format)
 * @data: the archive
 * @size: its size in bytes
 * Return: 0, or -1 after an error frame.
 */
int payload_unpack(const uint8_t *data, size_t size);

#endif
