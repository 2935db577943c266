# SPDX-License-Identifier: Apache-2.0
"""rootfs/read-languages: every file that is there can be read, and whatever is wrong is refused, with its place."""

import importlib.machinery
import importlib.util
import json
import re
import subprocess
import tempfile
from pathlib import Path
from types import SimpleNamespace

from checks import check, contains, equal

ROOTFS = Path(__file__).resolve().parents[2] / "rootfs"
GOOD = """# A language.
title Good 1
alias g
extension .good
entry main.good
compile make-good -o {program} {sources}
run {program}.bin --of {entry}
version make-good --version
env PLACE=/a=b c
import ^use (\\w+)
factor time 1.5
reserve memory 1024
processes 3
prestart WAIT=/a
package good-compiler
warm true && true
"""
READ = {"name": "x", "title": "Good 1", "aliases": ["g"], "extensions": [".good"], "entry": "main.good",
        "compile": ["make-good", "-o", "{program}", "{sources}"], "run": ["{program}.bin", "--of", "{entry}"],
        "version": ["make-good", "--version"], "env": {"PLACE": "/a=b c"}, "imports": ["^use (\\w+)"],
        "factors": {"time": 1.5, "memory": 1}, "reserve": {"memory_bytes": 1024}, "processes": 3,
        "warmup": ["true && true"], "prestart": {"WAIT": "/a"}}
# A line, and what is said of it.
WRONG = {
    "title": "says nothing",
    "speed 3": "is not a statement",
    "title Again": "said before",
    "run again": "said before",
    "alias C Plus": "a name in small letters",
    "extension good": "a dot and a name",
    "check look {file}": "no placeholder {file}",
    "check look {sources": "no placeholder {sources",
    "check look --all={sources}": "a word of its own",
    "env PLACE": "NAME=VALUE",
    "env 1=2": "NAME=VALUE",
    "env PLACE={entry}": "no placeholder {entry}",
    "prestart now": "NAME=VALUE",
    "import ^use (": "not a regular expression",
    "import ^use": "one group",
    "import (a)(b)": "one group",
    "factor speed 2": "no factor on 'speed'",
    "factor time fast": "a number from 1",
    "factor time 0.5": "a number from 1",
    "factor memory nan": "a number from 1",
    "reserve disk 5": "no reserve of 'disk'",
    "reserve memory -1": "a number from 0",
    "reserve memory 1.5": "a number from 0",
    "processes 5000": "was said before",
    "package Good": "name of a package",
    "package a b": "name of a package",
    "purge ../x": "name of a package",
    "install x": "a file beside",
    "install /x /y": "a file beside",
    "remove usr/share": "begins with /",
    "remove /usr/../etc": "begins with /",
    "warm": "says nothing",
    "prepare": "says nothing",
}


def load(path):
    loader = importlib.machinery.SourceFileLoader("read_languages", str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


READER = load(ROOTFS / "read-languages")


def read(*texts, names=("x", "y")):
    """What the reader makes of such files: `languages`, or None; and what it says, which a script would print as it ends."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{name}.language" for name, _ in zip(names, texts)]
        for path, text in zip(paths, texts):
            path.write_text(text)
        try:
            return SimpleNamespace(languages=READER.read_all(paths), says="")
        except SystemExit as end:
            return SimpleNamespace(languages=None, says=str(end))


def refused(ended, *parts):
    check(ended.languages is None, f"it is accepted, and should not be: {parts}")
    for part in parts:
        contains(ended.says, part, "the refusal")


def good_file():
    ended = read(GOOD)
    equal(ended.says, "", "what is said of a good file")
    equal(ended.languages, [READ], "a good file")


def wrong_lines():
    last = GOOD.count("\n") + 1
    for line, why in WRONG.items():
        refused(read(GOOD + line + "\n"), f"x.language:{last}: '{line.split()[0]}'", why)


def filled_titles():
    """The versions in a title are those of the image's packages."""
    status = "Package: good\nVersion: 1:2.3.4+dfsg-5~deb12u1\nDescription: x\n Version: 9.9\n\nPackage: other\nVersion: 7-1\n"
    known = READER.versions(status)
    equal(known, {"good": "2.3", "other": "7"}, "versions")
    language = {"name": "x", "title": "Good ({good}, {other})"}
    READER.fill_title(language, known)
    equal(language["title"], "Good (2.3, 7)", "a title")
    try:
        READER.fill_title({"name": "x", "title": "{none}"}, known)
        check(False, "a package that is not there has a version")
    except SystemExit as end:
        contains(str(end), "does not have: {none}", "the refusal")


def missing_lines():
    for word in ("title", "extension", "entry", "run", "version"):
        refused(read(re.sub(rf"^{word} .*\n", "", GOOD, flags=re.M)), "x.language", f"no '{word}'")


def wrong_names():
    refused(read(GOOD, names=("X Y",)), "no name of a language")
    refused(read(GOOD, GOOD), "is of two languages, x and y")
    refused(read(GOOD, GOOD.replace(".good", ".other").replace("alias g", "alias x")), "'x' is of two languages")


def real_files():
    paths = sorted((ROOTFS / "languages").iterdir())
    ended = subprocess.run([ROOTFS / "read-languages", *paths], capture_output=True, text=True)
    equal(ended.stderr, "", "what is said of the languages that are there")
    equal([language["name"] for language in json.loads(ended.stdout)], [path.stem for path in paths], "the languages that are there")


def wrong_recipe():
    """The build itself names the place of what it cannot use, before it fetches anything."""
    with tempfile.TemporaryDirectory() as folder:
        for part in ("rootfs", "scripts"):
            subprocess.run(["cp", "-r", ROOTFS.parent / part, folder], check=True)
        rootfs, env = Path(folder) / "rootfs", {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "MAYFLY_CACHE": f"{folder}/cache", "MAYFLY_HOME": f"{folder}/home"}
        for text, why in (("suite bookworm\nfetch x\n", "wrong.recipe:2: is not a statement"),
                          ("include nothing\n", "nothing.recipe, which is not there"),
                          ("include ../base\n", "wrong.recipe:1: is not a statement"),
                          ("language nothing\n", "nothing.language, which is not there"),
                          ("suite bookworm\n", "needs a suite and a size"),
                          ("language wrong\n", "wrong.language:1: 'speed'")):
            (rootfs / "wrong.recipe").write_text(text)
            (rootfs / "languages/wrong.language").write_text("speed 3\n")
            ended = subprocess.run([rootfs / "build", "wrong"], env=env, capture_output=True, text=True)
            check(ended.returncode != 0, f"built from {text!r}")
            contains(ended.stderr, why, "the refusal")


def tests():
    return [("language files: a good one, and all that it says", good_file), ("language files: wrong lines are named", wrong_lines),
            ("language files: versions in a title", filled_titles),
            ("language files: what is missing is named", missing_lines), ("language files: names are of one language", wrong_names),
            ("language files: those that are there", real_files), ("recipes: wrong ones are refused, with the place", wrong_recipe)]
