// SPDX-License-Identifier: Apache-2.0
// Is a word that becomes 10^9 words.
#define A(x) x x x x x x x x x x
#define B(x) A(x) A(x) A(x) A(x) A(x) A(x) A(x) A(x) A(x) A(x)
#define C(x) B(x) B(x) B(x) B(x) B(x) B(x) B(x) B(x) B(x) B(x)
#define D(x) C(C(C(x)))

int main() { int n = 0; D(++n;) return n == 0; }
