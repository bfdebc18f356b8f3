"""The tag of an image, made of what it holds: one rule for plans and for built images."""

from __future__ import annotations

from packaging.version import Version


def image_tag(python: str, tailscale: str, framework: str, cuda: str) -> str:
    """Return `2.15.0-cu13.2-py3.13-ts1.102.3`; a version is empty if the image has none."""
    parts = [str(Version(framework))] if framework else []
    parts += [f"cu{cuda.replace(' ', '+')}"] if cuda else []
    return "-".join([*parts, f"py{python}", f"ts{tailscale}"])
