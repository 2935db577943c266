// SPDX-License-Identifier: Apache-2.0
// Calls the kernel itself for what no program needs.
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "attempt.h"

int main() {
  char buffer[256] = {};
  attempt("mount", syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, 0));
  attempt("remount", syscall(SYS_mount, "", "/", "", MS_REMOUNT | MS_BIND, 0));
  attempt("unshare", syscall(SYS_unshare, 0x10000000));
  attempt("clone3", syscall(SYS_clone3, buffer, 88));
  attempt("bpf", syscall(SYS_bpf, 0, buffer, 64));
  attempt("perf", syscall(SYS_perf_event_open, buffer, 0, -1, -1, 0));
  attempt("userfaultfd", syscall(SYS_userfaultfd, 1));
  attempt("keyctl", syscall(SYS_keyctl, 0, -3, 0));
  attempt("ptrace", syscall(SYS_ptrace, 16, 1, 0, 0));
  attempt("another's memory", syscall(SYS_process_vm_readv, 1, buffer, 1, buffer, 1, 0));
  attempt("io_uring", syscall(SYS_io_uring_setup, 1, buffer));
  attempt("iopl", syscall(SYS_iopl, 3));
  attempt("clock", syscall(SYS_clock_settime, 0, buffer));
  attempt("reboot", syscall(SYS_reboot, 0xfee1dead, 672274793, 0x01234567, 0));
  attempt("module", syscall(SYS_init_module, buffer, 1, ""));
  attempt("setuid", syscall(SYS_setuid, 0));
  attempt("x32", syscall(0x40000000 | SYS_getpid));
  attempt("a file by handle", syscall(SYS_open_by_handle_at, -100, buffer, 0));
  attempt("port", open("/dev/vport0p1", O_RDWR));
  attempt("disk", open("/dev/vda", O_RDONLY));
  attempt("memory", open("/dev/mem", O_RDONLY));
  return failed;
}
