"""A registry that knows some images by their digest."""

from __future__ import annotations


class FakeRegistry:
    """Answers like `base_image.from_registry`, and writes down what it was asked for."""

    def __init__(self, *digests: str) -> None:
        self._digests, self.asked = digests, list[str]()

    def __call__(self, name: str) -> str | None:
        self.asked.append(name)
        return next((digest for digest in self._digests if digest.startswith(name)), None)
