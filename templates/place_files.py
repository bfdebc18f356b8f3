"""Put the target's own files where they belong: the list names each one's path, owner and mode."""

import json
import os
import pwd
import shutil
import tarfile
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
# What lies in /workspace once more: the node fills an empty volume from it (boot/volumes.py). Links in one
# layer add nothing to the image.
WORKSPACE, COPY = Path("/workspace"), Path("/opt/tailbox/workspace")


def parents(path: Path, uid: int, gid: int) -> None:
    """Make the folders above a path; those that are there stay as they are."""
    missing = [folder for folder in path.parents if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=0o755)
        os.chown(folder, uid, gid)


def unpack(blob: Path, top: str, path: Path) -> None:
    """Unpack a folder of an archive as `path`; nothing of the archive can land outside of it."""
    scratch = path.with_name(f".{path.name}.unpacked")
    if zipfile.is_zipfile(blob):
        with zipfile.ZipFile(blob) as archive:
            for entry in archive.infolist():
                Path(archive.extract(entry, scratch)).chmod(
                    0o755 if entry.external_attr >> 16 & 0o100 else 0o644
                )
    else:
        with tarfile.open(blob) as archive:
            archive.extractall(scratch, filter="data")
    (scratch / top).rename(path)
    shutil.rmtree(scratch)


def place(blob: Path, entry: dict[str, str], path: Path, uid: int, gid: int) -> None:
    """Put one file, or one folder of an archive, at its path."""
    parents(path, uid, gid)
    if entry["unpack"]:
        unpack(blob, entry["unpack"], path)
        for inside in [path, *path.rglob("*")]:
            os.chown(inside, uid, gid, follow_symlinks=False)
        return
    path.write_bytes(blob.read_bytes())
    path.chmod(0o755 if entry["executable"] else 0o644)
    os.chown(path, uid, gid)


def link(path: Path, copy: Path) -> None:
    """Link what was placed, file by file, as `copy`."""
    copy.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        shutil.copytree(path, copy, symlinks=True, copy_function=os.link)
    else:
        os.link(path, copy)


for number, entry in enumerate(json.loads((HERE / "list.json").read_text())):
    path, owner = Path(entry["path"]), pwd.getpwnam(entry["owner"])
    place(HERE / "blobs" / str(number), entry, path, owner.pw_uid, owner.pw_gid)
    if path.is_relative_to(WORKSPACE):
        link(path, COPY / path.relative_to(WORKSPACE))
