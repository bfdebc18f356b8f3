"""Read what a target's files name: requirements, files, extensions, checks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from builder.core import files
from builder.core.errors import InvalidInputError, Problem, Where
from builder.targets import attachments, requirement_files, vscode
from builder.targets.attachments import Check, ImageFile
from builder.targets.inheritance import Inheritance, SourceFile

T = TypeVar("T")


class ReferencedFiles:
    """The files that a target and its ancestors name, ancestors first, and the problems with them.

    `pip` maps each requirement, those in target files included, to the last line that names it.
    """

    def __init__(self, inheritance: Inheritance, catalogue: Path) -> None:
        self.problems: list[Problem] = []
        self.pip: dict[str, Where] = {}
        self.files: list[ImageFile] = []
        self.checks: list[Check] = []
        oldest_first = inheritance.sources[::-1]
        for source in oldest_first:
            self._read(source, catalogue)
        self.files += vscode.recommended(name for s in oldest_first for name in s.file.vscode.extensions)

    def _read(self, source: SourceFile, catalogue: Path) -> None:
        doc, file = source.document, source.file
        folder = doc.path.parent
        for n, text in enumerate(file.packages.pip):
            self.pip[text] = doc.where(("packages", "pip", n))
        for key, name, read in (
            ("requirements", file.requirements, requirement_files.listed),
            ("project", file.project, requirement_files.project),
        ):
            if name:
                self.pip |= dict(self._try(doc.where((key,)), read, folder / name))
        for destination, name in file.files.items():
            where = doc.where(("files", destination))
            self.files += self._try(where, attachments.files, destination, folder / name)
        for key, read_seeds in (("extensions", vscode.extensions), ("server", vscode.server)):
            self.files += self._try(doc.where(("vscode", key)), read_seeds, file.vscode, folder)
        for n, text in enumerate(file.checks):
            self.checks += self._try(doc.where(("checks", n)), attachments.checks, text, folder, catalogue)

    def _try(self, where: Where, read: Callable[..., tuple[T, ...]], *arguments: object) -> tuple[T, ...]:
        """Return what `read` returns; on an error nothing, and keep its problems."""
        try:
            return read(*arguments, where)
        except InvalidInputError as error:
            self.problems += error.problems
        except OSError as error:
            self.problems.append(files.unreadable(Path(error.filename or ""), error, where))
        return ()
