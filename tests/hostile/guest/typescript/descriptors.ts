// SPDX-License-Identifier: Apache-2.0
// Opens files until it may open no more.
import { openSync } from "fs";

try {
  for (;;) openSync("/dev/null", "r");
} catch (error) {
  console.log((error as NodeJS.ErrnoException).code);
}
