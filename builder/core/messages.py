"""Explain what pydantic finds wrong with a document to the person who wrote it."""

from __future__ import annotations

import types
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from builder.core.errors import Problem, Where, did_you_mean
from builder.core.yaml_document import Document, Location

_YAML_WORDS = {
    "string_type": "text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
}


def problem(document: Document, model: type[BaseModel], detail: ErrorDetails) -> Problem:
    """Explain one error of pydantic, with its line."""
    location = tuple(step for step in detail["loc"] if step != "[key]")
    where = document.where(detail["loc"])
    name = ".".join(str(step) for step in location)
    if detail["type"] == "extra_forbidden":
        return _unknown(model, location, where)
    if detail["type"] == "missing":
        return Problem(f"the key {name!r} is missing", where=where)
    value = detail["input"]
    written = "" if value is None or isinstance(value, str) else document.written(location)
    if expected := _YAML_WORDS.get(detail["type"]):
        said = f"{name}: {expected} was expected, found {written or repr(value)}"
        return Problem(said, _as_expected(str(location[-1]), detail, written), where)
    message = detail["msg"].removeprefix("Value error, ")
    return Problem(f"{name}: {message}, found {written or repr(value)}" if name else message, where=where)


def _unknown(model: type[BaseModel], location: Location, where: Where) -> Problem:
    """Explain an unknown key: it belongs below another key, or the nearest one is meant."""
    *above, key = location
    name = ".".join(map(str, location))
    known = sorted(_fields_at(model, tuple(above)))
    if places := [place for place in known if key in _fields_at(model, (*above, place))]:
        return Problem(f"unknown key {name!r}", f"write it below {' or '.join(places)}", where)
    hint = did_you_mean(str(key), known)
    return Problem(f"unknown key {name!r}{hint}", f"known keys here: {', '.join(known)}", where)


def _as_expected(key: str, detail: ErrorDetails, written: str) -> str:
    """Suggest how to write a value that YAML takes for another type; empty if there is no suggestion."""
    if detail["type"] == "string_type" and written:
        return f'write it in quotes: "{written}"'
    if detail["type"] in ("list_type", "tuple_type") and isinstance(detail["input"], str):
        return f"write {key}: [{detail['input']}]"
    return ""


def written_as(model: type[BaseModel], name: str) -> str:
    """Return a field's key in the file: its alias if it has one."""
    return model.model_fields[name].alias or name


def _fields_at(model: type[BaseModel], location: Location) -> set[str]:
    """Return the keys of the (nested) model at a location."""
    for step in location:
        keys = {written_as(model, name): field for name, field in model.model_fields.items()}
        inner = _model_in(keys[str(step)].annotation) if str(step) in keys else None
        if inner is None:
            return set()
        model = inner
    return {written_as(model, name) for name in model.model_fields}


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model inside `Model`, `Model | None`, `tuple[Model, ...]` or `dict[str, Model]`."""
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        return annotation if issubclass(annotation, BaseModel) else None
    if get_origin(annotation) is None:
        return None
    inner = [_model_in(argument) for argument in get_args(annotation)]
    return next((found for found in inner if found), None)
