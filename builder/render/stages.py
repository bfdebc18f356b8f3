"""The stages of a Dockerfile: its templates name each step, which gives its text and is kept. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from builder.core.errors import InvalidInputError, Problem
from builder.render import mounts
from builder.render.layers import Layer, short_digest
from builder.render.mounts import Mount

_SHELL = 'SHELL ["/bin/bash", "-euo", "pipefail", "-c"]'
# Quotes of a step would stand escaped twice in the label, which linters of Dockerfiles cannot read.
_UNQUOTED = {ord('"'): "'", ord("\\"): "/"}


@dataclass(frozen=True)
class Step:
    """An instruction: its text, its title, what it does in a word or two (empty: it makes no layer).

    It takes `sources`, which lie beside the Dockerfile, and `others`, which are stages and build contexts.
    """

    text: str
    title: str
    name: str = ""
    sources: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    linked: bool = False


@dataclass(frozen=True)
class Inputs:
    """What there is to take: files and the wheels that they lock, by path, and build contexts in words."""

    files: Mapping[str, bytes]
    wheels: Mapping[str, tuple[str, ...]]
    contexts: Mapping[str, str]

    def of(self, step: Step) -> Layer:
        """Return a step with what it takes."""
        folders = tuple(f"{source}/" for source in step.sources)
        paths = [path for path in self.files if path in step.sources or path.startswith(folders)]
        return Layer(
            title=step.title.translate(_UNQUOTED),
            # A line that is broken elsewhere is the same step.
            text=short_digest(re.sub(r"\\\n\s*", " ", step.text).encode()),
            inputs={path: short_digest(self.files[path]) for path in paths} | self.named(step.others),
            packages=tuple(pin for path in paths for pin in self.wheels.get(path, ())),
            linked=step.linked,
            name=step.name,
        )

    def named(self, others: Sequence[str]) -> dict[str, str]:
        return {other: self.contexts[other] for other in others if other in self.contexts}


@dataclass(frozen=True)
class _Stage:
    parent: str
    steps: list[Step] = field(default_factory=list)


class Stages:
    """The stages that templates have named so far. What they call returns the text of the Dockerfile."""

    def __init__(self) -> None:
        self._stages: dict[str, _Stage] = {}

    @property
    def calls(self) -> dict[str, Callable[..., object]]:
        """What templates call, by its name there."""
        steps = (self.stage, self.shell, self.workdir, self.copy, self.run)
        kinds = (mounts.secret, mounts.cache, mounts.bind, mounts.bind_of, mounts.after)
        return {call.__name__: call for call in (*steps, *kinds)}

    def stage(self, name: str, parent: str) -> str:
        self._stages[name] = _Stage(parent)
        return f"FROM {parent} AS {name}"

    def shell(self) -> str:
        return self._step(Step(_SHELL, _SHELL))

    def workdir(self, path: str, name: str) -> str:
        return self._step(Step(f"WORKDIR {path}", f"WORKDIR {path}", name))

    def copy(self, name: str, source: str, target: str, other: str = "", mode: str = "") -> str:
        """Return a linked COPY from beside the Dockerfile, or of another stage or build context."""
        origin, chmod = other and f"--from={other} ", mode and f"--chmod={mode} "
        sources, others = ((), (other,)) if other else ((source,), ())
        text, title = f"COPY --link {origin}{chmod}{source} {target}", f"COPY {origin}{source} {target}"
        return self._step(Step(text, title, name, sources, others, linked=True))

    def run(self, name: str, mounted: Sequence[Mount], caller: Callable[[], str]) -> str:
        """Return a RUN of the block, with the line break that Jinja takes behind it."""
        command = caller().strip()
        text = " \\\n    ".join([*map(str, mounted), command])
        sources = tuple(mount.source for mount in mounted if mount.source)
        others = tuple(mount.other for mount in mounted if mount.other)
        return self._step(Step(f"RUN {text}", _title(command, mounted), name, sources, others)) + "\n"

    def _step(self, step: Step) -> str:
        *_, current = self._stages.values()
        current.steps.append(step)
        return step.text

    def layers(self, inputs: Inputs) -> tuple[Layer, ...]:
        """Return the layers of the last stage, which is the image, lowest first.

        Raises InvalidInputError where templates of an older revision name no stages.
        """
        if not self._stages:
            remedy = "compare with a later revision, or with an image that was built then"
            raise InvalidInputError(Problem("these templates do not name their stages", remedy))
        for name, stage in self._stages.items():
            made = json.dumps([inputs.of(step).as_data() for step in stage.steps], sort_keys=True)
            inputs = replace(inputs, contexts={**inputs.contexts, name: short_digest(made.encode())})
        below = list(self._below(list(self._stages)[-1]))[::-1]
        first, *rest = (inputs.of(step) for stage in below for step in stage.steps if step.name)
        return (replace(first, inputs=first.inputs | inputs.named([below[0].parent])), *rest)

    def _below(self, name: str) -> Iterator[_Stage]:
        """Yield a stage and those that it stands on."""
        while name in self._stages:
            yield self._stages[name]
            name = self._stages[name].parent


def _title(command: str, mounted: Sequence[Mount]) -> str:
    """Return a RUN in one line, with mounted files under their names beside the Dockerfile."""
    text = f"RUN {command}"
    for mount in mounted:
        if mount.source:
            text = text.replace(f" {mount.target}", f" {mount.source}")
    return " ".join(word for word in text.split() if word != "\\").replace(". /run/host/env; ", "")
