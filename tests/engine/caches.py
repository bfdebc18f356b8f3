"""Caches that a test had the engine's builder make."""

from __future__ import annotations

import subprocess

from builder.engine.client import Engine


def drop(name: str, engine: Engine) -> None:
    """Forget the cache mount of this name."""
    caches = engine.client.api.df()["BuildCache"]
    for left in (cache["ID"] for cache in caches if name in cache["Description"]):
        prune = ["docker", "builder", "prune", "--force", "--filter", f"id={left}"]
        subprocess.run(prune, env=engine.environ, check=True, capture_output=True)
