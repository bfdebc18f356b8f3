"""Edit the files of a container that has not been started."""

from __future__ import annotations

import io
import tarfile

from docker.models.containers import Container

from builder.prove.errors import TailnetError


def apply(container: Container, path: str, old: str, new: str) -> None:
    """Replace text in a file; mode and owner stay. Raises TailnetError if it does not hold `old`."""
    chunks, _ = container.get_archive(path)
    with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as tar:
        entry = tar.getmembers()[0]
        content = tar.extractfile(entry)
        text = content.read().decode() if content else ""
    if old not in text:
        raise TailnetError(
            f"{path} of the image does not hold {old!r}", "bring the edit up to date with the file"
        )
    data = text.replace(old, new).encode()
    entry.size = len(data)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        tar.addfile(entry, io.BytesIO(data))
    container.put_archive(path.rpartition("/")[0] or "/", packed.getvalue())
