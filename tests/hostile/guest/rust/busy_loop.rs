// SPDX-License-Identifier: Apache-2.0
// Computes for ever.
fn main() {
    println!("about to");
    loop {}
}
