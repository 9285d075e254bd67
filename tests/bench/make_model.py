"""Makes a diffusers folder of Stable Diffusion 1.5's size with random weights: the UNet has
859,520,964. What costs time in a step depends on the sizes alone.

    make_model.py OUT BASE_MODEL

The tokenizer and scheduler are BASE_MODEL's. Needs torch, diffusers, transformers; 4 GiB of disk.
"""
import pathlib
import shutil
import sys

from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel

out, base = map(pathlib.Path, sys.argv[1:])
unet = UNet2DConditionModel(sample_size=64, cross_attention_dim=768, attention_head_dim=8)
assert sum(p.numel() for p in unet.parameters()) == 859_520_964
unet.save_pretrained(out / "unet")
AutoencoderKL(block_out_channels=(128, 256, 512, 512), layers_per_block=2, latent_channels=4,
              down_block_types=("DownEncoderBlock2D",) * 4, sample_size=512,
              up_block_types=("UpDecoderBlock2D",) * 4).save_pretrained(out / "vae")
CLIPTextModel(CLIPTextConfig(vocab_size=49408, hidden_size=768, intermediate_size=3072,
                             num_hidden_layers=12, num_attention_heads=12,
                             projection_dim=768)).save_pretrained(out / "text_encoder")
for name in ("tokenizer", "scheduler"):
    shutil.copytree(base / name, out / name)
shutil.copy(base / "model_index.json", out)
