# What a VMM may touch: nothing but what QEMU needs to start one machine and to run it.
#
# One statement a line:
#   module PATH      a plug-in that QEMU loads, and its libraries; below the prefix of the program
#   file PATH        a file to read; below the prefix, or absolute
#   tree PATH        a folder to read, with all that is in it; absolute
#   device PATH TYPE a character device, absolute, and the type of its ioctl commands; left out where it is not needed
#   allow CALL…                        system calls
#   allow CALL if argN == VALUE        only with this argument, counted from 0; also: argN & MASK == VALUE, and
#                                      several with "and" between them
#   refuse ERRNO CALL…                 they fail, and that is all; also with "if"
# Any other system call ends the process (SIGSYS). The program itself, the libraries it is linked with and a proc
# of its own are always there; what does not exist on this host is left out. Everything else that a machine needs
# is handed over as an open descriptor.

module lib/x86_64-linux-gnu/qemu/accel-tcg-x86_64.so
file share/qemu/qboot.rom
file share/qemu/pvh.bin
file share/qemu/linuxboot_dma.bin
file /etc/ld.so.cache
device /dev/kvm 0xae

# Files and descriptors it has. What it may open is held by the root, Landlock and the owner of the files.
allow read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 lseek
allow close dup dup2 dup3 fstat stat lstat newfstatat statx statfs fstatfs access faccessat faccessat2 readlink readlinkat
allow getdents64 getcwd
# Not with O_CREAT, O_TRUNC or O_TMPFILE.
allow openat if arg2 & 0x400240 == 0
allow ftruncate fsync fdatasync sync_file_range
# Duplicates and flags of descriptors; no locks, leases, seals or signals.
allow fcntl if arg1 == 1
allow fcntl if arg1 == 2
allow fcntl if arg1 == 3
allow fcntl if arg1 == 4
allow fcntl if arg1 == 1030
allow pipe2 eventfd2 signalfd4
allow poll ppoll select pselect6 epoll_create1 epoll_ctl epoll_wait epoll_pwait
allow timerfd_create timerfd_settime timerfd_gettime

# Sockets that were made for it.
# Not with MSG_OOB.
allow recvmsg if arg2 & 1 == 0
allow sendmsg if arg2 & 1 == 0
allow recvfrom if arg3 & 1 == 0
allow sendto if arg3 & 1 == 0
allow getsockopt getsockname getpeername shutdown

# To ask about terminals and sockets.
allow ioctl if arg1 == 0x5401
allow ioctl if arg1 == 0x541b
allow ioctl if arg1 == 0x5421

# Memory.
# Not with MAP_HUGETLB.
allow mmap if arg3 & 0x40000 == 0
allow brk munmap mremap mprotect membarrier
# What a process may say about its own memory. Nothing that would push out pages of files that all machines read, or
# offer pages to be merged with others'. The last two are for guard pages.
allow madvise if arg2 == 3
allow madvise if arg2 == 4
allow madvise if arg2 == 8
allow madvise if arg2 == 10
allow madvise if arg2 == 14
allow madvise if arg2 == 15
allow madvise if arg2 == 16
allow madvise if arg2 == 17
allow madvise if arg2 == 23
allow madvise if arg2 == 102
allow madvise if arg2 == 103

# Threads, but no processes: the flags are those of a new thread in glibc, all of them.
allow clone if arg0 == 0x3d0f00
allow futex set_robust_list get_robust_list rseq set_tid_address arch_prctl gettid getpid tgkill
allow rt_sigaction rt_sigprocmask rt_sigreturn rt_sigtimedwait rt_sigpending sigaltstack restart_syscall
allow sched_yield sched_getaffinity exit exit_group

# Clocks, names, limits: to read.
allow clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time getrandom uname sysinfo getcpu times getrusage
allow getuid geteuid getgid getegid getppid umask
allow prlimit64 if arg2 == 0
allow getrlimit

# Names of threads, their slack, reports of broken memory; and QEMU's own filter, which comes on top of this one.
allow prctl if arg0 == 15
allow prctl if arg0 == 16
allow prctl if arg0 == 29
allow prctl if arg0 == 33
allow prctl if arg0 == 38
allow prctl if arg0 == 0x53564d41
# To ask for an action (2), or to set a filter (1) for all threads at once: one chain of filters a process, as the
# kernel counts their memory for nobody. libseccomp tries the other flags out.
allow seccomp if arg0 == 2
allow seccomp if arg1 & 1 == 1
refuse EINVAL seccomp if arg0 == 1 and arg1 & 1 == 0

# Once: a second filter asks for a value that only the launch knew.
allow execve

# QEMU would tune sockets of other kinds; on these it has never worked.
refuse EPERM setsockopt

# The disk's cap does not hold for all that fallocate can do; QEMU then writes zeros. fadvise64 could take the gold
# image out of the memory that all machines read it from.
refuse ENOSYS fallocate fadvise64

# A file that all machines map, such as a template, has one policy for all of them, and no seal covers it.
refuse ENOSYS mbind set_mempolicy get_mempolicy

# What the C library tries first and does without.
refuse ENOSYS io_uring_setup clone3 memfd_create
