#!/usr/bin/env python3
"""Writes golden/: tiny vision transformers with random weights, and what transformers computes with
them. Needs torch, transformers and safetensors; ctest only reads what it wrote."""

import json
import pathlib

import torch
from safetensors.torch import save_file
from transformers import (CLIPVisionConfig, CLIPVisionModel, CLIPVisionModelWithProjection, ViTConfig,
                          ViTModel)

SHAPE = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 24,
         "image_size": 16, "patch_size": 4, "initializer_range": 0.3}
MEAN, DEVIATION = [0.48, 0.45, 0.40], [0.26, 0.25, 0.27]


def randomise(model):
    """Norms and biases begin as 1 and 0, which would hide that one of them is left out."""
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() == 1:
                parameter.add_(0.3 * torch.randn_like(parameter))


def main():
    folder = pathlib.Path(__file__).parent / "golden"
    torch.manual_seed(3)
    pixels = torch.rand(2, 3, 16, 16) * 2 - 1
    mean, deviation = (torch.tensor(v).reshape(1, 3, 1, 1) for v in (MEAN, DEVIATION))
    normal = ((pixels + 1) / 2 - mean) / deviation
    expected = {"pixels": pixels}
    models = {
        "vit": ViTModel(ViTConfig(**SHAPE)),
        "clip": CLIPVisionModel(CLIPVisionConfig(**SHAPE)),
        "clip_projected": CLIPVisionModelWithProjection(CLIPVisionConfig(**SHAPE, projection_dim=8)),
    }
    for name, model in models.items():
        randomise(model)
        model.eval().save_pretrained(folder / name)
        (folder / name / "preprocessor_config.json").write_text(
            json.dumps({"image_mean": MEAN, "image_std": DEVIATION}) + "\n")
        with torch.no_grad():
            out = model(pixel_values=normal)
        if name == "vit":
            embedding = out.last_hidden_state[:, 0]
        else:
            embedding = out.pooler_output if name == "clip" else out.image_embeds
        expected[name] = torch.nn.functional.normalize(embedding, dim=1).contiguous()
    save_file(expected, folder / "expected.safetensors")


if __name__ == "__main__":
    main()
