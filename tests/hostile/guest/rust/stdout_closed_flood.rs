// SPDX-License-Identifier: Apache-2.0
// Complains for ever, with a stdout that is closed.
use std::fs::File;
use std::os::unix::io::FromRawFd;

fn main() {
    drop(unsafe { File::from_raw_fd(1) });
    loop {
        eprint!("{}", "x".repeat(65536));
    }
}
