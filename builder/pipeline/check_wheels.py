"""Check at lock time that the libraries which wheels load come with the same lock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from builder.core import console
from builder.core.errors import InvalidInputError, Problem
from builder.facts.models import Facts
from builder.lock.pins import Pin, parse_pins
from builder.lock.uv import compile_requirements
from builder.pipeline.library_fixes import fix
from builder.pipeline.workspace import Workspace
from builder.resolve.resolve import Selection
from builder.targets.target import Target
from builder.wheels.clashes import Clash, clashes
from builder.wheels.fetch import Reading, read_wheels
from builder.wheels.libraries import WheelLibraries
from builder.wheels.locate import wheel_files
from builder.wheels.needs import Mismatch, mismatches


def check_wheels(selection: Selection, lock: str, keep: Path | None, workspace: Workspace) -> None:
    """Refuse a lock whose wheels load libraries that it brings in other versions alone, or overwrite others.

    `keep` is the lock that this one began with. Raises InvalidInputError with a fix that was tried.
    """
    target, locks = selection.target, workspace.images / "locks"
    python, indexes = selection.python.full, target.indexes
    files = wheel_files(_wheels(lock, target), python, indexes)
    reading = read_wheels(files)
    _report(reading)
    pins = parse_pins(lock)
    versions = {pin.name: str(pin.version) for pin in pins}
    for said in _other_frameworks(selection, pins, workspace.facts):
        console.note(said)

    def compile_change(requirements: tuple[str, ...], options: tuple[str, ...]) -> str:
        sources: dict[str, tuple[str, ...]] = dict.fromkeys(target.from_source, ())
        text = compile_requirements(
            requirements,
            python,
            locks,
            keep,
            (),
            target.constraints,
            indexes,
            options,
            sources=sources,
            excludes=target.excludes,
        )
        return _wheels(text, target)

    problems = [_overwritten(clash, versions, target) for clash in clashes(reading.wheels)]
    for mismatch in mismatches(reading.wheels):
        path = _path(mismatch.wheel, selection.requirements, reading.wheels)
        remedy = fix(mismatch, selection, files, compile_change, workspace.facts)
        where = target.places.get(f"pip:{path[0]}") if path else None
        problems.append(Problem(_text(mismatch, versions, path), remedy, where))
    if problems:
        raise InvalidInputError(*problems)


def _other_frameworks(selection: Selection, pins: tuple[Pin, ...], facts: Facts) -> Iterator[str]:
    """Say which other frameworks of a lock are made for another CUDA.

    Theirs are libraries whose names they put together as they run (tensorflow): no file says them.
    """
    own = selection.release
    for pin in pins if own else ():
        known = [one for one in facts.compat.frameworks.get(pin.name, ()) if one.parsed == pin.version]
        if own and known and own.cuda_major not in (one.cuda_major for one in known):
            made = f"{pin} is made for CUDA {known[0].cuda}"
            yield f"{made}: beside CUDA {own.cuda} it computes on the CPU alone"


def _overwritten(clash: Clash, versions: Mapping[str, str], target: Target) -> Problem:
    """Say that two wheels write the same files, and which of them can go."""
    by_name = {_name(text): text for text in target.pip}
    larger, smaller = clash.larger, clash.smaller
    both = f"{larger} {versions[larger]} and {smaller} {versions[smaller]}"
    modules = ", ".join(clash.modules)
    what = f"{both} both write {modules} ({clash.files} files): what is installed last would win"
    asked = by_name.get(smaller) or by_name.get(larger)
    listed = smaller in by_name
    way = f"take {smaller} out of packages.pip" if listed else f"write packages.exclude: [{smaller}]"
    return Problem(what, f"{way}: {larger} brings more of {modules}", target.places.get(f"pip:{asked}"))


def _wheels(lock: str, target: Target) -> str:
    """Return a lock without what is built from source."""
    return "".join(pin.text for pin in parse_pins(lock) if pin.name not in target.from_source)


def _report(reading: Reading) -> None:
    if reading.fetched:
        console.note(str(reading))
    for why in dict.fromkeys(reading.unread.values()):
        names = [name for name, reason in reading.unread.items() if reason == why]
        some = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if names[3:] else "")
        console.note(f"the libraries of {some} were not read ({why}): the build checks them")


def _text(mismatch: Mismatch, versions: Mapping[str, str], path: tuple[str, ...]) -> str:
    by = f" (asked for by {path[-1]})" if path and not path[0].startswith(mismatch.wheel) else ""
    verb = "is linked with" if mismatch.linked else "loads"
    brought = ", ".join(
        f"{soname} ({wheel} {versions[wheel]})" for soname, wheel in sorted(mismatch.brought.items())
    )
    needs = ", ".join(sorted(mismatch.needs))
    wheel = f"{mismatch.wheel} {versions[mismatch.wheel]}"
    return f"{wheel}{by} {verb} {needs}, the lock brings {brought}"


def _path(wheel: str, requirements: Iterable[str], wheels: Mapping[str, WheelLibraries]) -> tuple[str, ...]:
    """The shortest way from a requirement of the target to a wheel: the requirement, then names of wheels."""
    ways: dict[str, tuple[str, ...]] = {_name(text): (text,) for text in requirements}
    todo = list(ways)
    for name in todo:
        if name == wheel:
            return ways[name]
        for asked in map(_name, wheels[name].requires if name in wheels else ()):
            if asked not in ways:
                ways[asked] = (*ways[name], *([asked] if asked != wheel else []))
                todo.append(asked)
    return ()


def _name(text: str) -> str:
    """The name of a requirement; empty for one of an extra, which may not be asked for."""
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        return ""
    return "" if "extra" in str(requirement.marker or "") else canonicalize_name(requirement.name)
