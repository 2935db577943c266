// SPDX-License-Identifier: Apache-2.0
// Four threads add up 100,000 numbers; four others send their squares, which are put in order.
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{mpsc, Arc};
use std::thread;

const SHARE: u64 = 25_000;

fn main() {
    let sum = Arc::new(AtomicU64::new(0));
    let add_up = |part: u64| {
        let sum = sum.clone();
        thread::spawn(move || {
            for n in part * SHARE + 1..=(part + 1) * SHARE {
                sum.fetch_add(n, Ordering::SeqCst);
            }
        })
    };
    let threads: Vec<_> = (0..4).map(add_up).collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    println!("{}", sum.load(Ordering::SeqCst));

    let (sender, receiver) = mpsc::channel();
    for n in 0..4 {
        let sender = sender.clone();
        thread::spawn(move || sender.send(n * n).unwrap());
    }
    drop(sender);
    let mut squares: Vec<i32> = receiver.iter().collect();
    squares.sort();
    println!("{}", squares.iter().map(i32::to_string).collect::<Vec<_>>().join(" "));
}
