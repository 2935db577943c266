// SPDX-License-Identifier: Apache-2.0
// Numbers that are larger than a machine's word.
using System;
using System.Linq;
using System.Numerics;

class Program {
    static BigInteger Fibonacci(int n) {
        BigInteger a = 0, b = 1;
        while (n-- > 0) (a, b) = (b, a + b);
        return a;
    }

    static void Main() {
        Console.WriteLine(BigInteger.Pow(2, 100));
        Console.WriteLine(Enumerable.Range(1, 30).Aggregate(BigInteger.One, (product, n) => product * n));
        Console.WriteLine(Fibonacci(100));
    }
}
