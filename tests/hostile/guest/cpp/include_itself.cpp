// SPDX-License-Identifier: Apache-2.0
// Includes itself.
#include __FILE__

int main() {}
