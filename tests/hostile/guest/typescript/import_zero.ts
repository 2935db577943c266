// SPDX-License-Identifier: Apache-2.0
// Imports a file that never ends.
import zero from "/dev/zero";

console.log(zero);
