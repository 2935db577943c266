// SPDX-License-Identifier: Apache-2.0
// In how many ways 6, and 8, queens can stand on a board of that size.
function place(n: number, row = 0, taken: ReadonlySet<string> = new Set()): number {
  if (row === n) return 1;
  let ways = 0;
  for (let c = 0; c < n; ++c) {
    const lines = [`|${c}`, `/${row + c}`, `\\${row - c}`];
    if (!lines.some((line) => taken.has(line))) ways += place(n, row + 1, new Set([...taken, ...lines]));
  }
  return ways;
}

console.log(place(6), place(8));
