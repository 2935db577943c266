// SPDX-License-Identifier: Apache-2.0
// Has a type whose base is ever larger types.
class Larger<T> : Larger<Larger<Larger<T>>> { }

class Program {
    static void Main() { System.Console.WriteLine(new Larger<int>()); }
}
