"""CUDA's libraries: one CUDA, the version that was promised, and every library of it loads."""

import ctypes
import json
import re
import sys
import sysconfig
from importlib import metadata
from pathlib import Path

expected = json.loads(sys.argv[1])
# What cannot load without the host's driver, RDMA or MPI.
HOST_ONLY = ("rdma", "nvshmem_transport", "nvshmem_bootstrap", "libnvidia-ml", "libcuda.so")

site = Path(sysconfig.get_path("purelib")) / "nvidia"
names = (dist.metadata["Name"] for dist in metadata.distributions())
majors = {found[1] for name in names if (found := re.fullmatch(r"nvidia-.*-cu(\d+)", name))}
if len(majors) > 1:
    sys.exit(f"two CUDAs are installed: {', '.join(sorted(majors))}")

libraries = [
    path for path in sorted(site.rglob("*.so.*")) if not any(word in path.name for word in HOST_ONLY)
]
runtime = [path for path in libraries if path.name.startswith("libcudart.so")]
if len(runtime) != 1:
    sys.exit(f"one libcudart was promised, found {len(runtime)} below {site}")
version = ctypes.c_int()
ctypes.CDLL(str(runtime[0])).cudaRuntimeGetVersion(ctypes.byref(version))
found = f"{version.value // 1000}.{version.value % 1000 // 10}"
if found != expected["cuda"]:
    sys.exit(f"CUDA {expected['cuda']} was promised, libcudart says {found}")

broken = []
for path in libraries:
    try:
        ctypes.CDLL(str(path), mode=ctypes.RTLD_GLOBAL)
    except OSError as error:
        broken.append(f"{path.name}: {error}")
if broken:
    sys.exit("CUDA libraries do not load: " + "; ".join(broken))
print(f"CUDA {found}; {len(libraries)} libraries load")
