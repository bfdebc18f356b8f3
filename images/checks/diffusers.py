"""Diffusers makes a tiny image on the CPU with a model of random weights, without a download."""

import sys

import accelerate
import diffusers
import torch
import torchvision
import transformers
from diffusers import DDIMPipeline, DDIMScheduler, UNet2DModel
from transformers import CLIPTextConfig, CLIPTextModel

torch.manual_seed(0)
unet = UNet2DModel(
    sample_size=8,
    in_channels=3,
    out_channels=3,
    block_out_channels=(8, 16),
    layers_per_block=1,
    norm_num_groups=4,
    down_block_types=("DownBlock2D", "AttnDownBlock2D"),
    up_block_types=("AttnUpBlock2D", "UpBlock2D"),
)
pipeline = DDIMPipeline(unet=unet, scheduler=DDIMScheduler(num_train_timesteps=10))
pipeline.set_progress_bar_config(disable=True)
image = pipeline(num_inference_steps=2).images[0]
if image.size != (8, 8):
    sys.exit(f"an image of 8 x 8 was asked for, it has {image.size}")

config = CLIPTextConfig(
    vocab_size=99, hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2
)
state = CLIPTextModel(config)(torch.tensor([[1, 2, 3]])).last_hidden_state
if tuple(state.shape) != (1, 3, 16) or not torch.isfinite(state).all():
    sys.exit("a tiny text encoder gives no finite state")
boxes = torch.tensor([[0.0, 0.0, 2.0, 2.0], [0.0, 0.0, 2.0, 1.9]])
if torchvision.ops.nms(boxes, torch.tensor([0.9, 0.8]), 0.5).tolist() != [0]:
    sys.exit("torchvision's compiled operators do not work")
print(
    f"diffusers {diffusers.__version__}, transformers {transformers.__version__}, "
    f"accelerate {accelerate.__version__} made an image on the CPU"
)
