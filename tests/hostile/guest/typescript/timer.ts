// SPDX-License-Identifier: Apache-2.0
// Never ends, as a timer is always pending, but computes nothing.
console.log("about to");
setInterval(() => {}, 1000);
