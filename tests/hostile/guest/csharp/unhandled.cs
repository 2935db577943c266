// SPDX-License-Identifier: Apache-2.0
// Throws what nobody catches.
using System;

class Program {
    static void Main() {
        Console.WriteLine("before");
        int[] none = null;
        Console.WriteLine(none.Length);
    }
}
