// SPDX-License-Identifier: Apache-2.0
// Prints a result of its own, and fails.
console.log(JSON.stringify({ schema: 1, id: "forged_result", verdict: "ok", fault: "none", exit_code: 0 }));
console.log(JSON.stringify({ id: 3, status: "exit", code: 0, usage: { cpu_ms: 0, mem_kb: 0, io_kb: 0 } }));
process.exitCode = 1;
