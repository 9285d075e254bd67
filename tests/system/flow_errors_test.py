"""A flow file that cannot run is refused before any process starts: file:line:column, cause, hint."""
import pathlib
import sys
import unittest

import program

TEST_PLUGINS = pathlib.Path(sys.argv.pop())
ENV = {"SOUVENIR_PLUGINS": str(TEST_PLUGINS)}
GOOD = """flow = "good"
[route]
"/say" = "reverse > shout"
[[executor]]
name = "reverse"
[[executor]]
name = "shout"
with = { suffix = "?" }
"""
# What is changed in GOOD, to what, where the error points (line, column or None), what it names.
BROKEN = [
    ("a key with a typo", 'name = "reverse"', 'nmae = "reverse"', 5, ["nmae", "name"]),
    ("a stage that no executor is", "reverse > shout", "revers > shout", 3, ["revers", "reverse"]),
    ("a parameter with a typo", "suffix", "sufix", 8, ["sufix", "suffix"]),
    ("a parameter of another type", '"?"', "7", 8, ["suffix", "string"]),
    ("a plugin that is missing", 'name = "reverse"', 'name = "reverse"\nrun = "revrse"', 6,
     ["revrse", "reverse"]),
    ("a table with a typo", "[route]", "[roote]", 2, ["roote", "route"]),
    ("TOML that ends early", 'suffix = "?" }', 'suffix = "?', 8, []),
    ("two executors of one name", 'name = "reverse"', 'name = "shout"', None, ["shout"]),
    ("an unset variable", '"?"', '"${var.nothing}"', 8, ["nothing"]),
]


class FlowErrors(unittest.TestCase):
    def check(self, text, *command):
        file = pathlib.Path(program.new_folder()) / "flow.toml"
        file.write_text(text)
        home = program.new_folder()
        result = program.run(*(command or ("check",)), file, "--json", home=home, env=ENV)
        self.assertEqual(program.processes_of(home), [])
        return file, result

    def assert_bad_config(self, result):
        self.assertEqual(result.code, 3, result)
        error = result.error()
        self.assertEqual(error["code"], "bad_config")
        self.assertTrue(error["cause"], error)
        return error

    def test_the_good_file_is_good(self):
        _, result = self.check(GOOD)
        self.assertEqual(result.code, 0, result)

    def test_every_broken_file_is_refused_with_place_and_name(self):
        for what, old, new, line, named in BROKEN:
            for command in ("check", "up"):
                with self.subTest(what, command=command):
                    self.assertIn(old, GOOD)
                    file, result = self.check(GOOD.replace(old, new), command)
                    error = self.assert_bad_config(result)
                    place = f"{file.name}:{line}:" if line else f"{file.name}:"
                    self.assertIn(place, error["cause"])
                    for word in named:
                        self.assertIn(word, error["cause"] + error["hint"])

    def test_a_missing_file_is_refused(self):
        result = program.run("check", "/nowhere/flow.toml", "--json", home=program.new_folder())
        self.assertIn(result.code, (3, 4), result)
        self.assertIn("/nowhere/flow.toml", result.error()["cause"])

    def test_a_plugin_of_another_abi_is_refused_by_name(self):
        text = GOOD.replace('name = "reverse"', f'name = "reverse"\nrun = "{TEST_PLUGINS}/other_abi.so"')
        _, result = self.check(text)
        self.assertIn("abi", self.assert_bad_config(result)["cause"])
        self.assertIn("other_abi.so", result.error()["cause"])

    def test_a_library_that_is_no_plugin_is_refused_by_name(self):
        text = GOOD.replace('name = "reverse"', f'name = "reverse"\nrun = "{TEST_PLUGINS}/no_plugin.so"')
        _, result = self.check(text)
        self.assertIn("no_plugin.so", self.assert_bad_config(result)["cause"])

    def test_a_description_stands_for_a_remote_stage_alone(self):
        folder = pathlib.Path(program.new_folder())
        (folder / "it.json").write_text('{"name": "it", "handlers": [{"accepts": "text.v1", "emits": ["text.v1"]}]}')
        text = GOOD.replace('name = "reverse"', f'name = "reverse"\nrun = "{folder}/it.json"')
        _, local = self.check(text)
        self.assertIn('host = "remote"', self.assert_bad_config(local)["hint"])
        _, remote = self.check(text.replace('run = "', 'host = "remote"\nrun = "', 1))
        self.assertEqual(remote.code, 0, remote)
        (folder / "it.json").write_text('{"name": "it"}')
        _, none = self.check(text)
        self.assertIn("it.json", self.assert_bad_config(none)["cause"])

    def test_a_file_that_is_no_library_is_refused_by_name(self):
        fake = pathlib.Path(program.new_folder()) / "fake.so"
        fake.write_text("not a library")
        _, result = self.check(GOOD.replace('name = "reverse"', f'name = "reverse"\nrun = "{fake}"'))
        self.assertIn("fake.so", self.assert_bad_config(result)["cause"])


if __name__ == "__main__":
    unittest.main()
