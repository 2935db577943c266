// SPDX-License-Identifier: Apache-2.0
// Takes memory that the runtime does not count, and touches it.
using System;
using System.Runtime.InteropServices;

class Program {
    static void Main() {
        for (;;) {
            IntPtr block = Marshal.AllocHGlobal(16 << 20);
            for (int i = 0; i < 16 << 20; i += 4096) Marshal.WriteByte(block, i, 1);
        }
    }
}
