// SPDX-License-Identifier: Apache-2.0
// The three most frequent words of stdin, and how often each is there.
using System;
using System.Collections.Generic;
using System.Linq;

class Program {
    static void Main() {
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (string line; (line = Console.ReadLine()) != null;) {
            foreach (var word in line.Split(new[] { ' ' }, StringSplitOptions.RemoveEmptyEntries)) {
                counts.TryGetValue(word, out int count);
                counts[word] = count + 1;
            }
        }
        foreach (var pair in counts.OrderByDescending(pair => pair.Value).Take(3)) Console.WriteLine($"{pair.Key} {pair.Value}");
    }
}
