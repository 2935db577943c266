// SPDX-License-Identifier: Apache-2.0
// Locks twice what can be locked once.
use std::sync::Mutex;

fn main() {
    println!("about to");
    let lock = Mutex::new(0);
    let first = lock.lock().unwrap();
    let second = lock.lock().unwrap();
    println!("{}", *first + *second);
}
