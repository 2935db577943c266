// SPDX-License-Identifier: Apache-2.0
// Forgets small things.
fn main() {
    for number in 0u64.. {
        std::mem::forget(Box::new([number; 16]));
    }
}
