"""What a RUN of a Dockerfile mounts, as data. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mount:
    """A mount of a RUN: `source` lies beside the Dockerfile; `other` is a stage or build context it is of."""

    options: str
    target: str
    source: str = ""
    other: str = ""

    def __str__(self) -> str:
        return f"--mount={self.options}"


def secret(name: str, target: str) -> Mount:
    """What the host gives to a step and no layer keeps."""
    return Mount(f"type=secret,id={name},target={target}", target)


def cache(name: str, target: str, sharing: str = "") -> Mount:
    """A folder that the builder keeps."""
    return Mount(f"type=cache,id={name},target={target}{sharing and f',sharing={sharing}'}", target)


def bind(source: str, target: str) -> Mount:
    """A file or folder beside the Dockerfile."""
    return Mount(f"type=bind,source={source},target={target}", target, source=source)


def bind_of(other: str, source: str, target: str) -> Mount:
    """A file or folder of a stage or of a build context."""
    return Mount(f"type=bind,from={other},source={source},target={target}", target, other=other)


def after(stage: str, source: str, target: str) -> Mount:
    """A file that is always the same and makes a step wait for a stage: no input of the step."""
    return Mount(f"type=bind,from={stage},source={source},target={target}", target)
