"""safetensors_verdicts_test.py PROGRAM: PROGRAM accepts and refuses what PyPI safetensors does.

The verdicts of version 0.8.0 are in safetensors_verdicts.txt; a safetensors that this Python has is
asked itself, too.
"""
import importlib.util
import pathlib
import struct
import subprocess
import sys

import safetensors_corpus


def main():
    names, files = zip(*safetensors_corpus.corpus())
    given = b"".join(struct.pack("<Q", len(file)) + file for file in files)
    answer = subprocess.run([sys.argv[1]], input=given, check=True, capture_output=True)
    ours = answer.stdout.decode().split()
    kept = pathlib.Path(__file__).with_name("safetensors_verdicts.txt").read_text().splitlines()
    kept = [line.partition(" ")[::2] for line in kept]
    assert [name for _, name in kept] == list(names), "make safetensors_verdicts.txt again"
    theirs = [verdict for verdict, _ in kept]
    if importlib.util.find_spec("safetensors"):
        asked = [safetensors_corpus.reference(file) for file in files]
        assert asked == theirs, "another version of safetensors has other verdicts"
    wrong = [f"{name!r}: {mine}, the reference {other}"
             for name, mine, other in zip(names, ours, theirs) if mine != other]
    assert len(ours) == len(files) and not wrong, "\n".join(wrong)
    print(f"{len(files)} files, {theirs.count('accept')} accepted")


if __name__ == "__main__":
    main()
