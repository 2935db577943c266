# SPDX-License-Identifier: Apache-2.0
"""Saying what is wrong."""


class Failure(AssertionError):
    """What was shown to be wrong."""


def short(value):
    text = repr(value)
    return text if len(text) <= 600 else f"{text[:300]} … {text[-200:]} ({len(text)} characters)"


def check(condition, what):
    if not condition:
        raise Failure(what)


def equal(got, want, what="value"):
    check(got == want, f"{what}: got {short(got)}, want {short(want)}")


def contains(text, part, what="text"):
    check(part in text, f"{what}: {short(part)} is not in {short(text)}")
