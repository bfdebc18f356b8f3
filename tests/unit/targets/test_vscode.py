"""What a target seeds for VS Code lies where it looks, and the server only with its licence accepted."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from builder.core import paths
from builder.core.errors import InvalidInputError
from builder.targets.target import Target, load_target

HOME = "/home/dev/.vscode-server"


def vsix(path: Path, **about: str) -> None:
    package = {"publisher": "Me", "name": "mine", "version": "1.2.3", **about}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("extension/package.json", json.dumps(package))
        archive.writestr("extension/../../escaped", "out")
        program = zipfile.ZipInfo("extension/bin/tool")
        program.external_attr = 0o755 << 16
        archive.writestr(program, "#!/bin/sh\n")


def server(path: Path, commit: str = "abc123") -> None:
    files = {
        "top/product.json": json.dumps({"quality": "stable", "commit": commit}),
        "top/bin/code-server": "#!/bin/sh\n",
    }
    with tarfile.open(path, "w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(text), 0o755 if "bin" in name else 0o644
            archive.addfile(entry, io.BytesIO(text.encode()))


def own(folder: Path, text: str, name: str = "mine") -> Target:
    file = folder / f"{name}.yaml"
    file.write_text(f"description: x\n{text}")
    return load_target(str(file))


def test_extensions_by_file_are_unpacked_and_those_by_name_add_up(tmp_path: Path) -> None:
    vsix(tmp_path / "mine.vsix")
    own(tmp_path, "vscode: {extensions: [ms-python.python]}\n", "team")
    wanted = own(tmp_path, "extends: ./team.yaml\nvscode: {extensions: [mine.vsix, a.b, ms-python.python]}\n")
    unpacked, recommended = wanted.files
    assert (unpacked.path, unpacked.unpack) == (f"{HOME}/extensions/me.mine-1.2.3", "extension")
    assert (recommended.path, recommended.owner) == ("/workspace/.vscode/extensions.json", "dev")
    assert json.loads(recommended.content) == {"recommendations": ["ms-python.python", "a.b"]}


def test_the_server_lies_where_its_commit_says(tmp_path: Path) -> None:
    server(tmp_path / "s.tar.gz")
    (found,) = own(tmp_path, "vscode: {server: {archive: s.tar.gz, accept_license: true}}\n").files
    assert (found.path, found.unpack) == (f"{HOME}/cli/servers/Stable-abc123/server", "top")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{server: {archive: s.tar.gz, accept_license: false}}", "write `true` if you accept that, and keep"),
        ("{server: {archive: s.tar.gz}}", "the key 'vscode.server.accept_license' is missing"),
        ("{server: {archive: none, accept_license: true}}", "none does not exist"),
        ("{server: {archive: mine.vsix, accept_license: true}}", "mine.vsix is not a VS Code server"),
        ("{server: {archive: evil.tar.gz, accept_license: true}}", "evil.tar.gz is not a VS Code server"),
        ("{extensions: [s.tar.gz.vsix]}", "s.tar.gz.vsix is not an extension"),
        ("{extensions: [evil.vsix]}", "evil.vsix is not an extension"),
        ("{extensions: ['a.b; id']}", "mine.yaml:2: vscode.extensions.0"),
        ("{extension: [a.b]}", "did you mean extensions"),
    ],
)
def test_each_mistake_is_named(tmp_path: Path, text: str, expected: str) -> None:
    server(tmp_path / "s.tar.gz")
    server(tmp_path / "s.tar.gz.vsix")
    server(tmp_path / "evil.tar.gz", commit="../../../etc")
    vsix(tmp_path / "mine.vsix")
    vsix(tmp_path / "evil.vsix", name="../../x")
    with pytest.raises(InvalidInputError) as caught:
        own(tmp_path, f"vscode: {text}\n")
    assert expected in str(caught.value)


def test_archives_are_unpacked_with_their_modes_and_never_outside(tmp_path: Path) -> None:
    """The script that the build runs, on folders of this test."""
    room = tmp_path / "files"
    (room / "blobs").mkdir(parents=True)
    vsix(room / "blobs" / "0")
    server(room / "blobs" / "1")
    places = [tmp_path / "root" / "e" / "me.mine", tmp_path / "root" / "s" / "server"]
    entries = [
        {"path": str(place), "executable": False, "owner": "root", "unpack": top}
        for place, top in zip(places, ("extension", "top"), strict=True)
    ]
    (room / "list.json").write_text(json.dumps(entries))
    (room / "place_files.py").write_bytes((paths.data("templates") / "place_files.py").read_bytes())
    subprocess.run([sys.executable, room / "place_files.py"], check=True)
    assert json.loads((places[0] / "package.json").read_text())["publisher"] == "Me"
    assert (places[0] / "bin" / "tool").stat().st_mode & 0o777 == 0o755
    assert (places[1] / "bin" / "code-server").stat().st_mode & 0o777 == 0o755
    assert sorted(path.name for path in (tmp_path / "root").iterdir()) == ["e", "s"]
    assert [path.name for path in (tmp_path / "root" / "e").iterdir()] == ["me.mine"]
