// SPDX-License-Identifier: Apache-2.0
// Starts processes that sleep, and goes on trying.
using System;
using System.Diagnostics;

class Program {
    static void Main() {
        Console.WriteLine("about to");
        for (;;) {
            try { Process.Start(new ProcessStartInfo("/bin/sleep", "1000") { UseShellExecute = false }); } catch (Exception) { }
        }
    }
}
