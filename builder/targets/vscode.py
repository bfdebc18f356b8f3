"""Put extensions for VS Code into an image, and the server that VS Code would fetch on its first visit.

The server is Microsoft's: the user brings the archive and accepts its licence in the target file.
"""

from __future__ import annotations

import io
import json
import re
import tarfile
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from builder.core.errors import InvalidInputError, Problem, Where
from builder.core.files import unreadable
from builder.targets.attachments import ImageFile
from builder.targets.schema import VsCode

_HOME = "/home/dev/.vscode-server"
_RECOMMENDED = "/workspace/.vscode/extensions.json"
_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def extensions(settings: VsCode, folder: Path, where: Where) -> tuple[ImageFile, ...]:
    """Read the extensions that are files, to unpack where VS Code looks for them."""
    files = [name for name in settings.extensions if _is_file(name)]
    return tuple(_read(folder / name, where, _extension, "an extension (.vsix)") for name in files)


def recommended(names: Iterable[str]) -> tuple[ImageFile, ...]:
    """List the extensions by name in a file: VS Code offers to install them when it opens /workspace."""
    by_name = [name for name in dict.fromkeys(names) if not _is_file(name)]
    text = json.dumps({"recommendations": by_name}, indent=2) + "\n"
    return (ImageFile(_RECOMMENDED, text.encode(), executable=False, owner="dev"),) if by_name else ()


def _is_file(name: str) -> bool:
    return name.endswith(".vsix")


def server(settings: VsCode, folder: Path, where: Where) -> tuple[ImageFile, ...]:
    """Read the server, to unpack where VS Code looks for it: by the commit in its product.json."""
    if settings.server is None:
        return ()
    return (_read(folder / settings.server.archive, where, _server, "a VS Code server (.tar.gz)"),)


def _read(path: Path, where: Where, parse: Callable[[bytes], ImageFile], what: str) -> ImageFile:
    """Read an archive that a target file names. Raises InvalidInputError."""
    try:
        return parse(path.read_bytes())
    except OSError as error:
        raise InvalidInputError(unreadable(path, error, where)) from None
    except (zipfile.BadZipFile, tarfile.TarError, KeyError, ValueError):
        raise InvalidInputError(Problem(f"{path.name} is not {what}", "fetch it again", where)) from None


def _extension(content: bytes) -> ImageFile:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        about = json.loads(archive.read("extension/package.json"))
    publisher, name, version = (_part(about, key) for key in ("publisher", "name", "version"))
    return _unpacked(f"{_HOME}/extensions/{publisher}.{name}-{version}".lower(), content, "extension")


def _server(content: bytes) -> ImageFile:
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        member = next(
            name for name in archive.getnames() if name.count("/") == 1 and name.endswith("/product.json")
        )
        product = archive.extractfile(member)
        about = json.loads(product.read()) if product else {}
    quality, commit = _part(about, "quality").capitalize(), _part(about, "commit")
    return _unpacked(f"{_HOME}/cli/servers/{quality}-{commit}/server", content, member.partition("/")[0])


def _part(about: dict[str, Any], key: str) -> str:
    """Return a value of a manifest that is safe as part of a path. Raises ValueError."""
    if not _PART.fullmatch(str(about[key])):
        raise ValueError(key)
    return str(about[key])


def _unpacked(path: str, content: bytes, top: str) -> ImageFile:
    return ImageFile(path, content, executable=False, owner="dev", unpack=top)
