"""What lies beside the files of a target: requirements, files, extensions, checks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from builder.core import files
from builder.core.errors import InvalidInputError, Problem, Where
from builder.targets import attachments, requirement_files, vscode
from builder.targets.attachments import Check, ImageFile
from builder.targets.inheritance import Chain, Link

T = TypeVar("T")


class ReferencedFiles:
    """What lies beside the files of a chain, ancestors first, and everything that is wrong with it.

    `pip` are the requirements, those in the files themselves too, each with the line that says it last.
    """

    def __init__(self, found: Chain, catalogue: Path) -> None:
        self.problems: list[Problem] = []
        self.pip: dict[str, Where] = {}
        self.files: list[ImageFile] = []
        self.checks: list[Check] = []
        for link in reversed(found.links):
            self._take(link, catalogue)
        self.files += vscode.recommended(
            name for link in reversed(found.links) for name in link.file.vscode.extensions
        )

    def _take(self, link: Link, catalogue: Path) -> None:
        doc, file = link.document, link.file
        beside = doc.path.parent
        for n, text in enumerate(file.packages.pip):
            self.pip[text] = doc.where(("packages", "pip", n))
        for key, name, read in (
            ("requirements", file.requirements, requirement_files.listed),
            ("project", file.project, requirement_files.project),
        ):
            if name:
                self.pip |= dict(self._try(doc.where((key,)), read, beside / name))
        for destination, source in file.files.items():
            where = doc.where(("files", destination))
            self.files += self._try(where, attachments.files, destination, beside / source)
        for key, seeds in (("extensions", vscode.extensions), ("server", vscode.server)):
            self.files += self._try(doc.where(("vscode", key)), seeds, file.vscode, beside)
        for n, text in enumerate(file.checks):
            self.checks += self._try(doc.where(("checks", n)), attachments.checks, text, beside, catalogue)

    def _try(self, where: Where, read: Callable[..., tuple[T, ...]], *named: object) -> tuple[T, ...]:
        """What `read` finds of what `where` names; what is wrong with it is kept."""
        try:
            return read(*named, where)
        except InvalidInputError as error:
            self.problems += error.problems
        except OSError as error:
            self.problems.append(files.unreadable(Path(error.filename or ""), error, where))
        return ()
