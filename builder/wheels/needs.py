"""Libraries that wheels of a lock need of one version, while the lock brings another version. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from builder.wheels.elf import family
from builder.wheels.libraries import CUDA, Library, WheelLibraries


@dataclass(frozen=True)
class Mismatch:
    """A wheel, what it loads, and what the lock has instead.

    `needs` is the name of each library to the file of the wheel that asks for it, `brought` that of each
    other version to the wheel that brings it. `linked` are those that a file is linked with: it does not
    load without them. The others are loaded by name, when they are used.
    """

    wheel: str
    needs: Mapping[str, str]
    brought: Mapping[str, str]
    linked: frozenset[str]


def mismatches(wheels: Mapping[str, WheelLibraries]) -> list[Mismatch]:
    """List the wheels that need what the lock brings in other versions alone.

    What nobody brings may be the system's. A wheel that holds one library for each CUDA (bitsandbytes) has
    one that fits, and a program that names several versions takes the one that is there.
    """
    brought = _brought(wheels)
    found = (_mismatch(name, wheel, brought) for name, wheel in sorted(wheels.items()))
    return [one for one in found if one.needs]


def _brought(wheels: Mapping[str, WheelLibraries]) -> dict[str, dict[str, str]]:
    """Family to the libraries of it that NVIDIA's wheels bring: name to wheel.

    Those of other wheels are for themselves, and of other families the system may have one.
    """
    found: dict[str, dict[str, str]] = {}
    for name, wheel in sorted(wheels.items()):
        for library in wheel.libraries:
            for soname in library.names if library.path.startswith(CUDA) else ():
                found.setdefault(family(soname), {}).setdefault(soname, name)
    return found


def _mismatch(name: str, wheel: WheelLibraries, brought: Mapping[str, Mapping[str, str]]) -> Mismatch:
    own = {soname for library in wheel.libraries for soname in library.names}
    linked = dict(_unmet(_asked(wheel.libraries, ("needed",)), own, brought))
    by_name = dict(_unmet(_asked(wheel.libraries, ("needed", "by_name")), own, brought))
    needs = {**by_name, **linked}
    others = {soname: by for lib in needs for soname, by in brought[family(lib)].items()}
    return Mismatch(name, needs, others, frozenset(linked))


def _asked(libraries: Iterable[Library], fields: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """Family to what is asked for of it: name to the library that asks."""
    found: dict[str, dict[str, str]] = {}
    for library in libraries:
        for soname in (soname for field in fields for soname in getattr(library, field)):
            found.setdefault(family(soname), {}).setdefault(soname, library.path)
    return found


def _unmet(
    asked: Mapping[str, Mapping[str, str]], own: set[str], brought: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[str, str]]:
    for kin, sonames in sorted(asked.items()):
        if kin in brought and not sonames.keys() & (own | brought[kin].keys()):
            yield from sonames.items()
