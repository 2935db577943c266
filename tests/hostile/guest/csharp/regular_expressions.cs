// SPDX-License-Identifier: Apache-2.0
// Finds, rearranges and counts by regular expressions.
using System;
using System.Linq;
using System.Text.RegularExpressions;

class Program {
    static void Main() {
        var found = Regex.Matches("ann@example.org, bob at example.org, or c.d@x.co.", @"[\w.]+@[\w.]+\w").Cast<Match>();
        Console.WriteLine(string.Join(" ", found.Select(match => match.Value)));
        Console.WriteLine(Regex.Replace("Doe, John", @"(?<family>\w+), (?<given>\w+)", "${given} ${family}"));
        Console.WriteLine(Regex.Matches("a balloon for the committee, and a dog", @"\b\w*(\w)\1\w*\b").Count);
    }
}
