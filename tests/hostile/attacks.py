# SPDX-License-Identifier: Apache-2.0
"""The table of attacks: what a captured QEMU would try, and what must come of it.

Each is a real attempt that `attacker` makes. Unjailed, as root, it must succeed, or it would prove nothing; what is
not marked `root` must succeed as an ordinary user as well. In the jail (profile `strict`) it must be

  Killed     seen and killed: SIGSYS from seccomp, and an incident of that kind where the monitor is armed
  Denied     refused with one of these errors, and silently: the process may go on
  Contained  allowed, as QEMU needs it, up to a limit that is said here

and in all cases `harm`, looked at from the host, must not have come about.
"""

from typing import NamedTuple


class Killed(NamedTuple):
    incident: str = "seccomp"


class Denied(NamedTuple):
    errors: tuple  # any of these


class Contained(NamedTuple):
    by: str
    out_of_memory: bool = False  # the kernel kills it for want of memory


class Attack(NamedTuple):
    name: str
    attempt: str  # as `attacker` calls it
    words: str  # its KEY=VALUE arguments; {fact} is put in by the host that is attacked (host.py)
    jailed: object  # Killed, Denied or Contained
    why: str = ""  # what makes it so, or how a success is known that harms nobody
    root: bool = False  # unjailed, an ordinary user cannot do it
    harm: str = ""  # what the host looks at: Host.harmed_<harm>()
    needs: str = ""  # what some kernels lack; there it can be shown in the jail only
    inside: str = ""  # where it runs unjailed, so that the machine that tests is not harmed (host.py, SHELTERS)
    early: bool = False  # in the jail also before the monitor is armed
    lsm: object = None  # what must come of it where BPF LSM programs are armed, if that differs
    compat: object = None  # what may come of it in profile `compat`, where it succeeds there
    seen: str = ""  # the kind of incident where nothing but the monitor stops it
    seen_lsm: str = ""  # the same, where only LSM programs see it


def Errors(*names):  # noqa: N802  it reads as a type in the table
    return Denied(names)


KILLED = Killed()
NOT_THERE = Errors("ENOENT")
SEALED = Errors("EBADF", "EACCES", "EINVAL", "EPERM")  # it comes read-only; opened anew, the seal says EPERM
NOT_ITS_OWN = Errors("EACCES", "EPERM")
TOO_LARGE = Errors("EFBIG")
NO_SUCH_CALL = Errors("ENOSYS")  # as on an old kernel: the C library asks for it and can do without
NO_SUCH_PROCESS = Errors("ESRCH")  # a PID namespace of its own

SECOND_PROCESSOR = "second processor"
PASSWD = "path=/etc/passwd mode=read"
TAMPER = "mode=both text=OWNED"


def signals(who):
    """All ways to send one."""
    return [Attack(f"{call} to {who}", call, f"pid={{{who}}} signal=9", expected, why, harm=f"{who}_killed")
            for call, expected, why in (
                ("kill", KILLED, ""),
                ("tkill", KILLED, ""),
                ("tgkill", NO_SUCH_PROCESS, "QEMU sends signals to its own threads, and sees no other process"),
                ("pidfd_send_signal", KILLED, "pidfd_open already"),
                ("rt_sigqueueinfo", KILLED, ""))]


def process_attacks(who):
    return [
        Attack(f"ptrace of {who}", "ptrace", f"pid={{{who}}}", KILLED),
        Attack(f"memory of {who} read by process_vm_readv", "process_vm_readv",
               f"pid={{{who}}} address={{{who}_address}} needle={{secret}}", KILLED),
        Attack(f"memory of {who} written by process_vm_writev", "process_vm_writev",
               f"pid={{{who}}} address={{{who}_address}} text=OWNED", KILLED, harm=f"{who}_written"),
        Attack(f"/proc/PID/mem of {who}", "openat", f"path=/proc/{{{who}}}/mem mode=both", NOT_THERE),
        Attack(f"/proc/PID/environ of {who}", "openat", f"path=/proc/{{{who}}}/environ mode=read needle={{secret}}",
               NOT_THERE),
        Attack(f"/proc/PID/root of {who}", "openat", f"path=/proc/{{{who}}}/root/etc/passwd mode=read", NOT_THERE),
        Attack(f"descriptor of {who} by pidfd_getfd", "pidfd_getfd", f"pid={{{who}}}", KILLED, "pidfd_open already"),
        Attack(f"limits of {who}", "prlimit_other", f"pid={{{who}}}", KILLED, harm=f"{who}_limited"),
        Attack(f"nice value of {who}", "setpriority_other", f"pid={{{who}}}", KILLED, harm=f"{who}_slowed"),
        Attack(f"I/O priority of {who}", "ioprio_other", f"pid={{{who}}}", KILLED),
        Attack(f"processors of {who}", "affinity_other", f"pid={{{who}}}", KILLED, harm=f"{who}_pinned",
               needs=SECOND_PROCESSOR),
        Attack(f"namespaces of {who}", "setns", f"pid={{{who}}} kind=net", KILLED, "pidfd_open already", root=True),
        *signals(who),
    ]


EXECUTION = [
    Attack("execve of /bin/sh", "execve_shell", "", KILLED, "execve asks for the launch's cookie", early=True,
           seen="exec"),
    Attack("execve of its own program", "execve_path", "path=/proc/self/exe", KILLED,
           "a program that is there and may be executed", early=True, seen="exec"),
    Attack("execveat of its own program", "execveat_path", "path=/proc/self/exe", KILLED, early=True, seen="exec"),
    Attack("execveat of a memfd", "execveat_memfd", "", NO_SUCH_CALL, "memfd_create already", early=True, seen="exec"),
    Attack("code in a memfd", "map_memfd", "", NO_SUCH_CALL, "memfd_create already"),
    Attack("fork", "fork", "", KILLED, early=True, seen="fork"),
    Attack("vfork", "vfork", "", KILLED, early=True, seen="fork"),
    Attack("clone of a process", "clone", "", KILLED, "only the flags of a new thread pass", early=True, seen="fork"),
    Attack("clone3 of a process", "clone3", "", NO_SUCH_CALL, early=True, seen="fork"),
]

FILES = [
    Attack("open of /etc/passwd", "open", PASSWD, KILLED, "an older call than any that QEMU makes", seen_lsm="open"),
    Attack("openat of /etc/passwd", "openat", PASSWD, NOT_THERE, "its root holds only what QEMU needs",
           seen_lsm="open"),
    Attack("openat2 of /etc/passwd", "openat2", PASSWD, KILLED, seen_lsm="open"),
    Attack("/etc/passwd past the root", "openat", "path=/../../../../etc/passwd mode=read", NOT_THERE,
           "there is nothing above its root"),
    Attack("stat of another machine's overlay", "stat", "path={overlay}", NOT_THERE),
    Attack("another machine's overlay", "openat", f"path={{overlay}} {TAMPER}", NOT_THERE, harm="overlay_changed"),
    Attack("another machine's overlay truncated", "truncate", "path={overlay}", KILLED, harm="overlay_changed"),
    Attack("another machine's overlay removed", "unlink", "path={overlay}", KILLED, harm="overlay_changed"),
    Attack("gold image by its name", "openat", f"path={{gold}} {TAMPER}", NOT_THERE, harm="gold_changed"),
    Attack("gold image opened anew", "open_descriptor", f"fd={{gold_fd}} {TAMPER}", NOT_ITS_OWN,
           "its owner is another, and Landlock knows no such file", harm="gold_changed"),
    Attack("gold image by its handle", "open_by_handle", f"fd={{gold_fd}} {TAMPER}", KILLED, root=True,
           harm="gold_changed"),
    Attack("mode of the gold image", "chmod_descriptor", "fd={gold_fd}", KILLED, harm="gold_changed"),
    Attack("lock on the gold image", "lock_descriptor", "fd={gold_fd}", KILLED, harm="gold_locked"),
    Attack("lock on a range of the gold image", "lock_range", "fd={gold_fd}", KILLED, harm="gold_range_locked"),
    Attack("lease on the gold image", "lease", "fd={gold_fd}", KILLED),
    Attack("gold image out of the host's memory", "evict", "fd={gold_fd}", NO_SUCH_CALL,
           "all machines would have to read it from the disk again", harm="gold_evicted"),
    Attack("gold image out of the host's memory, by madvise", "page_out", "fd={gold_fd}", KILLED),
    Attack("guest's kernel truncated by opening it", "open_descriptor", "fd={kernel_fd} mode=truncate", KILLED,
           "before version 3, Landlock lets who may read a file truncate it", harm="kernel_truncated"),
    Attack("flags of the gold image's descriptor", "set_flags", "fd={gold_fd}",
           Contained("a descriptor that no other process shares"), harm="gold_flags_changed"),
    Attack("position of the gold image's descriptor", "move_position", "fd={gold_fd}",
           Contained("a descriptor that no other process shares"), harm="gold_position_changed"),
    Attack("handle of a file", "name_to_handle", "path=/", KILLED),
    Attack("creat", "creat", "path={new_path}", KILLED, harm="file_made", seen_lsm="create"),
    Attack("a new file", "openat", "path={new_path} mode=create", KILLED, "no flag that makes or truncates one passes",
           harm="file_made", seen_lsm="create"),
    Attack("a new file in its root", "openat", "path={root}/made mode=create", KILLED, harm="root_changed"),
    Attack("a device node", "mknod", "path={new_path}", KILLED, root=True, harm="file_made", seen_lsm="create"),
    Attack("the host's disk", "openat", "path={disk} mode=read", NOT_THERE, root=True),
    Attack("the kernel's settings", "openat", "path=/proc/sys/kernel/core_pattern mode=write",
           Errors("ENOENT", "EACCES"), "opened only; its proc holds processes and nothing else", root=True),
    Attack("out of its cgroup", "openat", "path={cgroup} mode=write text=0", NOT_THERE, root=True),
    Attack("its own memory as a file", "openat", "path=/proc/self/mem mode=both", Errors("EACCES"),
           "Landlock knows no file of proc"),
    Attack("the host's root by its own", "openat", "path=/proc/self/root/etc/passwd mode=read", NOT_THERE),
    Attack("a library that others run as well", "openat", f"path={{library}} {TAMPER}", Errors("EACCES", "EROFS"),
           harm="library_changed"),
    Attack("its turn when memory is short", "openat", "path=/proc/self/oom_score_adj mode=write text=0",
           Errors("EACCES", "EROFS"), "mayfly has put it first"),
    Attack("its own program, once more", "openat", "path=/proc/self/exe mode=read",
           Contained("it may read what it was started from")),
    Attack("its own pipe, once more", "reopen_pipe", "", Contained("it has it already"), lsm=Killed("open")),
    Attack("place of the template's memory", "bind_memory", "fd={template_fd}", NO_SUCH_CALL,
           "such a policy is the file's, for all who map it, and no seal covers it"),
]

TEMPLATE = [
    Attack("template written to", "write_descriptor", "fd={template_fd} text=OWNED", SEALED, harm="template_changed"),
    Attack("template opened anew", "open_descriptor", f"fd={{template_fd}} {TAMPER}", Errors("EPERM"),
           "the seal belongs to the file, not to the descriptor", harm="template_changed", lsm=Killed("open")),
    Attack("template mapped for writing", "map_shared", "fd={template_fd} text=OWNED", SEALED,
           harm="template_changed"),
    Attack("template's mapping made writable", "protect_shared", "fd={template_fd} text=OWNED", SEALED,
           harm="template_changed"),
    Attack("template unsealed", "unseal", "fd={template_fd} text=OWNED", KILLED,
           "fcntl only for copies and flags of descriptors", harm="template_changed"),
    Attack("template truncated", "truncate_descriptor", "fd={template_fd}", SEALED, harm="template_changed"),
    Attack("hole in the template", "punch_hole", "fd={template_fd}", NO_SUCH_CALL, "the seal would refuse it as well",
           harm="template_changed"),
]

ENTRIES = [
    Attack("open by int 0x80", "open_int80", PASSWD, KILLED, "another architecture to a filter", seen_lsm="open"),
    Attack("open by the x32 entry", "open_x32", PASSWD, KILLED, needs="x32"),
    Attack("open by io_uring", "open_io_uring", PASSWD, NO_SUCH_CALL, seen_lsm="open"),
]

NAMESPACES = [
    *(Attack(f"unshare of a {kind} namespace", "unshare", f"kind={kind}", KILLED, root=kind != "user")
      for kind in ("user", "mount", "net", "pid", "ipc", "uts", "cgroup", "time")),
    *(Attack(f"clone into a {kind} namespace", "clone_namespace", f"kind={kind}", KILLED, root=kind != "user")
      for kind in ("user", "mount", "net")),
    *(Attack(f"clone3 into a {kind} namespace", "clone3_namespace", f"kind={kind}", NO_SUCH_CALL, root=kind != "user")
      for kind in ("user", "mount", "net")),
    Attack("namespace by its file", "setns_path", "path=/proc/self/ns/net", KILLED, root=True, lsm=Killed("open")),
    Attack("mount", "mount", "path=/proc", KILLED, root=True, inside="mount"),
    Attack("mount without a place", "new_mount", "", KILLED, root=True),
    Attack("copy of the mounts", "clone_tree", "path=/", KILLED, root=True, inside="mount"),
    Attack("umount", "umount", "path=/proc", KILLED, root=True, inside="mount"),
    Attack("pivot_root", "pivot_root", "path=/proc", KILLED, "chdir already", root=True, inside="mount"),
    Attack("chroot", "chroot", "path=/", KILLED, root=True),
    Attack("sethostname", "sethostname", "", KILLED, root=True, inside="uts"),
]

PROCESSES = [
    *process_attacks("mayfly"),
    *process_attacks("neighbour"),
    Attack("kill of all processes", "kill", "pid=-1 signal=9", KILLED,
           "unjailed: all in a PID namespace, where one other is", inside="pid"),
]

NETWORK = [
    Attack("abstract socket of the host", "connect_abstract", "name={abstract}", KILLED, harm="connected"),
    Attack("socket file of the host", "connect_path", "path={socket}", KILLED, harm="connected"),
    Attack("TCP to 127.0.0.1", "connect_tcp", "port={port}", KILLED, harm="connected"),
    Attack("UDP to 127.0.0.1", "send_udp", "port={port}", KILLED),
    Attack("listening on TCP", "listen_tcp", "", KILLED),
    Attack("raw socket", "raw_socket", "", KILLED, root=True),
    Attack("packet socket", "packet_socket", "", KILLED, root=True),
    Attack("crypto socket", "crypto_socket", "", KILLED, needs="crypto sockets"),
    Attack("vsock", "vsock", "", KILLED, needs="vsock"),
    Attack("netlink", "netlink", "", KILLED),
    Attack("a descriptor for the other end", "send_descriptor", "fd={channel_fd} given=0",
           Contained("mayfly takes bytes from its sockets, and no descriptors"), harm="descriptor_received"),
    Attack("a signal through a socket's other end", "signal_peer", "fd={channel_fd} signal=0", KILLED,
           "signal 0: it asks only whether it may", root=True, needs="SO_PEERPIDFD"),
    Attack("a byte out of band", "send_urgent", "fd={channel_fd}", KILLED),
    Attack("a filter program for a socket", "filter_socket", "fd={channel_fd}", Errors("EPERM", "ENOSYS"),
           "QEMU sets options and does without"),
]

KERNEL = [
    Attack("bpf", "bpf", "", KILLED, root=True),
    Attack("perf_event_open", "perf_event_open", "", KILLED, root=True),
    Attack("add_key", "add_key", "", KILLED),
    Attack("keyctl", "keyctl", "", KILLED),
    Attack("userfaultfd", "userfaultfd", "", KILLED),
    Attack("kexec_load", "kexec_load", "", KILLED, "unjailed: refused for the number of segments", root=True,
           needs="kexec"),
    Attack("init_module", "init_module", "", KILLED, "unjailed: refused as one byte is no module", root=True,
           needs="modules"),
    Attack("ioperm", "ioperm", "", KILLED, root=True, needs="I/O ports"),
    Attack("iopl", "iopl", "", KILLED, root=True, needs="I/O ports"),
    Attack("modify_ldt", "modify_ldt", "", KILLED),
    Attack("quotactl", "quotactl", "", KILLED, "the one command that needs no right: to write quotas to disk"),
    Attack("swapon", "swapon", "", KILLED, "unjailed: refused as a directory is no swap space", root=True),
    Attack("reboot", "reboot", "", KILLED, "unjailed: refused as there is no such command", root=True),
    Attack("settimeofday", "settimeofday", "", KILLED, "unjailed: refused as there is no such time zone", root=True),
    Attack("typing into a terminal", "tiocsti", "fd={terminal_fd} text=OWNED", KILLED, root=True,
           harm="terminal_typed"),
    Attack("the kernel's log", "syslog", "", KILLED, root=True),
]

PRIVILEGE = [
    Attack("setuid to root", "setuid", "", KILLED, root=True),
    Attack("setgroups", "setgroups", "", KILLED, root=True),
    Attack("capset", "capset", "", KILLED, "capget already", root=True),
    Attack("prctl PR_SET_DUMPABLE", "dumpable", "", KILLED),
    Attack("prctl PR_SET_SECUREBITS", "securebits", "", KILLED, root=True),
    Attack("life without mayfly", "outlive_parent", "", KILLED, "prctl PR_SET_PDEATHSIG"),
    Attack("personality", "personality", "", KILLED),
    Attack("setrlimit upwards", "setrlimit", "", KILLED, inside="file size"),
    Attack("prlimit64 upwards", "prlimit", "", KILLED, "it may only ask", inside="file size"),
    Attack("real-time scheduling", "real_time", "", KILLED, root=True),
    Attack("setpriority upwards", "setpriority", "", KILLED, root=True),
    Attack("a seccomp filter with a listener", "seccomp_listener", "",
           Errors("EINVAL"), "only filters for all threads at once"),
    Attack("a seccomp filter that allows all", "seccomp_allow", "path=/etc/passwd", KILLED,
           "the strictest answer of all filters wins"),
]

RESOURCES = [
    Attack("disk cap, by ftruncate", "grow_by_truncate", "fd={disk_fd} bytes={past_cap}", TOO_LARGE,
           harm="disk_filled"),
    Attack("disk cap, by fallocate", "grow_by_allocate", "fd={disk_fd} bytes={past_cap}", NO_SUCH_CALL,
           "not all that fallocate can do heeds RLIMIT_FSIZE", harm="disk_filled"),
    Attack("disk cap, by ioctl", "grow_by_ioctl", "fd={disk_fd} bytes={past_cap}", KILLED, harm="disk_filled"),
    Attack("disk cap, by a write behind it", "grow_by_write", "fd={disk_fd} bytes={past_cap}", TOO_LARGE,
           harm="disk_filled"),
    Attack("disk cap, behind the end of the file", "grow_behind_end", "fd={disk_fd} bytes={past_cap}", NO_SUCH_CALL,
           "fallocate that keeps the size: file systems look at no limit then", harm="disk_filled"),
    Attack("disk cap, by insertion", "grow_by_insertion", "fd={disk_fd} bytes={past_cap}", NO_SUCH_CALL,
           "likewise", harm="disk_filled"),
    Attack("disk cap, byte by byte", "flood", "fd={disk_fd} bytes={past_cap}", TOO_LARGE, harm="disk_filled"),
    Attack("all memory", "take_memory", "bytes={much_memory}",
           Contained("its cgroup's memory.max: killed by the kernel, which is no incident", out_of_memory=True)),
    Attack("huge pages", "take_huge_pages", "bytes={huge_page}", KILLED,
           "the host keeps them for others, and no memory.max counts them", needs="huge pages"),
    Attack("all threads", "take_threads", "most={many_threads}", Errors("EAGAIN"),
           "its cgroup's pids.max, or RLIMIT_NPROC of its own uid or user namespace"),
    Attack("all processes", "take_processes", "most={many_processes}", KILLED, "at the first"),
    Attack("all pending signals", "take_signals", "most={many_threads}", Errors("EAGAIN"),
           "RLIMIT_SIGPENDING: they count for the user who runs mayfly"),
    Attack("all descriptors", "take_descriptors", "most={many_descriptors}", Errors("EMFILE")),
    Attack("stderr filled", "flood", "fd=2 bytes={flood}", Contained("mayfly keeps the last bytes only")),
    Attack("a channel filled", "flood", "fd={stream_fd} bytes={flood}",
           Contained("mayfly reads as it can use, and ends who sends no proper lines")),
]

SECRETS = [
    Attack("its environment", "environment", "needle={secret}", Errors("is not there")),
    Attack("the name of the gold image", "descriptor_name", "fd={gold_fd} needle={gold}",
           Contained("a name, which it cannot open: docs/security.md")),
    Attack("the host's name", "host_name", "needle={host_name}", Errors("is not there")),
    Attack("who is at the other end", "peer", "fd={channel_fd} needle={tester}", Errors("is not there")),
    Attack("the host's mounts", "openat", "path=/proc/self/mountinfo mode=read needle={mount_point}",
           Errors("is not there", "ENOENT", "EACCES")),
]

ATTACKS = [*EXECUTION, *FILES, *TEMPLATE, *ENTRIES, *NAMESPACES, *PROCESSES, *NETWORK, *KERNEL, *PRIVILEGE, *RESOURCES,
           *SECRETS]

# Every system call that is not on the profile's list must kill as well: `attacker any_call number=N`. Unjailed it
# must come back, which these do not by their nature. Two are those of probes, which filters do not see: where no probe
# was set, they do nothing or end the process by themselves.
OF_PROBES = {"uretprobe": 335, "uprobe": 336}
NEVER_COME_BACK = {"rt_sigreturn": 15, "pause": 34, "exit": 60, "exit_group": 231, **OF_PROBES}
LAST_CALL = 470
