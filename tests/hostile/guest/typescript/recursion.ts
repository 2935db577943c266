// SPDX-License-Identifier: Apache-2.0
// Calls itself for ever.
const deeper = (depth: number): number => deeper(depth + 1) + 1;
console.log(deeper(0));
