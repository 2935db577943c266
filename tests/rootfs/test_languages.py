# SPDX-License-Identifier: Apache-2.0
"""The languages of a real image, by the commands that its manifest has for them."""

import functools
import json
import os
import re

from checks import Failure, check, contains, equal
from chroot import Chroot
from deep import DEEP
from programs import JUDGED, MODULES, PROGRAMS, SAYS, WRONG_TYPE

PROGRAM = "./.program"


def filled(command, entry, sources):
    words = []
    for word in command:
        words += sources if word == "{sources}" else [with_memory(word).replace("{entry}", entry).replace("{program}", PROGRAM)]
    return words


def with_memory(text):
    """As for a task with the default limit."""
    return text.replace("{heap_mib}", "640").replace("{stack_mib}", "384")


class Attempt:
    """A program of some files in a language; the first file is the entry."""

    def __init__(self, place, language, files):
        self.place, self.language, self.entry = place, language, next(iter(files))
        self.sources = [name for name in files if name.endswith(tuple(language["extensions"]))]
        place.write(files)

    def step(self, name, stdin=""):
        env = {name: with_memory(value) for name, value in self.language["env"].items()}
        return self.place.run(filled(self.language[name], self.entry, self.sources), env, stdin)

    def succeeds(self, name, stdin=""):
        ended = self.step(name, stdin)
        equal(ended.returncode, 0, f"status of '{name}', which says {ended.stdout}{ended.stderr}")
        return ended.stdout

    def fails(self, name):
        check(self.step(name).returncode != 0, f"'{name}' accepts a wrong program")


def says_version(image, language):
    with Chroot(image / "rootfs.ext4") as place:
        ended = place.run(language["version"])
        equal(ended.returncode, 0, f"status of its version, which says {ended.stderr}")
        for number in re.findall(r"\d+\.\d+", language["title"]):
            contains(ended.stdout, number, f"what it says, whose title is {language['title']}")


def runs_program(image, language):
    program = program_of(language)
    with Chroot(image / "rootfs.ext4") as place:
        attempt = Attempt(place, language, program.files)
        equal(attempt.entry, language["entry"], "the entry")
        for step in ("check", "compile"):
            if step in language:
                attempt.succeeds(step)
        equal(attempt.succeeds("run"), SAYS, "what it says")


def refuses_wrong(image, language):
    with Chroot(image / "rootfs.ext4") as place:
        attempt = Attempt(place, language, {language["entry"]: program_of(language).wrong})
        for step in {"check", "compile"} & set(language) or {"run"}:
            attempt.fails(step)


def checks_types(image, language):
    with Chroot(image / "rootfs.ext4") as place:
        attempt = Attempt(place, language, {language["entry"]: WRONG_TYPE})
        attempt.fails("check")
        attempt.succeeds("compile")


def finds_imports(_image, language):
    program = program_of(language)
    lines = program.files[language["entry"]].splitlines()
    expressions = [re.compile(expression) for expression in language["imports"]]
    found = {match[1] for line in lines for expression in expressions for match in expression.finditer(line)}
    equal(found, program.imports, "imports")


def tells_that_it_is_judged(image, language):
    with Chroot(image / "rootfs.ext4") as place:
        attempt = Attempt(place, language, {language["entry"]: JUDGED[language["name"]]})
        if "compile" in language:
            equal(attempt.succeeds("compile"), "", "what the compiler says")
        equal(attempt.succeeds("run"), "judged\n", "what it says")


def runs_modules(image, language):
    for files, says in MODULES[language["name"]]:
        with Chroot(image / "rootfs.ext4") as place:
            attempt = Attempt(place, language, files)
            for step in ("check", "compile"):
                if step in language:
                    attempt.succeeds(step)
            equal(attempt.succeeds("run"), says, f"what {files} says")


def recurses(image, language):
    depth = 100_000 if language["name"] == "python" else 1_000_000  # C's frames are larger
    with Chroot(image / "rootfs.ext4") as place:
        attempt = Attempt(place, language, {language["entry"]: DEEP[language["name"]]})
        if "compile" in language:
            attempt.succeeds("compile")
        equal(attempt.succeeds("run", f"{depth}\n"), f"{depth} {depth}\n", "how deep it came, in its first thread and in another")


def runs_its_tests(image, language):
    text = "pub fn twice(n: i32) -> i32 { 2 * n }\n#[test]\nfn right() { assert_eq!(twice(2), 4); }\n#[test]\nfn wrong() { assert_eq!(twice(2), 5); }\n"
    with Chroot(image / "rootfs.ext4") as place:
        place.write({"lib.rs": text})
        made = place.run(["rustc", "--edition", "2021", "--test", "-o", "tests", "lib.rs"])
        equal(made.returncode, 0, f"status of rustc, which says {made.stderr}")
        contains(place.run(["./tests"]).stdout, "test result: FAILED. 1 passed; 1 failed", "what its tests say")


def has_precompiled_header(image, language):
    with Chroot(image / "rootfs.ext4") as place:
        attempt = Attempt(place, language, {"main.cpp": PROGRAMS["cpp"].files["main.cpp"]})
        command = filled(language["compile"], attempt.entry, attempt.sources)
        contains(place.run([*command, "-H", "-c"]).stderr, "! /usr/include", "the headers that the compiler says that it read")


def program_of(language):
    if language["name"] not in PROGRAMS:
        raise Failure("there is no program in this language among the tests")
    return PROGRAMS[language["name"]]


def tests_of(image, language):
    yield "says its version", says_version
    yield "a program of two files", runs_program
    yield "a wrong program", refuses_wrong
    yield "imports", finds_imports
    yield "the program knows that it is judged", tells_that_it_is_judged
    yield "a stack is as large as memory, a thread's, too", recurses
    if language["name"] in MODULES:
        yield "modules", runs_modules
    if language["name"] == "rust":
        yield "its test harness", runs_its_tests
    if {"check", "compile"} <= set(language):
        yield "a wrong type", checks_types
    if language["name"] == "cpp":
        yield "the header of contests is precompiled", has_precompiled_header


def tests(image):
    why = "needs root, for mounts" if os.geteuid() != 0 else None
    if not (image / "manifest.json").exists():
        why = f"there is no {image}: run scripts/setup polyglot"
    if why:
        return [("languages: those of the image polyglot", lambda: why)]
    languages = json.loads((image / "manifest.json").read_text()).get("languages", [])
    return [("languages: at least the five that were promised", lambda: has_the_promised(languages))] + [
        (f"languages: {language['name']}: {name}", functools.partial(test, image, language))
        for language in languages for name, test in tests_of(image, language)]


def has_the_promised(languages):
    missing = {"python", "typescript", "csharp", "cpp", "rust"} - {language["name"] for language in languages}
    check(not missing, f"missing: {missing}")
