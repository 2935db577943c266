// SPDX-License-Identifier: Apache-2.0
// Does the machine keep the flags of an instruction that computes them and then faults in memory? Emulated by
// QEMU 7.2 as it is, the answer is no; with patches/01-flags-before-fault.patch, and on a real processor, yes.
//
//   gcc -O1 -static -o flags qemu/flags.c
//   mayfly --accel tcg --qemu PATH run --file flags:flags -- ./flags     says "wrong: 0 of 2000", exit status 0
#include <stdio.h>
#include <sys/mman.h>

enum { rounds = 1000 };

static char *fresh_page(void) {
  return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

// -1 is not greater than 0: whatever the store does, the branch behind it must be taken.
static int setcc_goes_wrong(char *page) {
  long wrong = 1;
  __asm__ volatile("test %2, %2\n\tsetg (%1)\n\tjle 1f\n\tjmp 2f\n1:\txor %0, %0\n2:"
                   : "+&r"(wrong) : "r"(page), "r"(-1L) : "memory", "cc");
  return (int)wrong;
}

// The carry that comes from before must be rotated into the fresh page's zero.
static int rcl_goes_wrong(char *page) {
  __asm__ volatile("mov $-1, %%rax\n\tadd $1, %%rax\n\trclq $1, (%0)" : : "r"(page) : "rax", "memory", "cc");
  return *(long *)page != 1;
}

int main(void) {
  int wrong = 0;
  for (int i = 0; i < rounds; ++i) {
    char *first = fresh_page(), *second = fresh_page();
    wrong += setcc_goes_wrong(first) + rcl_goes_wrong(second);
    munmap(first, 4096);
    munmap(second, 4096);
  }
  printf("wrong: %d of %d\n", wrong, 2 * rounds);
  return wrong != 0;
}
