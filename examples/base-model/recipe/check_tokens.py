#!/usr/bin/env python3
"""How many tokens each category, style and colour word takes: `check_tokens.py TOKENIZER_DIR`.

TOKENIZER_DIR holds a CLIP tokenizer (`vocab.json`, `merges.txt`). Words of one token are learned
best; the base model's vocabulary is CLIP's, cut after the first merges.
"""

import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
COLOURS = "red orange yellow green blue purple pink brown grey white black".split()


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    ranks = _ranks(Path(sys.argv[1]) / "merges.txt")
    categories = json.loads((HERE / "categories.json").read_text())
    pins = json.loads((HERE / "icon_sets.json").read_text())
    styles = {pin["style"] for pin in pins.values()} | {"painting"}
    for title, words in (("style", styles), ("colour", COLOURS), ("category", categories)):
        _report(title, words, ranks)


def _ranks(merges):
    lines = [line.split() for line in merges.read_text().splitlines() if not line.startswith("#version")]
    return {tuple(pair): rank for rank, pair in enumerate(lines) if len(pair) == 2}


def _pieces(word, ranks):
    """Byte pair encoding of one lower-case ASCII word, as CLIP does it."""
    pieces = list(word[:-1]) + [word[-1] + "</w>"]
    while len(pieces) > 1:
        pairs = list(zip(pieces, pieces[1:]))
        best = min(pairs, key=lambda pair: ranks.get(pair, len(ranks)))
        if best not in ranks:
            break
        at = pairs.index(best)
        pieces[at : at + 2] = ["".join(best)]
    return pieces


def _report(title, words, ranks):
    by_count = {}
    for word in sorted(words):
        by_count.setdefault(len(_pieces(word, ranks)), []).append(word)
    for count, members in sorted(by_count.items()):
        print(f"{title}, {count} token{'s' if count > 1 else ''} ({len(members)}): {' '.join(members)}")


if __name__ == "__main__":
    main()
