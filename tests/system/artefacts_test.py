"""A stage that is in other hands, with one job to do: it gets what that job's settings name, and nothing else.

Real processes and sockets; tests/faults/taken_over.cpp is the stage. tests/plugins/storage has the whole table.
"""
import hashlib
import pathlib
import re
import shutil
import sys
import unittest

import program

TOYS = pathlib.Path(sys.argv.pop())
sys.path.insert(0, str(program.SOURCE / "tests/faults"))
import cells  # noqa: E402
import service  # noqa: E402

ENV = {"SOUVENIR_PLUGINS": str(TOYS)}
NOWHERE = "v-0000000000000000"


def digest_of(folder):
    """Of all that lies in it, by name."""
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
            for p in sorted(folder.rglob("*")) if p.is_file()}


class Artefacts(unittest.TestCase):
    """Ann and Bob have each taught their metamodel a thing; then one stage changes hands."""

    @classmethod
    def setUpClass(cls):
        cls.first_home = pathlib.Path(program.new_folder())
        with cls.server(cls.first_home, cells.flow_text()) as server:
            cls.versions = {owner: cls.result(cls.learn(server, owner)) for owner in ("ann", "bob")}

    @staticmethod
    def server(home, flow):
        (home / "flow.toml").write_text(flow)
        return program.Server(home / "flow.toml", env=dict(ENV), home=home)

    @staticmethod
    def learn(server, owner):
        server.env["USER"] = owner
        return server.run("finetune", service.PICTURES, "--category", "dog", "--target-model", "private_meta",
                          "--seed", 5, "--json", "--max-train-steps", 4, "--num-class-images", 4,
                          "--train-batch-size", 1, "--no-train-text-encoder", "--quiet")

    @staticmethod
    def result(done):
        assert done.code == 0, done
        return done.json()["version"]

    def setUp(self):
        """A copy of the home in which both have learned."""
        self.home = pathlib.Path(program.new_folder()) / "home"
        shutil.copytree(self.first_home, self.home,
                        ignore=lambda folder, names: [n for n in names if (pathlib.Path(folder) / n).is_socket()])
        self.targets = self.home.parent / "targets"
        self.targets.write_text("".join(f"{kind} {version}\n" for version in (self.versions["bob"], NOWHERE)
                                        for kind in ("version", "replay", "checkpoint")))

    def flow(self, stage, run, lie="", trainers_home=None):
        text = cells.flow_text(trainers_home=trainers_home)
        before, after = text.split(f'name = "{stage}"\nrun = "{run}"')
        given = f'targets = "{self.targets}", lie = "{lie}"'
        after = re.sub(r"with = \{ (.*) \}", lambda with_: f"with = {{ {', '.join(filter(None, (with_[1], given)))} }}",
                       after, count=1)
        return f'{before}name = "{stage}"\nrun = "taken_over"{after}'

    def test_a_trainer_elsewhere_reads_and_writes_its_own_job_s_artefacts_alone(self):
        before = digest_of(self.home / "store/versions"), digest_of(self.home / "store/replay")
        flow = self.flow("trainer", "toy_trainer", trainers_home=program.new_folder())
        with self.server(self.home, flow) as server:
            self.assertNotEqual(self.learn(server, "ann").code, 0)  # "that was all"
        heard = [line.split() for line in pathlib.Path(f"{self.targets}.heard").read_text().splitlines()]
        own = [words for words in heard if words[0] == "own"]
        others = [words for words in heard if words[0] == "other"]
        self.assertEqual({words[-1] for words in others}, {"forbidden"})
        self.assertNotIn("forbidden", {words[-1] for words in own})
        self.assertIn("answered", {words[-1] for words in own})
        self.assertGreater(len(others), 300)
        self.assertGreater(len(own), 5)
        print(f"figure: {len(others)} requests of a taken-over trainer for what its job does not name, all "
              f"forbidden; {len(own)} for what it names, none")
        self.assertEqual((digest_of(self.home / "store/versions"), digest_of(self.home / "store/replay")), before)

    def test_a_stage_that_passes_on_false_settings_leads_the_others_to_nothing(self):
        for lie in ("base", "version", "replay"):
            with self.subTest(lie):
                before = digest_of(self.home / "store/versions"), digest_of(self.home / "store/replay")
                with self.server(self.home, self.flow("encoder", "toy_model", lie)) as server:
                    done = self.learn(server, "ann")
                    self.assertNotEqual(done.code, 0, done)
                    self.assertEqual(done.error()["code"], "forbidden", done)
                self.assertEqual((digest_of(self.home / "store/versions"), digest_of(self.home / "store/replay")),
                                 before)


if __name__ == "__main__":
    unittest.main()
