// SPDX-License-Identifier: Apache-2.0
// Handles the signals that ask it to end, and does not.
for (const name of ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"] as const) process.on(name, () => console.log("no"));
setInterval(() => {}, 1000);
process.kill(process.pid, "SIGTERM");
console.log("about to");
