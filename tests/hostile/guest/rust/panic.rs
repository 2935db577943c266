// SPDX-License-Identifier: Apache-2.0
// Panics.
fn main() {
    let empty: Vec<i32> = std::env::args().skip(100).map(|word| word.len() as i32).collect();
    println!("before");
    println!("{}", empty[0]);
}
