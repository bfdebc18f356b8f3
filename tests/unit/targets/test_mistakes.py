"""What is wrong with a user's own target is told all at once, each by file and line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from builder.core.errors import InvalidInputError
from builder.pipeline.plan import make_plan
from builder.pipeline.workspace import Workspace
from tests.unit.targets.user_target import refused


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("requirements: none.txt\n", "mine.yaml:2: .*none.txt does not exist"),
        ("files: {/etc/x: none}\n", "mine.yaml:2: .*none does not exist"),
        ("files: {etc/x: mine.yaml}\n", r"mine.yaml:2: files.*etc/x"),
        ("files: {/etc/../x: mine.yaml}\n", r"climbs with \.\."),
        ("project: none.toml\n", "mine.yaml:2: .*none.toml does not exist"),
        ("checks: [./none.py]\n", "mine.yaml:2: unknown check './none.py'"),
        ("extends: ./none.yaml\n", "mine.yaml:2: .*none.yaml does not exist"),
        ("extends: ./mine.yaml\n", "mine.yaml:2: a target cannot extend itself: mine -> mine"),
        ("extends: cuda-pytorh\n", "did you mean cuda-pytorch"),
        ("form: debian:12\n", "mine.yaml:2: unknown key 'form'; did you mean from"),
        ("from: 'a b'\n", "mine.yaml:2: from"),
        ("from: 'x:${y}'\n", "mine.yaml:2: from"),
        ("packages: {apt: ['a; id']}\n", "mine.yaml:2: packages.apt.0"),
        ("packages: {apt: ['--allow-x']}\n", "mine.yaml:2: packages.apt.0"),
        ("env: {PATH: /x}\n", "mine.yaml:2: .*PATH belongs to the node"),
        ("env: {TS_AUTHKEY: tskey}\n", "mine.yaml:2: .*never in an image"),
        ("env: {JUPYTER_TOKEN: x}\n", "mine.yaml:2: .*is a secret"),
        ("run: {after_sytem: ['x']}\n", "did you mean run.after_system|did you mean after_system"),
        ("run: {after_system: ['']}\n", "mine.yaml:2: run.after_system.0"),
        ("jupyter: {extensions: [a b c]}\n", "mine.yaml:2: jupyter.extensions.0: not a Python requirement"),
        (
            "gpus: &a [x, x, x, x, x, x, x, x]\nchecks: &b [*a, *a, *a, *a, *a, *a, *a, *a]\n"
            "files: &c [*b, *b, *b, *b, *b, *b, *b, *b]\nenv: &d [*c, *c, *c, *c, *c, *c, *c, *c]\n"
            "run: &e [*d, *d, *d, *d, *d, *d, *d, *d]\npackages: [*e, *e, *e, *e, *e, *e, *e, *e]\n",
            "mine.yaml:1: its aliases .* unfold without end",
        ),
        ("jupyter: maybe\n", "mine.yaml:2: jupyter: true or false was expected"),
        ("cuda: 12\n", "mine.yaml:2: cuda: text was expected, found 12\n  do: write it in quotes: \"12\""),
        ("gpus: [rtx_4090]\n", "mine.yaml:2: gpus.0: a compute capability was expected: sm_89 is RTX 40"),
        ("packages: {apt: ffmpeg}\n", r"packages.apt: a list was expected, .*\n  do: write apt: \[ffmpeg\]"),
    ],
)  # fmt: skip
def test_each_mistake_is_named_with_its_line(tmp_path: Path, text: str, expected: str) -> None:
    assert re.search(expected, refused(tmp_path, text), re.DOTALL)


def test_mistakes_of_every_kind_in_several_files_are_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text(
        "description: all wrong\nextends: ./team.yaml\nframework: torch==2.99.0\ndisk_gb: lots\npakages:\n"
        "  apt: [htop]\npackages:\n  pip:\n    - jax[cuda12]\n    - nvidia-nccl-cu13\n    - numpy >> 2\n"
        "files:\n  /etc/mine.conf: mine.cnf\nchecks: [pyhton]\n"
    )
    (tmp_path / "mine.conf").touch()
    (tmp_path / "team.yaml").write_text(
        "description: the team's\nextends: ./mine.yaml\nshh: sshd\nrequirements: requirements.txt\n"
    )
    with pytest.raises(InvalidInputError) as caught:
        make_plan("./mine.yaml", Workspace.open())
    told = [str(problem).split("\n")[0].replace(f"{tmp_path}/", "") for problem in caught.value.problems]
    assert told == [
        "mine.yaml:3: no known release of torch is ==2.99.0; did you mean 2.15.0?",
        "mine.yaml:4: disk_gb: a whole number was expected, found 'lots'",
        "mine.yaml:5: unknown key 'pakages'; did you mean packages?",
        "mine.yaml:10: two CUDAs: nvidia-nccl-cu13 brings CUDA 13, jax[cuda12] brings CUDA 12",
        "mine.yaml:11: packages.pip.2: not a Python requirement (Expected semicolon (after name with no "
        "version specifier) or end), found 'numpy >> 2'",
        "mine.yaml:13: mine.cnf does not exist; did you mean mine.conf?",
        "mine.yaml:14: unknown check 'pyhton'; did you mean python?",
        "team.yaml:2: a target cannot extend itself: mine -> team -> mine",
        "team.yaml:3: unknown key 'shh'; did you mean ssh?",
        "team.yaml:4: requirements.txt does not exist",
    ]


def test_what_is_in_doubt_is_no_cause_for_more_blame(tmp_path: Path) -> None:
    """Python 3.11 was meant: that some framework has no wheel for the default is not said."""
    (tmp_path / "mine.yaml").write_text("description: x\npython: 3.11\nframework: tensorflow==2.16.2\n")
    with pytest.raises(InvalidInputError) as caught:
        make_plan(str(tmp_path / "mine.yaml"), Workspace.open())
    assert [problem.what for problem in caught.value.problems] == ["python: text was expected, found 3.11"]


def test_a_misspelt_key_is_not_missed_as_well(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("descripton: x\n")
    with pytest.raises(InvalidInputError) as caught:
        make_plan(str(tmp_path / "mine.yaml"), Workspace.open())
    assert [problem.what for problem in caught.value.problems] == [
        "unknown key 'descripton'; did you mean description?"
    ]


def test_a_file_that_lies_here_is_the_nearest_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").touch()
    with pytest.raises(InvalidInputError, match=r"unknown target 'mine'; did you mean \./mine\.yaml"):
        make_plan("mine", Workspace.open())


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text(
        "fine\n-r other.txt\nx @ https://me:key@host/x-1-py3-none-any.whl\n"
    )
    said = refused(tmp_path, "requirements: requirements.txt\nfiles: {/a: none}\nchecks: [nothing]\n")
    assert "other.txt does not exist" in said
    assert "requirements.txt:3: x by an address that an image cannot show" in said
    assert "mine.yaml:3:" in said
    assert "mine.yaml:4:" in said


@pytest.mark.parametrize("name", ["base", "Mine", "a b", "-x", "x.", "$(id)"])
def test_a_name_that_cannot_be_an_image_is_refused(tmp_path: Path, name: str) -> None:
    assert "catalogue" in (said := refused(tmp_path, "", name)) or "cannot be an image's name" in said
