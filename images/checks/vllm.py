"""vLLM: the version and the one CUDA that were promised; the parts of its engine that need no GPU work."""

import json
import sys

import torch
import vllm
from vllm import SamplingParams
from vllm.entrypoints.openai.cli_args import make_arg_parser
from vllm.utils.argparse_utils import FlexibleArgumentParser

expected = json.loads(sys.argv[1])
version = vllm.__version__.split("+")[0]
if f"vllm=={version}" != expected["framework"]:
    sys.exit(f"{expected['framework']} was promised, found {version}")
if torch.version.cuda != expected["cuda"]:
    sys.exit(f"CUDA {expected['cuda']} was promised, its torch has {torch.version.cuda}")

arguments = make_arg_parser(FlexibleArgumentParser()).parse_args(["--model", "mine", "--port", "8001"])
if arguments.port != 8001:
    sys.exit("the server's arguments are not read")
if SamplingParams(temperature=0.5, max_tokens=7).max_tokens != 7:
    sys.exit("sampling parameters are not kept")
a = torch.arange(12.0).reshape(3, 4)
if (a @ a.T)[2, 2].item() != 366.0:
    sys.exit("a matrix product on the CPU is wrong")
print(f"vllm {version} with torch {torch.__version__}, CUDA {torch.version.cuda}")
