"""The checks on a GPU: without one they say so; with one, each result is named."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from builder.core import paths
from tools.on_gpu import __main__ as on_gpu
from tools.on_gpu import extension
from tools.on_gpu.results import NotRunError, Result, check

_DEVICE = {"name": "NVIDIA H200", "capability": [9, 0]}
_PROBE = {"library": True, "cuda": [13, 2], "error": 0, "devices": [_DEVICE]}


def _run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *results: Result) -> object:
    answers = {"gpu_probe.py": _PROBE, on_gpu._TORCH: ["2.15.0", "13.2", ["sm_90"]]}
    monkeypatch.setattr(on_gpu, "_asked", lambda words: answers.get(words[-1].rpartition("/")[2]))
    monkeypatch.setattr(on_gpu, "_results", lambda *_: iter(results))
    code = on_gpu.main(60)
    return {"code": code, **json.loads(capsys.readouterr().out)}


def test_without_a_gpu_it_says_so_with_the_code_of_not_run(tmp_path: Path) -> None:
    # A folder that the linker looks in first holds no driver either.
    command = [sys.executable, "-m", "tools.on_gpu"]
    environment = {
        "PYTHONPATH": str(paths.PROJECT),
        "CUDA_VISIBLE_DEVICES": "",
        "LD_LIBRARY_PATH": str(tmp_path),
    }
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 77
    assert json.loads(done.stdout)["gpu"] == []


def test_the_card_the_doctor_and_each_check_are_in_the_report(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    report = _run(monkeypatch, capsys, Result("torch-gpu", "passed", 1.0, "fine"))
    assert isinstance(report, dict)
    assert (report["code"], report["gpu"], report["capability"]) == (0, ["NVIDIA H200"], ["sm_90"])
    assert report["driver_cuda"] == "13.2"
    assert {finding["check"] for finding in report["doctor"]} == {"gpu", "driver", "capability", "cuda"}
    assert report["checks"] == [{"check": "torch-gpu", "status": "passed", "seconds": 1.0, "said": "fine"}]


def test_a_failed_check_fails_the_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    report = _run(monkeypatch, capsys, Result("a", "passed", 1.0, ""), Result("b", "failed", 1.0, ""))
    assert isinstance(report, dict)
    assert report["code"] == 1


@pytest.mark.parametrize(
    ("script", "status", "said"),
    [
        ("print('first\\nlast')", "passed", "last"),
        ("import sys; print('no driver'); sys.exit(77)", "not run", "no driver"),
        ("import sys; sys.exit('wrong')", "failed", "wrong"),
    ],
)
def test_a_check_ends_as_its_script_does(script: str, status: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "check.py"
    file.write_text(script)
    result = check("mine", file, {}, 30)
    assert (result.check, result.status, result.said) == ("mine", status, said)


def test_a_check_that_no_time_is_left_for_is_not_run(tmp_path: Path) -> None:
    assert check("mine", tmp_path / "none.py", {}, -1).status == "not run"


def test_every_check_of_the_catalogue_that_needs_a_gpu_is_among_them() -> None:
    needing = {path.stem for path in (paths.data("images") / "checks").glob("*-gpu.py")}
    assert needing <= set(on_gpu._CHECKED)
    assert all((paths.data("images") / "checks" / f"{name}.py").is_file() for name in on_gpu._CHECKED)


def test_an_extension_without_nvcc_is_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(NotRunError, match=r"nvcc or g\+\+ is not here"):
        extension.extension(["sm_90"], 30)
