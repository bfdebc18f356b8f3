"""An image that is not what its tag, label or lock says is caught, whichever of them lies."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from builder.image.contents import Contents
from builder.image.verify import ImageMismatchError, verify_contents
from builder.pipeline.plan import make_plan
from builder.resolve.image_tag import image_tag
from tests.kit.facts import FACTS, WORKSPACE

PLAN = make_plan("cuda-pytorch", WORKSPACE)
TRUTH: dict[str, Any] = {
    "python": "3.13",
    "full_python": "3.13.5",
    "tailscale": PLAN.tailscale,
    "framework": "2.15.0",
    "cuda": "13.2",
    "archs": ("sm_75", "sm_80", "sm_86", "sm_90", "sm_100", "sm_120"),
    "wheels": {pin.name: str(pin.version) for layer in PLAN.wheels for pin in layer.pins},
    "debian": {},
}


def test_the_truth_passes_and_more_wheels_than_locked_do() -> None:
    more = {**TRUTH["wheels"], "mine": "1"}
    verify_contents(PLAN, Contents(**{**TRUTH, "wheels": more}))


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"python": "3.12"}, "by its contents it is tailbox/cuda-pytorch:2.15.0-cu13.2-py3.12"),
        ({"tailscale": "1.0.0"}, "py3.13-ts1.0.0"),
        ({"framework": "2.14.1"}, "tailbox/cuda-pytorch:2.14.1-cu13.2"),
        ({"framework": ""}, "tailbox/cuda-pytorch:cu13.2"),
        ({"cuda": "12.8"}, "2.15.0-cu12.8"),
        ({"cuda": ""}, "2.15.0-py3.13"),
        ({"cuda": "13.2 12.8"}, r"2.15.0-cu13.2\+12.8-py3.13"),
        ({"archs": ("sm_86", "sm_90")}, "machine code for sm_75 sm_80 sm_120 is promised"),
        ({"wheels": {**TRUTH["wheels"], "numpy": "1.0"}}, "the lock says numpy .*, installed is 1.0"),
        ({"wheels": {}}, "the lock says torch 2.15.0, installed is missing"),
    ],
)
def test_each_lie_is_named(answer: dict[str, Any], told: str) -> None:
    with pytest.raises(ImageMismatchError, match=told):
        verify_contents(PLAN, Contents(**{**TRUTH, **answer}))


def test_a_tag_names_what_there_is() -> None:
    assert image_tag("3.13", "1.2", "", "") == "py3.13-ts1.2"
    assert image_tag("3.13", "1.2", "2.0", "13.2") == "2.0-cu13.2-py3.13-ts1.2"


def test_a_python_that_uv_brings_is_the_locked_one_and_debians_may_be_newer() -> None:
    newer = Contents(**{**TRUTH, "full_python": "3.13.9"})
    verify_contents(PLAN, newer)
    build = FACTS.pythons.managed["3.12"]
    pythons = dataclasses.replace(PLAN.pythons, full=build.version, managed=build)
    with pytest.raises(ImageMismatchError, match=rf"the lock says Python {build.version}, .* has 3\.13\.9"):
        verify_contents(dataclasses.replace(PLAN, pythons=pythons), newer)
