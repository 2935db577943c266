// SPDX-License-Identifier: Apache-2.0
// Finds, rearranges and counts by regular expressions.
const text = "ann@example.org, bob at example.org, or c.d@x.co.";

console.log([...text.matchAll(/[\w.]+@[\w.]+\w/g)].map(([found]) => found).join(" "));
console.log("Doe, John".replace(/(?<family>\w+), (?<given>\w+)/, "$<given> $<family>"));
console.log("a balloon for the committee, and a dog".match(/\b\w*(\w)\1\w*\b/g)?.length);
