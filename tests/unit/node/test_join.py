"""The join service: the right `tailscale up`, and what its failures mean."""

import pytest
from node.backend import BackEnd
from node.join import refusal, up_command
from node.paths import Paths
from node.settings import Settings

pytestmark = pytest.mark.unit

SETTINGS = Settings("base", "box", "", [], BackEnd("both"), True, 8888, "")


def test_the_key_is_named_by_its_file() -> None:
    assert up_command(SETTINGS, True)[-1] == "--auth-key=file:/run/tailbox/secrets/authkey"
    assert not [word for word in up_command(SETTINGS, False) if "auth-key" in word]


@pytest.mark.parametrize(
    ("back_end", "flag"), [("both", "true"), ("tailscale", "true"), ("sshd", "false"), ("off", "false")]
)
def test_tailscale_ssh_only_where_chosen(back_end: str, flag: str) -> None:
    assert f"--ssh={flag}" in up_command(SETTINGS._replace(ssh=BackEnd(back_end)), True)


def test_server_and_tags() -> None:
    command = up_command(
        SETTINGS._replace(login_server="https://c.example", tags=["tag:a", "tag:b"]), True, Paths()
    )
    assert "--login-server=https://c.example" in command
    assert "--advertise-tags=tag:a,tag:b" in command
    assert "--hostname=box" in command
    assert not [
        word for word in up_command(SETTINGS, True) if word.startswith(("--login-server", "--advertise"))
    ]


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
