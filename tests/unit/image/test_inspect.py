"""What is no image of tailbox, and what is no image at all, is said in a line."""

from __future__ import annotations

import pytest
from docker.errors import APIError, NullResource

from builder.core import labels
from builder.core.errors import InvalidInputError
from builder.image.inspect import inspect
from tests.kit.engine import FakeImages, fake_engine


@pytest.mark.parametrize(
    ("images", "said"),
    [
        (FakeImages({"x": []}), f"x was not built by tailbox: it has no label {labels.TARGET}"),
        (
            FakeImages({"x": []}, {labels.TARGET: "base"}),
            f"x was not built by tailbox: it has no label {labels.EXPECTATIONS}",
        ),
        (
            FakeImages(refusal=APIError("400", explanation="invalid reference format")),
            "does not take 'x': invalid reference format",
        ),
        (
            FakeImages(refusal=NullResource("Resource ID was not provided")),
            "does not take 'x': Resource ID was not provided",
        ),
    ],
)
def test_what_cannot_be_inspected_is_invalid_input(images: FakeImages, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        inspect("x", fake_engine(images=images))
