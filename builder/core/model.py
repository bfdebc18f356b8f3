"""Check documents against pydantic models: report all problems at once, each with its line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from builder.core import messages
from builder.core.errors import InvalidInputError, Problem, did_you_mean
from builder.core.yaml_document import Document

Model = TypeVar("Model", bound="Strict")


class Strict(BaseModel):
    """Base of every model of a file: rejects unknown keys, converts no value, is immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


def regex(pattern: str, expected: str) -> AfterValidator:
    """Require text to match a pattern; `expected` says what that means."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(expected)
        return text

    return AfterValidator(check)


def parse(document: Document, model: type[Model]) -> Model:
    """Check a document against a model. Raises InvalidInputError that lists every problem with its line."""
    try:
        return model.model_validate(_frozen(_plain(document.data)))
    except ValidationError as error:
        problems = [messages.problem(document, model, detail) for detail in error.errors()]
        raise InvalidInputError(*problems) from None


@dataclass(frozen=True)
class PartialModel(Generic[Model]):
    """The valid part of a document: `model` without the invalid values, None if nothing is left.

    `doubtful` are the keys of the document whose values are not wholly known.
    """

    model: Model | None
    problems: tuple[Problem, ...]
    doubtful: frozenset[str]


def parse_partially(
    document: Document, model: type[Model], stand_ins: Mapping[str, str]
) -> PartialModel[Model]:
    """Check a document against a model and keep the valid part, so that later checks find more problems.

    `stand_ins` are values for keys that must be there and are not.
    """
    data = _plain(document.data)
    problems: list[Problem] = []
    doubtful: set[str] = set()
    while True:
        try:
            return PartialModel(model.model_validate(_frozen(data)), tuple(problems), frozenset(doubtful))
        except ValidationError as error:
            details = error.errors()
        misspelt = [str(d["loc"][-1]) for d in details if d["type"] == "extra_forbidden"]
        # A value that was removed is missing now, and so is a misspelt key: both are reported already.
        problems += [
            messages.problem(document, model, d)
            for d in details
            if not (d["type"] == "missing" and _is_reported(d["loc"][0], doubtful, misspelt))
        ]
        doubtful |= {str(detail["loc"][0]) for detail in details if detail["loc"]}
        repaired = [_repair(data, detail, stand_ins) for detail in reversed(details)]
        if not all(repaired):
            return PartialModel(None, tuple(problems), frozenset(doubtful))


def _is_reported(key: object, doubtful: set[str], misspelt: Sequence[str]) -> bool:
    """Return whether an earlier problem explains why a key is missing."""
    return key in doubtful or bool(did_you_mean(str(key), misspelt))


def _repair(data: Any, detail: ErrorDetails, stand_ins: Mapping[str, str]) -> bool:
    """Insert a missing value or remove the smallest invalid part; False if neither is possible."""
    *path, last = detail["loc"] or ("",)
    if detail["type"] == "missing":
        return data.setdefault(last, stand_ins.get(str(last))) is not None
    parent, at, node = None, None, data
    for step in (*path, last):
        if not (
            step in node if isinstance(node, dict) else isinstance(node, list) and step in range(len(node))
        ):
            break
        parent, at, node = node, step, node[step]
    if parent is not None:
        del parent[at]
    return parent is not None


def is_valid(value: object, kind: Any) -> bool:
    """Return whether a value is valid for a type that models use."""
    try:
        _adapter(kind).validate_python(value, strict=True)
    except ValidationError:
        return False
    return True


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    """Return what validates a type; making one costs as much as a thousand validations."""
    return TypeAdapter(kind)


def _plain(node: Any) -> Any:
    """Convert to plain dicts, lists and scalars."""
    if isinstance(node, Mapping):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, Sequence) and not isinstance(node, str):
        return [_plain(value) for value in node]
    return str(node) if isinstance(node, str) else node


def _frozen(node: Any) -> Any:
    """Convert lists to tuples, which strict models expect."""
    if isinstance(node, dict):
        return {key: _frozen(value) for key, value in node.items()}
    return tuple(map(_frozen, node)) if isinstance(node, list) else node
