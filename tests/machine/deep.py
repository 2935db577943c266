# SPDX-License-Identifier: Apache-2.0
"""For each language: a program that calls itself as often as it reads from stdin, in its first thread and then in another.

It prints how deep it came, twice. No compiler can turn these calls into a loop.
"""

DEEP = {
    # By the library's function each call is one of C's, too, and C's stack is the one that has a limit.
    "python": "import functools, sys, threading\nsys.setrecursionlimit(10**9)\n"
              "@functools.lru_cache(maxsize=0)\ndef depth(n): return depth(n - 1) + 1 if n else 0\n"
              "n = int(input())\nfound = [depth(n)]\nthread = threading.Thread(target=lambda: found.append(depth(n)))\n"
              "thread.start()\nthread.join()\nprint(*found)\n",
    "javascript": "const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');\n"
                  "const depth = (n) => (n ? depth(n - 1) + 1 : 0);\n"
                  "const n = isMainThread ? Number(require('fs').readFileSync(0, 'utf8')) : workerData;\nconst found = depth(n);\n"
                  "if (isMainThread) new Worker(__filename, { workerData: n }).on('message', (other) => console.log(found, other));\n"
                  "else parentPort.postMessage(found);\n",
    "typescript": "import { Worker, isMainThread, parentPort, workerData } from 'worker_threads';\nimport { readFileSync } from 'fs';\n"
                  "const depth = (n: number): number => (n ? depth(n - 1) + 1 : 0);\n"
                  "const n: number = isMainThread ? Number(readFileSync(0, 'utf8')) : workerData;\nconst found = depth(n);\n"
                  "if (isMainThread) new Worker(__filename, { workerData: n }).on('message', (other: number) => console.log(found, other));\n"
                  "else parentPort!.postMessage(found);\n",
    "csharp": "using System;\nusing System.Threading;\nclass Deep {\n  static int Depth(int n) { return n == 0 ? 0 : Depth(n - 1) + 1; }\n"
              "  static void Main() {\n    int n = int.Parse(Console.ReadLine()), found = Depth(n), other = 0;\n"
              "    var thread = new Thread(() => other = Depth(n));\n    thread.Start();\n    thread.Join();\n"
              "    Console.WriteLine(found + \" \" + other);\n  }\n}\n",
    "cpp": "#include <iostream>\n#include <thread>\n"
           "int depth(int n) { volatile int here[8] = {n}; return n ? depth(n - 1) + (here[0] == n) : 0; }\n"
           "int main() {\n  int n = 0, other = 0;\n  std::cin >> n;\n  int found = depth(n);\n"
           "  std::thread([&] { other = depth(n); }).join();\n  std::cout << found << ' ' << other << '\\n';\n}\n",
    "c": "#include <pthread.h>\n#include <stdio.h>\n"
         "static long depth(long n) { volatile long here[8] = {n}; return n ? depth(n - 1) + (here[0] == n) : 0; }\n"
         "static void* in_thread(void* n) { return (void*)depth((long)n); }\n"
         "int main(void) {\n  pthread_t thread;\n  void* other = 0;\n  long n = 0;\n  if (scanf(\"%ld\", &n) != 1) return 1;\n"
         "  long found = depth(n);\n  pthread_create(&thread, 0, in_thread, (void*)n);\n  pthread_join(thread, &other);\n"
         "  printf(\"%ld %ld\\n\", found, (long)other);\n}\n",
    "rust": "use std::hint::black_box;\nfn depth(n: i32) -> i32 {\n    let here = black_box([n; 8]);\n"
            "    if n == 0 { 0 } else { depth(n - 1) + black_box(here[7] - n + 1) }\n}\n"
            "fn main() {\n    let mut line = String::new();\n    std::io::stdin().read_line(&mut line).unwrap();\n"
            "    let n = line.trim().parse().unwrap();\n    let found = depth(n);\n"
            "    println!(\"{} {}\", found, std::thread::spawn(move || depth(n)).join().unwrap());\n}\n",
    "ruby": "def depth(n) = n == 0 ? 0 : depth(n - 1) + 1\nn = gets.to_i\nputs \"#{depth(n)} #{Thread.new { depth(n) }.value}\"\n",
}
