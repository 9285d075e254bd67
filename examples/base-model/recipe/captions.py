"""What the pictures are called."""

import json

_CONSONANT_VOWELS = ("uni", "euro", "ewe")


def with_article(words):
    starts_with_vowel = words[0] in "aeiou" and not words.startswith(_CONSONANT_VOWELS)
    return ("an " if starts_with_vowel or words.startswith("hour") else "a ") + words


class Names:
    """Phrases for icons: from a table, otherwise the icon's own name with an article."""

    def __init__(self, file):
        self._phrases = json.loads(file.read_text())

    def phrase(self, icon):
        return self._phrases.get(icon) or with_article(icon.replace("-", " "))
