"""Explain a conflict of uv: the lines that ask for what excludes each other, and a change that was tried."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from builder.core.errors import InvalidInputError, Problem, TailboxError
from builder.facts.models import Facts
from builder.lock.pins import parse_pins
from builder.lock.uv import ConflictError, compile_requirements
from builder.pipeline.workspace import Workspace
from builder.resolve import cuda
from builder.resolve.resolve import Selection, select
from builder.resolve.select_release import served_gpus
from builder.targets.markers import full_version
from builder.targets.target import Target

_WHO = r"[\w.-]+(?:\[[\w,-]+\])?(?:[<>=!~]=?[\w.*+,<>=!~-]+)?"
_DEPENDS = re.compile(rf"(?P<who>{_WHO}) depends on (?P<what>{_WHO})")
_FETCH = re.compile(r"Failed to fetch: `?([^\s`]+)")
# How many lines are tried without their versions: each takes uv a second or more.
_TRIALS = 4


@dataclasses.dataclass(frozen=True)
class UnreachableIndex(Problem):
    """An index does not answer: no other target changes that."""


def explain(error: ConflictError, selection: Selection | None, workspace: Workspace) -> TailboxError:
    """Return the conflict in the lines of the target's files; uv's own words are kept for `--verbose`.

    Without a selection (JupyterLab's own environment) it stays as it is.
    """
    if found := _FETCH.search(error.text):
        return TailboxError(_unreachable(found[1], error.text, selection))
    if selection is None:
        return error
    sides = [*_sides(error.text, selection), *dict.fromkeys(_needs(error.text))]
    remedy = _tried(error, selection, workspace) or "change one of these lines"
    what = "\n  ".join(["no set of wheels fits", *(sides or [error.text.splitlines()[-1].strip()])])
    return InvalidInputError(Problem(what, remedy, detail=error.text))


def _unreachable(address: str, text: str, selection: Selection | None) -> Problem:
    """Report an index that does not answer, with its line where the target names it."""
    indexes = selection.target.indexes if selection else ()
    index = next((one for one in indexes if address.startswith(one.rstrip("/"))), "")
    places = selection.target.places if selection else {}
    asked = next((place for key, place in places.items() if key.endswith(f" @ {address}")), None)
    where = places.get("indexes") if index else asked
    reason = text.splitlines()[-1].strip().removeprefix("cause: ")
    remedy = "correct its address, or remove it" if where else "check the network and the index of uv or pip"
    return UnreachableIndex(f"{index or address} does not answer: {reason}", remedy, where, text)


def _sides(text: str, selection: Selection) -> Iterator[str]:
    """Name the requirements that uv names, each with its line."""
    target = selection.target
    for one in selection.requirements:
        if _names(text, one):
            place = target.places.get(f"pip:{one}")
            yield f"{place}: {one}" if place else f"{one}, {_chosen(one, selection)}"


def _names(text: str, requirement: str) -> bool:
    name = "[-_.]+".join(canonicalize_name(Requirement(requirement).name).split("-"))
    return re.search(rf"(?<![\w.-]){name}(?![\w-])", text, re.IGNORECASE) is not None


def _chosen(requirement: str, selection: Selection) -> str:
    """Say where a requirement comes from that stands in no file of the person's."""
    name = cuda.framework_name(selection.target)
    if selection.release and Requirement(requirement).name == name:
        where = selection.target.places.get("framework")
        return f"the release that was chosen ({where})" if where else "the release that was chosen"
    return "which the image needs"


def _needs(text: str) -> Iterator[str]:
    """Name what packages need of each other, as uv found it."""
    for found in _DEPENDS.finditer(re.sub(r"\s+", " ", text)):
        yield f"{found['who']} needs {found['what'].rstrip('.')}"


def _tried(error: ConflictError, selection: Selection, workspace: Workspace) -> str:
    """Return the first change with which uv finds wheels; empty if none of those that were tried."""
    changes = [*another_release(selection, workspace), *_freed(error, selection)]
    for words, changed in changes[:_TRIALS]:
        try:
            found = select(changed, workspace.facts)
            _compile(found.requirements, changed, workspace)
        except (InvalidInputError, TailboxError):
            continue
        return f"{words} (tried{gives(found)})"
    return ""


def another_release(selection: Selection, workspace: Workspace) -> Iterator[tuple[str, Target]]:
    """Yield the target on the release of its framework that uv takes where none is asked for."""
    target, release = selection.target, selection.release
    if release is None:
        return
    name = cuda.framework_name(target)
    fixed = {release.framework_requirement(name), *release.cuda_pins}
    extras = f"[{','.join(release.extras)}]" if release.extras else ""
    free = (*(one for one in selection.requirements if one not in fixed), f"{name}{extras}")
    try:
        pins = parse_pins(_compile(free, target, workspace))
    except TailboxError:
        return
    version = next((str(pin.version) for pin in pins if pin.name == canonicalize_name(name)), "")
    yield from _with_release(target, f"{name}=={version}", workspace.facts)


def _with_release(target: Target, framework: str, facts: Facts) -> Iterator[tuple[str, Target]]:
    changed = dataclasses.replace(target, framework=framework)
    words = f"write framework: {framework}"
    try:
        gpus, _ = served_gpus(changed, facts)
    except InvalidInputError:
        return
    if gpus != target.gpus:
        words += f" and gpus: [{', '.join(gpus)}]"
    yield words, dataclasses.replace(changed, gpus=gpus)


def _freed(error: ConflictError, selection: Selection) -> Iterator[tuple[str, Target]]:
    """The target without the version of one of the lines that uv names."""
    target = selection.target
    for one in target.pip:
        parsed = Requirement(one)
        if parsed.specifier and _names(error.text, one):
            name = parsed.name + (f"[{','.join(sorted(parsed.extras))}]" if parsed.extras else "")
            pip = tuple(name if text == one else text for text in target.pip)
            place = target.places.get(f"pip:{one}")
            yield f"{place}: write {name} without {parsed.specifier}", dataclasses.replace(target, pip=pip)


def _compile(requirements: Iterable[str], target: Target, workspace: Workspace) -> str:
    locks = workspace.images / "locks"
    sources: dict[str, tuple[str, ...]] = dict.fromkeys(target.from_source, ())
    python, bound, never = full_version(target.python), target.constraints, target.excludes
    return compile_requirements(
        requirements, python, locks, None, (), bound, target.indexes, sources=sources, excludes=never
    )


def gives(selection: Selection) -> str:
    """Say on which release of its framework a change of a target is."""
    release, name = selection.release, cuda.framework_name(selection.target)
    return f": gives {name} {release.version}, CUDA {release.cuda}" if release else ""
