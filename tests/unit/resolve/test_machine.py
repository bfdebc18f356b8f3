"""GPUs by the names that people and drivers give them."""

from __future__ import annotations

import pytest

from builder.core.errors import InvalidInputError
from builder.pipeline.workspace import Workspace
from builder.resolve import machine

COMPAT = Workspace.open().facts.compat


@pytest.mark.parametrize(
    ("text", "gpu", "card"),
    [
        ("4090", "sm_89", "RTX 4090"),
        ("NVIDIA 4090", "sm_89", "RTX 4090"),
        ("3090ti", "sm_86", "RTX 3090"),
        ("1080 Ti", "sm_61", "GTX 1080"),
        ("960", "sm_52", "GTX 960"),
        ("NVIDIA GeForce RTX 5090 D", "sm_120", "RTX 5090"),
        ("RTX 2050", "sm_86", "RTX 2050"),
        ("NVIDIA RTX 4000 SFF Ada Generation", "sm_89", "RTX 4000 SFF Ada"),
        ("NVIDIA RTX 4000 Ada Generation", "sm_89", "RTX 4000 Ada"),
        ("Quadro RTX 4000", "sm_75", "Quadro RTX 4000"),
        ("RTX 5880 Ada", "sm_89", "RTX 5880 Ada"),
        ("A4000", "sm_86", "RTX A4000"),
        ("A5000", "sm_86", "RTX A5000"),
        ("NVIDIA RTX A6000", "sm_86", "RTX A6000"),
        ("RTX A5500", "sm_86", "RTX A5500"),
        ("RTX A1000", "sm_86", "RTX A1000"),
        ("NVIDIA H800", "sm_90", "H800"),
        ("L20", "sm_89", "L20"),
        ("Quadro GV100", "sm_70", "GV100"),
        ("TITAN X Pascal", "sm_61", "TITAN X Pascal"),
        ("sm89", "sm_89", ""),
        ("sm 89", "sm_89", ""),
        ("sm_120a", "sm_120", ""),
        ("8.9", "sm_89", ""),
        ("120", "sm_120", ""),
    ],
)
def test_a_card_is_found_by_the_names_it_has(text: str, gpu: str, card: str) -> None:
    assert machine.find_gpu(text, COMPAT)[:2] == (gpu, card)


@pytest.mark.parametrize("text", ["RTX 4090, RTX 5090", "4090 5090", "H100 and A100"])
def test_two_cards_are_not_answered_for_by_one(text: str) -> None:
    with pytest.raises(InvalidInputError, match="names more than one GPU"):
        machine.find_gpu(text, COMPAT)


@pytest.mark.parametrize("text", ["4000", "RTX 9090", "9999"])
def test_a_name_nobody_knows_has_a_way_out(text: str) -> None:
    with pytest.raises(InvalidInputError, match="nvidia-smi --query-gpu=compute_cap --format=csv,noheader"):
        machine.find_gpu(text, COMPAT)


def test_a_gpus_driver_is_that_of_the_first_toolkit_that_names_it() -> None:
    assert {COMPAT.gpus[gpu].driver for gpu in ("sm_89", "sm_90")} == {COMPAT.toolkits["11.8"]}
