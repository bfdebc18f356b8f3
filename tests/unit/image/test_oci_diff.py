"""Two images compared: the same, and every way in which one file can differ, named."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
import zstandard

from builder.engine.oci_layout import Layout
from builder.image import oci_diff


def layer(**changes: Any) -> bytes:
    """A layer of three files, the middle one changed as told."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for name in ("a", "b", "c"):
            mine: dict[str, Any] = {"content": b"same", "mtime": 1, "mode": 0o644}
            mine |= changes if name == "b" else {}
            info = tarfile.TarInfo(mine.get("name", f"etc/{name}"))
            info.size, info.mtime, info.mode = len(mine["content"]), mine["mtime"], mine["mode"]
            tar.addfile(info, io.BytesIO(mine["content"]))
    return stream.getvalue()


def layout(folder: Path, *blobs: bytes) -> Layout:
    """An OCI image layout of these layers, as BuildKit exports it."""

    def put(content: bytes) -> dict[str, str]:
        name = hashlib.sha256(content).hexdigest()
        (folder / "blobs" / "sha256").mkdir(parents=True, exist_ok=True)
        (folder / "blobs" / "sha256" / name).write_bytes(content)
        return {"digest": f"sha256:{name}"}

    history = [{"created_by": f"RUN step {n}"} for n in range(len(blobs))]
    history.insert(0, {"created_by": "ENV", "empty_layer": True})  # type: ignore[dict-item]
    config = put(json.dumps({"history": history}).encode())
    layers = [put(zstandard.compress(blob)) for blob in blobs]
    index = {"manifests": [put(json.dumps({"config": config, "layers": layers}).encode())]}
    (folder / "index.json").write_text(json.dumps(index))
    return Layout(folder)


def test_equal_images_have_no_difference(tmp_path: Path) -> None:
    one, two = layout(tmp_path / "1", layer()), layout(tmp_path / "2", layer())
    assert oci_diff.differences(one, two) == ()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"content": b"diff"}, "etc/b: its content"),
        ({"content": b"longer"}, "etc/b: size 4 against 6"),
        ({"mtime": 2}, "etc/b: mtime 1 against 2"),
        ({"mode": 0o755}, "etc/b: mode 420 against 493"),
        ({"name": "etc/x"}, "etc/b: name 'etc/b' against 'etc/x'"),
    ],
)
def test_the_first_file_that_differs_is_named(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    one = layout(tmp_path / "1", layer(), layer())
    two = layout(tmp_path / "2", layer(), layer(**change))
    assert oci_diff.differences(one, two) == (f"layer 2 (RUN step 1): {message}",)


def test_an_image_with_a_layer_less_is_told(tmp_path: Path) -> None:
    one, two = layout(tmp_path / "1", layer(), layer(mtime=5)), layout(tmp_path / "2", layer())
    assert oci_diff.differences(one, two) == ("the one image has 2 layers, the other 1",)


def test_only_another_compression_is_told_as_that(tmp_path: Path) -> None:
    large = layer(content=b"ab" * 5000)
    one = layout(tmp_path / "1", large)
    two = layout(tmp_path / "2", large)
    other = zstandard.ZstdCompressor(level=19).compress(large + bytes(512))
    digest = f"sha256:{hashlib.sha256(other).hexdigest()}"
    two.blob(digest).write_bytes(other)
    manifest = json.loads(two.blob(two.digest()).read_text())
    manifest["layers"] = [{"digest": digest}]
    two.blob(two.digest()).write_text(json.dumps(manifest))
    assert oci_diff.differences(one, two) == ("layer 1 (RUN step 0): the same files, compressed differently",)
