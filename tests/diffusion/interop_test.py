"""interop_test.py PROGRAM BASE: what PROGRAM trains and writes, diffusers loads and draws with."""
import pathlib
import subprocess
import sys
import tempfile

import torch
from diffusers import StableDiffusionPipeline


def weights_sum(pipe):
    return sum(p.double().abs().sum().item() for p in pipe.unet.parameters())


def main():
    program, base = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        version = pathlib.Path(folder) / "version"
        said = float(subprocess.run([program, base, version], check=True, capture_output=True,
                                    text=True).stdout)
        pipe = StableDiffusionPipeline.from_pretrained(version, safety_checker=None,
                                                       local_files_only=True)
        before = StableDiffusionPipeline.from_pretrained(base, safety_checker=None)
        found = weights_sum(pipe)
        assert abs(found - said) <= 1e-6 * said, (found, said)
        assert abs(found - weights_sum(before)) > 1e-6 * said, "the weights were not trained"
        pipe.set_progress_bar_config(disable=True)
        size = pipe.unet.config.sample_size * pipe.vae_scale_factor
        image = pipe("a dog", num_inference_steps=3, height=size, width=size, output_type="np",
                     generator=torch.Generator().manual_seed(1)).images
        assert image.shape == (1, size, size, 3) and (image == image).all()
    print("diffusers loads what was written")


if __name__ == "__main__":
    main()
