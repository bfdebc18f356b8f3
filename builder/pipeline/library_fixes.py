"""The nearest change that gives a wheel the libraries that it loads. Each is tried: locked and read."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from builder.core import console
from builder.core.errors import InvalidInputError, TailboxError
from builder.facts.models import Facts
from builder.lock.pins import parse_pins
from builder.resolve import cuda
from builder.resolve.resolve import Selection, select
from builder.wheels.fetch import read_wheels
from builder.wheels.locate import WheelFile, wheel_files
from builder.wheels.needs import Mismatch, mismatches

# The libraries whose version is that of CUDA.
_OF_CUDA = re.compile(r"lib(?:cudart|cublas|cublasLt|nvrtc|nvJitLink)\.so\.(\d+)")
# Releases that were made for a framework's release come out soon after it.
_AFTER = (90, 0, -365)

# Requirements and options of uv to the text of their lock. Raises TailboxError.
Compile = Callable[[tuple[str, ...], tuple[str, ...]], str]


@dataclass(frozen=True)
class _Change:
    """What to change: a short name, and words for the person; what to lock then, with which options of uv.

    In `words` the place {pin} is for the pin of the wheel that this gives.
    """

    name: str
    words: str
    requirements: tuple[str, ...]
    options: tuple[str, ...] = ()


def fix(
    mismatch: Mismatch, selection: Selection, files: tuple[WheelFile, ...], lock: Compile, facts: Facts
) -> str:
    """Return the first change that works; where none does, say what was tried.

    `files` are the wheels of the lock with the mismatch.
    """
    tried = []
    for change in (*_other_releases(mismatch, selection, files), *_other_cuda(mismatch, selection, facts)):
        console.step(f"trying {change.name}")
        if pin := _works(change, mismatch.wheel, selection, lock):
            return change.words.format(pin=pin)
        tried.append(change.name)
    vain = f" (tried in vain: {', '.join(tried)})" if tried else ""
    return f"remove {mismatch.wheel}, or take another framework{vain}"


def _works(change: _Change, wheel: str, selection: Selection, lock: Compile) -> str:
    """Lock a change and read its wheels: the pin of the wheel in question, empty if it does not serve."""
    try:
        text = lock(change.requirements, change.options)
        reading = read_wheels(wheel_files(text, selection.python.full, selection.target.indexes))
    except TailboxError:
        return ""
    served = wheel not in (one.wheel for one in mismatches(reading.wheels))
    pins = {pin.name: str(pin) for pin in parse_pins(text)}
    return pins.get(wheel, f"no {wheel}") if served and wheel not in reading.unread else ""


def _other_releases(
    mismatch: Mismatch, selection: Selection, files: tuple[WheelFile, ...]
) -> Iterator[_Change]:
    """Releases of the wheel from the time of the framework's release, where that is older."""
    dates = {file.name: file.uploaded for file in files}
    framework = canonicalize_name(cuda.framework_name(selection.target) or "")
    made, own = dates.get(framework), dates.get(mismatch.wheel)
    if made is None or own is None or own <= made:
        return
    free = _without(selection.requirements, mismatch.wheel)
    for days in _AFTER:
        until = made + timedelta(days=days)
        if until < own:
            option = f"--exclude-newer-package={mismatch.wheel}={_stamp(until)}"
            name = f"{mismatch.wheel} of {until:%Y-%m-%d}"
            yield _Change(name, "write {pin} into packages.pip", free, (option, f"-P{mismatch.wheel}"))


def _without(requirements: tuple[str, ...], wheel: str) -> tuple[str, ...]:
    """Requirements in which a wheel has no version."""
    return tuple(_bare(text) if _named(text, wheel) else text for text in requirements)


def _named(text: str, wheel: str) -> bool:
    return canonicalize_name(Requirement(text).name) == wheel


def _bare(text: str) -> str:
    requirement = Requirement(text)
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    return requirement.name + extras


def _stamp(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def _other_cuda(mismatch: Mismatch, selection: Selection, facts: Facts) -> Iterator[_Change]:
    """The framework's newest release for the CUDA that the wheel is made for."""
    majors = {found[1] for name in mismatch.needs if (found := _OF_CUDA.fullmatch(name))}
    for major in sorted(majors, reverse=True):
        changed = dataclasses.replace(selection.target, cuda=major)
        try:
            other = select(changed, facts)
        except InvalidInputError:
            continue
        if other.release and other.release != selection.release:
            name = cuda.framework_name(changed)
            gives = f"{name} {other.release.version}, CUDA {other.release.cuda}, {{pin}}"
            words = f'write cuda: "{major}" (gives {gives})'
            yield _Change(f"{name} {other.release.version} for CUDA {major}", words, other.requirements)
