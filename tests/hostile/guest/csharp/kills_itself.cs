// SPDX-License-Identifier: Apache-2.0
// Kills itself by a signal that nobody can catch.
using System.Diagnostics;
using System.Runtime.InteropServices;

class Program {
    [DllImport("libc")] static extern int kill(int pid, int signal);
    static void Main() { kill(Process.GetCurrentProcess().Id, 9); }
}
