"""How long each step took when it last ran here, so that a running build can say what is left."""

from __future__ import annotations

from collections.abc import Mapping

from builder.core import cache

_RECORD = "step-seconds.json"
_MOST = 500


def known() -> dict[str, float]:
    """Seconds by the step's own text."""
    return cache.load(_RECORD)


def remember(seconds: Mapping[str, float]) -> None:
    """Keep what steps took now, and forget those that nobody has run for long."""
    entries = [*((text, old) for text, old in known().items() if text not in seconds), *seconds.items()]
    cache.store(_RECORD, dict(entries[-_MOST:]))
