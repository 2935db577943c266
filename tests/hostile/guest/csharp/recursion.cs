// SPDX-License-Identifier: Apache-2.0
// Calls itself for ever.
using System;

class Program {
    static int Deeper(int depth) { return Deeper(depth + 1) + depth; }
    static void Main() { Console.WriteLine(Deeper(0)); }
}
