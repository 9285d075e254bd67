"""models_test.py SOUVENIR_MODEL BASE: of every variant of a model, souvenir-model says what diffusers says.

What diffusers says is committed (model_verdicts.txt, made by `./run oracle`). Where Souvenir differs on purpose, DIFFERENT
has the reason; a line there that is no longer needed is a fault too.
"""
import fnmatch
import pathlib
import subprocess
import sys
import tempfile

import model_variants

VERDICTS = pathlib.Path(__file__).with_name("model_verdicts.txt")
LEAST_VARIANTS = 150
# Pattern of names: (what Souvenir says, why).
RANDOM = "diffusers draws with random numbers in place of a tensor that is missing, and says so in a warning"
HALF = "diffusers keeps the type of each tensor and cannot multiply two of them; here all are read as float32"
OTHER = "no Stable Diffusion 1 or 2 is built so, and none could be trained so here"
DIFFERENT = {
    "drop *": ("refuses", RANDOM),
    "rename *": ("refuses", RANDOM),
    "num_hidden_layers of *": ("refuses", RANDOM),
    "act_fn of * is \"gelu\"": ("refuses", OTHER),
    "mid_block_type of *": ("refuses", OTHER),
    "as_half *": ("loads", HALF),
    "as_bfloat *": ("loads", HALF),
    "safety_checker of *": ("loads", "it is left out, which a note says: people delete it and leave it listed"),
}


def verdicts():
    lines = [line for line in VERDICTS.read_text().splitlines() if not line.startswith("#")]
    return {name: said for said, name in (line.split("\t", 1) for line in lines)}


def main(program, base):
    theirs, used, faults, count = verdicts(), set(), [], 0
    with tempfile.TemporaryDirectory() as work:
        folder = pathlib.Path(work) / "model"
        for name in model_variants.make(base, folder):
            count += 1
            done = subprocess.run([program, folder], capture_output=True, text=True)
            assert done.returncode in (0, 1), f"{name}: {done}"
            ours = "refuses" if done.returncode else "loads"
            wanted = "refuses" if theirs[name] == "draws nothing" else theirs[name]
            del theirs[name]
            for pattern, (said, _) in DIFFERENT.items():
                if fnmatch.fnmatchcase(name, pattern) and said != wanted:
                    used.add(pattern)
                    wanted = said
            if ours != wanted:
                faults.append(f"{name}: {ours}, not {wanted}: {done.stdout.strip()}")
    faults += [f"{name} is no longer made: ./run oracle" for name in theirs]
    faults += [f"DIFFERENT has {pattern} in vain" for pattern in set(DIFFERENT) - used]
    print("\n".join(faults))
    print(f"{count} variants, {len(used)} kinds of listed differences, {len(faults)} faults")
    assert count >= LEAST_VARIANTS and not faults


if __name__ == "__main__":
    main(*sys.argv[1:])
