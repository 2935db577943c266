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

# Print "judged" if the language has told them so: by what it defines, or by the environment where it has nothing of the kind.
JUDGED = {
    "python": "import os\nprint('judged' if os.environ.get('ONLINE_JUDGE') else 'not')\n",
    "javascript": "console.log(process.env.ONLINE_JUDGE ? 'judged' : 'not');\n",
    "typescript": "console.log(process.env.ONLINE_JUDGE ? 'judged' : 'not');\n",
    "csharp": "class P {\n  static void Main() {\n#if ONLINE_JUDGE\n    System.Console.WriteLine(\"judged\");\n#endif\n  }\n}\n",
    "cpp": "#include <cstdio>\nint main() {\n#ifdef ONLINE_JUDGE\n  puts(\"judged\");\n#endif\n}\n",
    "c": "#include <stdio.h>\nint main(void) {\n#ifdef ONLINE_JUDGE\n  puts(\"judged\");\n#endif\n}\n",
    "rust": "#[cfg(ONLINE_JUDGE)]\nfn main() { println!(\"judged\"); }\n#[cfg(not(ONLINE_JUDGE))]\nfn main() {}\n",
    "ruby": "puts ENV['ONLINE_JUDGE'] ? 'judged' : 'not'\n",
}

# Programs of modules as the standard has them: their files, the first of them the entry, and what they print.
MODULES = {
    "javascript": [
        ({"main.js": "import { readFileSync } from 'fs';\nconst found = await Promise.resolve(typeof readFileSync);\nconsole.log(found);\n"},
         "function\n"),
        ({"main.js": "import { twice } from './twice.js';\nconsole.log(twice(4));\n", "twice.js": "export const twice = (n) => 2 * n;\n"}, "8\n"),
        ({"main.mjs": "import twice from './twice.mjs';\nimport once from './once.cjs';\nconsole.log(twice(once(4)));\n",
          "twice.mjs": "export default (n) => 2 * n;\n", "once.cjs": "module.exports = (n) => n;\n"}, "8\n"),
        ({"main.js": "import { twice } from './twice.js';\nconsole.log(twice(4), typeof require);\n",
          "twice.js": "export const twice = (n) => 2 * n;\n", "package.json": "{\"type\":\"module\"}"}, "8 undefined\n"),
        ({"main.js": "const text = 'import x from y; export default 1';\nconsole.log(typeof require, text.length);\n"}, "function 33\n"),
    ],
    "typescript": [
        ({"main.ts": "const found: number = await Promise.resolve(4);\nconsole.log(found);\n"}, "4\n"),
        ({"main.ts": "import { twice } from './lib/twice';\nconst { basename } = require('path');\nenum Kind { one = 1, two }\n"
                     "console.log(twice(await Promise.resolve(Kind.two)), Kind[1], basename('/a/b'), __dirname === process.cwd());\n",
          "lib/twice.ts": "import fs = require('fs');\nexport const twice = (n: number): number => fs.existsSync('/') ? 2 * n : 0;\n"},
         "4 one b true\n"),
        ({"main.ts": "console.log(import.meta.url.startsWith('file:'));\n"}, "true\n"),
        ({"main.ts": "import * as fs from 'fs';\nconst path = require('path');\n"
                     "console.log(typeof fs.readFileSync, path.basename('/a/b'), require.main === module);\n"}, "function b true\n"),
        ({"main.ts": "console.log('old');\n", "package.json": "{\"type\":\"module\"}"}, "old\n"),
    ],
}
