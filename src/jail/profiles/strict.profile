# What a VMM may touch: nothing but what QEMU needs to start one machine and to run it.
#
# One statement a line:
#   module PATH      a plug-in that QEMU loads, and its libraries; below the prefix of the program
#   file PATH        a file to read; below the prefix, or absolute
#   tree PATH        a folder to read, with all that is in it; absolute
#   device PATH      a character device; absolute
#   allow CALL…                        system calls
#   allow CALL if argN == VALUE        only with this argument, counted from 0; also: argN & MASK == VALUE
#   refuse ERRNO CALL…                 they fail, and that is all
# Any other system call ends the process (SIGSYS). The program itself, the libraries it is linked with and a proc
# of its own are always there; what does not exist on this host is left out. Everything else that a machine needs
# is handed over as an open descriptor.

module lib/x86_64-linux-gnu/qemu/accel-tcg-x86_64.so
file share/qemu/qboot.rom
file share/qemu/pvh.bin
file share/qemu/linuxboot_dma.bin
file /etc/ld.so.cache
device /dev/kvm

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
allow recvmsg sendmsg recvfrom sendto getsockopt getsockname getpeername shutdown

# KVM's are the only device's; the rest asks about terminals and sockets.
allow ioctl if arg1 & 0xff00 == 0xae00
allow ioctl if arg1 == 0x5401
allow ioctl if arg1 == 0x541b
allow ioctl if arg1 == 0x5421

# Memory.
# Not with MAP_HUGETLB.
allow mmap if arg3 & 0x40000 == 0
allow brk munmap mremap mprotect madvise membarrier
allow get_mempolicy set_mempolicy mbind

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
allow seccomp

# Once: a second filter asks for a value that only the launch knew.
allow execve

# QEMU would tune sockets of other kinds; on these it has never worked.
refuse EPERM setsockopt

# The disk's cap does not hold for all that fallocate can do; QEMU then writes zeros. fadvise64 could take the gold
# image out of the memory that all machines read it from.
refuse ENOSYS fallocate fadvise64

# What the C library tries first and does without.
refuse ENOSYS io_uring_setup clone3 memfd_create
