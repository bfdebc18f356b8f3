"""What the files of a project ask for, gathered as they are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from builder.core import files
from builder.core.errors import InvalidInputError, Problem, Where
from builder.core.notes import Note
from builder.targets.markers import full_version
from builder.targets.project.indexes import Index, index
from builder.targets.project.judge import PYTHONS, Kept, RefusedError, judge


@dataclass(frozen=True)
class Wishes:
    """What a target file asks for besides: its Python, extras and groups, each with its place, and indexes.

    `any_index` accepts every index: who asks writes them into a target file.
    """

    python: str
    extras: Mapping[str, Where] = field(default_factory=dict)
    groups: Mapping[str, Where] = field(default_factory=dict)
    indexes: tuple[str, ...] = ()
    any_index: bool = False


@dataclass
class Reading:
    """Requirements and constraints with the lines that say them, what is left out, and what is wrong.

    `excludes` are packages that are never installed, `indexes` those that are not PyPI, `pythons` what the
    project says of its Python (`unfit_python`: the target's is another), `known_*` the extras and groups that
    some project has, `about` its description in a line, `apt` Debian packages, `folders` the
    projects that others name by their folder, with extras, still to be read.
    """

    wishes: Wishes
    pip: dict[str, Where] = field(default_factory=dict)
    constraints: dict[str, Where] = field(default_factory=dict)
    excludes: dict[str, Where] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    indexes: dict[Index, Where] = field(default_factory=dict)
    pythons: dict[str, Where] = field(default_factory=dict)
    known_extras: set[str] = field(default_factory=set)
    known_groups: set[str] = field(default_factory=set)
    unfit_python: bool = False
    about: str = ""
    apt: list[str] = field(default_factory=list)
    folders: list[tuple[Path, Where, frozenset[str]]] = field(default_factory=list)
    seen: set[tuple[Path, frozenset[str]]] = field(default_factory=set)

    def attempt(self, read: Callable[..., None], *arguments: object) -> None:
        """Read something; what is wrong with it is kept."""
        try:
            read(*arguments, self)
        except InvalidInputError as error:
            self.problems += error.problems
        except OSError as error:
            self.problems.append(files.unreadable(Path(error.filename or ""), error, None))

    def require(self, text: str, where: Where) -> None:
        """Take a requirement that the image needs; name one that it does not."""
        self._judged(text, where, self.pip)

    def constrain(self, text: str, where: Where) -> None:
        """Take a version that a package must have if something requires it."""
        self._judged(text, where, self.constraints)

    def _judged(self, text: str, where: Where, into: dict[str, Where]) -> None:
        try:
            verdict = judge(text, self.wishes.python)
        except RefusedError as error:
            self.refuse(str(error), error.remedy, where)
            return
        if isinstance(verdict, Kept):
            into[verdict.text] = where
        else:
            self.note(text, f"left out: {verdict.why}", where)

    def exclude(self, name: str, where: Where) -> None:
        """Take a package that is not installed, whoever asks for it."""
        self.excludes[canonicalize_name(name)] = where
        self.note(name, "excluded: not installed, though packages ask for it", where)

    def drop_excluded(self) -> None:
        """Leave out requirements for what is excluded."""
        for text in [*self.pip]:
            if canonicalize_name(Requirement(text).name) in self.excludes:
                self.note(text, "left out: it is excluded", self.pip.pop(text))

    def note(self, what: str, why: str, where: Where | None) -> None:
        """Name what is left out or changed."""
        if (note := Note(what, why, where)) not in self.notes:
            self.notes.append(note)

    def refuse(self, what: str, remedy: str, where: Where | None) -> None:
        """Name what cannot be used."""
        self.problems.append(Problem(what, remedy, where))

    def index(self, address: str, where: Where) -> None:
        """Take an index: PyTorch's are judged with the release, private ones must be in `indexes`."""
        found = index(address)
        if found.is_pypi:
            return
        if found.pypi:
            self.note(found.url, "a mirror of PyPI: the host's own index is used", where)
        elif found.pytorch or self.wishes.any_index or found.url in self.wishes.indexes:
            self.indexes[found] = where
        else:
            remedy = f"write indexes: [{found.url}], or remove it where PyPI has the packages"
            self.refuse(f"the index {found.url} is not among the target's `indexes`", remedy, where)
        if found.credentials:
            self.note(
                found.url,
                "its credentials are not taken: an image shows them; use ~/.netrc or UV_INDEX_*",
                where,
            )

    def python(self, specifier: str, where: Where) -> None:
        """Hold the Python that the project needs against the target's."""
        self.pythons[specifier] = where
        try:
            wanted = SpecifierSet(specifier)
        except InvalidSpecifier:
            self.refuse(f"not a range of Python versions: {specifier!r}", "write >=3.10,<3.14", where)
            return
        if not wanted.contains(full_version(self.wishes.python), prereleases=True):
            self.unfit_python = True
            what = f"the project needs Python {specifier}, the target's is {self.wishes.python}"
            self.refuse(what, _another_python(wanted), where)


def fitting_pythons(wanted: SpecifierSet) -> list[str]:
    """The Pythons that an image can have and a project takes, the newest first."""
    return [p for p in reversed(PYTHONS) if wanted.contains(full_version(p), prereleases=True)]


def _another_python(wanted: SpecifierSet) -> str:
    fits = fitting_pythons(wanted)
    if not fits:
        return f"change what the project says: images have Python {PYTHONS[0]} to {PYTHONS[-1]}"
    return f'write python: "{fits[0]}"'
