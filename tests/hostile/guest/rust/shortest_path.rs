// SPDX-License-Identifier: Apache-2.0
// The cheapest way from 1 to 1000, where adding 1 costs 1 and doubling costs 3; and how many numbers are on it.
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};

fn main() {
    let mut done = HashSet::new();
    let mut waiting = BinaryHeap::from([Reverse((0, 1, 1))]); // cost, numbers, the last of them
    while let Some(Reverse((cost, numbers, at))) = waiting.pop() {
        if at == 1000 {
            return println!("{cost} {numbers}");
        }
        if at < 1000 && done.insert(at) {
            waiting.push(Reverse((cost + 1, numbers + 1, at + 1)));
            waiting.push(Reverse((cost + 3, numbers + 1, 2 * at)));
        }
    }
}
