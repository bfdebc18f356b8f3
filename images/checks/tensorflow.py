"""TensorFlow: the version, the one CUDA and the machine code that were promised; it computes on the CPU."""

import ctypes
import json
import re
import sys
import sysconfig
from importlib import metadata
from pathlib import Path

import tensorflow as tf

expected = json.loads(sys.argv[1])
if f"tensorflow=={tf.__version__}" != expected["framework"]:
    sys.exit(f"{expected['framework']} was promised, found {tf.__version__}")

names = [dist.metadata["Name"] for dist in metadata.distributions()]
majors = {found[1] for name in names if (found := re.fullmatch(r"nvidia-.*-cu(\d+)", name))}
if len(majors) != 1:
    sys.exit(f"one CUDA was promised, the wheels are of CUDA {', '.join(sorted(majors))}")
site = Path(sysconfig.get_path("purelib"))
(runtime,) = site.glob("nvidia/**/libcudart.so.*")
version = ctypes.c_int()
ctypes.CDLL(str(runtime)).cudaRuntimeGetVersion(ctypes.byref(version))
found = f"{version.value // 1000}.{version.value % 1000 // 10}"
if found != expected["cuda"]:
    sys.exit(f"CUDA {expected['cuda']} was promised, libcudart says {found}")

build = tf.sysconfig.get_build_info()
held = build["cuda_compute_capabilities"]
lost = [arch for arch in expected["archs"] if arch not in held]
if lost:
    sys.exit(f"machine code for {', '.join(lost)} was promised, TensorFlow was built for {held}")

a = tf.reshape(tf.range(12.0), (3, 4))
if tf.linalg.matmul(a, a, transpose_b=True)[2, 2].numpy() != 366.0:
    sys.exit("a matrix product on the CPU is wrong")
print(f"tensorflow {tf.__version__}, CUDA {found}, {' '.join(held)}")
