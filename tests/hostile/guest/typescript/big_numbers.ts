// SPDX-License-Identifier: Apache-2.0
// Numbers that are larger than a machine's word.
const range = (n: number): bigint[] => Array.from({ length: n }, (_, i) => BigInt(i + 1));

console.log(String(2n ** 100n));
console.log(String(range(30).reduce((product, n) => product * n, 1n)));
console.log(String(range(100).reduce<[bigint, bigint]>(([a, b]) => [b, a + b], [0n, 1n])[0]));
