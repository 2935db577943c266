// SPDX-License-Identifier: Apache-2.0
// Digests that standards give as examples: SHA-256 of "abc", and MD5 of nothing, in hexadecimal; and base64 of "Man".
using System;
using System.Linq;
using System.Security.Cryptography;
using System.Text;

class Program {
    static string Hex(byte[] bytes) => string.Concat(bytes.Select(b => b.ToString("x2")));

    static void Main() {
        using (var sha = SHA256.Create()) Console.WriteLine(Hex(sha.ComputeHash(Encoding.ASCII.GetBytes("abc"))));
        using (var md5 = MD5.Create()) Console.WriteLine(Hex(md5.ComputeHash(new byte[0])));
        Console.WriteLine(Convert.ToBase64String(Encoding.ASCII.GetBytes("Man")));
    }
}
