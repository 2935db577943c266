// SPDX-License-Identifier: Apache-2.0
// For programs that attempt what must be refused, and say what came of it.
use std::sync::atomic::{AtomicI32, Ordering};

pub static FAILED: AtomicI32 = AtomicI32::new(0);

pub fn attempt<T, E>(what: &str, result: Result<T, E>) {
    println!("{} {}", what, if result.is_err() { "refused" } else { "SUCCEEDED" });
    if result.is_ok() {
        FAILED.store(1, Ordering::Relaxed);
    }
}

pub fn finish() -> ! {
    std::process::exit(FAILED.load(Ordering::Relaxed))
}
