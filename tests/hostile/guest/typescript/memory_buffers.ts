// SPDX-License-Identifier: Apache-2.0
// Keeps bytes that are outside the language's heap.
const kept: Buffer[] = [];
for (;;) kept.push(Buffer.alloc(16 << 20, 1));
