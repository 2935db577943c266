// SPDX-License-Identifier: Apache-2.0
// Computes for ever.
console.log("about to");
for (;;) { /* nothing */ }
