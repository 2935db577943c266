// SPDX-License-Identifier: Apache-2.0
// Makes threads that sleep, and goes on trying.
use std::thread::{park, Builder};

fn main() {
    println!("about to");
    loop {
        let _ = Builder::new().spawn(|| loop {
            park();
        });
    }
}
