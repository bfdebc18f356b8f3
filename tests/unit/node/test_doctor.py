"""nodectl doctor on machines that tests do not have: its findings, and that each has a remedy."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from node.doctor import gpu as doctor_gpu
from node.doctor import main as doctor
from node.doctor import measure
from node.doctor import net as doctor_net
from node.doctor import system as doctor_system
from node.doctor.finding import OK, Finding
from node.doctor.gpu import Machine
from node.doctor.net import Network
from node.doctor.system import Disk, System

ARCHS = ("sm_75", "sm_80", "sm_86", "sm_90", "sm_120", "compute_120")


def machine(
    name: str,
    capability: tuple[int, int],
    cuda: tuple[int, int],
    files: tuple[str, ...] = ("/dev/nvidiactl", "/dev/nvidia0"),
    **framework: object,
) -> Machine:
    probe = {
        "library": True,
        "cuda": list(cuda),
        "error": 0,
        "devices": [{"name": name, "capability": list(capability)}],
    }
    torch: dict[str, object] = {"framework": "torch 2.15.0", "cuda": "12.8", "archs": ARCHS}
    return Machine(files, probe, **{**torch, **framework})  # type: ignore[arg-type]


def broken(**probe: object) -> Machine:
    return Machine(("/dev/nvidiactl",), {"library": True, "error": 0, **probe}, "torch 2.15.0", "12.8", ARCHS)


RTX4090 = machine("RTX 4090", (8, 9), (13, 0), ("/dev/dxg",))
MACHINES = {
    "no GPU, and none needed": (Machine(), {"gpu": "ok"}, "none is needed"),
    "torch without a GPU": (Machine(cuda="12.8", framework="torch 2.15.0"), {"gpu": "bad"}, "on the CPU"),
    "CUDA's wheels without a GPU": (Machine(runtime="libcudart.so.13"), {"gpu": "bad"}, "libcudart.so.13"),
    "Salad: WSL2 and RTX 4090": (
        RTX4090,
        {"gpu": "ok", "driver": "ok", "capability": "ok", "cuda": "ok"},
        "has sm_86",
    ),
    "H100": (machine("H100", (9, 0), (12, 8)), {"gpu": "ok", "capability": "ok", "cuda": "ok"}, "has sm_90"),
    "Pascal": (machine("GTX 1080", (6, 1), (12, 8)), {"capability": "bad"}, "no kernel runs"),
    "newer than the framework": (
        machine("R100", (13, 0), (13, 2)),
        {"capability": "note"},
        "has only compute_120",
    ),
    "Blackwell without its code": (
        machine("RTX 5090", (12, 0), (12, 8), archs=("sm_80", "sm_90a", "compute_90a")),
        {"capability": "bad"},
        "RTX 5090 is sm_120",
    ),
    "old driver, same major": (machine("A100", (8, 0), (12, 2)), {"cuda": "note"}, "minor version"),
    "driver of CUDA 11": (machine("A100", (8, 0), (11, 8)), {"cuda": "bad"}, "supports CUDA 11.8"),
    "device without library": (broken(library=False), {"driver": "bad"}, "libcuda.so.1 is not"),
    "library without device": (
        Machine((), {"library": True, "cuda": [12, 8], "error": 100}),
        {"gpu": "bad", "driver": "bad"},
        "no device file",
    ),
    "fabric manager not ready": (broken(error=802, cuda=[12, 8]), {"driver": "bad"}, "not initialised"),
    "unknown error": (broken(error=999, cuda=[12, 8]), {"driver": "bad"}, "cuInit gives 999"),
    "driver that hangs": (broken(hung=True), {"driver": "bad"}, "did not answer"),
}


def levels(findings: Iterable[Finding]) -> dict[str, str]:
    return {finding.check: finding.level for finding in findings}


@pytest.mark.parametrize("name", MACHINES)
def test_gpus(name: str) -> None:
    given, expected, text = MACHINES[name]
    findings = list(doctor_gpu.findings(given))
    assert expected.items() <= levels(findings).items()
    assert text in " ".join(finding.what for finding in findings)
    assert all(finding.remedy for finding in findings if finding.level != OK)


@pytest.mark.parametrize(
    ("archs", "capability", "fitting"),
    [
        (("sm_80", "sm_86"), (8, 9), "sm_86"),
        (("sm_86",), (8, 0), ""),
        (("sm_90a",), (9, 0), "sm_90a"),
        (("sm_100a",), (10, 3), ""),
        (("sm_100f",), (10, 3), "sm_100f"),
        (("sm_70", "compute_70"), (8, 0), ""),
    ],
)
def test_machine_code_runs_on_its_own_major_only(
    archs: tuple[str, ...], capability: tuple[int, int], fitting: str
) -> None:
    assert doctor_gpu.machine_code(archs, *capability) == fitting


GOOD = System(8 << 30, {"/workspace": Disk(100 << 30, 50 << 30, True)}, 524288, 512, 65536)
SYSTEMS = [
    (GOOD, {}, ""),
    (GOOD._replace(shm=64 << 20), {"shm": "note"}, "64.0 MB"),
    (GOOD._replace(watches=8192), {"inotify": "note"}, "8192 watches"),
    (GOOD._replace(open_files=1024), {"open files": "note"}, "1024"),
    (GOOD._replace(disks={"/": Disk(100 << 30, 1 << 30, True)}), {"disk": "note"}, "1.0 GB free"),
    (GOOD._replace(disks={"/run": Disk(8 << 20, 0, True)}), {"disk": "bad"}, "0 kB free"),
    (GOOD._replace(disks={"/run": Disk(600 << 10, 500 << 10, True)}), {}, "500 kB free"),
    (GOOD._replace(disks={"/workspace": Disk(1 << 40, 1 << 39, False)}), {"disk": "bad"}, "cannot be"),
]


@pytest.mark.parametrize(("system", "wrong", "text"), SYSTEMS)
def test_container(system: System, wrong: dict[str, str], text: str) -> None:
    findings = list(doctor_system.findings(system))
    assert {f.check: f.level for f in findings if f.level != OK} == wrong
    assert text in " ".join(finding.what for finding in findings)


PEER = {"HostName": "laptop", "Active": True, "CurAddr": "192.0.2.1:41641"}
STATUS = {"BackendState": "Running", "Self": {"DNSName": "box.ts.net.", "Relay": "fra"}, "Peer": {"k": PEER}}
NO_RELAY = "Tailscale could not connect to the 'fra' relay server. Your Internet connection might be down."
FINE = Network(STATUS, 0.2, "https://control", {"eth0": 1500})
NETWORKS = [
    (FINE, {}, "direct to laptop"),
    (FINE._replace(status={}), {"tailnet": "bad"}, "state down"),
    (FINE._replace(status=STATUS | {"Peer": {"k": PEER | {"CurAddr": ""}}}), {"path": "note"}, "relay to"),
    (FINE._replace(status=STATUS | {"Peer": None}), {}, "no peer"),
    (FINE._replace(status=STATUS | {"Self": {"Relay": ""}}), {"derp": "bad"}, "no relay"),
    (FINE._replace(status=STATUS | {"Health": [NO_RELAY]}), {"derp": "bad"}, "connect to the 'fra'"),
    (FINE._replace(status=STATUS | {"Health": ["not in sync"]}), {"health": "note"}, "not in sync"),
    (FINE._replace(skew=-73.0), {"clock": "note"}, "73 s behind"),
    (FINE._replace(skew=None), {"clock": "note"}, "did not answer"),
    (FINE._replace(mtus={"eth0": 1280}), {"mtu": "bad"}, "eth0 1280"),
]


@pytest.mark.parametrize(("network", "wrong", "text"), NETWORKS)
def test_network(network: Network, wrong: dict[str, str], text: str) -> None:
    findings = list(doctor_net.findings(network))
    assert {f.check: f.level for f in findings if f.level != OK} == wrong
    assert text in " ".join(finding.what for finding in findings)


def test_the_exit_code_is_1_when_a_finding_is_bad(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "examine", lambda _paths: [*doctor_gpu.findings(RTX4090)])
    assert doctor.main(as_json=False) == 0
    assert "Remedy" not in capsys.readouterr().out
    monkeypatch.setattr(doctor, "examine", lambda _paths: [*doctor_gpu.findings(broken(hung=True))])
    assert doctor.main(as_json=True) == 1
    assert {"driver": "bad"}.items() <= {
        f["check"]: f["level"] for f in json.loads(capsys.readouterr().out)
    }.items()


def test_a_probe_that_hangs_or_crashes_blocks_nothing() -> None:
    hanging, crashing = "import time; time.sleep(60)", "import os; os.abort()"
    assert measure.json_of([sys.executable, "-c", hanging], 0.3) is None
    assert measure.json_of([sys.executable, "-c", crashing], 10) is None
    assert measure.json_of([sys.executable, "-c", "print([1])"], 10) == [1]


def test_the_probe_answers_without_a_driver(node_files: Path) -> None:
    probe = node_files / "lib" / "node" / "doctor" / "gpu_probe.py"
    report = measure.json_of([sys.executable, "-IS", str(probe)], 20)
    assert isinstance(report["library"], bool)


def test_limits_are_read_from_the_kernels_table() -> None:
    table = "Limit  Soft Limit  Hard Limit  Units\nMax open files            1024  4096  files\n"
    assert measure.open_files(table) == 1024
    assert measure.open_files(table.replace("1024", "unlimited")) > 4096


@pytest.mark.parametrize("folder", ["cuda_runtime/lib/libcudart.so.12", "cu13/lib/libcudart.so.13"])
def test_cudas_runtime_is_found_without_a_framework(tmp_path: Path, folder: str) -> None:
    assert measure.cuda_runtime(str(tmp_path)) == ""
    library = tmp_path / "lib/python3.13/site-packages/nvidia" / folder
    library.parent.mkdir(parents=True)
    library.touch()
    assert measure.cuda_runtime(str(tmp_path)) == library.name


def test_plain_files_among_the_interfaces_are_ignored(tmp_path: Path) -> None:
    for name in ("lo", "eth0"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "mtu").write_text("1400\n")
    (tmp_path / "bonding_masters").write_text("\n")  # a plain file that the bonding driver adds
    assert measure.mtus(str(tmp_path)) == {"eth0": 1400}
