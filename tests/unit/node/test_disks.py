"""State goes to its disks, or for this start to /run; places people work in are looked at as dev."""

import errno
import os
import stat
from pathlib import Path

import pytest
from node import files
from node.boot import disks
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


def test_a_volume_reached_by_its_group_is_used_though_its_mode_stays(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(paths.state).mkdir()
    Path(paths.state).chmod(0o2775)
    monkeypatch.setattr(os, "chmod", refused)
    assert disks.keep_state(paths) == []
    assert Path(paths.kept).resolve() == Path(paths.state)


def refused(*_: object) -> None:
    raise PermissionError(errno.EPERM, "Operation not permitted")


@pytest.mark.parametrize(
    ("mode", "closed"), [(0o777, 0o755), (0o1777, 0o1755), (0o2775, 0o2755), (0o700, 0o700)]
)
def test_a_directory_is_kept_from_others(tmp_path: Path, mode: int, closed: int) -> None:
    tmp_path.chmod(mode)
    assert disks.keep_from_others(str(tmp_path)) == []
    assert stat.S_IMODE(tmp_path.stat().st_mode) == closed


def test_a_directory_that_stays_open_to_others_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o777)
    monkeypatch.setattr(os, "chmod", refused)
    (problem,) = disks.keep_from_others(str(tmp_path))
    assert f"{tmp_path} has mode 0777" in problem.what
    assert f"Mount {tmp_path} with mode 0755" in problem.remedy


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
