"""PyTorch: the version, the one CUDA and the machine code that were promised; its libraries load."""

import ctypes
import json
import re
import sys
from importlib import metadata
from pathlib import Path

import torch

expected = json.loads(sys.argv[1])

# What cannot load in a container without the host's RDMA, MPI or driver: not wanted by a single node.
HOST_ONLY = ("rdma", "nvshmem_transport", "nvshmem_bootstrap", "libnvidia-ml", "libcuda.so")


def fail_unless(true: bool, what: str) -> None:
    if not true:
        sys.exit(what)


def loads(library: Path) -> str | None:
    """None, or why the library does not load."""
    try:
        ctypes.CDLL(str(library))
    except OSError as error:
        return f"{library.name}: {error}"
    return None


version = torch.__version__.split("+")[0]
cuda = torch.version.cuda
fail_unless(
    f"torch=={version}" == expected["framework"], f"{expected['framework']} was promised, found {version}"
)
fail_unless(cuda == expected["cuda"], f"CUDA {expected['cuda']} was promised, found {cuda}")

archs = torch._C._cuda_getArchFlags().split()
lost = sorted(set(expected["archs"]) - set(archs))
fail_unless(not lost, f"machine code for {', '.join(lost)} was promised, the wheel holds {', '.join(archs)}")

names = (dist.metadata["Name"] for dist in metadata.distributions())
majors = {found[1] for name in names if (found := re.fullmatch(r"nvidia-.*-cu(\d+)", name))}
fail_unless(len(majors) <= 1, f"two CUDAs are installed: {', '.join(sorted(majors))}")

site = Path(torch.__file__).parent.parent
libraries = [
    p for p in sorted((site / "nvidia").rglob("*.so*")) if not any(word in p.name for word in HOST_ONLY)
]
fail_unless(len(libraries) > 10, f"only {len(libraries)} CUDA libraries were found below {site / 'nvidia'}")
broken = [reason for reason in map(loads, libraries) if reason]
fail_unless(not broken, "CUDA libraries do not load: " + "; ".join(broken))

a = torch.arange(12.0).reshape(3, 4)
fail_unless((a @ a.T)[2, 2].item() == 366.0, "a matrix product on the CPU is wrong")

print(f"torch {torch.__version__}, CUDA {cuda}, {' '.join(archs)}; {len(libraries)} libraries load")
