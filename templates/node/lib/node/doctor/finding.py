"""A finding of the doctor: one line for each thing that it has looked at."""

from typing import NamedTuple

OK, NOTE, BAD = "ok", "note", "bad"


class Finding(NamedTuple):
    """`level` is ok, note (works, with a limit) or bad (something will fail); the last two have a remedy."""

    check: str
    level: str
    what: str
    remedy: str = ""


def ok(check: str, what: str) -> Finding:
    return Finding(check, OK, what)


def note(check: str, what: str, remedy: str) -> Finding:
    return Finding(check, NOTE, what, remedy)


def bad(check: str, what: str, remedy: str) -> Finding:
    return Finding(check, BAD, what, remedy)
