"""The doctor for GPUs: devices, driver, and whether the framework's CUDA and machine code fit them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from node.doctor.finding import Finding, bad, note, ok

DEVICE_FILES = ("/dev/dxg", "/dev/nvidiactl", "/dev/nvidia0")
MACHINE_CODE = re.compile(r"(sm|compute)_(\d+)(\d)([af]?)")
OTHER_IMAGE = "Build for this machine: `tailbox plan TARGET --driver ... --gpu ...` says what fits, and why."
# cuInit's codes (CUresult in cuda.h) that have a remedy of their own.
INIT = {
    100: ("no device is visible", "Give the container a GPU (`--gpus all`), and unset CUDA_VISIBLE_DEVICES."),
    802: (
        "the GPUs are not initialised yet",
        "Wait for the host's fabric manager, or take another machine.",
    ),
    803: (
        "libcuda and the kernel driver do not fit",
        "Remove the CUDA compatibility library from LD_LIBRARY_PATH, or restart the host after its update.",
    ),
}


class Machine(NamedTuple):
    """What was found of GPUs: device files, the probe's answer, and the framework's CUDA and archs.

    `runtime` is NVIDIA's runtime library among the wheels, of whatever framework (`libcudart.so.13`).
    """

    files: tuple[str, ...] = ()
    probe: Mapping[str, Any] = {"library": False}
    framework: str = ""
    cuda: str = ""
    archs: tuple[str, ...] = ()
    runtime: str = ""


def findings(machine: Machine) -> Iterator[Finding]:
    """Everything about GPUs, from the device file to the kernels."""
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
    """Nothing of a GPU: fine for an image that uses none."""
    if not machine.cuda and not machine.runtime:
        return ok("gpu", "none, and none is needed")
    who = machine.framework if machine.cuda else f"what uses {machine.runtime} of /opt/venv"
    remedy = "Ask your cloud for a machine with a GPU; with Docker: `docker run --gpus all`."
    return bad("gpu", f"none in this container; {who} computes on the CPU, if at all", remedy)


def device_files(machine: Machine) -> Finding:
    if not machine.files:
        what = "the driver's library is here, and no device file"
        return bad("gpu", what, "Start the container with the NVIDIA runtime, or take another machine.")
    kind = "WSL2, " if "/dev/dxg" in machine.files else ""
    return ok("gpu", f"{kind}{', '.join(machine.files)}")


def driver(probe: Mapping[str, Any]) -> Finding:
    """libcuda, its version, and whether it starts."""
    if "hung" in probe:
        remedy = "Take another machine: the driver of this one does not answer."
        return bad("driver", "libcuda did not answer, or crashed", remedy)
    if not probe["library"]:
        remedy = "Set NVIDIA_DRIVER_CAPABILITIES=compute,utility; on WSL2 /usr/lib/wsl must be mounted."
        return bad("driver", "libcuda.so.1 is not in the container", remedy)
    if code := probe["error"]:
        what, remedy = INIT.get(code, ("it fails", "Take another machine, or restart this one's driver."))
        return bad("driver", f"{what} (cuInit gives {code})", remedy)
    return ok("driver", f"CUDA {'.'.join(map(str, probe['cuda']))}, {len(probe['devices'])} device(s)")


def capability(device: Mapping[str, Any], machine: Machine) -> Finding:
    """Whether the framework holds machine code that this device runs."""
    name, (major, minor) = device["name"], device["capability"]
    own = f"sm_{major}{minor}"
    if not machine.archs:
        return ok("capability", f"{name}, {own}")
    if fitting := machine_code(machine.archs, major, minor):
        return ok("capability", f"{name}, {own}: {machine.framework} has {fitting}")
    if fitting := intermediate_code(machine.archs, major, minor):
        what = f"{name}, {own}: {machine.framework} has {fitting} only, compiled at the first use"
        return note("capability", what, OTHER_IMAGE)
    what = f"{name} is {own}; {machine.framework} has code for {', '.join(machine.archs)}: no kernel runs"
    return bad("capability", what, OTHER_IMAGE)


def machine_code(archs: Sequence[str], major: int, minor: int) -> str:
    """The newest machine code for this device: same major, no newer minor; `a` code fits exactly."""
    fitting = [
        (int(match[3]), arch)
        for arch in archs
        if (match := MACHINE_CODE.fullmatch(arch)) and match[1] == "sm" and int(match[2]) == major
        if int(match[3]) <= minor and (match[4] != "a" or int(match[3]) == minor)
    ]
    return max(fitting)[1] if fitting else ""


def intermediate_code(archs: Sequence[str], major: int, minor: int) -> str:
    """PTX that the driver can compile for this device."""
    fitting = [
        ((int(match[2]), int(match[3])), arch)
        for arch in archs
        if (match := MACHINE_CODE.fullmatch(arch)) and match[1] == "compute" and not match[4]
        if (int(match[2]), int(match[3])) <= (major, minor)
    ]
    return max(fitting)[1] if fitting else ""


def compatibility(driver_cuda: Sequence[int], framework_cuda: str) -> Finding:
    """CUDA's minor version compatibility: same major works, an older minor without PTX compilation."""
    has, needs = tuple(driver_cuda), tuple(int(part) for part in framework_cuda.split(".")[:2])
    what = f"the driver knows CUDA {has[0]}.{has[1]}, the framework is of CUDA {framework_cuda}"
    if has >= needs:
        return ok("cuda", what)
    if has[0] == needs[0]:
        remedy = "Fine for compiled kernels; Triton and torch.compile may need a newer driver."
        return note("cuda", f"{what} (minor version compatibility)", remedy)
    return bad("cuda", what, OTHER_IMAGE)
