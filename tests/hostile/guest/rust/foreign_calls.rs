// SPDX-License-Identifier: Apache-2.0
// Calls the C library for what no program needs.
mod attempt;
use attempt::{attempt, finish};

extern "C" {
    fn kill(pid: i32, signal: i32) -> i32;
    fn mount(source: *const u8, target: *const u8, kind: *const u8, flags: u64, data: *const u8) -> i32;
    fn setuid(user: u32) -> i32;
    fn ptrace(request: i64, pid: i64, address: i64, data: i64) -> i64;
    fn reboot(how: i32) -> i32;
}

fn must(result: i64) -> Result<(), ()> {
    if result < 0 { Err(()) } else { Ok(()) }
}

fn main() {
    let (none, place, kind) = (b"none\0".as_ptr(), b"/tmp\0".as_ptr(), b"tmpfs\0".as_ptr());
    unsafe {
        attempt("kill 1", must(kill(1, 9).into()));
        attempt("kill -1", must(kill(-1, 9).into()));
        attempt("mount", must(mount(none, place, kind, 0, std::ptr::null()).into()));
        attempt("setuid", must(setuid(0).into()));
        attempt("ptrace", must(ptrace(16, 1, 0, 0)));
        attempt("reboot", must(reboot(0x0123_4567).into()));
    }
    finish()
}
