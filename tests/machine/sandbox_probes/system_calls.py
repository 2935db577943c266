# SPDX-License-Identifier: Apache-2.0
"""What the kernel answers to calls that no program needs, and to those that many do."""

import ctypes
import errno
import json
import mmap
import multiprocessing
import os
import socket
import tempfile
import threading

LIBC = ctypes.CDLL(None, use_errno=True)

# Numbers of x86-64. The arguments do no harm, were a call to be let through: each is wrong in itself.
DENIED = {
    "mount": 165, "umount2": 166, "pivot_root": 155, "chroot": 161, "open_tree": 428, "move_mount": 429, "fsopen": 430,
    "fsconfig": 431, "fsmount": 432, "fspick": 433, "mount_setattr": 442, "unshare": 272, "setns": 308,
    "sethostname": 170, "setdomainname": 171, "ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311,
    "process_madvise": 440, "kcmp": 312, "pidfd_getfd": 438, "open_by_handle_at": 304, "lookup_dcookie": 212,
    "fanotify_init": 300, "bpf": 321, "perf_event_open": 298, "userfaultfd": 323, "add_key": 248, "request_key": 249,
    "keyctl": 250, "syslog": 103, "init_module": 175, "finit_module": 313, "delete_module": 176, "create_module": 174,
    "query_module": 178, "get_kernel_syms": 177, "kexec_load": 246, "kexec_file_load": 320, "io_uring_setup": 425,
    "io_uring_enter": 426, "io_uring_register": 427, "reboot": 169, "settimeofday": 164, "clock_settime": 227,
    "adjtimex": 159, "clock_adjtime": 305, "swapon": 167, "swapoff": 168, "acct": 163, "quotactl": 179,
    "quotactl_fd": 443, "ioperm": 173, "iopl": 172, "modify_ldt": 154, "vhangup": 153, "nfsservctl": 180, "sysfs": 139,
    "uselib": 134, "_sysctl": 156, "ustat": 136}
X32 = 0x40000000
GETPID, CLONE, CLONE3, PERSONALITY = 39, 56, 435, 135
SIGCHLD = 17
NAMESPACES = {"mount": 0x20000, "cgroup": 0x2000000, "uts": 0x4000000, "ipc": 0x8000000, "user": 0x10000000,
              "pid": 0x20000000, "net": 0x40000000}
WRONG = ctypes.c_long(-1)


def call(number, *arguments):
    """The error's name; "": none."""
    if LIBC.syscall(ctypes.c_long(number), *(arguments or (WRONG,) * 6)) >= 0:
        return ""
    return errno.errorcode[ctypes.get_errno()]


def error_of(action):
    try:
        action()
    except OSError as problem:
        return errno.errorcode.get(problem.errno, str(problem))
    return ""


def loopback():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        server.accept()[0].sendall(b"x")
        assert client.recv(1) == b"x"


def thread():
    worker = threading.Thread(target=lambda: None)
    worker.start()
    worker.join()


def processes():
    assert multiprocessing.get_context("fork").Pool(2).map(abs, [-1, 2]) == [1, 2]


def shared_memory():
    with open("/dev/shm/x", "w+b") as file:
        file.truncate(4096)
        mmap.mmap(file.fileno(), 4096)[0] = 1


def temporary_files():
    with tempfile.TemporaryDirectory() as folder:
        os.rename(tempfile.mkstemp(dir=folder)[1], "/tmp/elsewhere")


def standard_output():
    with open("/dev/stdout", "w", encoding="utf-8") as file:
        file.write("")


def read_all(path):
    with open(path, "rb") as file:
        assert file.read()


def ask_personality():
    assert call(PERSONALITY, ctypes.c_long(0xffffffff)) == ""


denied = {name: call(number) for name, number in DENIED.items()}
denied |= {f"clone, {name}": call(CLONE, ctypes.c_long(flag | SIGCHLD), 0, 0, 0, 0) for name, flag in NAMESPACES.items()}
denied |= {"x32": call(X32 | GETPID), "personality": call(PERSONALITY, ctypes.c_long(0x40000))}
sockets = {
    "unix": (socket.AF_UNIX, socket.SOCK_STREAM), "inet": (socket.AF_INET, socket.SOCK_DGRAM),
    "netlink route": (socket.AF_NETLINK, socket.SOCK_RAW, 0), "netlink uevent": (socket.AF_NETLINK, socket.SOCK_RAW, 15),
    "packet": (socket.AF_PACKET, socket.SOCK_RAW), "vsock": (socket.AF_VSOCK, socket.SOCK_STREAM),
    "alg": (socket.AF_ALG, socket.SOCK_SEQPACKET)}
useful = {"threads": thread, "processes": processes, "shared memory": shared_memory, "loopback": loopback,
          "personality": ask_personality, "temporary files": temporary_files, "/dev/stdout": standard_output,
          "meminfo": lambda: read_all("/proc/meminfo"), "cpuinfo": lambda: read_all("/proc/cpuinfo")}
print(json.dumps({
    "denied": denied, "clone3": call(CLONE3, ctypes.c_void_p(0), ctypes.c_long(0)),
    "sockets": {name: error_of(lambda a=arguments: socket.socket(*a).close()) for name, arguments in sockets.items()},
    "useful": {name: error_of(action) for name, action in useful.items()}}))
