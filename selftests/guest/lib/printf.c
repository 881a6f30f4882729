// SPDX-License-Identifier: GPL-2.0-only
/* Formatted output into a buffer, and printf() over console_write(). */
#include "console.h"

struct out {
	char *buf;
	size_t size, len;
};

static void out_char(struct out *o, char c)
{
	if (o->len + 1 < o->size)
		o->buf[o->len] = c;
	o->len++;
}

static void out_pad(struct out *o, char c, int n)
{
	while (n-- > 0)
		out_char(o, c);
}

static void out_number(struct out *o, u64 v, unsigned int base, bool neg, bool alt, bool left,
		       bool zero, int width, bool upper)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char tmp[24];
	int n = 0, len;

	do {
		tmp[n++] = digits[v % base];
		v /= base;
	} while (v);
	len = n + neg + (alt ? 2 : 0);
	if (!left && !zero)
		out_pad(o, ' ', width - len);
	if (neg)
		out_char(o, '-');
	if (alt) {
		out_char(o, '0');
		out_char(o, 'x');
	}
	if (!left && zero)
		out_pad(o, '0', width - len);
	while (n)
		out_char(o, tmp[--n]);
	if (left)
		out_pad(o, ' ', width - len);
}

static void out_string(struct out *o, const char *s, bool left, int width)
{
	int len;

	if (!s)
		s = "(null)";
	len = strlen(s);
	if (!left)
		out_pad(o, ' ', width - len);
	while (*s)
		out_char(o, *s++);
	if (left)
		out_pad(o, ' ', width - len);
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct out o = { buf, size, 0 };

	for (; *fmt; fmt++) {
		bool left = false, zero = false, alt = false, neg = false;
		int width = 0, size_l = 0;
		u64 v;

		if (*fmt != '%') {
			out_char(&o, *fmt);
			continue;
		}
		for (fmt++; *fmt == '-' || *fmt == '0' || *fmt == '#'; fmt++) {
			left |= *fmt == '-';
			zero |= *fmt == '0';
			alt |= *fmt == '#';
		}
		if (*fmt == '*') {
			width = va_arg(ap, int);
			fmt++;
		}
		for (; *fmt >= '0' && *fmt <= '9'; fmt++)
			width = width * 10 + *fmt - '0';
		for (; *fmt == 'l' || *fmt == 'h' || *fmt == 'z'; fmt++)
			size_l += *fmt == 'h' ? 0 : 1 + (*fmt == 'z' && sizeof(long) == 8);

		switch (*fmt) {
		case 'd':
		case 'i':
			if (size_l >= 2)
				v = va_arg(ap, long long);
			else if (size_l)
				v = va_arg(ap, long);
			else
				v = va_arg(ap, int);
			neg = (s64)v < 0;
			out_number(&o, neg ? -v : v, 10, neg, false, left, zero, width, false);
			break;
		case 'u':
		case 'x':
		case 'X':
			if (size_l >= 2)
				v = va_arg(ap, unsigned long long);
			else if (size_l)
				v = va_arg(ap, unsigned long);
			else
				v = va_arg(ap, unsigned int);
			out_number(&o, v, *fmt == 'u' ? 10 : 16, false, alt && *fmt != 'u', left,
				   zero, width, *fmt == 'X');
			break;
		case 'p':
			out_number(&o, (unsigned long)va_arg(ap, void *), 16, false, true, left,
				   zero, width, false);
			break;
		case 's':
			out_string(&o, va_arg(ap, const char *), left, width);
			break;
		case 'c':
			out_char(&o, va_arg(ap, int));
			break;
		case '\0':
			fmt--;
			break;
		default:
			out_char(&o, *fmt);
		}
	}
	if (size)
		buf[o.len < size ? o.len : size - 1] = '\0';
	return o.len;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}

void vprintf(const char *fmt, va_list ap)
{
	char buf[512];
	int n = vsnprintf(buf, sizeof(buf), fmt, ap);

	console_write(buf, n < (int)sizeof(buf) ? (size_t)n : sizeof(buf) - 1);
}

void printf(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
}
