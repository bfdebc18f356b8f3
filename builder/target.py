"""Target files: what a node should be. `load(name)` gives a `Target` or every problem with file:line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from packaging.requirements import InvalidRequirement, Requirement
from pydantic import AfterValidator, Field, StringConstraints

from builder import document, paths
from builder.document import Document, Location, Strict
from builder.errors import InvalidInput, Problem, Where, did_you_mean

SshBackend = Literal["tailscale", "sshd", "both", "off"]
T = TypeVar("T")


def _requirement(text: str) -> str:
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        raise ValueError(f"not a Python requirement ({str(error).splitlines()[0]})") from None
    if requirement.url:
        raise ValueError("a requirement by URL cannot be locked by hash; name a released version")
    return text


AptPackage = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9+.-]+$")]
PipRequirement = Annotated[str, AfterValidator(_requirement)]
Gpu = Annotated[str, StringConstraints(pattern=r"^sm_[0-9]{2,3}$")]
CudaVersion = Annotated[str, StringConstraints(pattern=r"^[0-9]{2}(\.[0-9]+)?$")]
PythonVersion = Annotated[str, StringConstraints(pattern=r"^3\.[0-9]+$")]
EnvName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
EnvValue = Annotated[str, StringConstraints(pattern=r"^[^\x00\n\r]*$")]
CheckName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$")]
Line = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]+$")]


class Packages(Strict):
    """What is installed for the user: Debian packages and Python requirements (for /opt/venv)."""

    apt: tuple[AptPackage, ...] = ()
    pip: tuple[PipRequirement, ...] = ()


class TargetFile(Strict):
    """One YAML file of `images/`, as written: nothing inherited yet."""

    description: Line
    extends: str | None = None
    python: PythonVersion | None = None
    framework: PipRequirement | None = None
    cuda: CudaVersion | None = None
    gpus: tuple[Gpu, ...] = ()
    ssh: SshBackend | None = None
    jupyter: bool | None = None
    packages: Packages = Packages()
    env: dict[EnvName, EnvValue] = Field(default_factory=dict)
    checks: tuple[CheckName, ...] = ()
    disk_gb: Annotated[int, Field(gt=0)] | None = None


@dataclass(frozen=True)
class Target:
    """A target with all that it extends folded in; `places` says where each value was written."""

    name: str
    description: str
    python: str
    framework: str | None
    cuda: str | None
    gpus: tuple[str, ...]
    ssh: SshBackend
    jupyter: bool
    apt: tuple[str, ...]
    pip: tuple[str, ...]
    env: Mapping[str, str]
    checks: tuple[str, ...]
    disk_gb: int
    places: Mapping[str, Where] = field(repr=False)


def known(images: Path | None = None) -> list[str]:
    """Names of the targets that come with the project."""
    folder = images or paths.data("images")
    return sorted(path.stem for path in folder.glob("*.yaml") if path.stem not in ("versions", "compat"))


def load(name: str, images: Path | None = None) -> Target:
    """Read a target and what it extends. Raises InvalidInput with every problem, each with file:line."""
    folder = images or paths.data("images")
    if name not in known(folder):
        hint = did_you_mean(name, known(folder))
        raise InvalidInput(
            Problem(f"unknown target {name!r}{hint}", f"the targets are: {', '.join(known(folder))}")
        )
    chain = _chain(name, folder)
    problems = [
        Problem(f"unknown check {check!r}", f"write {folder / 'checks' / check}.py", doc.where(("checks",)))
        for doc, file in chain
        for check in file.checks
        if not (folder / "checks" / f"{check}.py").is_file()
    ]
    if problems:
        raise InvalidInput(*problems)
    return _fold(name, chain)


def _chain(name: str, folder: Path) -> list[tuple[Document, TargetFile]]:
    """The target's file and those it extends, the target first. All files' problems at once."""
    chain: list[tuple[Document, TargetFile]] = []
    problems: list[Problem] = []
    seen: list[str] = []
    current: str | None = name
    while current:
        seen.append(current)
        doc = document.read(folder / f"{current}.yaml")
        extends = doc.data.get("extends")
        try:
            chain.append((doc, document.parse(doc, TargetFile)))
        except InvalidInput as error:
            problems.extend(error.problems)
        current = extends if isinstance(extends, str) else None
        if current and (problem := _bad_parent(current, seen, folder, doc)):
            problems.append(problem)
            break
    if problems:
        raise InvalidInput(*problems)
    return chain


def _bad_parent(parent: str, seen: list[str], folder: Path, doc: Document) -> Problem | None:
    where = doc.where(("extends",))
    if parent in seen:
        circle = " -> ".join([*seen[seen.index(parent) :], parent])
        return Problem(f"a target cannot extend itself: {circle}", "remove one `extends`", where)
    if parent not in known(folder):
        hint = did_you_mean(parent, known(folder))
        return Problem(
            f"extends an unknown target {parent!r}{hint}",
            f"the targets are: {', '.join(known(folder))}",
            where,
        )
    return None


def _fold(name: str, chain: list[tuple[Document, TargetFile]]) -> Target:
    """The nearest file wins for single values; lists and mappings add up, ancestors first."""
    files = [file for _, file in chain]
    ancestors_first = files[::-1]
    return Target(
        name=name,
        description=files[0].description,
        python=_first((f.python for f in files), "3.13"),
        framework=_first((f.framework for f in files), None),
        cuda=_first((f.cuda for f in files), None),
        gpus=_first((f.gpus or None for f in files), ()),
        ssh=_first((f.ssh for f in files), "both"),
        jupyter=_first((f.jupyter for f in files), True),
        apt=_union(f.packages.apt for f in ancestors_first),
        pip=_union(f.packages.pip for f in ancestors_first),
        env={key: value for f in ancestors_first for key, value in f.env.items()},
        checks=_union(f.checks for f in ancestors_first),
        disk_gb=_first((f.disk_gb for f in files), 3),
        places=_places(chain[::-1]),
    )


def _first(values: Iterable[T | None], default: T) -> T:
    return next((value for value in values if value is not None), default)


def _union(lists: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item for items in lists for item in items))


def _places(ancestors_first: list[tuple[Document, TargetFile]]) -> dict[str, Where]:
    """`framework`, `cuda`, ... and `pip:<requirement>` to the line that says it."""
    places: dict[str, Where] = {}
    for doc, file in ancestors_first:
        written: dict[str, Location] = {key: (key,) for key in file.model_fields_set}
        written |= {f"pip:{text}": ("packages", "pip", n) for n, text in enumerate(file.packages.pip)}
        places |= {key: doc.where(location) for key, location in written.items()}
    return places
