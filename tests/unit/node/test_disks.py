"""State goes to its disks, or for this start to /run; places people work in are looked at as dev."""

import os
from pathlib import Path

import pytest
from node import disks, files
from node.paths import Paths

pytestmark = pytest.mark.unit


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    """A node's directories; /run is there."""
    files.mkdir(str(tmp_path / "run"))
    return Paths(
        run=str(tmp_path / "run"), state=str(tmp_path / "state"), tailscale_state=str(tmp_path / "ts")
    )


def test_state_outlives_the_start(paths: Paths) -> None:
    assert disks.keep_state(paths) == []
    Path(paths.token).write_text("t")
    assert Path(paths.state, "jupyter_token").read_text() == "t"
    assert sorted(path.name for path in Path(paths.state).iterdir()) == ["jupyter_token"]
    assert Path(paths.tailscale_kept).resolve() == Path(paths.tailscale_state)


def test_a_disk_that_cannot_be_written_is_replaced_for_this_start(paths: Paths) -> None:
    Path(paths.tailscale_state).write_text("a file in its place")
    found = disks.keep_state(paths)
    assert [problem.what.partition(" ")[0] for problem in found] == [paths.tailscale_state]
    assert "will not outlive" in found[0].what
    assert Path(paths.tailscale_kept).is_dir()
    assert Path(paths.tailscale_kept).stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("mode", "account", "expected"),
    [
        (0o755, (os.geteuid(), 99), True),
        (0o555, (os.geteuid() or 1, 99), False),
        (0o755, (12345, 12345), False),
        (0o777, (12345, 12345), True),
        (0o775, (12345, os.getegid()), True),
    ],
)
def test_who_may_write(tmp_path: Path, mode: int, account: tuple[int, int], expected: bool) -> None:
    tmp_path.chmod(mode)
    assert disks.may_write(str(tmp_path), account) == expected
    assert len(disks.unwritable((str(tmp_path), "/absent"), account)) == int(not expected)
