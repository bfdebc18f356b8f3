"""The packages of an exported image by version and hash, read from its layers: nothing of it is run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.parser import Parser
from pathlib import PurePosixPath

from builder.engine.oci_layout import Layout, open_layer
from builder.image.guest.installed import hashed
from builder.lock.changes import compare_versions

_STATUS = "var/lib/dpkg/status"
_KEPT = re.compile(
    r"var/lib/dpkg/(status|info/.*\.md5sums)|opt/\w+/lib/python[0-9.]+/site-packages/[^/]+\.dist-info/(METADATA|RECORD)"
)


@dataclass(frozen=True)
class Packages:
    """Name to `version sha256:...`.

    A wheel's name begins with its environment (`venv/idna`); its hash is of its list of files, which has
    the hash of each. A Debian package's is of its list of files with their sums.
    """

    wheels: Mapping[str, str]
    debian: Mapping[str, str]


def packages(layout: Layout) -> Packages:
    """Return what the topmost layers say is installed."""
    files = _files(layout)
    return Packages(dict(_wheels(files)), dict(_debian(files)))


def differing(one: Packages, two: Packages) -> Iterator[str]:
    """Yield what only one of them has, or has in another version or with other content."""
    for kind in ("wheels", "debian"):
        for row in compare_versions(getattr(one, kind), getattr(two, kind)):
            yield f"{kind}: {row}"


def _files(layout: Layout) -> dict[str, bytes]:
    """The files that describe packages, as they are when all layers lie on each other."""
    files: dict[str, bytes] = {}
    for digest in layout.layers():
        with open_layer(layout.blob(digest)) as tar:
            for member in tar:
                path = PurePosixPath(member.name.removeprefix("./"))
                if path.name.startswith(".wh."):
                    gone = str(path.with_name(path.name.removeprefix(".wh.")))
                    files = {
                        name: text for name, text in files.items() if not f"{name}/".startswith(f"{gone}/")
                    }
                elif member.isreg() and _KEPT.fullmatch(str(path)) and (content := tar.extractfile(member)):
                    files[str(path)] = content.read()
    return files


def _wheels(files: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    for path, text in files.items():
        if path.endswith("/METADATA"):
            about = Parser().parsestr(text.decode(errors="replace"), headersonly=True)
            record = files.get(path.removesuffix("METADATA") + "RECORD", b"")
            yield f"{path.split('/')[1]}/{about['Name']}", hashed(about["Version"], record)


def _debian(files: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    for paragraph in files.get(_STATUS, b"").decode().split("\n\n"):
        about = dict(re.findall(r"(?m)^(Package|Version|Architecture|Multi-Arch): (.*)$", paragraph))
        if about:
            entry = about["Package"] + (
                f":{about['Architecture']}" if about.get("Multi-Arch") == "same" else ""
            )
            sums = files.get(f"var/lib/dpkg/info/{entry}.md5sums", b"")
            yield about["Package"], hashed(about["Version"], sums)
