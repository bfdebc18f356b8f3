"""What a user's own target file may not say is told in words, with the value as it stands there."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder.core.errors import InvalidInputError
from builder.targets.target import load_target
from tests.unit.targets.user_target import refused


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cuda: '12.8.1'", "cuda: a CUDA version was expected: 12 or 12.8, found '12.8.1'"),
        ("python: '3'", "python: a Python version was expected: 3.13, found '3'"),
        ("env: {MY-VAR: x}", "env.MY-VAR: a variable's name was expected: letters, digits and _"),
        ("env: {A: 'x\n\n  y'}", "env.A: a single line was expected"),
        ("packages: {apt: [G++]}", "packages.apt.0: one Debian package was expected: its name in small"),
        ("packages: {apt: ['ffmpeg=7:5.1']}", "its name in small letters, no version, found 'ffmpeg=7:5.1'"),
        ("packages: {apt: [git curl]}", "packages.apt.0: one Debian package was expected"),
        ("files: {/a/: x}", "files./a/: a path in the image was expected"),
        ("files: {~/x: x}", "begins with / and does not end with it (~ is /home/dev), found '~/x'"),
        ("requirements: /x", "requirements: a path that begins at the folder of this file was expected"),
        ("from: Ubuntu:24.04", "from: an image's name was expected, in small letters: ubuntu:24.04"),
        ("vscode: {extensions: [python]}", "an extension was expected: publisher.name"),
        ("description: |\n  a\n  b", "description: a single line of text was expected, found 'a\\nb"),
    ],
)
def test_what_is_expected_is_said_in_words(tmp_path: Path, text: str, expected: str) -> None:
    (tmp_path / "x").touch()
    (tmp_path / "mine.yaml").write_text(text + ("" if "description" in text else "\ndescription: x") + "\n")
    with pytest.raises(InvalidInputError) as caught:
        load_target(str(tmp_path / "mine.yaml"))
    assert str(caught.value).startswith(f"{tmp_path}/mine.yaml:1: {text.split(':')[0]}")
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("text", "found", "quoted"),
    [
        ("python: 3.10", "3.10", '"3.10"'),
        ("cuda: 12.80  # new", "12.80", '"12.80"'),
        ("env: {A: true, B: x}", "true", '"true"'),
        ("env: {A: 0x1F}", "0x1F", '"0x1F"'),
        ("env: {A: 2026-01-02 03:04:05}", "2026-01-02 03:04:05", '"2026-01-02 03:04:05"'),
        ("packages: {pip: [rich, 1.10]}", "1.10", '"1.10"'),
        ("gpus:\n  - 120", "120", '"120"'),
    ],
)
def test_advice_to_quote_keeps_what_stands_in_the_file(
    tmp_path: Path, text: str, found: str, quoted: str
) -> None:
    said = refused(tmp_path, f"{text}\n")
    assert f"text was expected, found {found}\n  do: write it in quotes: {quoted}" in said


def test_what_is_empty_is_not_to_be_quoted(tmp_path: Path) -> None:
    assert "quotes" not in refused(tmp_path, "env: {A: , B: &x 3.10, C: *x}\n").split("env.B")[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pip: [rich]", "unknown key 'pip'\n  do: write it below packages"),
        ("apt: [git]", "unknown key 'apt'\n  do: write it below packages"),
        ("extensions: [a.b]", "unknown key 'extensions'\n  do: write it below jupyter or vscode"),
        ("after_system: [x]", "unknown key 'after_system'\n  do: write it below run"),
    ],
)
def test_a_key_that_belongs_below_another_is_sent_there(tmp_path: Path, text: str, expected: str) -> None:
    assert f"mine.yaml:2: {expected}" in refused(tmp_path, f"{text}\n")
