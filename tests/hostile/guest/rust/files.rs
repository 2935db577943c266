// SPDX-License-Identifier: Apache-2.0
// Reads and writes what is the machine's, and none of a program's business.
mod attempt;
use attempt::{attempt, finish};
use std::fs::{hard_link, read_dir, OpenOptions, File};
use std::os::unix::fs::symlink;

fn main() {
    for path in ["/proc/1/mem", "/proc/1/environ", "/etc/shadow", "/dev/vda", "/dev/vport0p1", "/dev/kmsg"] {
        attempt(path, File::open(path));
    }
    for path in ["/etc/passwd", "/usr/bin/rustc", "/proc/sys/kernel/hostname", "/proc/sysrq-trigger", "/init", "/var/tmp/x"] {
        attempt(path, OpenOptions::new().append(true).create(true).open(path));
    }
    symlink("/root", "root").unwrap();
    attempt("behind a link", read_dir("root"));
    attempt("another name for a file", hard_link("/etc/passwd", "passwd"));
    finish()
}
