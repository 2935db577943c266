// SPDX-License-Identifier: Apache-2.0
// Has an array of 8 GiB, all of which must be in the program.
static NUMBERS: [u64; 1 << 30] = [7; 1 << 30];

fn main() {
    println!("{}", NUMBERS[std::env::args().count()]);
}
