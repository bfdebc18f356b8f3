"""What the CUDA driver says, as JSON. A program of its own: a sick driver may hang or crash who asks it."""

import contextlib
import ctypes
import json
import sys

LIBRARIES = ("libcuda.so.1", "/usr/lib/wsl/lib/libcuda.so.1", "/usr/lib64/libcuda.so.1")
CAPABILITY_MAJOR, CAPABILITY_MINOR = 75, 76  # CUdevice_attribute in cuda.h


def library() -> ctypes.CDLL | None:
    """The driver's library, from where container runtimes put it."""
    for name in LIBRARIES:
        with contextlib.suppress(OSError):
            return ctypes.CDLL(name)
    return None


def version(cuda: ctypes.CDLL) -> list[int]:
    """The newest CUDA the driver knows, as [major, minor]; it needs no device and no cuInit."""
    number = ctypes.c_int()
    if cuda.cuDriverGetVersion(ctypes.byref(number)) != 0:
        return []
    return [number.value // 1000, number.value % 1000 // 10]


def device(cuda: ctypes.CDLL, index: int) -> dict[str, object]:
    """Name and compute capability of one device."""
    handle, value, name = ctypes.c_int(), ctypes.c_int(), ctypes.create_string_buffer(128)
    cuda.cuDeviceGet(ctypes.byref(handle), index)
    cuda.cuDeviceGetName(name, len(name), handle)
    capability = []
    for attribute in (CAPABILITY_MAJOR, CAPABILITY_MINOR):
        cuda.cuDeviceGetAttribute(ctypes.byref(value), attribute, handle)
        capability.append(value.value)
    return {"name": name.value.decode(errors="replace"), "capability": capability}


def probe() -> dict[str, object]:
    """All of it; `error` is cuInit's code, 0 where it succeeded."""
    cuda = library()
    if cuda is None:
        return {"library": False}
    found: dict[str, object] = {"library": True, "cuda": version(cuda), "error": cuda.cuInit(0)}
    count = ctypes.c_int()
    if not found["error"] and cuda.cuDeviceGetCount(ctypes.byref(count)) == 0:
        found["devices"] = [device(cuda, index) for index in range(count.value)]
    return found


if __name__ == "__main__":
    json.dump(probe(), sys.stdout)
