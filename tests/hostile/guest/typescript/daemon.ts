// SPDX-License-Identifier: Apache-2.0
// Ends at once, but leaves a child in a session of its own that holds the pipes and never ends.
import { spawn } from "child_process";

const child = spawn("sleep", ["1000"], { detached: true, stdio: "inherit" });
child.unref();
console.log("the parent ends, its child lives:", child.pid !== undefined);
