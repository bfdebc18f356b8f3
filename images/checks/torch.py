"""PyTorch: the version, the CUDA and the machine code that were promised; it computes on the CPU."""

import json
import sys

import torch

expected = json.loads(sys.argv[1])


def fail_unless(true: bool, what: str) -> None:
    if not true:
        sys.exit(what)


version = torch.__version__.split("+")[0]
cuda = torch.version.cuda
fail_unless(
    f"torch=={version}" == expected["framework"], f"{expected['framework']} was promised, found {version}"
)
fail_unless(cuda == expected["cuda"], f"CUDA {expected['cuda']} was promised, found {cuda}")

archs = torch._C._cuda_getArchFlags().split()
lost = sorted(set(expected["archs"]) - set(archs))
fail_unless(not lost, f"machine code for {', '.join(lost)} was promised, the wheel holds {', '.join(archs)}")

a = torch.arange(12.0).reshape(3, 4)
fail_unless((a @ a.T)[2, 2].item() == 366.0, "a matrix product on the CPU is wrong")

print(f"torch {torch.__version__}, CUDA {cuda}, {' '.join(archs)}")
