// SPDX-License-Identifier: Apache-2.0
// Has no end.
class Program { static void Main() { int x = "text"; 
