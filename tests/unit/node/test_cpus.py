"""Thread counts come from what the container may use, and only where that is less than what it sees."""

import pytest
from node.boot import cpus

pytestmark = pytest.mark.unit


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
    found = cpus.threads(limit, visible, {})
    assert found == (dict.fromkeys((name.encode() for name in cpus.VARIABLES), count) if count else {})


def test_what_the_user_gave_stays() -> None:
    found = cpus.threads(2.0, 16, {b"OMP_NUM_THREADS": b"7", b"MKL_NUM_THREADS": b""})
    assert set(found) == {b"OPENBLAS_NUM_THREADS", b"NUMEXPR_NUM_THREADS"}
