// SPDX-License-Identifier: Apache-2.0
// Stops itself, and nobody lets it go on.
console.log("about to");
process.kill(process.pid, "SIGSTOP");
console.log("goes on");
