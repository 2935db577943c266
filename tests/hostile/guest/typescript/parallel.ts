// SPDX-License-Identifier: Apache-2.0
// Four threads add up 100,000 numbers; four promises give their squares, in order.
import { Worker } from "worker_threads";

const SHARE = 25_000;
const ADD_UP = `const { parentPort, workerData: [begin, end] } = require("worker_threads");
let sum = 0; for (let n = begin; n <= end; ++n) sum += n; parentPort.postMessage(sum);`;

function addUp(part: number): Promise<number> {
  const workerData = [part * SHARE + 1, (part + 1) * SHARE];
  return new Promise((resolve, reject) => new Worker(ADD_UP, { eval: true, workerData }).on("message", resolve).on("error", reject));
}

const square = (n: number) => new Promise<number>((resolve) => setTimeout(() => resolve(n * n), 10 * (4 - n)));

async function main(): Promise<void> {
  const parts = await Promise.all([0, 1, 2, 3].map(addUp));
  console.log(parts.reduce((a, b) => a + b));
  console.log((await Promise.all([0, 1, 2, 3].map(square))).join(" "));
}
main();
