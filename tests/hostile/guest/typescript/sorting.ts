// SPDX-License-Identifier: Apache-2.0
// Sorts the numbers of stdin; then each of them once, the largest first.
import { readFileSync } from "fs";

const numbers: number[] = readFileSync(0, "utf8").trim().split(/\s+/).map(Number);
console.log([...numbers].sort((a, b) => a - b).join(" "));
console.log([...new Set(numbers)].sort((a, b) => b - a).join(" "));
