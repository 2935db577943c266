// SPDX-License-Identifier: Apache-2.0
// Complains for ever, a line when the one before is out.
function again(): void {
  process.stderr.write("error: too many errors ".repeat(50) + "\n", again);
}
again();
