"""What the files around a project say, and what has no place in a target."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder.core.errors import InvalidInputError
from builder.targets.project.survey import Survey, survey


def looked_at(folder: Path, **texts: str) -> Survey:
    """The survey of a folder with a requirements.txt and other files (`__` stands for / and `_` for .)."""
    for name, text in {"requirements_txt": "rich\n", **texts}.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return survey(folder)


DOCKERFILE = """\
ARG CUDA=12.1.1
FROM --platform=linux/amd64 nvidia/cuda:${CUDA}-cudnn8-devel-ubuntu22.04 AS base
ENV A=1
RUN apt-get update && apt-get install -y --no-install-recommends \\
    # sound
    ffmpeg libsndfile1=1.2 python3-pip \\
    && rm -rf /var/lib/apt/lists/*
FROM base
RUN pip install -r requirements.txt
COPY . /app
"""


def test_a_dockerfile_names_cuda_and_packages(tmp_path: Path) -> None:
    around = looked_at(tmp_path, Dockerfile=DOCKERFILE).around
    assert {version: where.line for version, where in around.cudas.items()} == {"12.1": 2}
    assert {name: where.line for name, where in around.apt.items()} == {"ffmpeg": 4, "libsndfile1": 4}
    assert [note.what for note in around.unplaced] == ["RUN and ENV in the lines 3, 9"]


DEVCONTAINER = """\
// for VS Code
{
  "image": "mcr.example/devcontainers/python:1-3.12", /* an image */
  "features": {"ghcr.example/features/nvidia-cuda:1": {"cudaVersion": "12.4"}, "x/node:1": {}},
  "customizations": {"vscode": {"extensions": ["ms-python.python"]}},
  "containerEnv": {"URL": "https://a//b", "HOME2": "${localEnv:HOME}"},
  "postCreateCommand": "pip install -e .",
  "forwardPorts": [8000],
}
"""


def test_a_devcontainer_may_have_comments(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("rich\n")
    (tmp_path / ".devcontainer").mkdir()
    (tmp_path / ".devcontainer" / "devcontainer.json").write_text(DEVCONTAINER)
    around = survey(tmp_path).around
    assert ([*around.pythons], [*around.cudas], [*around.extensions]) == (
        ["3.12"],
        ["12.4"],
        ["ms-python.python"],
    )
    assert {name: value for name, (value, _) in around.env.items()} == {"URL": "https://a//b"}
    assert [note.what for note in around.unplaced] == [
        "the feature node",
        "postCreateCommand: pip install -e .",
        "forwardPorts",
    ]


SPEC = """\
specVersion: v2
environment:
  base:
    image: nvidia/ai-workbench/python-cuda120:1.0.3
    cuda_version: "12.0"
execution:
  secrets:
    - variable: HF_TOKEN
  apps:
    - name: jupyterlab
    - name: dashboard
"""


def test_a_workbench_project(tmp_path: Path) -> None:
    (tmp_path / ".project").mkdir()
    (tmp_path / ".project" / "spec.yaml").write_text(SPEC)
    around = looked_at(tmp_path, apt_txt="ffmpeg\n# more\nsox python3-dev\n", variables_env="A=b\n").around
    assert ([*around.cudas], [*around.apt], around.env["A"][0]) == (["12.0"], ["ffmpeg", "sox"], "b")
    assert [note.what for note in around.unplaced] == ["the secret HF_TOKEN", "the application dashboard"]


def test_the_files_of_repo2docker_may_lie_in_a_folder_of_their_own(tmp_path: Path) -> None:
    binder = tmp_path / "binder"
    binder.mkdir()
    for name, text in (("runtime.txt", "python-3.11"), ("postBuild", "x"), ("apt.txt", "tree")):
        (binder / name).write_text(text)
    (binder / "environment.yml").write_text("dependencies: [numpy]\n")
    found = survey(tmp_path)
    assert found.keys == {"requirements": binder / "environment.yml"}
    assert ([*found.around.pythons], [*found.around.apt]) == (["3.11"], ["tree"])
    assert [note.what for note in found.around.unplaced] == ["postBuild"]


def test_what_only_requirements_list_is_named_beside_a_project(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'p'\ndependencies = ['rich']\n")
    (tmp_path / "requirements-dev.txt").write_text("pytest\n")
    found = looked_at(tmp_path, requirements_txt="rich>=1\ntqdm\n")
    assert [*found.keys] == ["project"]
    assert [note.what for note in found.around.unplaced] == [
        "requirements.txt alone lists tqdm",
        "requirements-dev.txt",
    ]


def test_settings_of_tools_are_no_project(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.ruff]\n")
    assert [*looked_at(tmp_path).keys] == ["requirements"]


def test_a_folder_that_says_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="says what the project needs"):
        survey(tmp_path)
