# SPDX-License-Identifier: Apache-2.0
"""Programs of the corpus that cannot well be a file: each function makes the bytes of one."""

TEN_MEGABYTES = 10_000_000
COMMENT = {"python": b"# ", "typescript": b"// ", "csharp": b"// ", "cpp": b"// ", "rust": b"// "}
SHORT = {
    "python": b"print('all read')\n",
    "typescript": b"console.log('all read');\n",
    "csharp": b'class P { static void Main() { System.Console.WriteLine("all read"); } }\n',
    "cpp": b'#include <cstdio>\nint main() { std::puts("all read"); }\n',
    "rust": b'fn main() { println!("all read"); }\n'}


def empty(_language):
    return b""


def long_source(language):
    """Ten megabytes of remarks, and a short program behind them."""
    line = COMMENT[language] + b"x" * 76 + b"\n"
    return line * (TEN_MEGABYTES // len(line)) + SHORT[language]


def invalid_text(language):
    """A program that prints bytes which are no UTF-8."""
    return SHORT[language].replace(b"all read", b"\xff\xfe\x80")


def killed_by(number):
    """A program that gets a signal which nobody handles or ignores."""
    text = f"import os, signal\n\nsignal.signal({number}, signal.SIG_DFL)\nos.kill(os.getpid(), {number})\n"
    uncatchable = "import os\n\nos.kill(os.getpid(), 9)\n"
    return (uncatchable if number == 9 else text).encode()


def nested(_language):
    """Ten thousand lists, each in the one before it."""
    return b"[" * 10_000


def many_numbers(_language):
    """A constant array of 200,000 numbers, of which the last is printed."""
    numbers = b",".join(b"%d" % n for n in range(200_000))
    return (b"#include <cstdio>\nconst int numbers[] = {" + numbers + b"};\n"
            b'int main(int count, char**) { std::printf("%d\\n", numbers[199998 + count]); }\n')
