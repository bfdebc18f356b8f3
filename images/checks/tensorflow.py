"""TensorFlow: the version and the machine code that were promised; it computes on the CPU."""

import json
import sys

import tensorflow as tf

expected = json.loads(sys.argv[1])
if f"tensorflow=={tf.__version__}" != expected["framework"]:
    sys.exit(f"{expected['framework']} was promised, found {tf.__version__}")

held = tf.sysconfig.get_build_info().get("cuda_compute_capabilities", [])
lost = [arch for arch in expected["archs"] if arch not in held]
if lost:
    found = ", ".join(held) or "no GPU"
    sys.exit(f"machine code for {', '.join(lost)} was promised, TensorFlow was built for {found}")

a = tf.reshape(tf.range(12.0), (3, 4))
if tf.linalg.matmul(a, a, transpose_b=True)[2, 2].numpy() != 366.0:
    sys.exit("a matrix product on the CPU is wrong")
print(f"tensorflow {tf.__version__}, {' '.join(held)}")
