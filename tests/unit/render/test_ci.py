"""CI configurations: a job for every target, and text that each system's own schema takes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from builder.core import paths
from builder.render import ci
from builder.targets.target import catalogue, load_target

TARGETS = [load_target(name) for name in catalogue()]
SCHEMAS = {"github": "vendor.github-workflows", "gitlab": "vendor.gitlab-ci"}


def text(system: str) -> str:
    return ci.config(system, TARGETS, "trixie", paths.data("templates"))


def problems(content: str, system: str, folder: Path) -> str:
    """What the system's own schema does not take; empty when all is well."""
    file = folder / "config.yml"
    file.write_text(content)
    checker = Path(sys.executable).parent / "check-jsonschema"
    command: list[str | Path] = [checker, "--builtin-schema", SCHEMAS[system], file]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout if done.returncode else ""


@pytest.mark.parametrize("system", ci.SYSTEMS)
def test_the_system_takes_it(system: str, tmp_path: Path) -> None:
    assert problems(text(system), system, tmp_path) == ""


@pytest.mark.parametrize("system", ci.SYSTEMS)
def test_a_job_with_a_reserved_name_or_without_a_runner_is_refused(system: str, tmp_path: Path) -> None:
    broken = text(system).replace("\nbuild:", "\nimage:").replace("    runs-on:", "    run-on:")
    assert problems(broken, system, tmp_path) != ""


def test_every_target_has_a_job() -> None:
    names = [one.name for one in TARGETS]
    github = YAML(typ="safe").load(text("github"))["jobs"]["image"]["strategy"]["matrix"]["include"]
    assert [job["target"] for job in github] == names
    gitlab = YAML(typ="safe").load(text("gitlab"))["build"]["parallel"]["matrix"]
    assert gitlab == [{"TARGET": names}]


def test_a_target_that_is_too_large_for_the_standard_runner_asks_for_another() -> None:
    jobs = YAML(typ="safe").load(text("github"))["jobs"]["image"]["strategy"]["matrix"]["include"]
    runners = {job["target"]: job["runner"] for job in jobs}
    assert (runners["base"], runners["cuda-diffusers"]) == ("standard", "large")
