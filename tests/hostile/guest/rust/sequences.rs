// SPDX-License-Identifier: Apache-2.0
// Sequences that are made as they are asked for: Collatz's longest below 1000, ten primes, a Fibonacci number.
use std::iter::successors;

fn collatz(n: u64) -> impl Iterator<Item = u64> {
    successors(Some(n), |&n| match n {
        1 => None,
        n if n % 2 == 0 => Some(n / 2),
        n => Some(3 * n + 1),
    })
    .skip(1)
}

fn main() {
    let longest = (1..1000).rev().max_by_key(|&n| collatz(n).count()).unwrap();
    println!("{} {}", longest, collatz(longest).count());
    let primes = (2..).filter(|n| (2..*n).all(|d| n % d != 0));
    println!("{}", primes.take(10).sum::<u32>());
    let mut fibonacci = successors(Some((0, 1)), |&(a, b)| Some((b, a + b))).map(|(a, _)| a);
    println!("{}", fibonacci.find(|&f| f > 1000).unwrap());
}
