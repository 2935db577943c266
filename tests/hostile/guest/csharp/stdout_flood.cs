// SPDX-License-Identifier: Apache-2.0
// Prints for ever.
using System;

class Program {
    static void Main() {
        for (;;) Console.WriteLine(new string('x', 1000));
    }
}
