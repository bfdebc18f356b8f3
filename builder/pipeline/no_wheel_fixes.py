"""What to do about packages without a wheel: another Python, or their source. Each is tried with uv."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from packaging.specifiers import SpecifierSet

from builder.core import console
from builder.core.errors import InvalidInputError, TailboxError
from builder.lock.no_wheel import NoWheelError
from builder.lock.uv import compile_requirements
from builder.pipeline.conflict import gives
from builder.pipeline.workspace import Workspace
from builder.resolve.resolve import Selection, select

_AT_ONCE = 4
_NOWHERE = "name another release, or remove it: no file of it fits a Python that the target can have"


def fixes(error: NoWheelError, selection: Selection, workspace: Workspace) -> dict[str, str]:
    """Return what to do about each package, by its name."""
    console.step(f"trying what gives {', '.join(error.by_name)}")
    return _Trials(error.by_name, selection, workspace).fixes()


@dataclass(frozen=True)
class _Trials:
    """What is tried for the packages in `asked`: each with the requirement for it, or an empty one."""

    asked: Mapping[str, str]
    selection: Selection
    workspace: Workspace

    def fixes(self) -> dict[str, str]:
        """Take the newest Python for which there are most wheels; the rest can be built, or not be had."""
        for other, rest in self._with_wheels():
            if self._with_source(other, rest) == rest and self._locks(other, rest):
                python = f'write python: "{other.target.python}"'
                given = dict.fromkeys(self.asked, f"{python} (tried{gives(other)})")
                return given | dict.fromkeys(rest, f"{python} and {_sources(rest)} (tried)")
        sources = self._with_source(self.selection, [*self.asked])
        tried = " (tried)" if sources and self._locks(self.selection, sources) else ""
        built = f"write {_sources(sources)}{tried}"
        return dict.fromkeys(self.asked, _NOWHERE) | dict.fromkeys(sources, built)

    def _with_wheels(self) -> Iterator[tuple[Selection, list[str]]]:
        """Other Pythons with the packages that have no wheel there either, those with fewest first."""
        some = []
        for other in self._others():
            rest = self._failing(other, built=False)
            if not rest:
                yield other, rest
            elif len(rest) < len(self.asked):
                some.append((other, rest))
        yield from sorted(some, key=lambda row: len(row[1]))

    def _others(self) -> Iterator[Selection]:
        """The target on each other Python that its projects and framework take, the newest first."""
        target, facts = self.selection.target, self.workspace.facts
        for python in reversed(facts.pythons.known()) if not target.base else ():
            full = facts.pythons.full_version(python)
            if python != target.python and all(SpecifierSet(text).contains(full) for text in target.pythons):
                try:
                    yield select(dataclasses.replace(target, python=python), facts)
                except InvalidInputError:
                    continue

    def _with_source(self, selection: Selection, names: Collection[str]) -> list[str]:
        failing = self._failing(selection, built=True) if names else []
        return [name for name in names if name not in failing]

    def _failing(self, selection: Selection, *, built: bool) -> list[str]:
        """Those of which uv finds no wheel, or (`built`) no source."""

        def fails(name: str) -> bool:
            alone = [self.asked[name] or name]
            return not self._compiles(alone, selection, [name] if built else [], "--no-deps")

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            failed = pool.map(fails, self.asked)
            return [name for name, failing in zip(self.asked, failed, strict=True) if failing]

    def _locks(self, selection: Selection, sources: Collection[str]) -> bool:
        """Whether the whole target can be locked, with these packages built from source."""
        built = (*selection.target.from_source, *sources)
        return self._compiles(selection.requirements, selection, built)

    def _compiles(
        self, wanted: Collection[str], selection: Selection, built: Collection[str], *options: str
    ) -> bool:
        target, locks = selection.target, self.workspace.images / "locks"
        python, bound, needs = selection.python.full, target.constraints, dict.fromkeys(built, ())
        try:
            compile_requirements(
                wanted,
                python,
                locks,
                None,
                (),
                bound,
                target.indexes,
                options,
                needs,
                excludes=target.excludes,
            )
        except TailboxError:
            return False
        return True


def _sources(names: Collection[str]) -> str:
    return f"packages.from_source: [{', '.join(names)}]"
