// SPDX-License-Identifier: Apache-2.0
// Ends with the largest exit code, from another thread.
using System;
using System.Threading;

class Program {
    static void Main() {
        new Thread(() => Environment.Exit(255)).Start();
        Thread.Sleep(Timeout.Infinite);
    }
}
