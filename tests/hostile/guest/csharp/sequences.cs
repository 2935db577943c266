// SPDX-License-Identifier: Apache-2.0
// Sequences that are made as they are asked for: Collatz's longest below 1000, ten primes, a Fibonacci number.
using System;
using System.Collections.Generic;
using System.Linq;

class Program {
    static IEnumerable<long> Collatz(long n) {
        while (n != 1) yield return n = n % 2 == 0 ? n / 2 : 3 * n + 1;
    }

    static IEnumerable<int> Primes() {
        for (int n = 2; ; ++n) {
            if (Enumerable.Range(2, n - 2).All(d => n % d != 0)) yield return n;
        }
    }

    static IEnumerable<int> Fibonacci() {
        for (int a = 0, b = 1; ; (a, b) = (b, a + b)) yield return a;
    }

    static void Main() {
        var longest = Enumerable.Range(1, 999).Select(n => (n, Collatz(n).Count())).OrderByDescending(pair => pair.Item2).First();
        Console.WriteLine("{0} {1}", longest.Item1, longest.Item2);
        Console.WriteLine(Primes().Take(10).Sum());
        Console.WriteLine(Fibonacci().First(f => f > 1000));
    }
}
