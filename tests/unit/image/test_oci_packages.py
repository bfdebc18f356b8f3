"""The packages of an exported image: as the topmost layers have them, each by version and hash."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path

from builder.image.oci_packages import Packages, differing, packages
from tests.unit.image.test_oci_diff import layout

SITE = "opt/venv/lib/python3.13/site-packages"
STATUS = """\
Package: curl
Status: install ok installed
Architecture: amd64
Version: 8.14.1-2

Package: libc6
Architecture: amd64
Multi-Arch: same
Version: 2.41-12
Description: a library
 Version: of many
"""
ABOUT = "Metadata-Version: 2.1\nName: idna\nVersion: 3.6\n\nVersion: 9\n"


def layer(files: dict[str, str]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content.encode()))
    return stream.getvalue()


def hashed(version: str, content: str) -> str:
    return f"{version} sha256:{hashlib.sha256(content.encode()).hexdigest()}"


def test_each_package_has_its_version_and_the_hash_of_its_list_of_files(tmp_path: Path) -> None:
    info = "./var/lib/dpkg/info"
    system = {
        "./var/lib/dpkg/status": STATUS,
        f"{info}/curl.md5sums": "1",
        f"{info}/libc6:amd64.md5sums": "2",
    }
    idna = f"{SITE}/idna-3.6.dist-info"
    found = packages(
        layout(tmp_path, layer(system), layer({f"{idna}/METADATA": ABOUT, f"{idna}/RECORD": "3"}))
    )
    assert found.debian == {"curl": hashed("8.14.1-2", "1"), "libc6": hashed("2.41-12", "2")}
    assert found.wheels == {"venv/idna": hashed("3.6", "3")}


def test_what_a_later_layer_replaces_or_removes_counts(tmp_path: Path) -> None:
    names = ("old-1.dist-info", "new-1.dist-info")
    wheels = {f"{SITE}/{name}/METADATA": f"Name: {name[:3]}\nVersion: 1\n" for name in names}
    later = {f"{SITE}/.wh.old-1.dist-info": "", f"{SITE}/new-1.dist-info/RECORD": "other"}
    found = packages(layout(tmp_path, layer(wheels), layer(later)))
    assert found.wheels == {"venv/new": hashed("1", "other")}


def test_two_images_differ_in_a_package_whose_content_is_another() -> None:
    one = Packages({"venv/idna": "3.6 sha256:a"}, {"curl": "1 sha256:c", "git": "2 sha256:g"})
    two = Packages({"venv/idna": "3.6 sha256:b"}, {"curl": "1 sha256:c"})
    assert list(differing(one, one)) == []
    assert list(differing(one, two)) == [
        "wheels: venv/idna 3.6 has other content",
        "debian: git 2 -> (gone)",
    ]
