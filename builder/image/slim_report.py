"""What the slimmer did in an image that is built: it left a report for each layer in the image itself."""

from __future__ import annotations

import json

from builder.engine.client import Engine
from builder.engine.containers import run_in_image

_READ = "cat /opt/tailbox/slim/*.json 2>/dev/null || true"


def report(image: str, engine: Engine) -> dict[str, int]:
    """Return the bytes that each rule saved."""
    text = run_in_image(image, ["sh", "-c", _READ], engine, f"{image} does not show what was slimmed")
    saved: dict[str, int] = {}
    decoder, at = json.JSONDecoder(), 0
    while text[at:].strip():
        layer, end = decoder.raw_decode(text, at)
        saved |= {rule: saved.get(rule, 0) + done["bytes"] for rule, done in layer.items()}
        at = end + 1
    return saved
