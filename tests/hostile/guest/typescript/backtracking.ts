// SPDX-License-Identifier: Apache-2.0
// Matches a regular expression that takes a time exponential in the length of the text.
console.log("about to");
console.log(/^(a+)+$/.test("a".repeat(60) + "b"));
