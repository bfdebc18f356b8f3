"""Write which Debian package has each shared library: `python -m tools.debian_libraries bookworm trixie`.

From Debian's index of contents, as apt fetches and checks it from this host's mirror. Where the index of a
release fails that check: the rows of the release named before it whose package the release has too.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Container, Iterable, Mapping
from datetime import date
from pathlib import Path

from builder.core import paths
from builder.core.errors import TailboxError
from builder.core.process import run
from builder.engine import apt_mirrors

_TARGET = "Acquire::IndexTargets::deb::Contents-deb"
_CONTENTS = {
    f"{_TARGET}::MetaKey": "$(COMPONENT)/Contents-$(ARCHITECTURE)",
    f"{_TARGET}::ShortDescription": "Contents",
    f"{_TARGET}::Description": "Contents",
    f"{_TARGET}::Identifier": "Contents-deb",
}
_LIBRARY = re.compile(r"(?:usr/)?lib/(?:x86_64-linux-gnu/)?([^/\s]+\.so\.[^/\s]+)\s+(\S+)")
# Of packages with the same library the usual one: these replace it.
_UNUSUAL = re.compile(r".*-(?:dbg|dev|cross|compat|udeb|nox|gles|android|test|tests)$|lib(?:32|x32|64).*")


def main(releases: Iterable[str]) -> None:
    """Write a table for each release."""
    rows: dict[str, str] = {}
    before = ""
    for release in releases:
        with tempfile.TemporaryDirectory() as folder:
            apt = _Apt(release, Path(folder))
            try:
                rows, source = table(apt.contents()), "its index of contents"
            except TailboxError:
                rows, source = carried(rows, apt.packages()), f"that of {before} and its list of packages"
        file = paths.data("images") / "debian" / f"{release}.txt"
        file.parent.mkdir(exist_ok=True)
        head = f"# Library and package of Debian {release}, main, amd64, {date.today()}: from {source}.\n"
        file.write_text(head + "".join(f"{name} {package}\n" for name, package in sorted(rows.items())))
        print(f"{file}: {len(rows)} libraries, from {source}")
        before = release


def carried(rows: Mapping[str, str], packages: Container[str]) -> dict[str, str]:
    """The rows whose package another release has, by its name or the one after the change of time_t."""
    named = ((name, (package, f"{package}t64")) for name, package in rows.items())
    return {name: kept for name, both in named for kept in both if kept in packages}


def table(lines: Iterable[str]) -> dict[str, str]:
    """Library to package, of lines of an index of contents: the shortest name, a usual one first.

    Without files that only carry a longer version than the name that others ask for.
    """
    found: dict[str, str] = {}
    for line in lines:
        if match := _LIBRARY.match(line):
            packages = [entry.rpartition("/")[2] for entry in match[2].split(",")]
            found[match[1]] = min([*packages, *filter(None, [found.get(match[1])])], key=_rank)
    return {name: package for name, package in found.items() if not found.keys() & _shorter(name)}


def _shorter(name: str) -> set[str]:
    """The names with fewer numbers: `libGL.so.1` of `libGL.so.1.7.0`."""
    stem, _, version = name.partition(".so.")
    numbers = version.split(".")
    return {f"{stem}.so.{'.'.join(numbers[:count])}" for count in range(1, len(numbers))}


def _rank(package: str) -> tuple[bool, int, str]:
    return bool(_UNUSUAL.fullmatch(package)), len(package), package


class _Apt:
    """apt with the lists of one release in a folder of its own."""

    def __init__(self, release: str, folder: Path) -> None:
        self._lists = folder / "lists"
        for name in ("lists", "cache"):
            (folder / name / "partial").mkdir(parents=True)
        sources = folder / "sources.list"
        sources.write_text(apt_mirrors.signed(release)[0] + "\n")
        self._options = {
            "Dir::Etc::SourceList": sources,
            "Dir::Etc::SourceParts": "/dev/null",
            "Dir::State::Lists": self._lists,
            "Dir::Cache": folder / "cache",
            "Dir::State::status": "/dev/null",
            "APT::Architecture": "amd64",
            "APT::Sandbox::User": "root",
        }

    def contents(self) -> list[str]:
        """The lines of the index of contents. Raises TailboxError where it fails apt's check."""
        self._run("apt-get", "update", **_CONTENTS)
        (file,) = self._lists.glob("*Contents-amd64*")
        return self._run("/usr/lib/apt/apt-helper", "cat-file", str(file)).splitlines()

    def packages(self) -> set[str]:
        """The names of the release's packages."""
        self._run("apt-get", "update")
        return set(self._run("apt-cache", "pkgnames").splitlines())

    def _run(self, program: str, *words: str, **more: str) -> str:
        options = [f"-o{key}={value}" for key, value in {**self._options, **more}.items()]
        return run([program, *options, *words], f"{program} {words[0]} failed", "run it on a Debian host")


if __name__ == "__main__":
    main(sys.argv[1:])
