"""cosign signs by a key in each of its versions, asks on this terminal, and signs nothing unasked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from builder.cli import main
from builder.core.errors import TailboxError
from builder.pipeline import publish
from builder.registry import attest
from builder.registry.attest import Documents
from tests.kit.programs import fake_on_path

DEPLOY = "r.example/base@sha256:a"
DOCUMENTS = Documents(Path("s"), Path("p"), Path("q"))
# An option that cosign does not know is an error, with --help as well.
COSIGN = """\
for word; do
    case "$word" in UNKNOWN) echo "unknown flag: $word" >&2; exit 1 ;; --help) exit 0 ;; esac
done
echo "$@" >>"$0.log"
echo noise
echo "Enter password for private key:" >&2
read -r password && [ "$password" = secret ]
"""
OLD_WAYS = "--use-signing-config=false --new-bundle-format=false "


@pytest.fixture
def typed(tmp_path: Path) -> Iterator[Path]:
    """A file whose lines are what a person types."""
    keyboard, before = tmp_path / "typed", os.dup(0)
    keyboard.write_text("secret\n" * 3)
    with keyboard.open() as file:
        os.dup2(file.fileno(), 0)
    yield keyboard
    os.dup2(before, 0)
    os.close(before)


def _cosign(folder: Path, monkeypatch: pytest.MonkeyPatch, unknown: str = "--none") -> Path:
    fake_on_path(folder, "cosign", COSIGN.replace("UNKNOWN", unknown), monkeypatch)
    return folder / "cosign.log"


@pytest.mark.usefixtures("typed")
@pytest.mark.parametrize(
    ("unknown", "key", "options"),
    [
        ("--use-signing-config=*|--new-bundle-format=*", "k", "--key k --tlog-upload=false "),
        ("--none", "k", f"--key k --tlog-upload=false {OLD_WAYS}"),
        ("--none", None, ""),
    ],
)
def test_a_key_signs_with_the_cosign_that_is_there(
    unknown: str, key: str | None, options: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = _cosign(tmp_path, monkeypatch, unknown)
    attest.sign(DEPLOY, key, DOCUMENTS)
    assert log.read_text().splitlines() == [
        f"sign --yes {options}{DEPLOY}",
        f"attest --yes {options}--type cyclonedx --predicate s {DEPLOY}",
        f"attest --yes {options}--type slsaprovenance1 --predicate q {DEPLOY}",
    ]


def test_what_cosign_asks_is_seen_and_its_failure_is_told(
    typed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    typed.write_text("wrong\n")
    _cosign(tmp_path, monkeypatch)
    with pytest.raises(TailboxError, match=rf"cosign could not sign {DEPLOY}\n  do: see its words above"):
        attest.sign(DEPLOY, "k", DOCUMENTS)
    assert capfd.readouterr() == ("", "Enter password for private key:\n")


def test_a_key_without_a_signature_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "publish_target", lambda *_, **__: pytest.fail("was pushed"))
    done = CliRunner().invoke(main.cli, ["push", "base", "r.example", "--attest", "--key", "k"])
    assert done.exit_code == 2
    assert "say --sign too" in done.output


@pytest.mark.parametrize(
    ("deploy", "plain"),
    [
        ("localhost/base@sha256:a", True),
        ("127.0.0.1:5000/base@sha256:a", True),
        ("[::1]:5000/base@sha256:a", True),
        ("localhost.example.com/base@sha256:a", False),
        ("r.example:5000/base@sha256:a", False),
    ],
)
def test_only_this_machine_is_asked_without_tls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, deploy: str, plain: bool
) -> None:
    log = _cosign(tmp_path, monkeypatch)
    with pytest.raises(TailboxError):
        attest.sign(deploy, None, DOCUMENTS)
    assert ("--allow-http-registry" in log.read_text()) is plain
