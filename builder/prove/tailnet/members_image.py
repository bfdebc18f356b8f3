"""Build the image that control, laptop and server run."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from builder.build.bake import bake_with_retry, output
from builder.core import labels, paths
from builder.core.files import link_or_copy
from builder.engine.client import Engine
from builder.engine.images import remove_untagged, tagged_images
from builder.prove.plan import MemberSources
from builder.render.bake_file import BAKE, host_secrets


def build_members_image(engine: Engine, sources: MemberSources, *, packages: Sequence[str] = ()) -> str:
    """Build the image (fast if nothing changed) and return its id. Raises TailboxError with the failed step.

    `packages` are further Debian packages, for members that need them.
    """
    tag = f"tailbox/members:{hashlib.sha256(' '.join(packages).encode()).hexdigest()[:8]}"
    with _binaries(sources) as folder:
        target = _target(sources, folder / "binaries", packages, tag)
        (folder / BAKE).write_text(json.dumps({"target": {"default": target}}))
        before = tagged_images([tag], engine)
        bake_with_retry(folder, engine, output(engine))
        remove_untagged(before.values(), engine)
    return str(engine.client.images.get(tag).id)


def _target(sources: MemberSources, binaries: Path, packages: Sequence[str], tag: str) -> dict[str, object]:
    """Return the only target of the bake file."""
    return {
        "context": str(paths.data("templates") / "prove"),
        "contexts": {"base": f"docker-image://{sources.base_reference}", "binaries": str(binaries)},
        "args": {"PACKAGES": " ".join(packages)},
        "secret": host_secrets(str(sources.host)) if sources.host else [],
        "labels": {labels.TARGET: "members"},
        "tags": [tag],
    }


@contextmanager
def _binaries(sources: MemberSources) -> Iterator[Path]:
    """Yield a folder with both binaries, under their own names and alone in `binaries`."""
    with tempfile.TemporaryDirectory(prefix="tailbox-members-") as name:
        folder = Path(name)
        (folder / "binaries").mkdir()
        for source, target in ((sources.tailscaled, "tailscaled"), (sources.control, "control")):
            link_or_copy(source, folder / "binaries" / target)
        yield folder
