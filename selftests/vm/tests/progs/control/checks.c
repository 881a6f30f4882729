// SPDX-License-Identifier: GPL-2.0-only
/* Self-checks keep a CPU busy and CPUs from coming and going: one at a time, whoever asks. */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "control/control.h"
#include "xt.h"

#define CHILDREN	3
#define ROUNDS		6000	/* more than are done at once */
#define LONG_ROUNDS	100000

static pid_t check_in_child(unsigned int rounds)
{
	struct xlhv_selfcheck check = { .rounds = rounds };
	pid_t child = fork();

	if (child < 0)
		xt_die("fork: %s", xt_errno_name(errno));
	if (!child)
		_exit(xt_call(device, XLHV_SELFCHECK, &check) || check.result);
	return child;
}

static unsigned int vmcs_active(void)
{
	struct xlhv_cpu_info info;

	xt_cpu_info(device, 0, &info);
	return info.active_vmcs;
}

static bool ended(pid_t child, unsigned int ms)
{
	for (; ms; ms--) {
		if (waitpid(child, NULL, WNOHANG) == child)
			return true;
		usleep(1000);
	}
	return false;
}

void checks(void)
{
	unsigned int most = 0, left = CHILDREN, n;
	bool good = true, waits;
	pid_t first, second;
	int status;

	for (unsigned int i = 0; i < CHILDREN; i++)
		check_in_child(ROUNDS);
	while (left) {
		n = vmcs_active();
		if (n > most)
			most = n;
		if (waitpid(-1, &status, WNOHANG) > 0) {
			good &= !status;
			left--;
		}
		usleep(1000);
	}
	xt_note("at most %u at a time", most);
	xt_result(good && most == 1, "self-checks run one after the other");

	first = check_in_child(LONG_ROUNDS);
	for (n = 0; n < WAIT_MS && !vmcs_active(); n++)
		usleep(1000);
	second = check_in_child(1);
	waits = !ended(second, 100);
	kill(second, SIGKILL);
	good = ended(second, 500);
	xt_result(waits && good && !ended(first, 1), "who waits for another one's can be killed");
	kill(first, SIGKILL);
	xt_result(ended(first, WAIT_MS), "and so can who is at it");
	if (!good)
		waitpid(second, NULL, 0);
}
