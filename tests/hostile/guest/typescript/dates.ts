// SPDX-License-Identifier: Apache-2.0
// From one leap day to another: the days between, and its weekday; and the last day of February 2100, which is no leap year.
const DAY = 24 * 60 * 60 * 1000;
const first = new Date(Date.UTC(2000, 1, 29));
const last = new Date("2024-02-29T00:00:00Z");

console.log((last.getTime() - first.getTime()) / DAY);
console.log(last.toLocaleDateString("en-US", { weekday: "long", timeZone: "UTC" }));
console.log(new Date(Date.UTC(2100, 2, 1) - DAY).toISOString().slice(0, 10));
