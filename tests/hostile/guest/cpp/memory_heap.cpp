// SPDX-License-Identifier: Apache-2.0
// Takes and touches memory.
#include <cstring>

int main() {
  for (;;) memset(new char[16 << 20], 1, 16 << 20);
}
