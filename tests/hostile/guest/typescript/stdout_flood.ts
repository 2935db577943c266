// SPDX-License-Identifier: Apache-2.0
// Prints for ever, a line when the one before is out: what is not out yet would be in the program's own memory.
function again(): void {
  process.stdout.write("x".repeat(1000) + "\n", again);
}
again();
