"""The name of an image, made of what it holds. One rule for what is planned and for what was built."""

from __future__ import annotations

from packaging.version import Version


def image_tag(target: str, python: str, tailscale: str, framework: str, cuda: str) -> str:
    """`tailbox/<target>:2.15.0-cu13.2-py3.13-ts1.102.3`; versions, empty where there is no such thing."""
    parts = [str(Version(framework))] if framework else []
    parts += [f"cu{cuda.replace(' ', '+')}"] if cuda else []
    return f"tailbox/{target}:{'-'.join([*parts, f'py{python}', f'ts{tailscale}'])}"
