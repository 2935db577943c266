/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The kernel's side of the escape monitor. Every program asks first whether the current process is in the cgroup of
 * an armed machine, and lets everybody else pass: names of processes do not matter. For an armed one each attempt is
 * reported and the process killed. Programs on `lsm` hooks refuse the attempt as well; those on tracepoints see it
 * only, but the process does not come back to user space.
 */
#include "kernel_types.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "escape_event.h"

/* What LSM programs and some helpers ask for. */
char kernel_license[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct escape_machine);
} machines SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} events SEC(".maps");

/* Files that an armed process may open for reading: marks on their inodes. */
struct {
	__uint(type, BPF_MAP_TYPE_INODE_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u32);
} readable SEC(".maps");

/* One bit for each system call that an armed process may make. */
const volatile __u64 allowed_syscalls[ESCAPE_MAX_SYSCALLS / 64];

/* Whether it matters what an armed process opens for reading. */
const volatile bool watch_reads = 1;

/* Attempts of all machines that did not fit into the ring buffer. */
__u64 lost;

/* A hook may be attached and yet never be called: when the kernel was booted without "bpf" in its list of LSMs. */
bool lsm_was_called;

static struct escape_machine *current_machine(void)
{
	__u64 cgroup = bpf_get_current_cgroup_id();

	return bpf_map_lookup_elem(&machines, &cgroup);
}

static void remember(struct escape_machine *machine, enum escape_kind kind)
{
	machine->lost_kind = kind;
	machine->lost_pid = bpf_get_current_pid_tgid() >> 32;
	__sync_fetch_and_add(&machine->lost, 1);
	__sync_fetch_and_add(&lost, 1);
}

/* A record to be completed and submitted; null when there is no room. */
static struct escape_event *start_report(struct escape_machine *machine, enum escape_kind kind)
{
	struct escape_event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event) {
		remember(machine, kind);
		return 0;
	}
	event->machine = machine->machine;
	event->at_ns = bpf_ktime_get_ns();
	event->pid = bpf_get_current_pid_tgid() >> 32;
	event->kind = kind;
	event->syscall = -1;
	event->arch = 0;
	event->path[0] = 0;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	return event;
}

static void report_name(struct escape_machine *machine, enum escape_kind kind, const void *name)
{
	struct escape_event *event = start_report(machine, kind);

	if (!event)
		return;
	bpf_probe_read_kernel_str(event->path, sizeof(event->path), name);
	bpf_ringbuf_submit(event, 0);
}

static void report_syscall(struct escape_machine *machine, enum escape_kind kind, int syscall, __u32 arch)
{
	struct escape_event *event = start_report(machine, kind);

	if (!event)
		return;
	event->syscall = syscall;
	event->arch = arch;
	bpf_ringbuf_submit(event, 0);
}

/* All threads of the process, also when it is init of a PID namespace. */
static int kill_and_refuse(void)
{
	bpf_send_signal(SIGKILL);
	return -EPERM;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, int old_pid, struct linux_binprm *program)
{
	struct escape_machine *machine = current_machine();

	if (!machine)
		return 0;
	report_name(machine, ESCAPE_EXEC, program->filename);
	bpf_send_signal(SIGKILL);
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	struct escape_machine *machine;

	if (child->tgid == parent->tgid)
		return 0;
	machine = current_machine();
	if (!machine)
		return 0;
	report_syscall(machine, ESCAPE_FORK, -1, 0);
	bpf_send_signal(SIGKILL);
	return 0;
}

/*
 * A seccomp filter has refused a system call. Where it kills, as ours do, the kernel has taken the handler away, and
 * the process ends by SIGSYS, which tells more than SIGKILL would. Where it only traps, the process would live on.
 */
SEC("tp_btf/signal_generate")
int BPF_PROG(on_signal, int signal, struct kernel_siginfo *info, struct task_struct *task)
{
	struct escape_machine *machine;

	if (signal != SIGSYS || !info || BPF_CORE_READ(info, si_code) != SYS_SECCOMP)
		return 0;
	machine = current_machine();
	if (!machine)
		return 0;
	report_syscall(machine, ESCAPE_SECCOMP, BPF_CORE_READ(info, _sifields._sigsys._syscall),
		       BPF_CORE_READ(info, _sifields._sigsys._arch));
	if (BPF_CORE_READ(task, sighand, action[SIGSYS - 1].sa.sa_handler))
		bpf_send_signal(SIGKILL);
	return 0;
}

static bool is_allowed(long id)
{
	return (unsigned long)id < ESCAPE_MAX_SYSCALLS && (allowed_syscalls[id / 64] >> (id % 64) & 1);
}

/* By int 0x80: the numbers mean other calls there. */
static bool is_32_bit_call(void)
{
	return bpf_get_current_task_btf()->thread_info.status & TS_COMPAT;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(on_syscall, struct pt_regs *registers, long id)
{
	struct escape_machine *machine;
	bool compat = is_32_bit_call();

	if (!compat && is_allowed(id))
		return 0;
	machine = current_machine();
	if (!machine)
		return 0;
	report_syscall(machine, ESCAPE_SYSCALL, id, compat ? AUDIT_ARCH_I386 : AUDIT_ARCH_X86_64);
	bpf_send_signal(SIGKILL);
	return 0;
}

/*
 * Two hooks are enough, and each costs a mayfly that starts and ends a tenth of a second: the kernel waits until nobody
 * is in the code that it patches. Executing opens the program first, whatever the system call, so bprm_check_security
 * would see nothing new. New files have to be refused where they are made, since file_open comes afterwards.
 */

static bool is_execution(struct file *file)
{
	return file->f_flags & __FMODE_EXEC;
}

static bool may_open(struct file *file)
{
	return !is_execution(file) && !(file->f_mode & FMODE_WRITE) &&
	       (!watch_reads || bpf_inode_storage_get(&readable, file->f_inode, 0, 0));
}

static void report_open(struct escape_machine *machine, struct file *file)
{
	struct escape_event *event = start_report(machine, is_execution(file) ? ESCAPE_EXEC : ESCAPE_OPEN);

	if (!event)
		return;
	if (bpf_d_path((struct path *)&file->f_path, event->path, sizeof(event->path)) < 0)
		bpf_probe_read_kernel_str(event->path, sizeof(event->path), file->f_path.dentry->d_name.name);
	bpf_ringbuf_submit(event, 0);
}

SEC("lsm/file_open")
int BPF_PROG(refuse_open, struct file *file)
{
	struct escape_machine *machine = current_machine();

	if (!lsm_was_called)
		lsm_was_called = 1;
	if (!machine || may_open(file))
		return 0;
	report_open(machine, file);
	return kill_and_refuse();
}

/* Files, FIFOs, sockets and devices. */
SEC("lsm/path_mknod")
int BPF_PROG(refuse_create, const struct path *directory, struct dentry *entry)
{
	struct escape_machine *machine = current_machine();

	if (!machine)
		return 0;
	report_name(machine, ESCAPE_CREATE, entry->d_name.name);
	return kill_and_refuse();
}
