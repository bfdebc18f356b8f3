"""The slimmer against a small installation: what goes, what stays, and that RECORD tells the truth."""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from builder.core import paths
from builder.facts import slim_rules
from builder.facts.load import load_facts
from builder.facts.slim_rules import SlimRule
from builder.pipeline.plan import make_plan
from builder.pipeline.workspace import Workspace
from builder.render.render import render

SLIMMER = paths.data("templates") / "wheels" / "slim.py"
RULES = load_facts(paths.data("images")).slim
ELF = b"\x7fELF" + b"code" * 100
SYMBOLS = b"SYMBOLS" * 50


def digest(content: bytes) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def install(site: Path, name: str, files: dict[str, bytes]) -> None:
    """What uv leaves: the files, and a RECORD of them that does not list byte code."""
    info = site / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    for path, content in files.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_bytes(content)
    rows = [(path, digest(content), len(content)) for path, content in files.items()]
    with (info / "RECORD").open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([*rows, (f"{info.name}/RECORD", "", "")])


def lies(site: Path) -> list[str]:
    """Every line of a RECORD that is not so."""
    found = []
    for record in site.glob("*.dist-info/RECORD"):
        for path, wanted, size in csv.reader(record.open(newline="")):
            file = site / path
            if not file.exists():
                found.append(f"{path} is missing")
            elif wanted and (digest(file.read_bytes()), str(file.stat().st_size)) != (wanted, size):
                found.append(f"{path} differs")
    return found


def run(site: Path, *rules: SlimRule) -> dict[str, Any]:
    """Run the slimmer as the image's build does, with a strip that cuts our marker off."""
    strip = site.parent / "strip"
    strip.write_text(
        f"#!{sys.executable}\nimport sys, pathlib\np = pathlib.Path(sys.argv[1])\n"
        f"p.write_bytes(p.read_bytes().replace({SYMBOLS!r}, b''))\n"
    )
    strip.chmod(0o755)
    (site.parent / "rules.json").write_bytes(slim_rules.rule_file(rules))
    report = site.parent / "report" / "layer.json"
    command: list[str | Path] = [
        sys.executable,
        "-I",
        SLIMMER,
        site.parent / "rules.json",
        site,
        strip,
        report,
    ]
    subprocess.run(command, check=True, capture_output=True)
    data: dict[str, Any] = json.loads(report.read_text())
    return data


def rule(**what: Any) -> SlimRule:
    fields = {"name": "rule", "wheels": ("torch",), "saves": 1, "why": "a test", "measured": "here"}
    return SlimRule(**{**fields, **what})


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Two wheels: torch with libraries, archives and copies, and another one that no rule names."""
    site = tmp_path / "site"
    files = {
        "torch/lib/libtorch.so": ELF + SYMBOLS,
        "torch/lib/proprietary/libcupti.so": ELF + SYMBOLS,
        "torch/lib/script.so": b"INPUT(libtorch.so)",
        "torch/lib/libx.a": b"archive",
        "torch/lib/liby.so.1": ELF,
        "torch/lib/liby.so": ELF,
        "torch/tests/test_a.py": b"assert True",
    }
    install(site, "torch", files)
    install(site, "other", {"other/libother.so": ELF + SYMBOLS, "other/libz.a": b"archive"})
    return site


def test_a_removed_file_is_gone_from_record_too(site: Path) -> None:
    done = run(site, rule(remove=("*.a",)))
    assert not (site / "torch/lib/libx.a").exists()
    assert done["rule"] == {"files": 1, "bytes": len(b"archive")}
    assert lies(site) == []
    assert "libx.a" not in (site / "torch-1.0.dist-info/RECORD").read_text()


def test_only_the_named_wheels_are_touched(site: Path) -> None:
    run(site, rule(remove=("*.a",), strip=("*.so",)))
    assert (site / "other/libz.a").exists()
    assert (site / "other/libother.so").read_bytes() == ELF + SYMBOLS


def test_a_stripped_library_is_listed_as_it_is_now(site: Path) -> None:
    done = run(site, rule(strip=("*.so*",), but=("*/proprietary/*",)))
    assert (site / "torch/lib/libtorch.so").read_bytes() == ELF
    assert done["rule"] == {"files": 1, "bytes": len(SYMBOLS)}
    assert lies(site) == []


def test_what_a_rule_excepts_and_what_is_no_library_stays_byte_for_byte(site: Path) -> None:
    run(site, rule(strip=("*.so*",), but=("*/proprietary/*",)))
    assert (site / "torch/lib/proprietary/libcupti.so").read_bytes() == ELF + SYMBOLS
    assert (site / "torch/lib/script.so").read_bytes() == b"INPUT(libtorch.so)"


def test_copies_become_links_of_one_file(site: Path) -> None:
    done = run(site, rule(link=("*/liby.so*",)))
    assert (site / "torch/lib/liby.so").samefile(site / "torch/lib/liby.so.1")
    assert done["rule"] == {"files": 1, "bytes": len(ELF)}
    assert lies(site) == []


def test_what_is_removed_takes_its_empty_folders_with_it(site: Path) -> None:
    run(site, rule(remove=("*/tests/*",)))
    assert not (site / "torch/tests").exists()
    assert lies(site) == []


def test_the_lie_detector_detects(site: Path) -> None:
    (site / "torch/lib/libtorch.so").write_bytes(ELF)
    (site / "torch/lib/libx.a").unlink()
    assert lies(site) == ["torch/lib/libtorch.so differs", "torch/lib/libx.a is missing"]


def test_a_layer_gets_only_the_rules_of_its_own_wheels() -> None:
    rules = slim_rules.fitting(
        (rule(wheels=("torch", "nvidia-nccl-cu*")),), ["nvidia-nccl-cu13", "numpy"], ()
    )
    assert [rule.wheels for rule in rules] == [("nvidia-nccl-cu13",)]
    assert slim_rules.fitting((rule(),), ["numpy"], ()) == ()


def test_a_rule_leaves_alone_a_target_with_what_it_names() -> None:
    headers = rule(wheels=("torch",), unless=("g++",))
    assert slim_rules.fitting((headers,), ["torch"], ("git",)) != ()
    assert slim_rules.fitting((headers,), ["torch"], ("g++", "git")) == ()
    assert slim_rules.fitting((headers,), ["torch"], None) == ()


def test_a_rule_leaves_alone_a_target_with_a_wheel_that_it_names() -> None:
    """JAX's compiler links NVSHMEM's bitcode into kernels; PyTorch looks for another file."""

    def rules(target: str) -> set[str]:
        return {rule.name for layer in make_plan(target, Workspace.open()).wheels for rule in layer.slim}

    assert "nvshmem-bitcode" in rules("cuda-pytorch")
    assert "nvshmem-bitcode" not in rules("cuda-jax")


def test_no_rule_strips_a_proprietary_library() -> None:
    """Of NVIDIA's wheels only NCCL's, whose licence allows it; of triton's none that are NVIDIA's own."""
    stripped = {name for rule in RULES if rule.strip for name in rule.wheels}
    assert {name for name in stripped if name.startswith(("nvidia", "cuda"))} == {"nvidia-nccl-cu*"}
    of_triton = [rule for rule in RULES if rule.strip and "triton" in rule.wheels]
    assert of_triton
    assert all("triton/backends/nvidia/*" in rule.but for rule in of_triton)


def test_only_layers_with_rules_mount_the_slimmer_and_only_those_that_strip_the_binutils() -> None:
    base = render(make_plan("base", Workspace.open()), paths.data("templates"))
    torch = render(make_plan("cuda-pytorch", Workspace.open()), paths.data("templates"))
    rules = [name for name in base if name.startswith("wheels/") and name.endswith(".json")]
    assert rules == ["wheels/jupyter.json"]
    assert base["Dockerfile"].count(b"target=/run/slim.py") == 1
    assert b"binutils" not in base["Dockerfile"]
    assert {"wheels/slim.py", "wheels/framework.json", "wheels/cuda.json"} <= set(torch)
    assert torch["Dockerfile"].count(b"from=binutils") == 2
