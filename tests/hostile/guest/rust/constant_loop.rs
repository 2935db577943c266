// SPDX-License-Identifier: Apache-2.0
// Has the compiler compute for ever.
const fn forever() -> u64 {
    let mut x = 1u64;
    while x != 0 {
        x = x * 3 % 1_000_003 + 1;
    }
    x
}

const ANSWER: u64 = forever();

fn main() {
    println!("{}", ANSWER);
}
