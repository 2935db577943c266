// SPDX-License-Identifier: Apache-2.0
// Starts processes that sleep, and goes on trying.
import { spawn } from "child_process";

console.log("about to");
function again(): void {
  spawn("sleep", ["1000"]).on("error", () => {});
  setImmediate(again);
}
again();
