// SPDX-License-Identifier: Apache-2.0
// The three most frequent words of stdin, and how often each is there.
use std::cmp::Reverse;
use std::collections::HashMap;
use std::io::BufRead;

fn main() {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for line in std::io::stdin().lock().lines() {
        for word in line.unwrap().split_whitespace() {
            *counts.entry(word.to_string()).or_default() += 1;
        }
    }
    let mut order: Vec<_> = counts.into_iter().collect();
    order.sort_by_key(|(word, count)| (Reverse(*count), word.clone()));
    for (word, count) in order.iter().take(3) {
        println!("{word} {count}");
    }
}
