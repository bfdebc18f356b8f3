"""Find and fetch source distributions, each checked by its hash."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

from packaging.utils import canonicalize_name

from builder.core import console, paths, tempdirs
from builder.core.errors import InvalidInputError, Problem, TailboxError
from builder.lock.pins import Pin
from builder.lock.uv import compile_requirements


@dataclass(frozen=True)
class Sdist:
    """A source distribution of an index."""

    name: str
    version: str
    url: str
    sha256: str

    def fetch(self) -> Path:
        """Return the file from the cache, downloaded where it is not there. Raises TailboxError."""
        folder = paths.cache() / "sdists" / self.sha256
        file = folder / Path(urlsplit(self.url).path).name
        if not file.is_file():
            console.step(f"fetching {file.name}")
            content = self._content()
            with tempdirs.filled(folder) as place:
                (place / file.name).write_bytes(content)
        return file

    def _content(self) -> bytes:
        try:
            with urlopen(self.url) as answer:
                content: bytes = answer.read()
        except URLError as error:
            problem = Problem(f"{self.name} {self.version} cannot be fetched: {error.reason}", "repeat")
            raise TailboxError(problem) from None
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise TailboxError(Problem(f"{self.url} is not the file that the index lists", "repeat"))
        return content


def locate(
    pins: Sequence[Pin], names: Sequence[str], locks: Path, indexes: Sequence[str]
) -> tuple[Sdist, ...]:
    """Find the source distributions of pins. Raises InvalidInputError where one of `names` has none."""
    if not names:
        return ()
    wanted = [str(pin) for pin in pins]
    sources: dict[str, Sequence[str]] = dict.fromkeys(names, ())
    text = compile_requirements(
        wanted, "3.13", locks, None, (), (), indexes, sources=sources, form="pylock.toml"
    )
    sdists = read_pylock(text, names)
    hashes = {pin.name: pin.hashes for pin in pins}
    if changed := [sdist for sdist in sdists if sdist.sha256 not in hashes[sdist.name]]:
        what = f"the index has another source of {changed[0].name} {changed[0].version} than the lock"
        raise InvalidInputError(Problem(what, "tailbox lock"))
    return sdists


def read_pylock(text: str, names: Iterable[str]) -> tuple[Sdist, ...]:
    """Return the source distributions of these packages. Raises InvalidInputError for one that has none."""
    packages = {canonicalize_name(row["name"]): row for row in tomllib.loads(text).get("packages", ())}
    found = []
    for name in map(canonicalize_name, names):
        if name not in packages:
            what = f"nothing asks for {name}, which is to be built from source"
            raise InvalidInputError(Problem(what, "add it to packages.pip, or take it out of from_source"))
        row = packages[name]
        if "sdist" not in row:
            what = f"{name} {row.get('version', '')} has no source distribution"
            raise InvalidInputError(Problem(what, "take it out of from_source"))
        sdist = row["sdist"]
        found.append(Sdist(name, row["version"], sdist["url"], sdist["hashes"]["sha256"]))
    return tuple(found)
