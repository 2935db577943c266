// SPDX-License-Identifier: Apache-2.0
// The three most frequent words of stdin, and how often each is there.
import * as readline from "readline";

async function main(): Promise<void> {
  const counts = new Map<string, number>();
  for await (const line of readline.createInterface({ input: process.stdin })) {
    for (const word of line.split(/\s+/).filter(Boolean)) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const order = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  for (const [word, count] of order.slice(0, 3)) console.log(word, count);
}
main();
