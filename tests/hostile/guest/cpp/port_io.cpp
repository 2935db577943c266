// SPDX-License-Identifier: Apache-2.0
// Resets the machine through the keyboard controller.
int main() { asm volatile("outb %0, %1" : : "a"(static_cast<char>(0xfe)), "Nd"(static_cast<short>(0x64))); }
