"""vLLM: the version and the CUDA that were promised; what needs neither a GPU nor a driver works."""

import ctypes
import json
import sys
from pathlib import Path

import torch
import vllm
from vllm import SamplingParams

expected = json.loads(sys.argv[1])
version = vllm.__version__.split("+")[0]
if f"vllm=={version}" != expected["framework"]:
    sys.exit(f"{expected['framework']} was promised, found {version}")
if torch.version.cuda != expected["cuda"]:
    sys.exit(f"CUDA {expected['cuda']} was promised, its torch has {torch.version.cuda}")

libraries = sorted(Path(vllm.__file__).parent.rglob("*.so"))
if not libraries:
    sys.exit("vllm brought no compiled library")
for library in libraries:
    try:
        ctypes.CDLL(str(library))
    except OSError as error:
        if not str(error).startswith("libcuda.so.1:"):  # the driver's own, which comes with a GPU
            sys.exit(f"{library.name} does not load: {error}")

if SamplingParams(temperature=0.5, max_tokens=7).max_tokens != 7:
    sys.exit("sampling parameters are not kept")
a = torch.arange(12.0).reshape(3, 4)
if (a @ a.T)[2, 2].item() != 366.0:
    sys.exit("a matrix product on the CPU is wrong")
print(f"vllm {version} with torch {torch.__version__}, CUDA {torch.version.cuda}; {len(libraries)} libraries")
