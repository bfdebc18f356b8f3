"""Which extra of a project brings what its image is for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from builder.core.errors import Where
from builder.targets.project.reading import Wishes
from builder.targets.project.survey import Survey

_GPU = re.compile(r"cu(?:da)?-?(\d+)|gpu|cuda|torch|jax")
_NOT = re.compile(r"cpu|rocm|xpu|mps|tpu|npu|apple|dev|tests?|docs?|lint")
_WHOLE = ("all", "full", "base", "default", "main")


@dataclass(frozen=True)
class Extra:
    """An extra, and why it is taken."""

    name: str
    why: str
    where: Where


def chosen_extra(survey: Survey, python: str, frameworks: Iterable[str]) -> Extra | None:
    """Return the extra that brings the framework where only extras do; or all, where nothing else is."""
    wanted, where = set(frameworks), Where(survey.folder, 1)
    plain = survey.read(Wishes(python, any_index=True))
    required = _names(plain.pip)
    if required & wanted:
        return None
    known = [name for name in sorted(plain.known_extras) if not _NOT.search(name)]
    having = [name for name in known if _names(_with(survey, python, name, where)) & wanted]
    if having:
        best = max(having, key=_rank)
        others = f", rather than {', '.join(one for one in having if one != best)}" if len(having) > 1 else ""
        return Extra(best, f"it brings the framework{others}", where)
    whole = next((name for name in _WHOLE if name in known), None)
    if required or not whole:
        return None
    return Extra(whole, "the project requires nothing by itself", where)


def _with(survey: Survey, python: str, extra: str, where: Where) -> Iterable[str]:
    return survey.read(Wishes(python, {extra: where}, any_index=True)).pip


def _names(requirements: Iterable[str]) -> set[str]:
    return {canonicalize_name(Requirement(text).name) for text in requirements}


def _rank(name: str) -> tuple[bool, int, int]:
    """An extra that is named after a GPU, then the newest CUDA, then the shortest name."""
    found = _GPU.search(name)
    return found is not None, int(found[1] or 0) if found else 0, -len(name)
