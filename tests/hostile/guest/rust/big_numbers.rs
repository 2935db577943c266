// SPDX-License-Identifier: Apache-2.0
// Numbers that are larger than a machine's word: of nine decimal digits a word.
use std::fmt;
use std::ops::{Add, Mul};

const BASE: u64 = 1_000_000_000;

#[derive(Clone)]
struct Big(Vec<u64>);

impl Big {
    fn settled(mut self) -> Big {
        let mut carry = 0;
        for word in &mut self.0 {
            carry += *word;
            *word = carry % BASE;
            carry /= BASE;
        }
        if carry > 0 {
            self.0.push(carry);
        }
        self
    }
}

impl Mul<u64> for Big {
    type Output = Big;
    fn mul(self, factor: u64) -> Big {
        Big(self.0.into_iter().map(|word| word * factor).collect()).settled()
    }
}

impl Add<&Big> for Big {
    type Output = Big;
    fn add(mut self, other: &Big) -> Big {
        self.0.resize(self.0.len().max(other.0.len()), 0);
        self.0.iter_mut().zip(&other.0).for_each(|(word, more)| *word += more);
        self.settled()
    }
}

impl fmt::Display for Big {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        let (first, rest) = self.0.split_last().unwrap();
        write!(out, "{first}")?;
        rest.iter().rev().try_for_each(|word| write!(out, "{word:09}"))
    }
}

fn main() {
    let one = || Big(vec![1]);
    println!("{}", (0..100).fold(one(), |power, _| power * 2));
    println!("{}", (1..=30).fold(one(), |product, n| product * n));
    println!("{}", (0..100).fold((Big(vec![0]), one()), |(a, b), _| (b.clone(), a + &b)).0);
}
