// SPDX-License-Identifier: Apache-2.0
// Kills what it can reach but itself: there is nobody.
import { attempt } from "./attempt";

async function main(): Promise<void> {
  await attempt("kill 1", () => process.kill(1, "SIGKILL"));
  await attempt("kill -1", () => process.kill(-1, "SIGKILL"));
  await attempt("kill of a group", () => process.kill(-3, "SIGKILL"));
  await attempt("a better place in the queue", () => require("os").setPriority(-20));
}
main();
