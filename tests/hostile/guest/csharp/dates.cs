// SPDX-License-Identifier: Apache-2.0
// From one leap day to another: the days between, and its weekday; and the last day of February 2100, which is no leap year.
using System;
using System.Globalization;

class Program {
    static void Main() {
        var first = new DateTime(2000, 2, 29);
        var last = DateTime.ParseExact("2024-02-29", "yyyy-MM-dd", CultureInfo.InvariantCulture);
        Console.WriteLine((last - first).Days);
        Console.WriteLine(last.DayOfWeek);
        Console.WriteLine(new DateTime(2100, 3, 1).AddDays(-1).ToString("yyyy-MM-dd"));
    }
}
