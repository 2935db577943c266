// SPDX-License-Identifier: Apache-2.0
// Ends with the largest exit code.
fn main() {
    std::process::exit(255);
}
