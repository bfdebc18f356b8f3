"""Node names: valid on every platform, and they identify the machine."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from node.contract.names import label, node_name

LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
NO_DEADLINE = settings(deadline=None)  # a busy machine may stop any example for a while
UUID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"


@pytest.mark.parametrize(
    ("environ", "hostname", "expected"),
    [
        ({"SALAD_MACHINE_ID": UUID, "SALAD_CONTAINER_GROUP_NAME": "train"}, "x", "train-3f2504e0"),
        ({"SALAD_MACHINE_ID": UUID}, "x", "salad-3f2504e0"),
        ({"RUNPOD_POD_ID": "a1b2c3xyz9"}, "x", "runpod-a1b2c3xyz9"),
        ({"CONTAINER_ID": "1234567"}, "x", "vast-1234567"),
        ({"VAST_CONTAINERLABEL": "C.1234567"}, "x", "vast-c-1234567"),
        ({"MODAL_TASK_ID": "ta-01HXYZ0123456789ABCDEFGHJK"}, "x", "modal-41987d0d"),
        ({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, "web-7d4b9c-abcde", "web-7d4b9c-abcde"),
        ({}, "0123456789ab", "tailbox-01234567"),
        ({}, "workstation.lan", "workstation"),
        ({}, "", "tailbox-00000000"),
    ],
)
def test_platforms(environ: dict[str, str], hostname: str, expected: str) -> None:
    assert node_name(environ, hostname) == expected


def test_a_long_group_name_never_costs_the_machine_id() -> None:
    name = node_name({"SALAD_MACHINE_ID": UUID, "SALAD_CONTAINER_GROUP_NAME": "g" * 80}, "x")
    assert name.endswith("g-3f2504e0")
    assert len(name) == 63


VARIABLES = [
    "SALAD_MACHINE_ID",
    "SALAD_CONTAINER_GROUP_NAME",
    "RUNPOD_POD_ID",
    "CONTAINER_ID",
    "VAST_CONTAINERLABEL",
    "MODAL_TASK_ID",
    "KUBERNETES_SERVICE_HOST",
]


@NO_DEADLINE
@given(st.dictionaries(st.sampled_from(VARIABLES), st.text(max_size=90)), st.text(max_size=90))
def test_any_environment_gives_a_valid_and_stable_label(environ: dict[str, str], hostname: str) -> None:
    name = node_name(environ, hostname)
    assert LABEL.fullmatch(name)
    assert node_name(environ, hostname) == name


@NO_DEADLINE
@given(st.text())
def test_a_label_is_empty_or_valid_and_stays_what_it_is(text: str) -> None:
    once = label(text)
    assert not once or LABEL.fullmatch(once)
    assert label(once) == once


@NO_DEADLINE
@given(st.uuids(), st.uuids())
def test_machines_differ_where_their_first_digits_do(one: object, other: object) -> None:
    names = [node_name({"SALAD_MACHINE_ID": str(each)}, "x") for each in (one, other)]
    assert (names[0] == names[1]) == (str(one)[:8] == str(other)[:8])
