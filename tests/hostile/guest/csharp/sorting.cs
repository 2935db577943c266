// SPDX-License-Identifier: Apache-2.0
// Sorts the numbers of stdin; then each of them once, the largest first.
using System;
using System.Linq;

class Program {
    static void Main() {
        var numbers = Console.In.ReadToEnd().Split(new char[0], StringSplitOptions.RemoveEmptyEntries).Select(int.Parse).ToList();
        Console.WriteLine(string.Join(" ", numbers.OrderBy(n => n)));
        Console.WriteLine(string.Join(" ", numbers.Distinct().OrderByDescending(n => n)));
    }
}
