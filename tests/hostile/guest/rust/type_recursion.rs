// SPDX-License-Identifier: Apache-2.0
// Needs a function for ever larger types.
fn larger<T>(value: T, depth: u64) {
    if depth > 0 {
        larger((value, 1), depth - 1);
    }
}

fn main() {
    larger(0, std::env::args().count() as u64);
}
