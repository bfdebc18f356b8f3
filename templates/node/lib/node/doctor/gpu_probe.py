"""Print as JSON what the CUDA driver reports. A process of its own: a broken driver may hang or crash it."""

import contextlib
import ctypes
import json
import sys

LIBRARIES = ("libcuda.so.1", "/usr/lib/wsl/lib/libcuda.so.1", "/usr/lib64/libcuda.so.1")
CAPABILITY_MAJOR, CAPABILITY_MINOR = 75, 76  # CUdevice_attribute in cuda.h


def library() -> ctypes.CDLL | None:
    """Load the driver's library from where container runtimes put it."""
    for name in LIBRARIES:
        with contextlib.suppress(OSError):
            return ctypes.CDLL(name)
    return None


def version(cuda: ctypes.CDLL) -> list[int]:
    """Return the newest CUDA that the driver supports, as [major, minor]; it needs no cuInit."""
    number = ctypes.c_int()
    if cuda.cuDriverGetVersion(ctypes.byref(number)) != 0:
        return []
    return [number.value // 1000, number.value % 1000 // 10]


def device(cuda: ctypes.CDLL, index: int) -> dict[str, object]:
    """Return the name and the compute capability of one device."""
    handle, value, name = ctypes.c_int(), ctypes.c_int(), ctypes.create_string_buffer(128)
    cuda.cuDeviceGet(ctypes.byref(handle), index)
    cuda.cuDeviceGetName(name, len(name), handle)
    capability = []
    for attribute in (CAPABILITY_MAJOR, CAPABILITY_MINOR):
        cuda.cuDeviceGetAttribute(ctypes.byref(value), attribute, handle)
        capability.append(value.value)
    return {"name": name.value.decode(errors="replace"), "capability": capability}


def probe() -> dict[str, object]:
    """Return all that the driver reports; `error` is the code of cuInit, 0 where it succeeded."""
    cuda = library()
    if cuda is None:
        return {"library": False}
    report: dict[str, object] = {"library": True, "cuda": version(cuda), "error": cuda.cuInit(0)}
    count = ctypes.c_int()
    if not report["error"] and cuda.cuDeviceGetCount(ctypes.byref(count)) == 0:
        report["devices"] = [device(cuda, index) for index in range(count.value)]
    return report


if __name__ == "__main__":
    json.dump(probe(), sys.stdout)
