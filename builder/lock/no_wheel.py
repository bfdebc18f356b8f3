"""Packages that have no wheel for an image's Python, told by name when a target is locked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from subprocess import CompletedProcess

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from builder.core.errors import InvalidInputError, Problem, Where

# uv's hints: there is a source alone, or wheels are for other Pythons, or for other systems.
_MISSING = re.compile(r"(?:Wheels are required|only found wheels|Wheels are available) for `([^`]+)`")
_REMEDY = "name a release or a Python that has one, or have it built: packages: {{from_source: [{}]}}"


class NoWheelError(InvalidInputError):
    """Requirements that no wheel meets; source code would run as it is built."""

    def __init__(self, names: Iterable[str], requirements: Iterable[str], python: str) -> None:
        self.by_name = dict(_asked(sorted(names), requirements))
        super().__init__(*(_problem(name, text, python) for name, text in self.by_name.items()))

    def placed(self, places: Mapping[str, Where], remedies: Mapping[str, str]) -> InvalidInputError:
        """Return the same with the line of the target that asks for each, and a better remedy by name."""
        rows = zip(self.by_name.items(), self.problems, strict=True)
        return InvalidInputError(
            *(
                Problem(one.what, remedies.get(name, one.remedy), places.get(f"pip:{text}"))
                for (name, text), one in rows
            )
        )


def names_without_wheel(
    compiled: Callable[[Iterable[str]], CompletedProcess[str]], failed: CompletedProcess[str]
) -> tuple[str, ...]:
    """Return every package that lacks a wheel: uv stops at the first, so compile again without it.

    None of them where uv fails for another reason too: that is the one to tell.
    """
    names: list[str] = []
    while failed.returncode:
        new = [name for name in _MISSING.findall(failed.stderr) if name not in names]
        if not new:
            return ()
        names += new
        failed = compiled(names)
    return tuple(names)


def _asked(names: Iterable[str], requirements: Iterable[str]) -> Iterable[tuple[str, str]]:
    """Return each name with the requirement that asks for it, empty where another package does."""
    by_name = {canonicalize_name(Requirement(text).name): text for text in requirements}
    return ((name, by_name.get(canonicalize_name(name), "")) for name in names)


def _problem(name: str, requirement: str, python: str) -> Problem:
    by = "" if requirement else ", and what the target asks for needs it"
    asked = requirement.partition(";")[0].strip() or name
    what = f"{asked} has no wheel for Python {python} on Linux x86_64{by}"
    return Problem(what, _REMEDY.format(name))
