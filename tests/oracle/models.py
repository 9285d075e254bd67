"""Asks diffusers whether it loads each variant of a model (model_variants.py) and draws with it; writes the verdicts.

    models.py BASE VERDICTS
"""
import contextlib
import io
import pathlib
import sys
import tempfile
import warnings

import model_variants


def verdict(folder):
    try:
        pipe = diffusers.StableDiffusionPipeline.from_pretrained(folder)
        pipe.set_progress_bar_config(disable=True)
        picture = pipe("a dog", num_inference_steps=2, output_type="np").images
        return "loads" if numpy.isfinite(picture).all() else "draws nothing"
    except Exception:  # whatever it says: it does not draw
        return "refuses"


def main(base, verdicts):
    lines = [f"# By tests/oracle/models.py: diffusers {diffusers.__version__}, transformers {transformers.__version__}"]
    with tempfile.TemporaryDirectory() as work:
        folder = pathlib.Path(work) / "model"
        for name in model_variants.make(base, folder):
            with contextlib.redirect_stderr(io.StringIO()):
                lines.append(f"{verdict(folder)}\t{name}")
            print(lines[-1], flush=True)
    pathlib.Path(verdicts).write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    import diffusers
    import numpy
    import transformers
    diffusers.utils.logging.set_verbosity(50)
    transformers.utils.logging.set_verbosity(50)
    main(*sys.argv[1:])
