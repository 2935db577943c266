// SPDX-License-Identifier: Apache-2.0
// How many primes there are below 100,000, and the largest of them.
fn main() {
    const END: usize = 100_000;
    let mut composite = vec![false; END];
    let mut primes = Vec::new();
    for n in 2..END {
        if !composite[n] {
            primes.push(n);
            (n * n..END).step_by(n).for_each(|multiple| composite[multiple] = true);
        }
    }
    println!("{} {}", primes.len(), primes.last().unwrap());
}
