// SPDX-License-Identifier: Apache-2.0
// Keeps objects, and touches them.
using System.Collections.Generic;

class Program {
    static void Main() {
        var kept = new List<byte[]>();
        for (;;) {
            var block = new byte[4 << 20];
            for (int i = 0; i < block.Length; i += 4096) block[i] = 1;
            kept.Add(block);
        }
    }
}
