// SPDX-License-Identifier: Apache-2.0
// Closes its stdout, and ends with 7.
import { closeSync, writeSync } from "fs";

writeSync(1, "before\n");
closeSync(1);
process.exit(7);
