// SPDX-License-Identifier: Apache-2.0
// Is a macro that calls itself with ever more words.
macro_rules! deeper {
    ($($word:tt)*) => { deeper!($($word)* $($word)* x) };
}

fn main() {
    deeper!(x);
}
