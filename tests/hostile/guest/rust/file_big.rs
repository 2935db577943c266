// SPDX-License-Identifier: Apache-2.0
// Writes one big file, with a hole in its middle.
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};

fn main() {
    let mut file = File::create("big").unwrap();
    file.seek(SeekFrom::Start(1 << 40)).unwrap();
    loop {
        if let Err(error) = file.write_all(&[1; 1 << 20]) {
            println!("{}", error);
            std::process::exit(1);
        }
    }
}
