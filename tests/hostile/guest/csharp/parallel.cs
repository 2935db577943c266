// SPDX-License-Identifier: Apache-2.0
// Four threads add up 100,000 numbers; four tasks give their squares, in order.
using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

class Program {
    const int Share = 25000;

    static long AddUp() {
        long sum = 0;
        var threads = Enumerable.Range(0, 4).Select(part => new Thread(() => {
            for (int n = part * Share + 1; n <= (part + 1) * Share; ++n) Interlocked.Add(ref sum, n);
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        return sum;
    }

    static async Task<int> Square(int n) {
        await Task.Delay(10 * (4 - n));
        return n * n;
    }

    static void Main() {
        Console.WriteLine(AddUp());
        Console.WriteLine(string.Join(" ", Task.WhenAll(Enumerable.Range(0, 4).Select(Square)).Result));
    }
}
