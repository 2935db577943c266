// SPDX-License-Identifier: Apache-2.0
// Computes for ever.
using System;

class Program {
    static void Main() {
        Console.WriteLine("about to");
        for (uint x = 1; ; x = x * 3 + 1) { if (x == 0) Console.WriteLine("never"); }
    }
}
