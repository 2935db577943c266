// SPDX-License-Identifier: Apache-2.0
// Rejects a promise that nobody looks at.
console.log("before");
Promise.reject(new Error("nobody looks at it"));
