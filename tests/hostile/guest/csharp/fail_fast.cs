// SPDX-License-Identifier: Apache-2.0
// Aborts.
using System;

class Program {
    static void Main() {
        Console.WriteLine("before");
        Environment.FailFast("on purpose");
    }
}
