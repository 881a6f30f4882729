// SPDX-License-Identifier: GPL-2.0-only
/*
 * flood ADDRESS PORT SIZE PERIOD SECONDS: sends a datagram with SIZE bytes of data each PERIOD
 * microseconds for that long, whatever becomes of them. Late ones are made up for.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define NS_PER_SECOND	1000000000L

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	static char data[65507];
	struct timespec next;
	long size, period, left;
	int fd;

	if (argc != 6 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1) {
		fprintf(stderr, "usage: flood ADDRESS PORT SIZE PERIOD SECONDS\n");
		return 2;
	}
	to.sin_port = htons((uint16_t)atoi(argv[2]));
	size = atol(argv[3]);
	period = atol(argv[4]);
	if (size < 0 || size > (long)sizeof(data) || period < 1 || period > 1000000)
		return 2;
	left = atol(argv[5]) * 1000000 / period;
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0) {
		perror("flood: socket");
		return 1;
	}
	clock_gettime(CLOCK_MONOTONIC, &next);
	while (left-- > 0) {
		/* No room, nobody there: neither matters. */
		(void)!sendto(fd, data, (size_t)size, MSG_DONTWAIT, (struct sockaddr *)&to,
			      sizeof(to));
		next.tv_nsec += period * 1000;
		while (next.tv_nsec >= NS_PER_SECOND) {
			next.tv_nsec -= NS_PER_SECOND;
			next.tv_sec++;
		}
		while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL) == EINTR)
			;
	}
	return 0;
}
