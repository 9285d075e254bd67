"""A foreign client fine-tunes and generates through a real server."""
import os
import pathlib
import subprocess
import sys
import unittest

import program

try:
    import souvenir_client
except ImportError as missing:
    print(f"skipped: {missing}; ./run build installs it")
    sys.exit(77)

PICTURES = sorted((program.SOURCE / "examples/05_personalize/dog-a").glob("*.png"))


class ForeignClient(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = program.Server()
        cls.server.__enter__()
        cls.address = f"ipc://{cls.server.home / 'run' / 'gateway.sock'}"

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__(None)

    def client(self, owner="ann"):
        return souvenir_client.Client(self.address, owner=owner)

    def test_it_teaches_a_thing_and_draws_it(self):
        told = []
        with self.client() as client:
            learned = client.finetune(PICTURES, "dog", lambda p, _: told.append(p["stage"]),
                                      max_train_steps=3, num_class_images=4, seed=1)
            self.assertEqual(learned["steps"], 3)
            self.assertTrue((pathlib.Path(learned["model"]) / "model_index.json").is_file())
            self.assertIn("trainer", told)
            mine = client.generate(f"a {learned['identifier']} dog", num_images=2,
                                   num_inference_steps=2, seed=7)
            self.assertEqual(len(mine), 2)
            self.assertTrue(all(png.startswith(b"\x89PNG") for png in mine))
            self.assertIn(learned["identifier"], [i["identifier"] for i in client.identifiers()])
        with self.client("bob") as other:
            self.assertEqual(other.identifiers(), [])

    def test_a_fault_arrives_with_code_stage_cause_and_hint(self):
        with self.client() as client:
            with self.assertRaises(souvenir_client.Fault) as raised:
                client.finetune([], "dog")
            self.assertEqual(raised.exception.code, "bad_input")
            self.assertTrue(raised.exception.cause and raised.exception.hint and
                            raised.exception.stage)
            self.assertTrue(client.status()["ready"])

    def test_the_example_program_runs(self):
        output = pathlib.Path(program.new_folder())
        script = pathlib.Path(__file__).parent / "finetune.py"
        done = subprocess.run([sys.executable, script, PICTURES[0].parent, "cat", "--steps", "2",
                               "--server", self.address, "--output", output],
                              capture_output=True, text=True, timeout=program.DEADLINE_S * 4)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stdout.strip().endswith(" cat"))
        self.assertEqual(len(list(output.glob("*.png"))), 4)


if __name__ == "__main__":
    unittest.main()
