// SPDX-License-Identifier: Apache-2.0
// Keeps objects of the language's own in its heap.
const kept: number[][] = [];
for (;;) kept.push(new Array<number>(1 << 16).fill(kept.length));
