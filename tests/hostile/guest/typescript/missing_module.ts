// SPDX-License-Identifier: Apache-2.0
// Imports what is not there.
import { leftPad } from "left-pad";

console.log(leftPad("x", 3));
