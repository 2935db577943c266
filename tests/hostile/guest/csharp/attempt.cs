// SPDX-License-Identifier: Apache-2.0
// For programs that attempt what must be refused, and say what came of it.
using System;

static class Attempt {
    public static int Failed = 0;

    // Prints whether it was refused: it was, if `action` throws.
    public static void At(string what, Action action) {
        bool refused = false;
        try { action(); } catch (Exception) { refused = true; }
        Console.WriteLine(what + (refused ? " refused" : " SUCCEEDED"));
        if (!refused) Failed = 1;
    }
}
