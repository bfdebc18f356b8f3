"""What lies beside the files of a target: requirements, files, extensions, checks."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from builder import attachments, vscode
from builder.attachments import Check, OwnFile
from builder.chain import Chain, Link
from builder.errors import InvalidInput, Problem

T = TypeVar("T")


class Beside:
    """What lies beside the files of a chain, ancestors first, and everything that is wrong with it."""

    def __init__(self, found: Chain, catalogue: Path) -> None:
        self.problems: list[Problem] = []
        self.pip: list[str] = []
        self.files: list[OwnFile] = []
        self.checks: list[Check] = []
        for link in reversed(found.links):
            self._take(link, catalogue)
        self.files += vscode.recommended(
            name for link in reversed(found.links) for name in link.file.vscode.extensions
        )

    def _take(self, link: Link, catalogue: Path) -> None:
        doc, file = link.document, link.file
        beside = doc.path.parent
        self.pip += file.packages.pip
        if file.requirements:
            where = doc.where(("requirements",))
            self.pip += self._try(partial(attachments.requirements, beside / file.requirements, where))
        if file.project:
            where = doc.where(("project",))
            self.pip += self._try(partial(attachments.project, beside / file.project, where))
        for destination, source in file.files.items():
            where = doc.where(("files", destination))
            self.files += self._try(partial(attachments.files, destination, beside / source, where))
        for key, seeds in (("extensions", vscode.extensions), ("server", vscode.server)):
            where = doc.where(("vscode", key))
            self.files += self._try(partial(seeds, file.vscode, beside, where))
        for n, text in enumerate(file.checks):
            where = doc.where(("checks", n))
            self.checks += self._try(partial(attachments.checks, text, beside, catalogue, where))

    def _try(self, read: Callable[[], tuple[T, ...]]) -> tuple[T, ...]:
        try:
            return read()
        except InvalidInput as error:
            self.problems += error.problems
            return ()
