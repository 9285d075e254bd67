#!/usr/bin/env python3
"""Renders the pictures that the base model learns from: `make_pictures.py --out DIR`.

DIR becomes a folder of the "imagefolder" layout: PNG files, `metadata.jsonl` (training),
`heldout.jsonl` (never trained on) and `categories.json` (what is there). The same packages give
the same files.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD = HERE.parents[2] / "build" / "base-model"
REQUIREMENTS = HERE / "requirements.txt"
HELD_OUT_ONE_IN = 12
FEWEST_LEFT_TO_TRAIN = 5
PAINTINGS_PER_CATEGORY = 2


def main():
    arguments = _arguments()
    _in_own_environment(arguments.cache)
    import icon_sets
    from captions import Names

    sets = icon_sets.load(HERE / "icon_sets.json", arguments.cache)
    table = json.loads((HERE / "categories.json").read_text())
    excluded = json.loads((HERE / "excluded.json").read_text())
    entries = list(_entries(table, sets, excluded, Names(HERE / "names.json")))
    held_out = _held_out(entries)
    if arguments.out.exists():
        shutil.rmtree(arguments.out)
    pictures = _render(entries, {s.name: s for s in sets}, arguments.out)
    paintings = _paint(entries, pictures, arguments.out)
    _write(entries + paintings, held_out, arguments.out)


def _arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=BUILD / "pictures", help="the folder to write")
    parser.add_argument("--cache", type=Path, default=BUILD / "cache", help="downloads and the venv")
    return parser.parse_args()


def _in_own_environment(cache):
    """Runs on in a venv that has the requirements; makes it the first time."""
    wanted = REQUIREMENTS.read_text()
    home = cache / "venv"
    stamp = home / "requirements.txt"
    if Path(sys.prefix).resolve() == home.resolve():
        return
    if not stamp.exists() or stamp.read_text() != wanted:
        venv.create(home, with_pip=True, clear=True)
        pip = [home / "bin" / "python", "-m", "pip", "install", "--quiet", "-r", REQUIREMENTS]
        subprocess.run(pip, check=True)
        stamp.write_text(wanted)
    python = str(home / "bin" / "python")
    os.execv(python, [python, str(HERE / "make_pictures.py"), *sys.argv[1:]])


def _entries(table, sets, excluded, names):
    """One for every icon of a category in every set that has it."""
    from captions import with_article

    for category, icons in table.items():
        text = with_article(category)
        for icon in icons:
            for icon_set in sets:
                for drawing in icon_set.drawings(icon):
                    if drawing in excluded.get(icon_set.name, []):
                        continue
                    yield {
                        "file_name": f"{icon_set.name}/{drawing}.png",
                        "text": text,
                        "category": category,
                        "name": text if icon == category else names.phrase(icon),
                        "style": icon_set.style,
                        "set": icon_set.name,
                        "icon": drawing,
                    }


def _unit(entry):
    """Fluent's flat and round versions are one drawing: both are held out, or none."""
    return entry["set"].removesuffix("-flat") + "/" + entry["icon"]


def _held_out(entries):
    """One drawing in twelve, by hash, as long as its category keeps enough to learn from."""
    left = {}
    for entry in entries:
        left.setdefault(entry["category"], []).append(_unit(entry))
    held_out = set()
    for units in left.values():
        for unit in sorted(set(units), key=_hash):
            remaining = [u for u in units if u not in held_out and u != unit]
            if _hash(unit) % HELD_OUT_ONE_IN == 0 and len(remaining) >= FEWEST_LEFT_TO_TRAIN:
                held_out.add(unit)
    return held_out


def _hash(text):
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def _render(entries, sets, out):
    import drawing
    import rendering

    pictures = {}
    for entry in entries:
        picture = rendering.icon(sets[entry["set"]].icons[entry["icon"]])
        pictures[entry["file_name"]] = picture
        if entry["style"] == "sticker":
            picture = rendering.sticker(picture)
        elif entry["style"] == "drawing":
            picture = drawing.drawn(picture, random.Random(_hash(entry["file_name"])))
        _save(picture, out / entry["file_name"])
    return pictures


def _paint(entries, pictures, out):
    """Some icons of every category as paintings: the category `painting` is this style."""
    import painting

    by_category = {}
    for entry in entries:
        if entry["category"] != "painting" and entry["style"] != "comic":
            by_category.setdefault(entry["category"], []).append(entry)
    paintings = []
    for members in by_category.values():
        chosen = sorted(members, key=lambda e: _hash("painting of " + e["file_name"]))
        for entry in chosen[:PAINTINGS_PER_CATEGORY]:
            seed = random.Random(_hash(entry["file_name"]))
            picture = painting.painted(pictures[entry["file_name"]], seed, 96)
            file_name = "painting/" + entry["file_name"].replace("/", "-")
            _save(picture, out / file_name)
            name = "a painting of " + entry["name"]
            paintings.append(entry | {"file_name": file_name, "text": "a painting", "name": name,
                                      "category": "painting", "style": "painting"})
    return paintings


def _save(picture, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path)


def _write(entries, held_out, out):
    training = [e for e in entries if _unit(e) not in held_out]
    unseen = [e for e in entries if _unit(e) in held_out]
    for name, part in (("metadata.jsonl", training), ("heldout.jsonl", unseen)):
        (out / name).write_text("".join(json.dumps(entry) + "\n" for entry in part))
    summary = {}
    for entry in entries:
        nothing = {"text": entry["text"], "training": 0, "heldout": 0}
        counts = summary.setdefault(entry["category"], nothing)
        counts["heldout" if _unit(entry) in held_out else "training"] += 1
    (out / "categories.json").write_text(json.dumps(summary, indent=2) + "\n")
    print(f"{len(training)} pictures to train on, {len(unseen)} held out, "
          f"{len(summary)} categories: {out}")


if __name__ == "__main__":
    main()
