// SPDX-License-Identifier: Apache-2.0
// The CRC-32 that all name as example, of the digits 1 to 9; text, backwards, and how many characters and bytes it has.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 })
    })
}

fn main() {
    println!("{:08x}", crc32(b"123456789"));
    let text = "Größe";
    println!("{} {} {}", text.chars().rev().collect::<String>(), text.chars().count(), text.len());
    println!("{}", text.to_uppercase());
}
