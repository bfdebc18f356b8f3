"""Read the wheels of a lock: from the cache, else from their index by range requests."""

from __future__ import annotations

import os
import re
import time
import zipfile
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx

from builder.wheels import libraries
from builder.wheels.libraries import WheelLibraries
from builder.wheels.locate import WheelFile
from builder.wheels.ranges import RemoteFile

_AT_ONCE = 4
# With `off` in this variable no index is asked for parts of its wheels: only what was read before is known.
SWITCH = "TAILBOX_READ_WHEELS"
_INDEXES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL")


@dataclass(frozen=True)
class Reading:
    """What was read of wheels, by package; which could not be read, and why; and what it cost.

    `fetched` are bytes from the network, `size` those of all these wheels.
    """

    wheels: Mapping[str, WheelLibraries]
    unread: Mapping[str, str]
    fetched: int
    size: int
    seconds: float

    def __str__(self) -> str:
        read = f"read the libraries of {len(self.wheels)} wheels ({self.size / 1e6:.0f} MB)"
        return f"{read} in {self.seconds:.1f} s: {self.fetched / 1e6:.1f} MB fetched"


def read_wheels(files: Iterable[WheelFile]) -> Reading:
    """Read wheels, several at once. One that cannot be read is named, and stops no other."""
    began, wanted = time.monotonic(), list(files)
    with _client() as client, ThreadPoolExecutor(_AT_ONCE) as pool:
        # The largest first: none is left to the end, when the others are done.
        in_order = sorted(wanted, key=lambda file: file.size, reverse=True)
        answers = list(pool.map(lambda file: _read(file, client), in_order))
    return Reading(
        wheels={file.name: found for file, (found, _, _) in zip(in_order, answers, strict=True) if found},
        unread={file.name: why for file, (_, why, _) in zip(in_order, answers, strict=True) if why},
        fetched=sum(count for _, _, count in answers),
        size=sum(file.size for file in wanted),
        seconds=time.monotonic() - began,
    )


def _client() -> httpx.Client:
    """A client that takes files as they are, and proxies and certificates from the host's variables."""
    return httpx.Client(headers={"Accept-Encoding": "identity"}, follow_redirects=True, timeout=60)


def _read(file: WheelFile, client: httpx.Client) -> tuple[WheelLibraries | None, str, int]:
    """What a wheel holds, or why that is not known; and the bytes fetched."""
    if kept := libraries.load(file.sha256):
        return kept, "", 0
    if os.environ.get(SWITCH) == "off":
        return None, f"{SWITCH} is off", 0
    try:
        with RemoteFile(with_credentials(file.url), client) as remote:
            found = libraries.read(remote)
            fetched = remote.fetched
    except (httpx.HTTPError, zipfile.BadZipFile, OSError) as error:
        return None, f"{type(error).__name__}: {error}".partition(" for url")[0], 0
    libraries.store(file.sha256, found)
    return found, "", fetched


def with_credentials(url: str) -> str:
    """Put the credentials of the host's index into an address there: uv leaves them out of what it writes."""
    address = httpx.URL(url)
    for text in (word for name in _INDEXES for word in os.environ.get(name, "").split()):
        index = httpx.URL(re.sub(r"^[\w.-]+=(?=https?:)", "", text))
        if index.userinfo and not address.userinfo and index.netloc == address.netloc:
            return str(address.copy_with(userinfo=index.userinfo))
    return url
