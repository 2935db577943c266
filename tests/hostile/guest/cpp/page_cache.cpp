// SPDX-License-Identifier: Apache-2.0
// Writes and reads a file twice as large as its memory may be: what the kernel keeps of it is no reason to kill it.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

int main() {
  static char block[1 << 20] = {1};
  long sum = 0;
  const int file = open("big", O_RDWR | O_CREAT, 0600);
  for (int i = 0; i < 128; ++i) sum += write(file, block, sizeof block);
  lseek(file, 0, SEEK_SET);
  for (long got; (got = read(file, block, sizeof block)) > 0;) sum += got;
  std::printf("%ld MiB\n", sum >> 20);
}
