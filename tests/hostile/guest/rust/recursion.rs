// SPDX-License-Identifier: Apache-2.0
// Calls itself for ever, in the first thread: its stack grows until there is no more memory.
fn deeper(depth: u64) -> u64 {
    let mut room = [depth; 512];
    unsafe { std::ptr::write_volatile(&mut room[7], depth) };
    deeper(depth + 1) + room[7]
}

fn main() {
    println!("{}", deeper(0));
}
