// SPDX-License-Identifier: Apache-2.0
// Always has one more thing to do before it would look at its timers.
const again = (): Promise<void> => Promise.resolve().then(again);
setTimeout(() => process.exit(0), 100);
console.log("about to");
again();
