# SPDX-License-Identifier: Apache-2.0
"""For each language: a program of two files that says "hello world 42", what it imports, and one that is wrong."""

from typing import NamedTuple

SAYS = "hello world 42\n"


class Program(NamedTuple):
    files: dict  # the first is the entry
    imports: set
    wrong: str  # a text that no compiler accepts, or that fails at once where there is none


PROGRAMS = {
    "python": Program({
        "main.py": "import sys, json as j\nimport greeting\nfrom math import sqrt\n"
                   "sys.stdout.write(greeting.greet(int(sqrt(1764))) + '\\n')\n",
        "greeting.py": "def greet(n):\n    return f'hello world {n}'\n"},
        {"sys", "json", "greeting", "math"}, "def main(:\n"),
    "typescript": Program({
        "main.ts": "import { greet } from './lib/greeting';\nimport * as fs from 'fs';\nconst n: number = 42;\n"
                   "fs.writeSync(1, greet(n) + '\\n');\n",
        "lib/greeting.ts": "export function greet(n: number): string {\n  return `hello world ${n}`;\n}\n"},
        {"./lib/greeting", "fs"}, "const x: = 5;\n"),
    "javascript": Program({
        "main.js": "const { greet } = require('./greeting');\nconsole.log(greet(42));\n",
        "greeting.js": "exports.greet = (n) => `hello world ${n}`;\n"},
        {"./greeting"}, "const x = = 5;\n"),
    "csharp": Program({
        "main.cs": "using System;\nusing System.Linq;\nusing System.Numerics;\nusing System.Threading.Tasks;\nclass Program {\n"
                   "  static void Main() {\n    var n = Task.Run(() => Enumerable.Range(1, 3).Sum() * new BigInteger(7)).Result;\n"
                   "    Console.WriteLine(Greeting.Greet((int)n));\n  }\n}\n",
        "greeting.cs": "static class Greeting { public static string Greet(int n) => $\"hello world {n}\"; }\n"},
        {"System", "System.Linq", "System.Numerics", "System.Threading.Tasks"}, "class Program { static void Main() { int x = \"\"; } }\n"),
    "cpp": Program({
        "main.cpp": "#include <bits/stdc++.h>\nstd::string greet(int);\nint main() {\n  std::vector v{40, 41, 42};\n"
                    "  std::cout << greet(*std::ranges::max_element(v)) << std::endl;\n}\n",
        "greeting.cc": "#include <string>\nstd::string greet(int n) { return \"hello world \" + std::to_string(n); }\n"},
        {"bits/stdc++.h"}, "int main() { return \"\"; }\n"),
    "c": Program({
        "main.c": "#include \"greeting.h\"\n#include <math.h>\nint main(int argc, char **argv) {\n"
                  "  (void)argv;\n  greet((int)sqrt(1763.0 + argc));\n}\n",
        "greeting.c": "#include \"greeting.h\"\n#include <stdio.h>\nvoid greet(int n) { printf(\"hello world %d\\n\", n); }\n",
        "greeting.h": "void greet(int n);\n"},
        {"greeting.h", "math.h"}, "int main(void) { return x; }\n"),
    "rust": Program({
        "main.rs": "use std::collections::HashMap;\nmod greeting;\nfn main() {\n"
                   "    let m: HashMap<i32, i32> = (0..50).map(|x| (x, x)).collect();\n    println!(\"{}\", greeting::greet(m[&42]));\n}\n",
        "greeting.rs": "pub fn greet(n: i32) -> String {\n    format!(\"hello world {}\", n)\n}\n"},
        {"std"}, "fn main() { let x: i32 = \"\"; }\n"),
    "ruby": Program({
        "main.rb": "require 'set'\nrequire_relative 'greeting'\nputs greet(Set.new([40, 42]).max)\n",
        "greeting.rb": "def greet(n) = \"hello world #{n}\"\n"},
        {"set", "greeting"}, "def (\n"),
}

# Right for a compiler that takes types away, wrong for one that checks them.
WRONG_TYPE = "const x: number = 'text';\nconsole.log(x);\n"
