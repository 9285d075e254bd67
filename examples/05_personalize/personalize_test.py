"""The way of the demo in few steps: pictures in, an identifier out, pictures of it, a sheet."""
import pathlib
import subprocess
import sys
import unittest

import program

HERE = pathlib.Path(__file__).parent
CONTACT_SHEET = sys.argv.pop()


class Personalize(unittest.TestCase):
    def test_without_a_server_each_command_starts_the_flow_for_itself(self):
        home = pathlib.Path(program.new_folder())
        flow = {"SOUVENIR_FLOW": str(HERE / "flow.toml")}
        learned = program.run("finetune", HERE / "dog-a", "--category", "dog", "--max-train-steps", 3,
                              "--num-class-images", 4, "--json", home=home, env=flow, timeout=300)
        self.assertEqual(learned.code, 0, learned)
        result = learned.json()
        for key in ("job", "identifier", "category", "target_model", "version", "model"):
            self.assertTrue(result[key], key)
        self.assertTrue((pathlib.Path(result["model"]) / "model_index.json").is_file())
        drawn = program.run("generate", f"a {result['identifier']} dog", "-n", 2, "--seed", 7,
                            "--num-inference-steps", 2, "--grid", "--json", home=home, env=flow)
        self.assertEqual(drawn.code, 0, drawn)
        images = drawn.json()["images"]
        self.assertEqual(len(images), 2)
        self.assertIn(b"parameters", pathlib.Path(images[0]).read_bytes())
        self.assertEqual(program.processes_of(home), [])
        self.assertEqual(program.sockets_in(home), [])
        sheet = home / "sheet.png"
        subprocess.run([CONTACT_SHEET, sheet, "mine", *images], check=True)
        self.assertTrue(sheet.read_bytes().startswith(b"\x89PNG"))


if __name__ == "__main__":
    unittest.main()
