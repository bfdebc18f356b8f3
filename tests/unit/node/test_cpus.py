"""Thread counts follow the container's CPU quota, but only where it is lower than the visible CPUs."""

import pytest
from node.boot import cpus


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        ("150000 100000", 1.5),
        ("max 100000", None),
        ("-1 100000", None),
        ("400000 100000", 4.0),
        ("", None),
        ("1 0", None),
    ],
)
def test_quota(limit: str, expected: float | None) -> None:
    assert cpus.quota(limit) == expected


@pytest.mark.parametrize(
    ("limit", "visible", "count"),
    [(None, 64, None), (64.0, 64, None), (4.0, 64, b"4"), (0.5, 2, b"1"), (3.9, 8, b"3")],
)
def test_threads(limit: float | None, visible: int, count: bytes | None) -> None:
    variables = cpus.threads(limit, visible, {})
    assert variables == (dict.fromkeys((name.encode() for name in cpus.VARIABLES), count) if count else {})


def test_the_users_values_stay() -> None:
    variables = cpus.threads(2.0, 16, {b"OMP_NUM_THREADS": b"7", b"MKL_NUM_THREADS": b""})
    assert set(variables) == {b"OPENBLAS_NUM_THREADS", b"NUMEXPR_NUM_THREADS"}
