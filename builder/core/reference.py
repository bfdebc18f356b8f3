"""The name of an image: its repository and its tag, on this machine or in a registry."""

from __future__ import annotations

from dataclasses import dataclass

# What the images of this machine's engine that are ours begin with.
LOCAL = "tailbox"


@dataclass(frozen=True)
class Reference:
    """`<namespace>/<name>:<tag>`; the namespace is ours, or a registry with what stands before the name."""

    name: str
    tag: str
    namespace: str = LOCAL

    @property
    def repository(self) -> str:
        return f"{self.namespace}/{self.name}"

    def by_digest(self, digest: str) -> str:
        """Return what names one image for good."""
        return f"{self.repository}@{digest}"

    def __str__(self) -> str:
        return f"{self.repository}:{self.tag}"
