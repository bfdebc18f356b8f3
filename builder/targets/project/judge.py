"""One requirement as a person wrote it: whether an image needs it, and whether it can be locked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from packaging.requirements import InvalidRequirement, Requirement
from packaging.tags import Tag
from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from builder.targets.markers import applies
from builder.targets.schema import requirement

PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")

_BARE_URL = re.compile(r"(?P<url>(?:git\+)?(?:https?|ssh|file)://[^\s;]+)\s*(?:;\s*(?P<marker>.*))?")
_LINUX = re.compile(r"any|linux_x86_64|manylinux\w*_x86_64")
_COMMIT = re.compile(r"git\+[^#]*@(?P<commit>[0-9a-f]{40})(#.*)?")
# Neither a file of this host nor credentials.
_PUBLIC = re.compile(r"https?://[^/@\s]+/[^\s]*")
_PUT = "put the wheel into an index that `indexes` names"
_SYSTEMS = {"win": "Windows", "macosx": "macOS", "musllinux": "Alpine", "manylinux": "another processor"}


@dataclass(frozen=True)
class Kept:
    """A requirement that the image needs."""

    text: str


@dataclass(frozen=True)
class LeftOut:
    """A requirement that this image does not need, and why."""

    why: str


class RefusedError(ValueError):
    """A requirement that cannot be locked. Carries what to do about it."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.remedy = remedy


def judge(written: str, python: str) -> Kept | LeftOut:
    """Judge a requirement for an image with this Python. Raises RefusedError."""
    text = _named(written)
    try:
        parsed = Requirement(text)
        needed = applies(text, python)
    except InvalidRequirement as error:
        reason = str(error).splitlines()[0]
        said = f"not a Python requirement ({reason}), found {written!r}"
        raise RefusedError(said, "write one released package a line") from None
    if not needed:
        return LeftOut(f"its marker is not for Linux on x86_64 with Python {python}")
    if parsed.url:
        return _by_url(text, parsed, parsed.url, python)
    try:
        return Kept(requirement(text))
    except ValueError as error:
        raise RefusedError(f"{error}, found {written!r}", "write one released package a line") from None


def _named(text: str) -> str:
    """A bare address as a requirement with a name, as far as the address says one."""
    found = _BARE_URL.fullmatch(text)
    if not found:
        return text
    name = re.search(r"#(?:.*&)?egg=([\w.-]+)", found["url"]) or re.search(
        r"/([A-Za-z0-9][\w.]*?)(?:-\d[^/]*|\.git[^/]*)?/?$", found["url"]
    )
    marker = f" ; {found['marker']}" if found["marker"] else ""
    return f"{name[1]} @ {found['url']}{marker}" if name else text


def _by_url(text: str, parsed: Requirement, url: str, python: str) -> Kept | LeftOut:
    """Judge a requirement that names a file or a repository. Raises RefusedError."""
    file = url.partition("#")[0].rpartition("/")[2]
    if not file.endswith(".whl"):
        raise RefusedError(
            f"{parsed.name} by {_kind(url)} cannot be locked by hash", _instead(parsed.name, url)
        )
    try:
        _, _, _, tags = parse_wheel_filename(unquote(file))
    except (InvalidWheelFilename, InvalidVersion):
        raise RefusedError(f"{file} is not the name of a wheel", "correct its address") from None
    if not any(_LINUX.fullmatch(tag.platform) for tag in tags):
        return LeftOut(f"the wheel is for {_systems(tags)}")
    if wrong := _other_python(tags, python):
        raise RefusedError(
            f"the wheel {file} is for Python {wrong}, not {python}",
            f'write python: "{wrong}", or name the wheel for {python}',
        )
    if not _PUBLIC.match(url):
        what = f"{parsed.name} by an address that an image cannot show or ask"
        raise RefusedError(what, f"take one that begins with https:// and holds no credentials, or {_PUT}")
    return Kept(text)


def _kind(url: str) -> str:
    if not url.startswith("git+"):
        return "the address of an archive"
    return "a git commit" if _COMMIT.fullmatch(url) else "a git branch or tag"


def _instead(name: str, url: str) -> str:
    released = f"write a released version ({name}==...), or"
    if not url.startswith("git+"):
        return f"{released} unpack it beside the target and write packages.from_source: [./{name}]"
    commit = f"at {found['commit']}" if (found := _COMMIT.fullmatch(url)) else "at a commit"
    return f"{released} clone it beside the target {commit} and write packages.from_source: [./{name}]"


def _systems(tags: frozenset[Tag]) -> str:
    names = (
        next((name for prefix, name in _SYSTEMS.items() if tag.platform.startswith(prefix)), tag.platform)
        for tag in tags
    )
    return " and ".join(dict.fromkeys(names))


def _other_python(tags: frozenset[Tag], python: str) -> str:
    """The Python that a wheel is for, empty where it fits."""
    fits, other = False, ""
    for tag in tags:
        found = re.fullmatch(r"(cp|py)3(\d*)", tag.interpreter)
        minor = f"3.{found[2]}" if found and found[2] else ""
        stable = tag.abi in ("abi3", "none") and minor and Version(minor) <= Version(python)
        fits = fits or not minor or minor == python or bool(stable)
        other = minor or other
    return "" if fits else other
