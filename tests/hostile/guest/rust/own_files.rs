// SPDX-License-Identifier: Apache-2.0
// Writes a file of numbers and their squares, reads it, renames it and lists its directory.
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::Path;

fn main() -> io::Result<()> {
    let folder = Path::new("made/here");
    fs::create_dir_all(folder)?;
    let mut file = BufWriter::new(File::create(folder.join("b.txt"))?);
    for n in 1..=1000 {
        writeln!(file, "{} {}", n, n * n)?;
    }
    drop(file);
    let (mut count, mut sum) = (0, 0);
    for line in BufReader::new(File::open(folder.join("b.txt"))?).lines() {
        count += 1;
        sum += line?.split_once(' ').and_then(|(_, square)| square.parse::<u64>().ok()).unwrap();
    }
    println!("{count} {sum}");
    fs::rename(folder.join("b.txt"), folder.join("c.txt"))?;
    File::create(folder.join("a.txt"))?;
    let mut names = fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().into_string().unwrap())).collect::<io::Result<Vec<_>>>()?;
    names.sort();
    println!("{}", names.join(" "));
    Ok(())
}
