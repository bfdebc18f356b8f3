"""What is no image of tailbox, and what is no image at all, is said in a line."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from docker.errors import APIError, NullResource

from builder.core import labels
from builder.core.errors import InvalidInputError
from builder.engine.client import Engine
from builder.image.inspect import inspect


def _engine(answer: Exception | dict[str, str]) -> Engine:
    def get(_: str) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return SimpleNamespace(labels=answer)

    return cast(Engine, SimpleNamespace(client=SimpleNamespace(images=SimpleNamespace(get=get))))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({}, f"x was not built by tailbox: it has no label {labels.TARGET}"),
        ({labels.TARGET: "base"}, f"x was not built by tailbox: it has no label {labels.EXPECTATIONS}"),
        (
            APIError("400", explanation="invalid reference format"),
            "does not take 'x': invalid reference format",
        ),
        (NullResource("Resource ID was not provided"), "does not take 'x': Resource ID was not provided"),
    ],
)
def test_what_cannot_be_inspected_is_invalid_input(answer: Exception | dict[str, str], said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        inspect("x", _engine(answer))
