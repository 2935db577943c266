// SPDX-License-Identifier: Apache-2.0
// Prints for ever.
fn main() {
    loop {
        println!("all work and no play makes Jack a dull boy");
    }
}
