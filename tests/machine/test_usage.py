# SPDX-License-Identifier: Apache-2.0
"""What is asked for wrongly is refused with words, before any machine is made."""

from harness import check, contains, equal, test

REMEDY = "hint: "


def refused(t, status, word, *arguments):
    ended = t.mayfly(*arguments, stdin=b"")
    what = " ".join(map(str, arguments))
    equal(ended.status, status, f"status of: {what}")
    equal(ended.out, b"", f"stdout of: {what}")
    contains(ended.err, word, f"stderr of: {what}")
    return ended


@test("run: usage errors are 125 with a message")
def run_usage(t):
    refused(t, 125, "", "run")
    refused(t, 125, "--bogus", "run", "--bogus", "--", "true")
    refused(t, 125, "", "run", "--timeout", "--", "true")
    refused(t, 125, "=x", "run", "-e", "=x", "--", "true")
    refused(t, 125, "SRC:DST", "run", "--file", "lonely", "--", "true")
    refused(t, 125, "no-such-file", "run", "--file", "no-such-file:x", "--", "true")
    refused(t, 125, "cwd", "run", "-w", "relative", "--", "true")
    refused(t, 125, "program", "run", "--", "")
    refused(t, 125, "bananas", "run", "--accel", "bananas", "--", "true")


@test("run: quantities with bad units or out of range are 125 and named")
def units(t):
    for option, values in {"--timeout": ("5x", "0", "-1s", "abc", "", "1e400", "8d", "700000h", "nan", "inf"),
                           "--memory": ("10", "banana", "-1", "1E", "3M", "2000T"),
                           "--output-limit": ("x", "-1", "5G", "1 M"), "--cpus": ("0", "-1", "65", "many")}.items():
        for value in values:
            refused(t, 125, value, "run", f"{option}={value}", "--", "true")


@test("batch: usage errors are 2 with a message")
def batch_usage(t):
    refused(t, 2, "--bogus", "batch", "--bogus")
    refused(t, 2, "no-such-file", "batch", "no-such-file")
    refused(t, 2, "Is a directory", "batch", t.folder)
    for option, value in (("-j", "0"), ("-j", "x"), ("--retries", "-1"), ("--shard", "3/2"), ("--shard", "0/2"),
                          ("--shard", "1"), ("--shard", "1/2x"), ("--halt", "soon"), ("--halt", "later,fail=1"),
                          ("--halt", "soon,fail=0"), ("--halt", "soon,fail=101%"), ("--halt", "soon,oops=1"),
                          ("--fail-on", "nonsense"), ("--max-line", "x")):
        refused(t, 2, value, "batch", option, value, "-")
    refused(t, 2, "--max-line", "batch", "--max-line", "0", "-")
    refused(t, 2, "--journal", "batch", "--resume", "-")
    refused(t, 2, "no/such/folder", "batch", "--journal", "no/such/folder/journal", "-")


@test("no command, or an unknown one, is 2 with a message")
def commands(t):
    refused(t, 2, "", "--accel", "tcg")
    refused(t, 2, "subcommand", "dance")


@test("help is on stdout, and is 0")
def help_text(t):
    for arguments in (("--help",), ("run", "--help"), ("batch", "--help")):
        ended = t.mayfly(*arguments)
        equal((ended.status, ended.err), (0, ""), f"end of {arguments}")
        contains(ended.out.decode().lower(), "usage", f"help of {arguments}")


@test("an image that is not there is 125 or 69, with a remedy")
def no_image(t):
    for status, arguments in ((125, ("run", "--", "true")), (69, ("batch", "-"))):
        ended = refused(t, status, "nonesuch", "--image", "nonesuch", *arguments)
        contains(ended.err, REMEDY, "stderr")


@test("an image name cannot leave the state directory")
def image_name(t):
    for name in ("../../etc", "/etc", ".hidden", "a/b", ""):
        ended = t.mayfly("run", f"--image={name}", "--", "true")
        equal(ended.status, 125, f"status for '{name}'")
        check("manifest.json" not in ended.err, f"'{name}' was looked for: {ended.err}")


@test("a layer that is required and not in force is 69 or 125, and named")
def requirements(t):
    for layer, options in (("jail", ("--unsafe-no-jail",)), ("kvm", ("--accel", "tcg"))):
        refused(t, 125, layer, "run", *options, "--require", layer, "--", "true")
        refused(t, 69, layer, "batch", *options, "--require", layer, "-")
    refused(t, 125, "jail", "run", "--unsafe-no-jail", "--require", "kvm,jail", "--", "true")
    refused(t, 2, "walls", "batch", "--require", "walls", "-")


@test("a state directory that cannot be written is 69, with a remedy")
def no_home(t):
    for home in ("/proc/nowhere", t.write("file", "")):
        ended = refused(t, 69, "", "--home", home, "batch", "-")
        contains(ended.err, REMEDY, "stderr")


@test("settings come from flags, environment and file alike, in this order")
def settings(t):
    path = t.write("mayfly.toml", 'qemu = "/from/file"\n')
    without = t.mayfly("run", "--", "true", env={"MAYFLY_CONFIG": str(path)})
    contains(without.err, "/from/file", "stderr with a file")
    env = {"MAYFLY_CONFIG": str(path), "MAYFLY_QEMU": "/from/environment"}
    contains(t.mayfly("run", "--", "true", env=env).err, "/from/environment", "stderr with a variable")
    ended = t.mayfly("run", "--qemu", "/from/flag", "--", "true", env=env)
    contains(ended.err, "/from/flag", "stderr with a flag")
