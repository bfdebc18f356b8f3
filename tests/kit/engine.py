"""An engine that holds images in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from docker.errors import ImageNotFound

from builder.engine.client import Engine


def fake_engine(
    root: Path = Path("/"), *, store: str = "overlay2", images: FakeImages | None = None
) -> Engine:
    """Return an engine with these images."""
    client = SimpleNamespace(images=images or FakeImages())
    return Engine(cast(Any, client), "unix:///there", "26.1.5", store, root)


@dataclass
class FakeImage:
    """An image as the engine describes it; `tag` moves a tag to it."""

    id: str
    tags: list[str]
    tag: Callable[..., None]
    labels: Mapping[str, str]
    attrs: Mapping[str, Any]
    commands: tuple[str, ...]

    def history(self) -> list[dict[str, str]]:
        return [{"CreatedBy": command} for command in self.commands]


@dataclass
class FakeImages:
    """The tags of each image by its id. What is said of one image holds for all.

    `refusal` is raised for every question; `sending` is what a push gives.
    """

    tags: dict[str, list[str]] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    attrs: Mapping[str, Any] = field(default_factory=dict)
    commands: tuple[str, ...] = ()
    refusal: Exception | None = None
    sending: Callable[[], object] = list

    def get(self, name: str) -> FakeImage:
        if self.refusal:
            raise self.refusal
        for id_, tags in self.tags.items():
            if name == id_ or name in tags:
                return self._image(id_)
        raise ImageNotFound(name)

    def list(self, **_: object) -> list[FakeImage]:
        return [self._image(id_) for id_ in self.tags]

    def remove(self, name: str, **_: object) -> None:
        image = self.get(name)
        if name in image.tags:
            image.tags.remove(name)
        if not image.tags:
            del self.tags[image.id]

    def push(self, *_: object, **__: object) -> object:
        return self.sending()

    def _image(self, id_: str) -> FakeImage:
        def tag(repository: str, version: str = "") -> None:
            name = f"{repository}:{version}" if version else repository
            for tags in self.tags.values():
                tags[:] = [each for each in tags if each != name]
            self.tags[id_].append(name)

        return FakeImage(id_, self.tags[id_], tag, self.labels, self.attrs, self.commands)
