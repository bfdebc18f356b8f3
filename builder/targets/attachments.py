"""Read the files and checks that a target file names.

They are read when the target is loaded, so that everything after it is pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from builder.core.errors import InvalidInputError, Problem, Where, did_you_mean
from builder.core.files import absent

_LIMIT_MB = 64
_DEV = ("/home/dev/", "/workspace/")


@dataclass(frozen=True)
class ImageFile:
    """A file to put into the image. If it is an archive, `unpack` is the folder in it to unpack as `path`."""

    path: str
    content: bytes
    executable: bool
    owner: str
    unpack: str = ""


@dataclass(frozen=True)
class Check:
    """A named script that the finished image must pass."""

    name: str
    script: bytes


def files(destination: str, source: Path, where: Where) -> tuple[ImageFile, ...]:
    """Read a file, or all files of a folder, for a path in the image. Raises InvalidInputError."""
    if ".." in destination.split("/"):
        raise InvalidInputError(Problem(f"{destination} climbs with ..", "write the path itself", where))
    if not source.exists():
        raise InvalidInputError(absent(source, where))
    paths = sorted(path for path in source.rglob("*") if path.is_file()) if source.is_dir() else [source]
    if sum(path.stat().st_size for path in paths) > _LIMIT_MB * 1e6:
        raise InvalidInputError(
            Problem(
                f"{source} holds more than {_LIMIT_MB} MB",
                "put data on a volume, or make it a wheel or an image that `from` names",
                where,
            )
        )
    return tuple(_image_file(path, destination, source) for path in paths)


def _image_file(path: Path, destination: str, source: Path) -> ImageFile:
    inside = "" if path == source else f"/{path.relative_to(source).as_posix()}"
    full = destination + inside
    owner = "dev" if full.startswith(_DEV) else "root"
    return ImageFile(full, path.read_bytes(), bool(path.stat().st_mode & 0o100), owner)


def checks(text: str, folder: Path, catalogue: Path, where: Where) -> tuple[Check]:
    """Read a check by its name in the catalogue, or by the path of a script in the target file's folder."""
    path = folder / text if text.endswith(".py") else catalogue / f"{text}.py"
    if not path.is_file():
        hint = did_you_mean(path.stem, (known.stem for known in path.parent.glob("*.py")))
        raise InvalidInputError(Problem(f"unknown check {text!r}{hint}", f"write {path}", where))
    return (Check(path.stem, path.read_bytes()),)
