/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * session - out of a login session, which may end before a domain does
 *
 * systemd keeps the processes of a login in a control group, and may be set to end all of them
 * with it (KillUserProcesses=). A domain's monitor is such a process, and a domain's memory is
 * charged to the group in which it was created.
 */
#ifndef XLCTL_LEAVE_SESSION_H
#define XLCTL_LEAVE_SESSION_H

#include "common/diag.h"

/**
 * session_leave() - have this process, and those it starts, in a scope of their own
 * @domain: name of the domain that this is for
 * @diag: where a complaint goes
 *
 * The scope is in xlhv.slice. It is root's; a user's only if the user's services outlive all
 * logins ("lingering"): else they would end sooner there. Who is in no login session stays where
 * he is, as he may be there for a limit; so does everybody where systemd does not run.
 *
 * A failure is a warning: only some hosts end the processes of a login.
 */
void session_leave(const char *domain, struct diag *diag);

#endif /* XLCTL_LEAVE_SESSION_H */
