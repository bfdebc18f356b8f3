"""The join service: the right `tailscale up`, and what its failures mean."""

from pathlib import Path

import pytest
from node.contract.settings import Settings
from node.contract.ssh_backend import BackEnd
from node.paths import Paths
from node.tailnet import join, localapi
from node.tailnet.join import Joiner
from node.tailnet.localapi import Tailnet
from node.tailnet.tailscale_up import credentials, refusal, up_command

pytestmark = pytest.mark.unit

SETTINGS = Settings("box", "", [], BackEnd("both"), True, 8888)


def test_secrets_are_named_by_their_files(tmp_path: Path) -> None:
    paths = Paths(run=str(tmp_path))
    client = SETTINGS._replace(client_id="c", audience="a")
    assert credentials(client, paths) == ["--client-id=c", "--audience=a"]
    (tmp_path / "secrets").mkdir()
    Path(paths.id_token).write_text("t0ken")
    assert credentials(client, paths) == ["--client-id=c", f"--id-token=file:{paths.id_token}"]
    Path(paths.key).write_text("t0ken")
    assert credentials(client, paths) == [f"--auth-key=file:{paths.key}"]


@pytest.mark.parametrize(
    ("back_end", "flag"), [("both", "true"), ("tailscale", "true"), ("sshd", "false"), ("off", "false")]
)
def test_tailscale_ssh_only_where_chosen(back_end: str, flag: str) -> None:
    assert f"--ssh={flag}" in up_command(SETTINGS._replace(ssh=BackEnd(back_end)))


def test_server_and_tags() -> None:
    command = up_command(
        SETTINGS._replace(login_server="https://c.example", tags=["tag:a", "tag:b"]), Paths()
    )
    assert "--login-server=https://c.example" in command
    assert "--advertise-tags=tag:a,tag:b" in command
    assert "--hostname=box" in command
    assert not [word for word in up_command(SETTINGS) if word.startswith(("--login-server", "--advertise"))]


@pytest.mark.parametrize(
    ("message", "remedy"),
    [
        ("backend error: invalid key: key expired", "new auth key"),
        ("requested tags [tag:x] are invalid or not permitted", "tailnet's policy"),
        ("something else", "whole message"),
    ],
)
def test_each_refusal_has_its_remedy(message: str, remedy: str) -> None:
    problem = refusal(message)
    assert message in problem.what
    assert remedy in problem.remedy


class Up:
    """`tailscale up`, which ends when it is told."""

    code: int | None = None

    def poll(self) -> int | None:
        return self.code


def test_secrets_stay_until_up_has_read_them_and_go_before_the_service_is_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = Paths(run=str(tmp_path))
    (tmp_path / "secrets").mkdir()
    (tmp_path / "problems").mkdir()
    told: list[bool] = []
    monkeypatch.setattr(join, "notify_ready", lambda _paths: told.append(Path(paths.key).exists()))
    monkeypatch.setattr(localapi, "tailnet", lambda _paths: Tailnet("Running"))
    joiner = Joiner(SETTINGS, paths)
    joiner.up = up = Up()  # type: ignore[assignment]
    Path(paths.key).write_text("t0ken")
    joiner.enter("Running")
    assert (Path(paths.key).exists(), told) == (True, [])
    up.code = 0
    joiner.arrive()
    joiner.arrive()
    assert (Path(paths.key).exists(), told) == (False, [False])
