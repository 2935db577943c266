// SPDX-License-Identifier: Apache-2.0
// Sequences that are made as they are asked for: Collatz's longest below 1000, ten primes, a Fibonacci number.
function* collatz(n: number): Generator<number> {
  while (n !== 1) yield (n = n % 2 === 0 ? n / 2 : 3 * n + 1);
}

function* primes(): Generator<number> {
  const found: number[] = [];
  for (let n = 2; ; ++n) {
    if (found.every((prime) => n % prime !== 0)) {
      found.push(n);
      yield n;
    }
  }
}

function* fibonacci(): Generator<number> {
  for (let [a, b] = [0, 1]; ; [a, b] = [b, a + b]) yield a;
}

function* take<T>(count: number, from: Iterable<T>): Generator<T> {
  for (const value of from) {
    if (count-- === 0) return;
    yield value;
  }
}

const length = (n: number): number => [...collatz(n)].length;
let longest = 1;
for (let n = 1; n < 1000; ++n) if (length(n) > length(longest)) longest = n;
console.log(longest, length(longest));
console.log([...take(10, primes())].reduce((a, b) => a + b));
for (const f of fibonacci()) {
  if (f > 1000) {
    console.log(f);
    break;
  }
}
