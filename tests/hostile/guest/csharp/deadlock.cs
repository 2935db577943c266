// SPDX-License-Identifier: Apache-2.0
// Two threads wait for each other.
using System;
using System.Threading;

class Program {
    static void Main() {
        object first = new object(), second = new object();
        var both = new Barrier(2);
        var other = new Thread(() => { lock (second) { both.SignalAndWait(); lock (first) { } } });
        other.Start();
        lock (first) {
            both.SignalAndWait();
            Console.WriteLine("about to");
            lock (second) { }
        }
    }
}
