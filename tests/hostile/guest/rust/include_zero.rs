// SPDX-License-Identifier: Apache-2.0
// Includes a file that never ends.
static ZERO: &[u8] = include_bytes!("/dev/zero");

fn main() {
    println!("{}", ZERO.len());
}
