// SPDX-License-Identifier: Apache-2.0
// Calls the kernel past the runtime, for what no program needs.
using System;
using System.Runtime.InteropServices;

class Program {
    [DllImport("libc", SetLastError = true)] static extern int mount(string source, string target, string type, ulong flags, string data);
    [DllImport("libc", SetLastError = true)] static extern int setuid(uint user);
    [DllImport("libc", SetLastError = true)] static extern int kill(int pid, int signal);
    [DllImport("libc", SetLastError = true)] static extern long ptrace(long request, long pid, long address, long data);
    [DllImport("libc", SetLastError = true)] static extern int reboot(int how);
    [DllImport("libc", SetLastError = true)] static extern int unshare(int what);
    [DllImport("libc", SetLastError = true)] static extern int sethostname(string name, ulong length);

    static void Must(long result) { if (result < 0) throw new Exception("refused"); }

    static int Main() {
        Attempt.At("mount", () => Must(mount("none", "/tmp", "tmpfs", 0, "")));
        Attempt.At("setuid", () => Must(setuid(0)));
        Attempt.At("kill 1", () => Must(kill(1, 9)));
        Attempt.At("ptrace", () => Must(ptrace(16, 1, 0, 0)));
        Attempt.At("reboot", () => Must(reboot(0x01234567)));
        Attempt.At("unshare", () => Must(unshare(0x10000000)));
        Attempt.At("sethostname", () => Must(sethostname("mine", 4)));
        return Attempt.Failed;
    }
}
