"""Debian with Python for a build daemon that starts empty, which would install it anew each time."""

from __future__ import annotations

from pathlib import Path

from bench.registry import debian_with
from builder.build import base_image
from builder.engine.client import Engine
from builder.prove import MemberSources


def python_base(folder: Path, engine: Engine, sources: MemberSources) -> str:
    """Make it in the engine, whose cache keeps it, and return the build context with it in this folder."""
    assert sources.host is not None
    image = debian_with("python3-venv", engine, sources.base_reference, sources.host)
    try:
        return base_image.saved(image, folder, engine)
    finally:
        engine.client.images.remove(image)
