# SPDX-License-Identifier: Apache-2.0
"""The corpus: programs in five languages, and the verdict that each must get. test_corpus.py runs them.

A program is a file of its language's folder and a line here (README.md). A line says the file, the verdict (with the exit
code or signal), what it prints, and why it is here; then its limits, where they are not the usual ones (test_corpus.py),
its stdin, and what else a task has. QUICK are those that each run of the tests takes, a third; all are for
MAYFLY_TEST_CORPUS.
"""

from typing import NamedTuple

from guest import generated

MIB = 1 << 20
QUICK = True


class Says(NamedTuple):
    """What is somewhere in the outputs, the compiler's too."""
    text: str


class Refused(NamedTuple):
    """So many lines, each of them about an attempt that was refused."""
    lines: int


class Program(NamedTuple):
    path: str            # below this folder
    verdict: str         # "signalled 9", "nonzero_exit 3": with the number
    prints: object       # all of stdout (str, bytes), Says, Refused, or None: does not matter
    shows: str
    quick: bool = False
    stdin: str = ""
    source: object = None  # makes the bytes from the language's name, where there is no file
    check: bool = False
    limits: dict = {}

    @property
    def language(self):
        return self.path.split("/")[0]

    @property
    def name(self):
        return self.path.split("/")[1].split(".")[0]


def line(path, verdict, prints, shows, quick=False, stdin="", source=None, check=False, **limits):
    return Program(path, verdict, prints, shows, quick, stdin, source, check, limits)


BEGAN = "about to\n"

PYTHON = [
    line("python/busy_loop.py", "timeout", BEGAN, "computing has an end", QUICK),
    line("python/busy_children.py", "cpu_exceeded",
         None, "processor time is that of all processes", QUICK, cpu_ms=200, timeout_ms=6_000),
    line("python/sleep.py", "timeout", BEGAN, "sleeping has an end"),
    line("python/blocked_read.py", "timeout", BEGAN, "waiting has an end", QUICK),
    line("python/fork_bomb.py", "timeout", BEGAN, "processes are limited, and all killed", QUICK),
    line("python/thread_bomb.py", "timeout", BEGAN, "threads are limited", QUICK),
    line("python/memory_heap.py", "memory_exceeded", "", "memory is limited", QUICK),
    line("python/memory_children.py", "memory_exceeded", "", "all processes' memory counts together"),
    line("python/memory_shared.py", "memory_exceeded", "", "shared memory counts"),
    line("python/memory_tmpfs.py", "memory_exceeded", None, "files in memory count"),
    line("python/kills_itself_near_limit.py", "signalled 9", "", "nobody guesses from SIGKILL", QUICK),
    line("python/stdout_lines.py", "output_exceeded", Says("a dull boy"), "stdout is limited", QUICK, stdout_bytes=MIB),
    line("python/stdout_one_line.py", "output_exceeded", "x" * MIB, "a line may be as long as the limit", stdout_bytes=MIB),
    line("python/stdout_binary.py", "output_exceeded", None, "what is no text comes as base64", output_bytes=MIB),
    line("python/stdout_nul.py", "output_exceeded", "\0" * MIB, "NUL is a character", QUICK, output_bytes=MIB),
    line("python/stderr_flood.py", "output_exceeded", Says("too many errors"), "stderr is limited", QUICK, stderr_bytes=MIB),
    line("python/both_floods.py", "output_exceeded", None, "both together are limited", output_bytes=MIB),
    line("python/file_big.py", "disk_exceeded", "", "the disk is limited", QUICK, disk_bytes=32 * MIB),
    line("python/file_many.py", "disk_exceeded", "", "small files take space, too", disk_bytes=32 * MIB),
    line("python/file_too_long.py", "ok",
         "first 8 MiB: File too large\nsecond 8 MiB: File too large\n", "a file's length is limited", file_bytes=8 * MIB),
    line("python/inodes.py", "ok", "thousands No space left on device\n", "the number of files in memory is limited"),
    line("python/descriptors.py", "ok", "97 Too many open files\n", "descriptors are limited", QUICK, open_files=100),
    line("python/recursion.py", "nonzero_exit 1", Says("RecursionError"), "Python's own limit is an ordinary failure", QUICK),
    line("python/recursion_unlimited.py", "memory_exceeded", "", "recursion without Python's limit takes memory"),
    line("python/zombies.py", "ok", "255 Resource temporarily unavailable\n", "zombies count as processes", QUICK),
    line("python/daemon.py", "ok", "the parent ends\n", "nobody waits for who holds the pipes", QUICK),
    line("python/daemon_writes.py", "nonzero_exit 3", None, "the end is that of the first process"),
    line("python/closed_outputs.py", "timeout", BEGAN, "closed outputs are no end"),
    line("python/closed_stdout.py", "nonzero_exit 7", "before\n", "nor do they hide one", QUICK),
    line("python/stop_itself.py", "timeout", BEGAN, "a stopped process is killed", QUICK),
    line("python/ignore_signals.py", "timeout", BEGAN, "there is one that it cannot ignore"),
    line("python/kill_all.py", "ok", Refused(3), "nobody else is there to be killed", QUICK),
    line("python/agent_process.py", "ok", Refused(12), "the first process is not the agent, and closed", QUICK),
    line("python/agent_port.py", "ok", Refused(18), "the agent's port is out of reach", QUICK),
    line("python/forged_lines.py", "nonzero_exit 3",
         Says('{"id":3,"status":"exit","code":0,'), "what is printed is only printed", QUICK),
    line("python/find_token.py", "ok", "found []\n", "the token is nowhere to be read"),
    line("python/mounting.py", "ok", Refused(19), "there is no way to another root", QUICK),
    line("python/raw_disk.py", "ok", Refused(19), "the disk is out of reach", QUICK),
    line("python/sockets.py", "ok", Refused(12), "there is no network, nor the host", QUICK),
    line("python/clock.py", "ok", Refused(5), "the clock is not its own", QUICK),
    line("python/overwrite_itself.py", "ok", "['main.py', 'pipe', 'root']\n", "its directory is its own"),
    line("python/exit_255.py", "nonzero_exit 255", "", "exit codes are whole", QUICK),
    line("python/empty.py", "ok", "", "an empty text is a program", QUICK, source=generated.empty),
    line("python/long_source.py", "ok", "all read\n", "ten megabytes are one, too", QUICK, source=generated.long_source),
    line("python/invalid_text.py", "nonzero_exit 1",
         Says("Non-UTF-8"), "what is no text is the language's affair", source=generated.invalid_text),
    line("python/nested.py", "nonzero_exit 1",
         Says("too many nested"), "what is nested too deeply is, too", source=generated.nested),
]

# All signals that end a process; the others in this range do not (17, 18, 23, 28), or stop it (19 to 22).
DEADLY = (*range(1, 17), *range(24, 28), *range(29, 32), 34, 64)
USUAL = (1, 6, 8, 9, 11, 13, 15, 24, 25, 31, 64)
SIGNALS = [line(f"python/signal_{number}.py", f"signalled {number}", "", "the signal is known by its number", number in USUAL,
                source=lambda _, number=number: generated.killed_by(number)) for number in DEADLY]

TYPESCRIPT = [
    line("typescript/busy_loop.ts", "timeout", BEGAN, "computing has an end"),
    line("typescript/microtasks.ts", "timeout", BEGAN, "so has always having something to do"),
    line("typescript/timer.ts", "timeout", BEGAN, "so has having nothing to do"),
    line("typescript/backtracking.ts", "timeout", BEGAN, "so has a regular expression"),
    line("typescript/process_bomb.ts", "timeout", BEGAN, "processes are limited"),
    line("typescript/memory_heap.ts", "memory_exceeded", "", "the language's own heap is memory", QUICK),
    line("typescript/memory_buffers.ts", "memory_exceeded", "", "what is outside of it is, too"),
    line("typescript/stdout_flood.ts", "output_exceeded", Says("xxxx"), "stdout is limited", QUICK, output_bytes=MIB),
    line("typescript/stderr_flood.ts", "output_exceeded", Says("too many errors"), "stderr is limited", stderr_bytes=MIB),
    line("typescript/recursion.ts", "nonzero_exit 1",
         Says("Maximum call stack size exceeded"), "the language's own limit is an ordinary failure", QUICK),
    line("typescript/uncaught.ts", "nonzero_exit 1", "before\n", "what nobody catches is a failure"),
    line("typescript/exit_255.ts", "nonzero_exit 255", "", "exit codes are whole", QUICK),
    line("typescript/abort.ts", "signalled 6", "before\n", "an abort is a signal"),
    line("typescript/stop_itself.ts", "timeout", BEGAN, "a stopped process is killed"),
    line("typescript/ignore_signals.ts", "timeout", Says("about to"), "there is one that it cannot ignore"),
    line("typescript/closed_stdout.ts", "nonzero_exit 7", "before\n", "a closed stdout does not hide the end", QUICK),
    line("typescript/daemon.ts", "ok", "the parent ends, its child lives: true\n", "nobody waits for who holds the pipes"),
    line("typescript/descriptors.ts", "ok", "EMFILE\n", "descriptors are limited", open_files=100),
    line("typescript/forged_result.ts", "nonzero_exit 1", Says('"verdict":"ok"'), "what is printed is only printed", QUICK),
    line("typescript/files.ts", "ok", Refused(16), "the system is closed, or only read"),
    line("typescript/sockets.ts", "ok", Refused(6), "there is no network"),
    line("typescript/kill_others.ts", "ok", Refused(4), "nobody else is there to be killed"),
    line("typescript/missing_module.ts", "compile_error", Says("left-pad"), "what is not there is an error of the program", QUICK),
    line("typescript/import_zero.ts", "compile_error", None, "the compiler's memory is limited", compile_ms=6_000),
    line("typescript/type_recursion.ts", "compile_error", None, "the checker's time is limited", check=True, compile_ms=6_000),
    line("typescript/empty.ts", "ok", "", "an empty text is a program", QUICK, source=generated.empty),
    line("typescript/long_source.ts", "ok", "all read\n", "ten megabytes are one, too", source=generated.long_source),
    line("typescript/invalid_text.ts", "ok", "\ufffd\ufffd\ufffd\n", "what is no text is replaced", source=generated.invalid_text),
]

CSHARP = [
    line("csharp/busy_loop.cs", "timeout", BEGAN, "computing has an end"),
    line("csharp/deadlock.cs", "timeout", BEGAN, "waiting has an end"),
    line("csharp/thread_stays.cs", "timeout", "Main returns\n", "the end of Main is none while a thread goes on", QUICK),
    line("csharp/thread_bomb.cs", "timeout", BEGAN, "threads are limited"),
    line("csharp/process_bomb.cs", "timeout", BEGAN, "processes are limited"),
    line("csharp/memory_heap.cs", "memory_exceeded", "", "the language's own heap is memory", QUICK),
    line("csharp/memory_unmanaged.cs", "memory_exceeded", "", "what is outside of it is, too"),
    line("csharp/stdout_flood.cs", "output_exceeded", Says("xxxx"), "stdout is limited", output_bytes=MIB),
    line("csharp/recursion.cs", "memory_exceeded", "", "the stack grows until there is no more memory"),
    line("csharp/unhandled.cs", "nonzero_exit 1", Says("NullReferenceException"), "what nobody catches is a failure"),
    line("csharp/exit_255.cs", "nonzero_exit 255", "", "exit codes are whole"),
    line("csharp/fail_fast.cs", "signalled 6", None, "an abort is a signal"),
    line("csharp/kills_itself.cs", "signalled 9", "", "a kill is not for want of memory"),
    line("csharp/files.cs", "ok", Refused(12), "the system is closed, or only read", QUICK),
    line("csharp/native_calls.cs", "ok", Refused(7), "what the runtime does not offer is refused, too"),
    line("csharp/sockets.cs", "ok", Refused(5), "there is no network"),
    line("csharp/generic_recursion.cs", "compile_error", Says("CS0146"), "types without an end are an error"),
    line("csharp/not_a_program.cs", "compile_error", Says("CS1525"), "so is a text that ends too soon", QUICK),
    line("csharp/empty.cs", "compile_error", Says("CS5001"), "so is an empty one", source=generated.empty),
    line("csharp/long_source.cs", "ok", "all read\n", "ten megabytes are a program", source=generated.long_source),
    line("csharp/invalid_text.cs", "ok", "\ufffd\ufffd\ufffd\n", "what is no text is replaced", source=generated.invalid_text),
]

CPP = [
    line("cpp/busy_loop.cpp", "timeout", BEGAN, "computing has an end"),
    line("cpp/blocked_read.cpp", "timeout", BEGAN, "waiting has an end"),
    line("cpp/fork_bomb.cpp", "timeout", BEGAN, "processes are limited", QUICK),
    line("cpp/fork_run_away.cpp", "timeout", BEGAN, "none is too quick to be killed"),
    line("cpp/thread_bomb.cpp", "timeout", BEGAN, "threads are limited"),
    line("cpp/cpu_time.cpp", "cpu_exceeded", "", "processor time of those that ended counts", cpu_ms=200, timeout_ms=6_000),
    line("cpp/memory_heap.cpp", "memory_exceeded", "", "memory is limited", memory_bytes=512 * MIB),
    line("cpp/memory_stack.cpp", "memory_exceeded",
         "", "the stack grows until there is no more memory", QUICK, memory_bytes=128 * MIB),
    line("cpp/memory_mmap.cpp", "memory_exceeded", "", "mappings count when they are filled", memory_bytes=128 * MIB),
    line("cpp/memory_memfd.cpp", "memory_exceeded", "", "files without a name count", QUICK, memory_bytes=128 * MIB),
    line("cpp/page_cache.cpp", "ok",
         "256 MiB\n", "what the kernel keeps of files is no reason to be killed", QUICK, memory_bytes=64 * MIB),
    line("cpp/reserve.cpp", "ok", "42\n", "addresses are not limited"),
    line("cpp/null_pointer.cpp", "signalled 11", "", "a wrong address is a signal"),
    line("cpp/abort.cpp", "signalled 6", Says("nobody catches it"), "an exception that nobody catches is one, too"),
    line("cpp/divide.cpp", "signalled 8", "", "so is a division by zero"),
    line("cpp/exit_255.cpp", "nonzero_exit 255", "", "exit codes are whole"),
    line("cpp/at_exit.cpp", "timeout", BEGAN, "what comes after main has an end, too"),
    line("cpp/stdout_flood.cpp", "output_exceeded", Says("a dull boy"), "stdout is limited", stdout_bytes=MIB),
    line("cpp/page_sized_stderr.cpp", "output_exceeded", "", "a byte more than may be is too much", stderr_bytes=65536),
    line("cpp/descriptors.cpp", "ok", "1021\n", "descriptors are limited"),
    line("cpp/daemon.cpp", "nonzero_exit 4", "", "nobody waits for who holds the pipes"),
    line("cpp/system_calls.cpp", "ok", Refused(21), "what no program needs is refused", QUICK),
    line("cpp/interrupt_80.cpp", "signalled 11", "", "the other way into the kernel is closed"),
    line("cpp/privileged.cpp", "signalled 11", "", "the processor's privileges are the kernel's"),
    line("cpp/port_io.cpp", "signalled 11", "", "so are its ports"),
    line("cpp/template_recursion.cpp", "compile_error",
         Says("instantiation depth"), "the compiler's own limit is an ordinary error"),
    line("cpp/template_tree.cpp", "compile_error", None, "its memory or time is limited", compile_ms=3_000),
    line("cpp/include_zero.cpp", "compile_error", None, "its memory is limited", QUICK),
    line("cpp/include_itself.cpp", "compile_error", Says("exceeds maximum"), "its own limit is an ordinary error"),
    line("cpp/include_secret.cpp", "compile_error", Says("Permission denied"), "it reads no more than the program could", QUICK),
    line("cpp/incbin.cpp", "compile_error", Says("/dev/vda"), "nor does the assembler"),
    line("cpp/macros.cpp", "compile_error", None, "its memory or time is limited", compile_ms=3_000),
    line("cpp/constant_loop.cpp", "compile_error", Says("iteration count"), "its own limit is an ordinary error"),
    line("cpp/huge_array.cpp", "compile_error", None, "the length of what it writes is limited"),
    line("cpp/many_numbers.cpp", "ok", "199999\n", "a long text is no bomb", source=generated.many_numbers),
    line("cpp/empty.cpp", "compile_error", Says("main"), "an empty text is no program", source=generated.empty),
    line("cpp/long_source.cpp", "ok", "all read\n", "ten megabytes are one", source=generated.long_source),
    line("cpp/invalid_text.cpp", "ok", b"\xff\xfe\x80\n", "what is no text comes out as it is", source=generated.invalid_text),
]

RUST = [
    line("rust/busy_loop.rs", "timeout", BEGAN, "computing has an end"),
    line("rust/deadlock.rs", "timeout", BEGAN, "waiting has an end"),
    line("rust/thread_bomb.rs", "timeout", BEGAN, "threads are limited"),
    line("rust/process_bomb.rs", "timeout", None, "processes are limited", QUICK),
    line("rust/memory_heap.rs", "memory_exceeded", "", "memory is limited", QUICK, memory_bytes=128 * MIB),
    line("rust/memory_leak.rs", "memory_exceeded", "", "small things add up", memory_bytes=128 * MIB),
    line("rust/recursion.rs", "memory_exceeded", "", "the stack grows until there is no more memory", memory_bytes=128 * MIB),
    line("rust/recursion_thread.rs", "memory_exceeded", "", "so does a thread's", memory_bytes=128 * MIB),
    line("rust/panic.rs", "nonzero_exit 101", "before\n", "a panic is an ordinary failure"),
    line("rust/abort.rs", "signalled 6", "before\n", "an abort is a signal"),
    line("rust/exit_255.rs", "nonzero_exit 255", "", "exit codes are whole"),
    line("rust/stdout_flood.rs", "output_exceeded", Says("a dull boy"), "stdout is limited", output_bytes=MIB),
    line("rust/stdout_closed_flood.rs", "output_exceeded", "", "stderr is, though stdout is closed", output_bytes=MIB),
    line("rust/file_big.rs", "disk_exceeded", "", "what counts is space, not length", QUICK, disk_bytes=32 * MIB),
    line("rust/files.rs", "ok", Refused(14), "the system is closed, or only read"),
    line("rust/sockets.rs", "ok", Refused(6), "there is no network"),
    line("rust/foreign_calls.rs", "ok", Refused(6), "what the language does not offer is refused, too", QUICK),
    line("rust/macro_recursion.rs", "compile_error", None, "the compiler's memory or time is limited", compile_ms=3_000),
    line("rust/constant_loop.rs", "compile_error", None, "its time is limited", compile_ms=3_000),
    line("rust/include_zero.rs", "compile_error", None, "its memory is limited", compile_ms=6_000),
    line("rust/huge_array.rs", "compile_error", None, "its memory is limited", compile_ms=6_000),
    line("rust/type_recursion.rs", "compile_error", Says("recursion limit"), "its own limit is an ordinary error"),
    line("rust/empty.rs", "compile_error", Says("main"), "an empty text is no program", source=generated.empty),
    line("rust/long_source.rs", "ok", "all read\n", "ten megabytes are one", source=generated.long_source),
    line("rust/invalid_text.rs", "compile_error", Says("UTF-8"), "what is no text is none", source=generated.invalid_text),
]

HOSTILE = PYTHON + SIGNALS + TYPESCRIPT + CSHARP + CPP + RUST

# What benign programs are given, and what they print: the same in every language.
SORTING = ("5 3 9 -1 3 1000000 0\n", "-1 0 3 3 5 9 1000000\n1000000 9 5 3 0 -1\n")
WORD_COUNT = ("the quick brown fox\njumps over the lazy dog\nthe fox\n", "the 3\nfox 2\nbrown 1\n")
BIG_NUMBERS = ("", "1267650600228229401496703205376\n265252859812191058636308480000000\n354224848179261915075\n")
QUEENS = ("", "4 92\n")
DATES = ("", "8766\nThursday\n2100-02-28\n")
JSON_REPORT = ('[{"name":"tea","cents":150,"count":2},{"name":"cake","cents":25,"count":4}]', '{"tea":300,"cake":100,"total":400}\n')
REGEXES = ("", "ann@example.org c.d@x.co\nJohn Doe\n2\n")
THREADS = ("", "5000050000\n0 1 4 9\n")
FILES = ("", "1000 333833500\na.txt c.txt\n")
GENERATORS = ("", "871 178\n129\n1597\n")
HASHES = ("", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\nd41d8cd98f00b204e9800998ecf8427e\nTWFu\n")
PRIMES = ("", "9592 99991\n")
SHORTEST_PATH = ("", "30 15\n")
CHECKSUM = ("", "cbf43926\neßörG 5 7\nGRÖSSE\n")


def benign(path, given, shows, quick=False):
    stdin, prints = given
    return line(path, "ok", prints, shows, quick, stdin)


BENIGN = [
    benign("python/sorting.py", SORTING, "lists, sets", QUICK),
    benign("python/word_count.py", WORD_COUNT, "text, counters", QUICK),
    benign("python/big_numbers.py", BIG_NUMBERS, "integers of any size, memoization", QUICK),
    benign("python/queens.py", QUEENS, "recursion", QUICK),
    benign("python/dates.py", DATES, "calendar", QUICK),
    benign("python/json_report.py", JSON_REPORT, "JSON", QUICK),
    benign("python/regular_expressions.py", REGEXES, "regular expressions", QUICK),
    benign("python/parallel.py", THREADS, "threads, asyncio", QUICK),
    benign("python/own_files.py", FILES, "files, folders"),
    benign("python/sequences.py", GENERATORS, "generators"),

    benign("typescript/sorting.ts", SORTING, "arrays, sets", QUICK),
    benign("typescript/word_count.ts", WORD_COUNT, "lines of stdin, maps"),
    benign("typescript/big_numbers.ts", BIG_NUMBERS, "bigint", QUICK),
    benign("typescript/queens.ts", QUEENS, "recursion, sets"),
    benign("typescript/dates.ts", DATES, "dates, locales"),
    benign("typescript/json_report.ts", JSON_REPORT, "JSON, interfaces", QUICK),
    benign("typescript/regular_expressions.ts", REGEXES, "regular expressions"),
    benign("typescript/parallel.ts", THREADS, "workers, promises", QUICK),
    benign("typescript/own_files.ts", FILES, "files, folders"),
    benign("typescript/sequences.ts", GENERATORS, "generators"),

    benign("csharp/sorting.cs", SORTING, "LINQ", QUICK),
    benign("csharp/word_count.cs", WORD_COUNT, "lines of stdin, sorted dictionary"),
    benign("csharp/big_numbers.cs", BIG_NUMBERS, "BigInteger"),
    benign("csharp/queens.cs", QUEENS, "recursion, lists"),
    benign("csharp/dates.cs", DATES, "dates"),
    benign("csharp/regular_expressions.cs", REGEXES, "regular expressions"),
    benign("csharp/parallel.cs", THREADS, "threads, tasks"),
    benign("csharp/own_files.cs", FILES, "files, folders"),
    benign("csharp/sequences.cs", GENERATORS, "iterators, tuples"),
    benign("csharp/hashes.cs", HASHES, "cryptography, encodings"),

    benign("cpp/sorting.cpp", SORTING, "ranges, iterators, sets"),
    benign("cpp/word_count.cpp", WORD_COUNT, "strings, maps, projections"),
    benign("cpp/big_numbers.cpp", BIG_NUMBERS, "vectors"),
    benign("cpp/queens.cpp", QUEENS, "recursion, bitsets", QUICK),
    benign("cpp/dates.cpp", DATES, "chrono"),
    benign("cpp/primes.cpp", PRIMES, "vector<bool>"),
    benign("cpp/shortest_path.cpp", SHORTEST_PATH, "priority queue, tuples"),
    benign("cpp/parallel.cpp", THREADS, "threads, atomics, futures"),
    benign("cpp/own_files.cpp", FILES, "filesystem, streams"),
    benign("cpp/sequences.cpp", GENERATORS, "coroutines"),

    benign("rust/sorting.rs", SORTING, "vectors, sets"),
    benign("rust/word_count.rs", WORD_COUNT, "lines of stdin, hash maps", QUICK),
    benign("rust/big_numbers.rs", BIG_NUMBERS, "traits, operators"),
    benign("rust/queens.rs", QUEENS, "recursion"),
    benign("rust/primes.rs", PRIMES, "iterators"),
    benign("rust/shortest_path.rs", SHORTEST_PATH, "binary heap"),
    benign("rust/parallel.rs", THREADS, "threads, channels"),
    benign("rust/own_files.rs", FILES, "files, folders, errors"),
    benign("rust/sequences.rs", GENERATORS, "iterators"),
    benign("rust/checksum.rs", CHECKSUM, "bits, Unicode"),
]
