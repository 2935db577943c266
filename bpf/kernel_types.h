/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The types and constants of the kernel that the escape monitor uses, and no others. Only names and types of members
 * matter: libbpf puts in the running kernel's offsets when it loads the program (CO-RE). So nothing here depends on
 * the kernel of the machine that builds mayfly.
 */
#ifndef MAYFLY_KERNEL_TYPES_H
#define MAYFLY_KERNEL_TYPES_H

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef signed int __s32;
typedef signed long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef _Bool bool;

/* linux/bpf.h */
enum { BPF_MAP_TYPE_HASH = 1, BPF_MAP_TYPE_RINGBUF = 27, BPF_MAP_TYPE_INODE_STORAGE = 28 };
enum { BPF_F_NO_PREALLOC = 1 };

/* asm-generic/errno-base.h, asm/signal.h, asm-generic/siginfo.h, linux/audit.h, asm/thread_info.h, linux/fs.h */
enum { EPERM = 1, SIGKILL = 9, SIGSYS = 31, SYS_SECCOMP = 1, TS_COMPAT = 2 };
enum { FMODE_WRITE = 2, __FMODE_EXEC = 0x20 };
#define AUDIT_ARCH_I386 0x40000003u
#define AUDIT_ARCH_X86_64 0xc000003eu

struct inode;
struct pt_regs;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct thread_info {
	__u32 status;
};

struct sigaction {
	void (*sa_handler)(int);
};

struct k_sigaction {
	struct sigaction sa;
};

struct sighand_struct {
	struct k_sigaction action[64];
};

struct task_struct {
	struct thread_info thread_info;
	int tgid;
	struct sighand_struct *sighand;
};

union __sifields {
	struct {
		int _syscall;
		unsigned int _arch;
	} _sigsys;
};

struct kernel_siginfo {
	int si_code;
	union __sifields _sifields;
};

struct linux_binprm {
	const char *filename;
};

struct qstr {
	const unsigned char *name;
};

struct dentry {
	struct qstr d_name;
};

struct path {
	struct dentry *dentry;
};

struct file {
	unsigned int f_mode;
	unsigned int f_flags;
	struct inode *f_inode;
	const struct path f_path;
};

#pragma clang attribute pop

#endif
