"""vLLM: the version and the one CUDA that were promised; the parts of its engine that need no GPU work."""

import json
import sys

import torch
import vllm
from vllm import EngineArgs, SamplingParams
from vllm.utils.argparse_utils import FlexibleArgumentParser

expected = json.loads(sys.argv[1])
version = vllm.__version__.split("+")[0]
if f"vllm=={version}" != expected["framework"]:
    sys.exit(f"{expected['framework']} was promised, found {version}")
if torch.version.cuda != expected["cuda"]:
    sys.exit(f"CUDA {expected['cuda']} was promised, its torch has {torch.version.cuda}")

parser = EngineArgs.add_cli_args(FlexibleArgumentParser())
engine = EngineArgs.from_cli_args(parser.parse_args(["--model", "mine", "--max-model-len", "2048"]))
if engine.max_model_len != 2048:
    sys.exit("the engine's arguments are not read")
if SamplingParams(temperature=0.5, max_tokens=7).max_tokens != 7:
    sys.exit("sampling parameters are not kept")
a = torch.arange(12.0).reshape(3, 4)
if (a @ a.T)[2, 2].item() != 366.0:
    sys.exit("a matrix product on the CPU is wrong")
print(f"vllm {version} with torch {torch.__version__}, CUDA {torch.version.cuda}")
