"""State goes to its disks, or to /run for this start; the directories of work are checked for dev."""

import errno
import os
import stat
from pathlib import Path

import pytest
from node import files
from node.boot import disks
from node.paths import Paths


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    """A node's directories, of which only /run exists."""
    files.mkdir(str(tmp_path / "run"))
    return Paths(
        run=str(tmp_path / "run"), state_disk=str(tmp_path / "state"), tailscale_disk=str(tmp_path / "ts")
    )


def test_state_survives_a_restart(paths: Paths) -> None:
    assert disks.link_state(paths) == []
    Path(paths.token).write_text("t")
    assert Path(paths.state_disk, "jupyter_token").read_text() == "t"
    assert sorted(path.name for path in Path(paths.state_disk).iterdir()) == ["jupyter_token"]
    assert Path(paths.tailscale_state).resolve() == Path(paths.tailscale_disk)


def test_a_disk_that_cannot_be_written_is_replaced_by_run(paths: Paths) -> None:
    Path(paths.tailscale_disk).write_text("a file in its place")
    problems = disks.link_state(paths)
    assert [problem.what.partition(" ")[0] for problem in problems] == [paths.tailscale_disk]
    assert "will not survive a restart" in problems[0].what
    assert Path(paths.tailscale_state).is_dir()
    assert Path(paths.tailscale_state).stat().st_mode & 0o777 == 0o700


def test_a_volume_of_another_owner_is_used_with_its_mode(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(paths.state_disk).mkdir()
    Path(paths.state_disk).chmod(0o2775)
    monkeypatch.setattr(os, "chmod", refused)
    assert disks.link_state(paths) == []
    assert Path(paths.state).resolve() == Path(paths.state_disk)


def refused(*_: object) -> None:
    raise PermissionError(errno.EPERM, "Operation not permitted")


@pytest.mark.parametrize(
    ("mode", "closed"), [(0o777, 0o755), (0o1777, 0o1755), (0o2775, 0o2755), (0o700, 0o700)]
)
def test_a_directory_is_closed_to_others(tmp_path: Path, mode: int, closed: int) -> None:
    tmp_path.chmod(mode)
    assert disks.close_to_others(str(tmp_path)) == []
    assert stat.S_IMODE(tmp_path.stat().st_mode) == closed


def test_a_directory_that_stays_open_to_others_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o777)
    monkeypatch.setattr(os, "chmod", refused)
    (problem,) = disks.close_to_others(str(tmp_path))
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


def test_what_is_planted_on_a_volume_leads_nowhere(paths: Paths, tmp_path: Path) -> None:
    secret = tmp_path / "environ"
    secret.write_text("TS_AUTHKEY=planted")
    disk = Path(paths.state_disk)
    (disk / "deep").mkdir(parents=True)
    (disk / "jupyter_token").symlink_to(secret)
    (disk / "deep" / "link").symlink_to(tmp_path)
    os.link(secret, disk / "twin")
    os.mkfifo(disk / "deep" / "pipe")
    (disk / "kept").write_text("plain")
    (problem,) = disks.link_state(paths)
    assert problem.what.endswith("it was removed: jupyter_token, link, pipe, twin.")
    assert sorted(path.name for path in disk.rglob("*")) == ["deep", "kept"]
    assert secret.read_text() == "TS_AUTHKEY=planted"


def test_a_volume_that_is_a_link_is_not_used(paths: Paths, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    Path(paths.state_disk).symlink_to(tmp_path / "elsewhere")
    assert "cannot be written" in disks.link_state(paths)[0].what
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize(
    ("key", "volume", "told"),
    [
        ("tskey-client-a?ephemeral=false&preauthorized=true", False, True),
        ("tskey-client-a?preauthorized=true&ephemeral=0", False, True),
        ("tskey-client-a?ephemeral=false", True, False),
        ("tskey-client-a?ephemeral=true", False, False),
        ("tskey-auth-a", False, False),
    ],
)
def test_lasting_devices_on_a_disk_that_does_not_last_are_told(
    monkeypatch: pytest.MonkeyPatch, key: str, volume: bool, told: bool
) -> None:
    monkeypatch.setattr(os.path, "ismount", lambda _path: volume)
    problems = disks.devices_left(key, "/var/lib/tailscale")
    assert ["leaves one behind" in problem.what for problem in problems] == [True] * told
