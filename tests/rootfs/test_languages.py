# SPDX-License-Identifier: Apache-2.0
"""The languages of a real image, by the commands that its manifest has for them."""

import functools
import json
import os
import re

from checks import Failure, check, contains, equal
from chroot import Chroot
from programs import PROGRAMS, SAYS, WRONG_TYPE

PROGRAM = "./.program"


def filled(command, entry, sources):
    words = []
    for word in command:
        words += sources if word == "{sources}" else [word.replace("{entry}", entry).replace("{program}", PROGRAM).replace("{heap_mib}", "640")]
    return words


class Attempt:
    """A program of some files in a language; the first file is the entry."""

    def __init__(self, place, language, files):
        self.place, self.language, self.entry = place, language, next(iter(files))
        self.sources = [name for name in files if name.endswith(tuple(language["extensions"]))]
        place.write(files)

    def step(self, name):
        return self.place.run(filled(self.language[name], self.entry, self.sources), self.language["env"])

    def succeeds(self, name):
        ended = self.step(name)
        equal(ended.returncode, 0, f"status of '{name}', which says {ended.stdout}{ended.stderr}")
        return ended.stdout

    def fails(self, name):
        check(self.step(name).returncode != 0, f"'{name}' accepts a wrong program")


def says_version(image, language):
    with Chroot(image / "rootfs.ext4") as place:
        ended = place.run(language["version"])
        equal(ended.returncode, 0, f"status of its version, which says {ended.stderr}")
        check(re.search(r"\d+\.\d+", ended.stdout), f"no version in {ended.stdout!r}")


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
