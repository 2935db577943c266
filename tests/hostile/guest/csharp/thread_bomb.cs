// SPDX-License-Identifier: Apache-2.0
// Makes threads that sleep, and goes on trying.
using System;
using System.Threading;

class Program {
    static void Main() {
        Console.WriteLine("about to");
        for (;;) {
            try { new Thread(() => Thread.Sleep(Timeout.Infinite), 1 << 16).Start(); } catch (Exception) { }
        }
    }
}
