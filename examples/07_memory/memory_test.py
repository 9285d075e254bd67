"""`souvenir memory` on two things in very few steps: what is measured, and that a run goes on."""
import json
import pathlib
import shutil
import subprocess
import sys
import unittest

import program

HERE = program.SOURCE / "examples/07_memory"
SUITE = """suite = "few"
strategies = ["private", "big"]
untouched = ["cat"]
max_train_steps = 2
train_batch_size = 1
num_class_images = 1
num_images = 1
draws = 4
[[thing]]
name = "dog-b"
category = "dog"
pictures = "{here}/dog-b"
held_out = "{here}/held-out/dog-b"
[[thing]]
name = "glass"
category = "glass"
pictures = "{here}/glass"
held_out = "{here}/held-out/glass"
"""


class Memory(unittest.TestCase):
    def setUp(self):
        self.home = pathlib.Path(program.new_folder())
        self.folder = self.home / "few"
        self.suite = self.home / "suite.toml"
        self.suite.write_text(SUITE.format(here=HERE))

    def souvenir(self, *arguments):
        return program.run("evaluate", *arguments, "--json", home=self.home, timeout=900)

    def test_a_suite_is_measured_and_goes_on_where_it_stopped(self):
        done = self.souvenir("run", self.suite, "--output-dir", self.folder)
        self.assertEqual(done.code, 0, done)
        rows = done.json()["strategies"]
        self.assertEqual([row["strategy"] for row in rows], ["private", "big"])
        for column in ("retention", "drift", "gap_to_private", "recognised", "train_s", "kept_MiB"):
            self.assertIn(column, rows[1])
        self.assertGreater(rows[1]["drift"], 0)
        runs = self.folder / "big-order1-seed1"
        second = json.loads((runs / "task-2.json").read_text())
        self.assertEqual([seen["thing"] for seen in second["seen"]], [0, 1])
        for kind in ("kept", "similarity", "confusion"):
            for end in ("png", "html"):
                self.assertTrue((self.folder / f"big-order1-seed1-{kind}.{end}").exists(), kind)

        # As if it had been stopped while it measured the second thing: taught, but not looked at.
        (runs / "task-2.json").write_text(json.dumps({**second, "seen": []}))
        again = self.souvenir("run", self.suite, "--output-dir", self.folder)
        self.assertEqual(again.code, 0, again)
        self.assertEqual(json.loads((runs / "task-2.json").read_text()), second)
        self.assertEqual(again.json()["strategies"], rows)

        shown = self.souvenir("show", self.folder)
        self.assertEqual(shown.json()["strategies"], rows)
        self.suite.write_text(self.suite.read_text().replace("draws = 4", "draws = 5"))
        other = self.souvenir("run", self.suite, "--output-dir", self.folder)
        self.assertNotEqual(other.code, 0)
        self.assertIn("another suite", other.error()["cause"])
        shutil.rmtree(self.folder)

    def test_a_folder_without_results_is_named(self):
        shown = self.souvenir("show", self.home)
        self.assertEqual(shown.code, 4, shown)


class TrueCompositions(unittest.TestCase):
    def test_the_judge_is_asked_about_the_true_things_in_the_true_style(self):
        with program.Server(HERE / "judge.toml") as server:
            done = subprocess.run([sys.executable, HERE / "true_compositions.py",
                                   f"ipc://{server.home}/run/gateway.sock"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.count("of 56 true compositions"), 3, done.stdout)


if __name__ == "__main__":
    unittest.main()
