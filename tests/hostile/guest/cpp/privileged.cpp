// SPDX-License-Identifier: Apache-2.0
// Switches the machine's interrupts off, by the instruction for that.
int main() { asm volatile("cli"); }
