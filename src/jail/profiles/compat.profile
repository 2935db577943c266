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
allow open pipe eventfd epoll_create epoll_pwait2 getdents ftruncate memfd_create msync mlock munlock mincore
allow sched_getscheduler sched_getparam sched_getattr getpriority capget getgroups getresuid getresgid getpgrp getsid
allow socketpair ioctl prctl tkill close_range
refuse ENOSYS io_uring_enter io_uring_register pkey_alloc
refuse EPERM socket sched_setattr sched_setscheduler setpriority
