// SPDX-License-Identifier: Apache-2.0
// In how many ways 6, and 8, queens can stand on a board of that size.
fn place(n: usize, board: &mut Vec<usize>) -> usize {
    let row = board.len();
    if row == n {
        return 1;
    }
    let mut ways = 0;
    for column in 0..n {
        let free = board.iter().enumerate().all(|(r, &c)| c != column && c.abs_diff(column) != row - r);
        if free {
            board.push(column);
            ways += place(n, board);
            board.pop();
        }
    }
    ways
}

fn main() {
    println!("{} {}", place(6, &mut vec![]), place(8, &mut vec![]));
}
