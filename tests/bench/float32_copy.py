"""Copies a diffusers folder with all weights in 32 bits: the other programs compute in the
precision of the files, and a training of theirs wants 32 bits.

    float32_copy.py MODEL OUT

Needs safetensors and torch.
"""
import json
import pathlib
import shutil
import sys

from safetensors.torch import load_file, save_file

model, out = map(pathlib.Path, sys.argv[1:])
shutil.copytree(model, out)
for weights in out.glob("*/*.safetensors"):
    save_file({name: tensor.float() for name, tensor in load_file(weights).items()}, weights,
              metadata={"format": "pt"})
for config in out.glob("*/config.json"):
    values = json.loads(config.read_text())
    for key in ("dtype", "torch_dtype"):
        values.pop(key, None)
    config.write_text(json.dumps(values, indent=2))
