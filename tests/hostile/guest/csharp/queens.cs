// SPDX-License-Identifier: Apache-2.0
// In how many ways 6, and 8, queens can stand on a board of that size.
using System;
using System.Collections.Generic;
using System.Linq;

class Program {
    static bool Free(List<int> board, int column) =>
        !board.Where((c, row) => c == column || Math.Abs(c - column) == board.Count - row).Any();

    static int Place(int n, List<int> board) {
        if (board.Count == n) return 1;
        return Enumerable.Range(0, n).Where(c => Free(board, c)).Sum(c => Place(n, board.Append(c).ToList()));
    }

    static void Main() { Console.WriteLine("{0} {1}", Place(6, new List<int>()), Place(8, new List<int>())); }
}
