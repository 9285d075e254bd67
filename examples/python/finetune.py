"""Teaches a thing and draws it, through a running server (`souvenir up`).

    python finetune.py PICTURES_FOLDER CATEGORY [--prompt "a {} on the moon"] [--steps 200]
"""
import argparse
import pathlib
import sys

from souvenir_client import Client, Fault

PICTURES = {".jpg", ".jpeg", ".png", ".webp"}


def show(progress, _pictures):
    done = f" {progress['step']}/{progress['total']}" if progress.get("total") else ""
    print(f"{progress.get('stage')}: {progress.get('text')}{done}", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("category")
    parser.add_argument("--prompt", default="a {}", help="{} stands for identifier and category")
    parser.add_argument("--steps", type=int, help="training steps (default: the base model's advice)")
    parser.add_argument("--server", help="the gateway's address")
    parser.add_argument("--output", type=pathlib.Path, default=pathlib.Path("."))
    given = parser.parse_args()
    files = sorted(f for f in given.folder.iterdir() if f.suffix.lower() in PICTURES)
    options = {"max_train_steps": given.steps} if given.steps is not None else {}
    with Client(given.server) as client:
        try:
            learned = client.finetune(files, given.category, show, **options)
            name = f"{learned['identifier']} {learned['category']}"
            pictures = client.generate(given.prompt.format(name), show, num_images=4)
        except Fault as fault:
            sys.exit(f"{fault.stage}: {fault.cause}\n  hint: {fault.hint}")
    given.output.mkdir(parents=True, exist_ok=True)
    for i, picture in enumerate(pictures):
        (given.output / f"{i}.png").write_bytes(picture)
    print(name)


if __name__ == "__main__":
    main()
