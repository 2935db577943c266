// SPDX-License-Identifier: Apache-2.0
// Aborts.
console.log("before");
process.abort();
