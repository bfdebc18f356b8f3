"""CUDA's libraries: one CUDA, the version that was promised, and every library of it loads."""

import ctypes
import json
import re
import sys
import sysconfig
from importlib import metadata
from pathlib import Path

promised = json.loads(sys.argv[1])["cuda"]
# What cannot load without the host's driver, RDMA or MPI: not wanted by a single node.
HOST_ONLY = ("rdma", "nvshmem_transport", "nvshmem_bootstrap", "libnvidia-ml", "libcuda.so")

site = Path(sysconfig.get_path("purelib")) / "nvidia"
# Wheels of CUDA 12 have it in their names; of CUDA 13 most have it in the folder that they share.
names = [folder.name for folder in site.glob("cu*")]
for wheel in metadata.distributions():
    if any(file.parts[0] == "nvidia" for file in wheel.files or ()):
        names.append(wheel.metadata["Name"])
majors = {found[1] for name in names if (found := re.fullmatch(r"(?:nvidia-.*-)?cu(\d+)", name))}
if majors != {promised.split(".")[0]}:
    sys.exit(f"CUDA {promised} was promised, the wheels are of CUDA {', '.join(sorted(majors)) or 'none'}")

libraries, waiting, broken = {}, [], []
for path in sorted(site.rglob("*.so*")):
    if not any(word in path.name for word in HOST_ONLY):
        try:
            libraries[path.name] = ctypes.CDLL(str(path), mode=ctypes.RTLD_GLOBAL)
        except OSError as error:
            # The driver's own library comes with a GPU.
            wants_driver = str(error).startswith("libcuda.so.1:")
            (waiting if wants_driver else broken).append(f"{path.name}: {error}")
if broken:
    sys.exit("CUDA libraries do not load: " + "; ".join(broken))

runtime = [library for name, library in libraries.items() if name.startswith("libcudart.so")]
if len(runtime) != 1:
    sys.exit(f"one libcudart was promised, found {len(runtime)} below {site}")
version = ctypes.c_int()
runtime[0].cudaRuntimeGetVersion(ctypes.byref(version))
found = f"{version.value // 1000}.{version.value % 1000 // 10}"
if found != promised:
    sys.exit(f"CUDA {promised} was promised, libcudart says {found}")
print(f"CUDA {found}; {len(libraries)} libraries load, {len(waiting)} wait for a driver")
