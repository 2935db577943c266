// SPDX-License-Identifier: Apache-2.0
// Aborts.
fn main() {
    println!("before");
    std::process::abort();
}
