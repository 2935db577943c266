# For a QEMU that `strict` stops, such as a newer one or one with plug-ins: it may read all libraries and firmware of
# the system, and a few more system calls. It is still in its own namespaces, and still starts nothing.
# The statements are explained in strict.profile, which comes first.

include strict
tree /usr/lib
tree /usr/lib64
tree /usr/share/qemu
tree /usr/share/seabios
tree /usr/local/lib
tree /usr/local/share/qemu
allow open if arg1 & 0x400240 == 0
allow pipe eventfd epoll_create epoll_pwait2 getdents msync mlock munlock mincore
allow madvise if arg2 == 22
allow madvise if arg2 == 25
allow sched_getscheduler sched_getparam sched_getattr getpriority capget getgroups getresuid getresgid getpgrp getsid
allow socketpair tkill close_range
# Sizes of terminals, and flags of descriptors.
allow ioctl if arg1 == 0x5413
allow ioctl if arg1 == 0x5450
allow ioctl if arg1 == 0x5451
# What prctl can tell about a process; a filter the old way; and large pages. None of what keeps it as it was launched.
allow prctl if arg0 == 2
allow prctl if arg0 == 3
allow prctl if arg0 == 7
allow prctl if arg0 == 21
allow prctl if arg0 == 22
allow prctl if arg0 == 23
allow prctl if arg0 == 27
allow prctl if arg0 == 30
allow prctl if arg0 == 34
allow prctl if arg0 == 39
allow prctl if arg0 == 41
allow prctl if arg0 == 42
refuse ENOSYS io_uring_enter io_uring_register pkey_alloc
refuse EPERM socket sched_setattr sched_setscheduler setpriority
