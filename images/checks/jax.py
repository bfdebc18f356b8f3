"""JAX: the version and the CUDA plugin that were promised; it compiles and computes on the CPU."""

import json
import os
import re
import sys
from importlib import metadata

os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp

expected = json.loads(sys.argv[1])
if f"jax=={jax.__version__}" != expected["framework"]:
    sys.exit(f"{expected['framework']} was promised, found {jax.__version__}")

names = [dist.metadata["Name"] for dist in metadata.distributions()]
plugins = [found[1] for name in names if (found := re.fullmatch(r"jax-cuda(\d+)-plugin", name))]
if plugins != [expected["cuda"].split(".")[0]]:
    found = ", ".join(sorted(plugins)) or "none"
    sys.exit(f"CUDA {expected['cuda']} was promised, JAX's plugin is for CUDA {found}")

slope = jax.jit(jax.grad(lambda x: jnp.sum(x**3)))(jnp.arange(4.0))
if slope.tolist() != [0.0, 3.0, 12.0, 27.0]:
    sys.exit(f"the gradient of x**3 is wrong on the CPU: {slope}")
print(f"jax {jax.__version__}, its plugin for CUDA {plugins[0]}, compiles and differentiates on the CPU")
