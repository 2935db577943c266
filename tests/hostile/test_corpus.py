# SPDX-License-Identifier: Apache-2.0
"""The corpus of hostile and benign programs (guest/corpus.py): every verdict is right, and nothing is left.

Each group runs as one batch. Usually a fixed third of the corpus runs; with MAYFLY_TEST_CORPUS=N all of it, N times in a
row. A line on stderr says of each round how many programs got which verdict, and how long they took.
"""

import base64
import collections
import os
import sys
import time
from pathlib import Path

from guest import corpus
from guest.corpus import Refused, Says
from harness import by_id, check, equal, test
from test_languages import need_polyglot

FULL = "MAYFLY_TEST_CORPUS" in os.environ
ROUNDS = int(os.environ.get("MAYFLY_TEST_CORPUS", "1"))
LANGUAGES = ("python", "typescript", "csharp", "cpp", "rust")
FOLDER = Path(corpus.__file__).parent
HELPER = "attempt"  # goes with the programs that name it
HELPER_SUFFIX = {".cpp": ".h"}

# Limits are what they would be on a processor; an emulated one takes some ten times as long, and --time-factor makes up
# for it. Of programs that end by themselves, and of those that do not.
EMULATED = 10
PATIENT = {"timeout_ms": 18_000, "compile_ms": 30_000}
ENDLESS_MS = {"python": 800, "typescript": 2_000, "csharp": 1_000, "cpp": 500, "rust": 500}
# What Node.js needs for itself comes on top: then all languages' machines have the size of the compilers'.
MEMORY_BYTES = 448 << 20


def time_factor(t):
    return t.setting.slow(EMULATED if t.setting.accelerator == "tcg" else 1)


def limits_of(program):
    times = PATIENT | ({"timeout_ms": ENDLESS_MS[program.language]} if program.verdict == "timeout" else {})
    return {"memory_bytes": MEMORY_BYTES} | times | program.limits


def text_of(program):
    return program.source(program.language) if program.source else (FOLDER / program.path).read_bytes()


def encoded(data):
    return base64.b64encode(data).decode()


def program_files(program, text):
    """The program alone, or with the helper that it names."""
    if HELPER.encode() not in text.lower():
        return {"source_base64": encoded(text)}
    suffix = Path(program.path).suffix
    helper = Path(program.language) / f"{HELPER}{HELPER_SUFFIX.get(suffix, suffix)}"
    return {"files": [{"path": f"main{suffix}", "base64": encoded(text)},
                      {"path": helper.name, "base64": encoded((FOLDER / helper).read_bytes())}]}


def task_of(program):
    task = {"id": program.name, "image": "polyglot", "language": program.language, "stdin": program.stdin,
            "limits": limits_of(program)} | program_files(program, text_of(program))
    return task | ({"check": True} if program.check else {})


def output(record, name):
    if f"{name}_base64" in record:
        return base64.b64decode(record[f"{name}_base64"])
    return record.get(name, "").encode()


def all_outputs(record):
    places = [record, record.get("check", {}), record.get("compile", {})]
    return b"\n".join(output(place, name) for place in places for name in ("stdout", "stderr"))


def verdict_of(record):
    number = {"signalled": record.get("signal"), "nonzero_exit": record.get("exit_code")}.get(record["verdict"])
    return record["verdict"] if number is None else f"{record['verdict']} {number}"


def prints_right(prints, record):
    out = output(record, "stdout")
    if isinstance(prints, Says):
        return prints.text.encode() in all_outputs(record)
    if isinstance(prints, Refused):
        lines = out.decode().splitlines()
        return len(lines) == prints.lines and all(line.endswith(" refused") for line in lines)
    return prints is None or out == (prints.encode() if isinstance(prints, str) else prints)


def is_right(program, record):
    return verdict_of(record) == program.verdict and prints_right(program.prints, record)


def shortened(value):
    """A record for people: its long texts cut."""
    if isinstance(value, dict):
        return {name: shortened(inner) for name, inner in value.items() if name not in ("isolation", "provenance")}
    return value if not isinstance(value, str) or len(value) < 400 else f"{value[:300]} … ({len(value)} characters)"


def summary(records, seconds):
    verdicts = collections.Counter(record["verdict"] for record in records)
    counts = ", ".join(f"{count} {verdict}" for verdict, count in verdicts.most_common())
    compiling = sum(record.get("compile", {}).get("usage", {}).get("wall_ms", 0) for record in records) / 1000
    running = sum(record["timing"].get("exec_ms", 0) for record in records) / 1000
    return f"{len(records)} programs in {seconds:.0f} s: {counts}; compilers {compiling:.0f} s, programs {running:.0f} s"


def run_round(t, group, number, programs):
    start = time.monotonic()
    ended = t.batch([task_of(program) for program in programs], "--time-factor", str(time_factor(t)), "-j", "2", "--retries", "0")
    found = by_id(ended.records())
    said = summary(found.values(), time.monotonic() - start)
    print(f"corpus: {group}, round {number} of {ROUNDS}: {said}", file=sys.stderr, flush=True)
    equal(set(found), {program.name for program in programs}, "programs with a result")
    equal({record["isolation"].get("time_factor", 1) for record in found.values()}, {time_factor(t)}, "time factors in receipts")
    wrong = [f"{program.path}: want {program.verdict}, {program.prints!r:.200}; got {shortened(found[program.name])}"
             for program in programs if not is_right(program, found[program.name])]
    check(not wrong, f"{len(wrong)} of {len(programs)} are wrong:\n" + "\n".join(wrong))
    equal(ended.status, 0, "status: no failure of the infrastructure")


@test("each program of the folder is in the table, once, and the usual third is one")
def table(_t):
    programs = corpus.HOSTILE + corpus.BENIGN
    listed = sorted(program.path for program in programs if not program.source)
    there = sorted(str(path.relative_to(FOLDER)) for language in LANGUAGES for path in (FOLDER / language).iterdir()
                   if path.stem != HELPER and path.is_file())
    equal(listed, there, "programs that are files")
    check(len({program.path for program in programs}) == len(programs), "a name is there twice")
    share = sum(program.quick for program in programs) / len(programs)
    check(0.3 < share < 0.37, f"the usual share of the corpus is {share:.2f}")


for kind, all_programs in (("hostile", corpus.HOSTILE), ("benign", corpus.BENIGN)):
    for language in LANGUAGES:
        @test(f"{kind} {language}", limit=5400 if FULL else 900)
        def group(t, name=f"{kind} {language}", chosen=all_programs, language=language):
            need_polyglot(t)
            programs = [program for program in chosen if program.language == language and (FULL or program.quick)]
            for number in range(1, ROUNDS + 1):
                run_round(t, name, number, programs)
