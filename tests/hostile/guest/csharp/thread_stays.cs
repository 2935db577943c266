// SPDX-License-Identifier: Apache-2.0
// Main returns, but a thread goes on.
using System;
using System.Threading;

class Program {
    static void Main() {
        new Thread(() => Thread.Sleep(Timeout.Infinite)).Start();
        Console.WriteLine("Main returns");
    }
}
