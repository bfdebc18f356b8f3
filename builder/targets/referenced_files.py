"""Read what a target's files name: requirements, files, extensions, checks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from packaging.utils import canonicalize_name

from builder.core import files
from builder.core.errors import InvalidInputError, Problem, Where, did_you_mean
from builder.targets import attachments, source_folders, vscode
from builder.targets.attachments import Check, ImageFile
from builder.targets.inheritance import Inheritance, SourceFile
from builder.targets.project.files import project, requirements
from builder.targets.project.reading import Reading, Wishes
from builder.targets.source_folders import SourceFolder

T = TypeVar("T")


class ReferencedFiles:
    """The files that a target and its ancestors name, ancestors first, and the problems with them.

    `reading` holds the requirements for the image's Python, those in target files included.
    """

    def __init__(self, inheritance: Inheritance, catalogue: Path, python: str) -> None:
        self.problems: list[Problem] = []
        self.reading = Reading(_wishes(inheritance.sources, python))
        self.files: list[ImageFile] = []
        self.checks: list[Check] = []
        self.projects: list[SourceFolder] = []
        oldest_first = inheritance.sources[::-1]
        for source in oldest_first:
            self._read(source, catalogue)
        self.files += vscode.recommended(name for s in oldest_first for name in s.file.vscode.extensions)
        _refuse_unknown(self.reading)
        self.reading.drop_excluded()
        self.problems += self.reading.problems

    def _read(self, source: SourceFile, catalogue: Path) -> None:
        doc, file = source.document, source.file
        folder = doc.path.parent
        for n, text in enumerate(file.packages.pip):
            self.reading.require(text, doc.where(("packages", "pip", n)))
        for n, name in enumerate(file.packages.exclude):
            self.reading.exclude(name, doc.where(("packages", "exclude", n)))
        if file.requirements:
            requirements(folder / file.requirements, doc.where(("requirements",)), folder, self.reading)
        if file.project:
            project(folder / file.project, doc.where(("project",)), self.reading)
        for n, name in enumerate(file.packages.from_source):
            if name.startswith("./"):
                self._read_project(doc.where(("packages", "from_source", n)), name, folder)
        for destination, name in file.files.items():
            where = doc.where(("files", destination))
            self.files += self._try(where, attachments.files, destination, folder / name)
        for key, read_seeds in (("extensions", vscode.extensions), ("server", vscode.server)):
            self.files += self._try(doc.where(("vscode", key)), read_seeds, file.vscode, folder)
        for n, text in enumerate(file.checks):
            self.checks += self._try(doc.where(("checks", n)), attachments.checks, text, folder, catalogue)

    def _read_project(self, where: Where, name: str, folder: Path) -> None:
        """Read a project that is built, and ask for what it says that it needs."""
        for built in self._try(where, source_folders.read_folder, name, folder):
            self.projects.append(built)
            for text in built.tree.requires:
                self.reading.require(text, where)

    def _try(self, where: Where, read: Callable[..., tuple[T, ...]], *arguments: object) -> tuple[T, ...]:
        """Return what `read` returns; on an error nothing, and keep its problems."""
        try:
            return read(*arguments, where)
        except InvalidInputError as error:
            self.problems += error.problems
        except OSError as error:
            self.problems.append(files.unreadable(Path(error.filename or ""), error, where))
        return ()


def _wishes(sources: tuple[SourceFile, ...], python: str) -> Wishes:
    """Collect what the files ask for besides a project's own dependencies."""
    extras, groups, indexes = dict[str, Where](), dict[str, Where](), list[str]()
    for source in reversed(sources):
        doc, file = source.document, source.file
        extras |= {name: doc.where(("extras", n)) for n, name in enumerate(file.extras)}
        groups |= {name: doc.where(("groups", n)) for n, name in enumerate(file.groups)}
        indexes += file.indexes
    return Wishes(python, extras, groups, tuple(dict.fromkeys(indexes)))


def _refuse_unknown(reading: Reading) -> None:
    """Report extras and groups that no project has."""
    wishes = reading.wishes
    for what, wanted, known in (
        ("extra", wishes.extras, reading.known_extras),
        ("group", wishes.groups, reading.known_groups),
    ):
        for name, where in wanted.items():
            if canonicalize_name(name) not in known and not reading.problems:
                remedy = f"known: {', '.join(sorted(known))}" if known else "remove it"
                reason = f"no project has the {what} {name!r}{did_you_mean(name, known)}"
                reading.refuse(reason, remedy, where)
