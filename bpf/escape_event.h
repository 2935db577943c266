/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What the kernel's side of the escape monitor hands to mayfly: one record in the ring buffer for each attempt, and
 * one entry in the map of armed machines. The kernel's side includes kernel_types.h first.
 */
#ifndef MAYFLY_ESCAPE_EVENT_H
#define MAYFLY_ESCAPE_EVENT_H

#ifndef __bpf__
#include <linux/types.h>
#endif

enum escape_kind {
	ESCAPE_EXEC,    /* path: the program */
	ESCAPE_FORK,    /* a process, not a thread */
	ESCAPE_OPEN,    /* path: the file */
	ESCAPE_CREATE,  /* path: the new file's name, without its directory */
	ESCAPE_SECCOMP, /* syscall, arch: what the filter refused */
	ESCAPE_SYSCALL, /* syscall, arch: what is not on the list */
};

enum { ESCAPE_COMM_SIZE = 16, ESCAPE_PATH_SIZE = 512, ESCAPE_MAX_SYSCALLS = 512 };

struct escape_event {
	__u64 machine; /* the tag that the machine was armed with */
	__u64 at_ns;   /* CLOCK_MONOTONIC */
	__s32 pid;     /* in the initial PID namespace */
	__u32 kind;
	__s32 syscall; /* -1: none */
	__u32 arch;    /* AUDIT_ARCH_*, 0: none */
	char comm[ESCAPE_COMM_SIZE];
	char path[ESCAPE_PATH_SIZE];
};

/* An armed machine, by the id of its cgroup. What did not fit into the ring buffer is remembered here. */
struct escape_machine {
	__u64 machine;
	__u32 lost; /* attempts that were not reported, 0: none */
	__u32 lost_kind; /* of the last of them */
	__s32 lost_pid;
	__u32 unused;
};

#endif
