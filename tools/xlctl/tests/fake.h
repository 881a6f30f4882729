/* SPDX-License-Identifier: GPL-2.0-only */
/* The calls that ld puts fake.c in front of. */
#ifndef XLCTL_FAKE_H
#define XLCTL_FAKE_H

#include <poll.h>
#include <sys/types.h>

int __real_open(const char *path, int flags, ...);
int __real_close(int fd);
int __real_ioctl(int fd, unsigned long request, ...);
int __real_poll(struct pollfd *fds, nfds_t count, int timeout);
ssize_t __real_read(int fd, void *buffer, size_t size);
ssize_t __real_write(int fd, const void *buffer, size_t size);
int __wrap_open(const char *path, int flags, ...);
int __wrap_close(int fd);
int __wrap_ioctl(int fd, unsigned long request, ...);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout);
ssize_t __wrap_read(int fd, void *buffer, size_t size);
ssize_t __wrap_write(int fd, const void *buffer, size_t size);
const char *__wrap_run_dir(void);
const char *__wrap_store_root(void);
unsigned int __wrap_store_patience(void);

#endif /* XLCTL_FAKE_H */
