"""The layers of an image and what each is made of: read from rendered files, kept in a label. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

Files = Mapping[str, bytes]
CONTEXTS = "contexts.json"
_LAYERS = ("RUN", "COPY", "WORKDIR")
# Stages that bring wheels into the builder's cache: what is mounted of them is always the same empty file.
_FETCHED = "fetched-"


@dataclass(frozen=True)
class Layer:
    """One layer: its step in words, a digest of its text, its inputs (path to digest) and its wheels.

    A `linked` layer is made without looking at those below it: it stays when they change.
    """

    title: str
    text: str
    inputs: dict[str, str]
    packages: tuple[str, ...]
    linked: bool


def rendered_layers(files: Files) -> tuple[Layer, ...]:
    """Return the layers of the image that rendered files build, lowest first."""
    stages = {name: (below, own) for below, name, own in _stages(files["Dockerfile"].decode())}
    taken = json.loads(files.get(CONTEXTS, b"{}"))
    for name, (_, instructions) in stages.items():
        stage = [vars(_step(text, files, taken)) for text in instructions]
        taken[name] = short_digest(json.dumps(stage, sort_keys=True).encode())
    base, whole = _whole(stages, list(stages)[-1])
    first, *rest = (_step(text, files, taken) for text in whole if text.split(maxsplit=1)[0] in _LAYERS)
    return (replace(first, inputs={**first.inputs, **_named([base], taken)}), *rest)


def _whole(stages: Mapping[str, tuple[str, list[str]]], name: str) -> tuple[str, list[str]]:
    """Return the base image that a stage stands on, and all instructions from there."""
    below, own = stages[name]
    if below not in stages:
        return below, own
    base, lower = _whole(stages, below)
    return base, [*lower, *own]


def layers_to_label(made: tuple[Layer, ...]) -> str:
    """Return the label by which an image names its layers."""
    return json.dumps([vars(step) for step in made], sort_keys=True, separators=(",", ":"))


def layers_from_label(text: str) -> tuple[Layer, ...]:
    """Read the layers of an image from its label."""
    rows = json.loads(text)
    return tuple(Layer(**{**row, "packages": tuple(row["packages"])}) for row in rows)


def _stages(dockerfile: str) -> Iterator[tuple[str, str, list[str]]]:
    """Return each stage: its parent, its name, and its instructions, each on one line, without comments."""
    lines = "\n".join(line for line in dockerfile.split("\n") if not line.lstrip().startswith("#"))
    whole = [line for line in re.sub(r"\\\n\s*", " ", lines).split("\n") if line.strip()]
    starts = [number for number, line in enumerate(whole) if line.startswith("FROM ")]
    for start, end in zip(starts, [*starts[1:], len(whole)], strict=True):
        yield whole[start].split()[1], whole[start].split()[-1], whole[start + 1 : end]


def _step(text: str, files: Files, taken: Mapping[str, str]) -> Layer:
    """Describe an instruction; `taken` says what other stages and build contexts hold, by name."""
    sources = _sources(text)
    folders = tuple(f"{source}/" for source in sources)
    read = [path for path in files if path in sources or path.startswith(folders)]
    inputs = {path: short_digest(files[path]) for path in read}
    inputs |= _named(re.findall(rf"\bfrom=(?!{_FETCHED})([\w-]+)", text), taken)
    locks = [path for path in inputs if path.startswith("locks/")]
    return Layer(
        # Quotes of a step would stand escaped twice in the label, which linters of Dockerfiles cannot read.
        title=layer_title(text).translate({ord('"'): "'", ord("\\"): "/"}),
        text=short_digest(text.encode()),
        inputs=inputs,
        packages=tuple(pin for path in locks for pin in _pins(files[path].decode())),
        linked="--link" in text,
    )


def _named(names: Iterable[str], taken: Mapping[str, str]) -> dict[str, str]:
    return {name: taken[name] for name in names if name in taken}


def _sources(text: str) -> list[str]:
    """Return the files and folders that an instruction takes: bound by a mount, or copied."""
    mounted = re.findall(r"--mount=type=bind,source=([^,\s]+)", text)
    copied = [] if not text.startswith("COPY") or "--from=" in text else text.split()[1:-1]
    return [*mounted, *copied]


def layer_title(text: str) -> str:
    """Return an instruction in one line, with mounted files under their names beside the Dockerfile."""
    for source, target in re.findall(r"--mount=type=bind,source=([^,\s]+),target=(\S+)", text):
        text = text.replace(f" {target}", f" {source}")
    unsaid = ("--mount=", "--chmod=", "--link")
    words = [word for word in text.split() if word != "\\" and not word.startswith(unsaid)]
    return " ".join(words).replace(". /run/host/env; ", "")


def _pins(lock: str) -> list[str]:
    return re.findall(r"(?m)^([A-Za-z0-9._-]+==[^\s\\;]+)", lock)


def short_digest(content: bytes) -> str:
    """Return a short digest that tells two texts apart."""
    return hashlib.sha256(content).hexdigest()[:12]


def short(name: str, width: int = 72) -> str:
    """Return what a step runs, without mounts and shell preamble."""
    text = layer_title(name)
    return text if len(text) <= width else text[: width - 1] + "…"
