"""Targets that a project could have, the likeliest first: each with the reasons for its values."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from builder.core.errors import Where
from builder.pipeline.workspace import Workspace
from builder.resolve import cuda
from builder.resolve.alternatives import variants
from builder.targets.project.extras import chosen_extra
from builder.targets.project.judge import PYTHONS
from builder.targets.project.reading import Reading, Wishes
from builder.targets.project.survey import Survey
from builder.targets.project.target_text import Entry, TargetText, listed, quoted
from builder.targets.target import Target, catalogue, load_target

# A project that names several of them is built on the first.
FRAMEWORKS = ("vllm", "torch", "jax", "tensorflow")
# Packages that need torch, also where uv cannot tell since they have no wheel.
_ON_TORCH = frozenset(
    {"accelerate", "bitsandbytes", "causal-conv1d", "deepspeed", "diffusers", "flash-attn", "lightning"}
    | {"mamba-ssm", "openai-whisper", "peft", "pytorch-lightning", "sentence-transformers", "timm"}
    | {"torchaudio", "torchcodec", "torchvision", "trl", "ultralytics", "xformers"}
)


class Candidates:
    """What a project says, and the targets that follow from it."""

    def __init__(self, survey: Survey, name: str, workspace: Workspace, framework: str = "") -> None:
        """`framework` is one that uv found among what the project's packages need."""
        self._survey, self._name, self._found = survey, name, framework
        self._compat, self._own = workspace.facts.compat, workspace.facts.versions.python
        self._extra = chosen_extra(survey, self._own, FRAMEWORKS)
        self._reading = self._read(self._own)
        self._catalogue = [load_target(one) for one in catalogue(workspace.images)]

    def _read(self, python: str) -> Reading:
        extras = {self._extra.name: self._extra.where} if self._extra else {}
        return self._survey.read(Wishes(python, extras, any_index=True))

    def texts(self) -> Iterator[TargetText]:
        """Every Python that the project takes, with every target that has its framework."""
        for python in self._pythons():
            for parent in self._parents():
                yield self._text().with_entries(parent, *python)

    def _text(self) -> TargetText:
        """What is the same in all of them."""
        survey, around = self._survey, self._survey.around
        entries = []
        if self._extra:
            entries.append(Entry("extras", listed([self._extra.name]), self._extra.why))
        if private := {one.url: where for one, where in self._reading.indexes.items() if not one.pytorch}:
            why = f"{_places(private.values())}: asked before PyPI"
            entries.append(Entry("indexes", f"[{', '.join(map(quoted, private))}]", why))
        if apt := {**around.apt, **dict.fromkeys(self._reading.apt, Where(survey.folder, 1))}:
            entries.append(Entry("packages", f"{{apt: {listed(apt)}}}", _places(around.apt.values())))
        if around.extensions:
            value = f"{{extensions: [{', '.join(map(quoted, around.extensions))}]}}"
            entries.append(Entry("vscode", value, _places(around.extensions.values())))
        if around.env:
            value = ", ".join(f"{name}: {quoted(value)}" for name, (value, _) in around.env.items())
            entries.append(Entry("env", f"{{{value}}}", _places(where for _, where in around.env.values())))
        text = TargetText(self._name, self._reading.about, survey.keys, left=tuple(around.unplaced))
        return text.with_entries(*entries)

    def _pythons(self) -> Iterator[tuple[Entry, ...]]:
        """The Pythons that fit, those first that a file names, then the catalogue's own."""
        named = {p: where for p, where in self._survey.around.pythons.items() if p in PYTHONS}
        older = [p for p in reversed(PYTHONS) if Version(p) < Version(self._own)]
        order = dict.fromkeys([*named, self._own, *older, *PYTHONS])
        fits = [p for p in order if not self._read(p).unfit_python]
        for python in fits or [self._own]:
            asked = [f"{where} asks for {text}" for text, where in {**named, **self._reading.pythons}.items()]
            why = "; ".join(asked)
            yield (Entry("python", quoted(python), why),) if asked or python != self._own else ()

    def _parents(self) -> Iterator[Entry]:
        """The targets to extend: those of the framework, those of the CUDA that is asked for first."""
        name, why = self._framework()
        majors = self._majors()
        fitting = self._fitting(name) if name else self._without_framework(majors)
        for target in sorted(fitting, key=lambda one: not _of_major(one, majors)):
            asked = [said for major, said in majors.items() if _of_major(target, {major: ""})]
            yield Entry("extends", target.name, "; ".join(filter(None, [why, *asked])))

    def _framework(self) -> tuple[str, str]:
        """The framework that the project requires, and where."""
        required = {canonicalize_name(Requirement(text).name): text for text in self._reading.pip}
        for name in FRAMEWORKS:
            if text := required.get(canonicalize_name(name)):
                return name, f"{self._reading.pip[text]} asks for {text}"
        if self._found:
            return self._found, f"what the project requires needs {self._found}"
        built_on = next((text for name, text in required.items() if name in _ON_TORCH), "")
        return ("torch", f"{self._reading.pip[built_on]}: {built_on} needs torch") if built_on else ("", "")

    def _fitting(self, framework: str) -> list[Target]:
        """The plainest target of a framework, and its siblings of another CUDA."""
        having = [one for one in self._catalogue if cuda.framework_name(one) == framework]
        plainest = min(having, key=lambda one: (len(one.pip) + len(one.extra_apt), len(one.name)))
        return [plainest, *variants(plainest, self._catalogue)]

    def _without_framework(self, majors: dict[str, str]) -> list[Target]:
        return self._fitting(cuda.TOOLKIT) if majors else [load_target("base")]

    def _majors(self) -> dict[str, str]:
        """The CUDA majors that something asks for, each with what does."""
        asked = dict(self._survey.around.cudas)
        asked |= {
            one.variant: where for one, where in self._reading.indexes.items() if one.variant[:1].isdigit()
        }
        majors = {
            version.split(".")[0]: f"{where} asks for CUDA {version}" for version, where in asked.items()
        }
        for text, where in self._reading.pip.items():
            if major := cuda.brought_by(text, self._compat.brings_cuda):
                majors.setdefault(major, f"{where}: {text} brings CUDA {major}")
        return majors


def _of_major(target: Target, majors: dict[str, str]) -> bool:
    """Whether a target is the one for a CUDA that is asked for: those without a word take the newest."""
    return target.cuda in majors if target.cuda else not majors or "13" in majors


def _places(places: object) -> str:
    return ", ".join(dict.fromkeys(map(str, places)))  # type: ignore[call-overload]
