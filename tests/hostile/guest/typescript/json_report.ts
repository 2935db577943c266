// SPDX-License-Identifier: Apache-2.0
// Adds up what is bought, in JSON from stdin to stdout.
import { readFileSync } from "fs";

interface Item { name: string; cents: number; count: number }

const bought: Item[] = JSON.parse(readFileSync(0, "utf8"));
const report: Record<string, number> = Object.fromEntries(bought.map(({ name, cents, count }) => [name, cents * count]));
const total = Object.values(report).reduce((a, b) => a + b, 0);
console.log(JSON.stringify({ ...report, total }));
