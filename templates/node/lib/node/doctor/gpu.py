"""Examine the GPUs: devices, driver, and whether the framework's CUDA and machine code fit them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from node.doctor.finding import Finding, bad, note, ok

DEVICE_FILES = ("/dev/dxg", "/dev/nvidiactl", "/dev/nvidia0")
MACHINE_CODE = re.compile(r"(sm|compute)_(\d+)(\d)([af]?)")
OTHER_IMAGE = "Build an image for this machine: `tailbox plan TARGET --driver ... --gpu ...` shows what fits."
# cuInit's codes (CUresult in cuda.h) that have a remedy of their own.
INIT = {
    100: ("no device is visible", "Give the container a GPU (`--gpus all`), and unset CUDA_VISIBLE_DEVICES."),
    802: ("the GPUs are not initialised yet", "Wait for the host's fabric manager, or use another machine."),
    803: (
        "libcuda does not fit the kernel driver",
        "Remove the CUDA compatibility library from LD_LIBRARY_PATH, or restart the host after its update.",
    ),
}


class Machine(NamedTuple):
    """What is known of the GPUs: device files, the probe's report, the framework's CUDA and architectures.

    `runtime` is NVIDIA's runtime library among the wheels of any framework (`libcudart.so.13`).
    """

    files: tuple[str, ...] = ()
    probe: Mapping[str, Any] = {"library": False}
    framework: str = ""
    cuda: str = ""
    archs: tuple[str, ...] = ()
    runtime: str = ""


def findings(machine: Machine) -> Iterator[Finding]:
    """Yield the findings about GPUs, from the device files to the kernels."""
    if not machine.files and not machine.probe["library"]:
        yield no_gpu(machine)
        return
    yield device_files(machine)
    yield driver(machine.probe)
    for device in machine.probe.get("devices", ()):
        yield capability(device, machine)
    if machine.cuda and machine.probe.get("cuda"):
        yield compatibility(machine.probe["cuda"], machine.cuda)


def no_gpu(machine: Machine) -> Finding:
    """Return the finding where there is no GPU, which is fine for an image that uses none."""
    if not machine.cuda and not machine.runtime:
        return ok("gpu", "none, and none is needed")
    user = machine.framework if machine.cuda else f"what uses {machine.runtime} of /opt/venv"
    remedy = "Ask your cloud for a machine with a GPU; with Docker: `docker run --gpus all`."
    return bad("gpu", f"none in this container; {user} computes on the CPU, if at all", remedy)


def device_files(machine: Machine) -> Finding:
    if not machine.files:
        what = "the driver's library is here, but no device file"
        return bad("gpu", what, "Start the container with the NVIDIA runtime, or use another machine.")
    kind = "WSL2, " if "/dev/dxg" in machine.files else ""
    return ok("gpu", f"{kind}{', '.join(machine.files)}")


def driver(probe: Mapping[str, Any]) -> Finding:
    """Return the finding about libcuda: its version, and whether it initialises."""
    if "hung" in probe:
        remedy = "Use another machine: this one's driver does not answer."
        return bad("driver", "libcuda did not answer, or it crashed", remedy)
    if not probe["library"]:
        remedy = "Set NVIDIA_DRIVER_CAPABILITIES=compute,utility; on WSL2 /usr/lib/wsl must be mounted."
        return bad("driver", "libcuda.so.1 is not in the container", remedy)
    if code := probe["error"]:
        what, remedy = INIT.get(code, ("cuInit failed", "Use another machine, or restart this one's driver."))
        return bad("driver", f"{what} (cuInit gives {code})", remedy)
    return ok("driver", f"CUDA {'.'.join(map(str, probe['cuda']))}, {len(probe['devices'])} device(s)")


def capability(device: Mapping[str, Any], machine: Machine) -> Finding:
    """Return whether the framework has machine code that this device runs."""
    name, (major, minor) = device["name"], device["capability"]
    arch = f"sm_{major}{minor}"
    if not machine.archs:
        return ok("capability", f"{name}, {arch}")
    if fitting := machine_code(machine.archs, major, minor):
        return ok("capability", f"{name}, {arch}: {machine.framework} has {fitting}")
    if fitting := intermediate_code(machine.archs, major, minor):
        what = f"{name}, {arch}: {machine.framework} has only {fitting}, which is compiled at the first use"
        return note("capability", what, OTHER_IMAGE)
    what = f"{name} is {arch}; {machine.framework} has code for {', '.join(machine.archs)}: no kernel runs"
    return bad("capability", what, OTHER_IMAGE)


def machine_code(archs: Sequence[str], major: int, minor: int) -> str:
    """Return the newest machine code that this device runs; empty without any.

    The major version must be the same and the minor not newer; `a` code runs on its exact version only.
    """
    fitting = [
        (int(match[3]), arch)
        for arch in archs
        if (match := MACHINE_CODE.fullmatch(arch)) and match[1] == "sm" and int(match[2]) == major
        if int(match[3]) <= minor and (match[4] != "a" or int(match[3]) == minor)
    ]
    return max(fitting)[1] if fitting else ""


def intermediate_code(archs: Sequence[str], major: int, minor: int) -> str:
    """Return the newest PTX that the driver can compile for this device; empty without any."""
    fitting = [
        ((int(match[2]), int(match[3])), arch)
        for arch in archs
        if (match := MACHINE_CODE.fullmatch(arch)) and match[1] == "compute" and not match[4]
        if (int(match[2]), int(match[3])) <= (major, minor)
    ]
    return max(fitting)[1] if fitting else ""


def compatibility(driver_cuda: Sequence[int], framework_cuda: str) -> Finding:
    """Return whether the driver supports the framework's CUDA.

    With the same major version an older driver works, but compiles no PTX (minor version compatibility).
    """
    supported, needed = tuple(driver_cuda), tuple(int(part) for part in framework_cuda.split(".")[:2])
    newest = ".".join(map(str, supported))
    what = f"the driver supports CUDA {newest}, the framework needs CUDA {framework_cuda}"
    if supported >= needed:
        return ok("cuda", what)
    if supported[0] == needed[0]:
        remedy = "Compiled kernels work; Triton and torch.compile may need a newer driver."
        return note("cuda", f"{what} (minor version compatibility)", remedy)
    return bad("cuda", what, OTHER_IMAGE)
