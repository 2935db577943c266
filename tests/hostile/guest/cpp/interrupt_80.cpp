// SPDX-License-Identifier: Apache-2.0
// Calls the kernel as 32-bit programs do, with other numbers: getpid, then exit with 0.
int main() {
  long answer = 20;
  asm volatile("int $0x80" : "+a"(answer) : : "memory");
  return 0;
}
