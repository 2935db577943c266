// SPDX-License-Identifier: Apache-2.0
// Reads and writes what is the machine's, and none of a program's business.
using System;
using System.IO;

class Program {
    static int Main() {
        foreach (var path in new[] { "/proc/1/mem", "/proc/1/environ", "/etc/shadow", "/dev/vda", "/dev/vport0p1", "/dev/kmsg" })
            Attempt.At("reading " + path, () => File.OpenRead(path).ReadByte());
        foreach (var path in new[] { "/etc/passwd", "/usr/bin/mono", "/proc/sys/kernel/hostname", "/proc/sysrq-trigger", "/init" })
            Attempt.At("writing " + path, () => File.AppendAllText(path, "x"));
        Attempt.At("another place", () => Directory.CreateDirectory("/var/tmp/mine"));
        return Attempt.Failed;
    }
}
