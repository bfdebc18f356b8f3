"""Target files: what is right loads, what is wrong is told with its line, all of it at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder.core.errors import InvalidInputError
from builder.targets.target import catalogue, load_target


@pytest.fixture
def images(tmp_path: Path) -> Path:
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "python.py").touch()
    (tmp_path / "base.yaml").write_text(
        "description: plain\nssh: sshd\nenv: {A: '1', B: '2'}\nchecks: [python]\n"
    )
    return tmp_path


def refused(images: Path, text: str, name: str = "mine") -> str:
    (images / f"{name}.yaml").write_text(text)
    with pytest.raises(InvalidInputError) as caught:
        load_target(name, images)
    return str(caught.value)


def test_a_child_adds_to_lists_and_overrides_values(images: Path) -> None:
    (images / "mine.yaml").write_text(
        "extends: base\ndescription: more\njupyter: false\nenv: {B: '3'}\npackages: {pip: [numpy>=2]}\n"
    )
    loaded = load_target("mine", images)
    assert (loaded.ssh, loaded.jupyter.enabled, loaded.pip) == ("sshd", False, ("numpy>=2",))
    assert loaded.env == {"A": "1", "B": "3"}
    assert [check.name for check in loaded.checks] == ["python"]


def test_unknown_target_names_the_nearest(images: Path) -> None:
    with pytest.raises(InvalidInputError, match="did you mean base"):
        load_target("bsae", images)


def test_every_problem_is_told_with_its_line(images: Path) -> None:
    said = refused(
        images,
        "extends: base\ndescription: x\njupiter: true\nssh: telnet\njupyter: maybe\n"
        "packages:\n  apt: [htop]\n  pip:\n    - numpy\n    - 'numpy >> 2'\n",
    )
    assert "mine.yaml:3: unknown key 'jupiter'; did you mean jupyter?" in said
    assert "mine.yaml:4: ssh: Input should be 'tailscale', 'sshd', 'both' or 'off', found 'telnet'" in said
    assert "mine.yaml:5: jupyter: true or false was expected, found 'maybe'" in said
    assert "mine.yaml:10: packages.pip.1: not a Python requirement" in said


def test_problems_of_the_parent_are_told_too(images: Path) -> None:
    (images / "base.yaml").write_text("description: plain\nshh: sshd\n")
    said = refused(images, "extends: base\ndescription: x\ngpu: [sm_75]\n")
    assert "mine.yaml:3: unknown key 'gpu'; did you mean gpus?" in said
    assert "base.yaml:2: unknown key 'shh'; did you mean ssh?" in said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "extends: bass\ndescription: x\n",
            "mine.yaml:1: extends an unknown target 'bass'; did you mean base?",
        ),
        ("extends: mine\ndescription: x\n", "mine.yaml:1: a target cannot extend itself: mine -> mine"),
        ("ssh: sshdd\n", "mine.yaml:1: ssh"),
        ("description: x\nchecks: [pyhton]\n", "mine.yaml:2: unknown check 'pyhton'"),
        ("description: x\nenv: {A B: c}\n", "mine.yaml:2: env.A B"),
        ("description: x\npackages: {pip: [torch @ git+https://host/x]}\n", "cannot be locked by hash"),
        ("framework: torch @ https://host/x.whl\n", "a requirement by URL cannot stand here"),
        ("description: [x\n", "mine.yaml:2: expected ',' or ']'"),
        ("description: x\ndescription: y\n", "mine.yaml:2: found duplicate key"),
        ("- description\n", "mine.yaml:1: a mapping of keys was expected"),
    ],
)
def test_each_mistake_is_named(images: Path, text: str, expected: str) -> None:
    assert expected in refused(images, text)


def test_targets_that_extend_each_other_are_a_circle(images: Path) -> None:
    (images / "other.yaml").write_text("extends: mine\ndescription: x\n")
    said = refused(images, "extends: other\ndescription: x\n")
    assert "other.yaml:1: a target cannot extend itself: mine -> other -> mine" in said


def test_the_projects_own_targets_load() -> None:
    assert {load_target(name).name for name in catalogue()} == set(catalogue()) >= {"base", "cuda-pytorch"}
