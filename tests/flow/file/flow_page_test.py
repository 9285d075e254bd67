"""docs/flow-file.md names the keys that the reader of flow files knows, and no others."""
import pathlib
import re
import sys
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[3]
INNER = {"'queue'": "queue.", "'restart'": "restart.", "'batch'": "batch.", "'per_user'": "per_user."}


def keys_of_reader():
    """Every key in a list of known keys: only(table, "where", {"key", ...})."""
    keys = set()
    for file in sorted((SOURCE / "flow/file").glob("flow_reader*.cpp")):
        for where, known in re.findall(r'only\(\s*\*?\w+,\s*"([^"]*)"[^{]*\{([^}]*)\}', file.read_text()):
            keys |= {INNER.get(where, "") + key for key in re.findall(r'"(\w+)"', known)}
    return keys


def keys_of_page(text):
    return {key for key in re.findall(r"^\| `([\w.]+)` \|", text, re.MULTILINE)}


class FlowPage(unittest.TestCase):
    def setUp(self):
        self.page = (SOURCE / "docs/flow-file.md").read_text()

    def test_the_page_names_each_key_of_the_reader_and_no_other(self):
        self.assertGreater(len(keys_of_reader()), 40)
        self.assertEqual(keys_of_page(self.page), keys_of_reader())

    def test_a_key_that_is_left_out_is_seen(self):
        cut = self.page.replace("| `sticky` |", "| sticky |")
        self.assertNotEqual(keys_of_page(cut), keys_of_reader())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
