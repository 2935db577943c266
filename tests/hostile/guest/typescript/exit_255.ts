// SPDX-License-Identifier: Apache-2.0
// Ends with the largest exit code, while a timer is pending.
setInterval(() => {}, 1000);
process.exit(255);
