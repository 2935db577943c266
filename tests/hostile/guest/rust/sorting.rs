// SPDX-License-Identifier: Apache-2.0
// Sorts the numbers of stdin; then each of them once, the largest first.
use std::collections::BTreeSet;
use std::io::Read;

fn joined<'a>(numbers: impl Iterator<Item = &'a i64>) -> String {
    numbers.map(|n| n.to_string()).collect::<Vec<_>>().join(" ")
}

fn main() {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).unwrap();
    let mut numbers: Vec<i64> = text.split_whitespace().map(|word| word.parse().unwrap()).collect();
    numbers.sort_unstable();
    println!("{}", joined(numbers.iter()));
    println!("{}", joined(numbers.iter().collect::<BTreeSet<_>>().into_iter().rev()));
}
