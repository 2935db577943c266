// SPDX-License-Identifier: Apache-2.0
// Calls itself for ever in a thread, whose stack grows until there is no more memory.
fn deeper(depth: u64) -> u64 {
    let mut room = [depth; 512];
    unsafe { std::ptr::write_volatile(&mut room[7], depth) };
    deeper(depth + 1) + room[7]
}

fn main() {
    println!("{}", std::thread::spawn(|| deeper(0)).join().unwrap());
}
