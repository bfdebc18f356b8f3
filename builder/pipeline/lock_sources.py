"""Lock what a target has built from source: its versions, what each needs, and what builds it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from builder.core import console
from builder.core.errors import InvalidInputError, Problem
from builder.facts.models import BuildFacts
from builder.lock.built_metadata import read_requires
from builder.lock.pins import Pin, parse_pins
from builder.lock.sdist import Sdist, locate
from builder.lock.source_lock import BuildLock
from builder.lock.source_tree import SourceTree, read_sdist
from builder.lock.uv import compile_requirements
from builder.pipeline.workspace import Workspace
from builder.resolve import cuda
from builder.resolve.resolve import Selection

Compile = Callable[[Mapping[str, Sequence[str]]], str]

# Any project is built by pip, whatever its own build system is.
_BUILDER = "pip"


@dataclass(frozen=True)
class SourceLocks:
    """Lock what a selection has built. Nothing is built for that, and none of its code runs."""

    selection: Selection
    workspace: Workspace

    def compile(self, compiled: Compile) -> tuple[str, tuple[BuildLock, ...]]:
        """Return the lock of the user's environment, by `compiled`, and those of the builds.

        Versions first, as what a package needs stands in the files of its release.
        """
        target = self.selection.target
        if not target.from_source:
            return compiled({}), tuple(self._builds({}))
        first = parse_pins(compiled(dict.fromkeys(target.from_source, ())))
        trees = self._trees(first)
        needs = {name: self._requires(sdist, tree) for name, (sdist, tree) in trees.items()}
        text = compiled(needs)
        moved = [pin for pin in self._pins(parse_pins(text)) if pin not in first]
        if moved:
            what = f"what is built from source needs another release of {', '.join(map(str, moved))}"
            raise InvalidInputError(Problem(what, "name its version in packages.pip"))
        return text, tuple(self._builds({name: tree for name, (_, tree) in trees.items()}))

    def _pins(self, pins: Sequence[Pin]) -> tuple[Pin, ...]:
        return tuple(pin for pin in pins if pin.name in self.selection.target.from_source)

    def _trees(self, pins: Sequence[Pin]) -> dict[str, tuple[Sdist, SourceTree]]:
        target = self.selection.target
        sdists = locate(self._pins(pins), target.from_source, self.workspace.images / "locks", target.indexes)
        return {sdist.name: (sdist, read_sdist(sdist.fetch())) for sdist in sdists}

    def _requires(self, sdist: Sdist, tree: SourceTree) -> tuple[str, ...]:
        """Return what a built wheel of this file said that it needs, else what the file says."""
        built = read_requires(sdist.sha256)
        return tree.requires if built is None else built

    def _builds(self, trees: Mapping[str, SourceTree]) -> Iterator[BuildLock]:
        projects = {project.name: project.tree for project in self.selection.target.projects}
        for name, tree in {**trees, **projects}.items():
            yield self._build(name, tree)

    def _build(self, name: str, tree: SourceTree) -> BuildLock:
        """Lock the wheels that build one package, without those that the image has for it."""
        facts = self.workspace.facts.compat.builds.get(name, BuildFacts())
        framework = cuda.framework_name(self.selection.target)
        takes_framework = bool(framework) and (facts.framework or tree.mentions(framework))
        nvcc = self.selection.release is not None and (facts.nvcc or tree.has_cuda)
        wanted = (*tree.build_requires, *facts.requires, _BUILDER)
        asked = [text for text in wanted if not (takes_framework and _names(text, framework))]
        asked += self._nvcc() if nvcc else ()
        console.step(f"locking the build of {name}: {', '.join(asked)}")
        python, locks = self.selection.python.full, self.workspace.images / "locks"
        indexes = self.selection.target.indexes
        pins = parse_pins(compile_requirements(asked, python, locks, None, (), (), indexes))
        return BuildLock(name, takes_framework, nvcc, pins)

    def _nvcc(self) -> tuple[str, ...]:
        """Return the wheels that nvcc comes as, for the target's CUDA."""
        release = self.selection.release
        assert release is not None
        named = self.workspace.facts.compat.nvcc.get(release.cuda_major, ())
        return tuple(f"{name}=={release.cuda}.*" for name in named)


def _names(text: str, package: str) -> bool:
    return canonicalize_name(Requirement(text).name) == package
