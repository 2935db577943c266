// SPDX-License-Identifier: Apache-2.0
// Writes a file of numbers and their squares, reads it, renames it and lists its directory.
using System;
using System.IO;
using System.Linq;

class Program {
    static void Main() {
        var folder = Directory.CreateDirectory(Path.Combine("made", "here")).FullName;
        string before = Path.Combine(folder, "b.txt");
        using (var file = new StreamWriter(before)) {
            for (int n = 1; n <= 1000; ++n) file.WriteLine($"{n} {n * n}");
        }
        var squares = File.ReadLines(before).Select(line => long.Parse(line.Split(' ')[1])).ToList();
        Console.WriteLine("{0} {1}", squares.Count, squares.Sum());
        File.Move(before, Path.Combine(folder, "c.txt"));
        File.WriteAllText(Path.Combine(folder, "a.txt"), "");
        Console.WriteLine(string.Join(" ", Directory.GetFiles(folder).Select(Path.GetFileName).OrderBy(name => name)));
    }
}
