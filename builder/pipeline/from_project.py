"""`tailbox new --project`: try targets for a project, and take the first that can be locked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from builder.core import console, tempdirs
from builder.core.errors import InvalidInputError, Problem, TailboxError
from builder.core.notes import Note
from builder.lock import lockfiles
from builder.pipeline import conflict
from builder.pipeline.candidates import FRAMEWORKS, Candidates
from builder.pipeline.relock import compile_lock
from builder.pipeline.workspace import Workspace
from builder.resolve.resolve import Selection
from builder.resolve.select_release import served_gpus
from builder.targets.project.survey import Survey
from builder.targets.project.target_text import Entry, TargetText, listed, quoted
from builder.targets.target import Draft, read_target

_TRIALS = 8


@dataclass(frozen=True)
class Proposal:
    """A target for a project; `problems` are left, none where it was locked on trial.

    `framework` came with its wheels, though it extends a target without one.
    """

    text: TargetText
    problems: tuple[Problem, ...]
    notes: tuple[Note, ...] = ()
    framework: str = ""


def propose(survey: Survey, name: str, workspace: Workspace) -> Proposal:
    """Return the first target that can be locked, the likeliest first; else that with the fewest problems."""
    likeliest, refused = None, list[Proposal]()
    for n, proposal in enumerate(_proposals(survey, name, workspace), 1):
        if not proposal.problems:
            return _with_reason(proposal, likeliest)
        likeliest, refused = likeliest or proposal, [*refused, proposal]
        if n == _TRIALS or any(isinstance(one, conflict.UnreachableIndex) for one in proposal.problems):
            break
    if not refused:
        raise InvalidInputError(Problem(f"no target fits {survey.folder}", "tailbox new NAME"))
    return min(refused, key=lambda one: len(one.problems))


def _with_reason(proposal: Proposal, likeliest: Proposal | None) -> Proposal:
    """Add to another Python than the likeliest why that one does not do."""
    values = [{one.key: one.value for one in one.text.entries} for one in (proposal, likeliest) if one]
    python = values[0].get("python", "")
    if likeliest is None or values[-1].get("python", "") == python or not python:
        return proposal
    reason = likeliest.problems[0]
    why = next(one.why for one in proposal.text.entries if one.key == "python")
    place = f"{reason.where}: " if reason.where else ""
    said = "; ".join(filter(None, [why, place + reason.what.replace("\n ", ",")]))
    return replace(proposal, text=proposal.text.with_entries(Entry("python", python, said)))


def _proposals(survey: Survey, name: str, workspace: Workspace) -> Iterator[Proposal]:
    """Try the candidates, then those with the framework that uv finds among what the project needs."""
    framework = ""
    for proposal in _of(Candidates(survey, name, workspace), workspace):
        if framework := proposal.framework:
            break
        yield proposal
    if framework:
        yield from _of(Candidates(survey, name, workspace, framework), workspace)


def _of(candidates: Candidates, workspace: Workspace) -> Iterator[Proposal]:
    """Try each candidate; one whose framework does not serve all GPUs is tried with fewer."""
    refused = []
    for text in candidates.texts():
        draft = _draft(text)
        chosen = _with_fewer_gpus(text, draft, workspace)
        try:
            selection = _selection(chosen, workspace)
        except InvalidInputError as error:
            refused.append(Proposal(text, error.problems, draft.target.notes if draft.target else ()))
            continue
        proposal = _locked(chosen, selection, workspace)
        other = _on_another_release(chosen, selection, workspace) if proposal.problems else None
        if other and not (tried := _locked(other, _selection(other, workspace), workspace)).problems:
            proposal = tried
        yield proposal
    yield from refused


def _locked(text: TargetText, selection: Selection, workspace: Workspace) -> Proposal:
    """Lock a candidate in memory."""
    console.note(f"trying {text.words}")
    try:
        before = lockfiles.read(workspace.lock_files(selection.target))
        lock = compile_lock(selection, workspace, before, advise=False)
    except TailboxError as error:
        return Proposal(text, error.problems, selection.notes)
    locked = {pin.name for pin in lock.venv} if not selection.release else set()
    found = next((name for name in FRAMEWORKS if name in locked), "")
    return Proposal(text, (), selection.notes, found)


def _on_another_release(text: TargetText, selection: Selection, workspace: Workspace) -> TargetText | None:
    """Return the candidate on the release of its framework that the project's other packages go with."""
    if "framework" in text.keys:
        return None
    for _, changed in conflict.another_release(selection, workspace):
        framework = str(changed.framework)
        if selection.target.framework and framework != selection.target.framework:
            entries = [Entry("framework", quoted(framework), "what the project's other packages go with")]
            if changed.gpus != selection.target.gpus:
                entries.append(Entry("gpus", listed(changed.gpus), f"what {framework} serves"))
            return text.with_entries(*entries)
    return None


def _with_fewer_gpus(text: TargetText, draft: Draft, workspace: Workspace) -> TargetText:
    """Leave out the GPUs that no release serves which fits all else."""
    target = draft.target
    if target is None or not target.framework:
        return text
    try:
        gpus, release = served_gpus(target, workspace.facts)
    except InvalidInputError:
        return text
    if not gpus or gpus == target.gpus:
        return text
    lost = ", ".join(gpu for gpu in target.gpus if gpu not in gpus)
    why = f"without {lost}: {release} has no machine code for it that works"
    return text.with_entries(Entry("gpus", listed(gpus), why))


def _selection(text: TargetText, workspace: Workspace) -> Selection:
    with _written(text) as path:
        return workspace.select(str(path))


def _draft(text: TargetText) -> Draft:
    with _written(text) as path:
        return read_target(str(path))


@contextmanager
def _written(text: TargetText) -> Iterator[Path]:
    """The file as a target is read from, for a moment."""
    with tempdirs.folder(tempdirs.temporary()) as folder:
        path = folder / f"{text.name}.yaml"
        path.write_text(text.write(folder), encoding="utf-8")
        yield path
