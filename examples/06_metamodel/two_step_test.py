"""Parameters found on a private model, then the metamodel taught with them, in few steps."""
import pathlib
import unittest

import program

PICTURES = program.SOURCE / "examples/05_personalize/dog-a"


class TwoSteps(unittest.TestCase):
    def test_samples_at_each_number_of_steps_and_then_the_metamodel(self):
        with program.Server() as server:
            few = ["--num-class-images", 1, "--train-batch-size", 1, "--seed", 3, "--json"]
            tried = server.run("finetune", PICTURES, "--category", "dog", "--steps", "2,4",
                               "--num-validation-images", 2, *few, timeout=600)
            self.assertEqual(tried.code, 0, tried)
            names = [pathlib.Path(sample).name for sample in tried.json()["samples"]]
            self.assertEqual(names, [f"step-00000{step}-{what}.png" for step in (2, 4)
                                     for what in ("0", "1", "sheet")])
            identifier = tried.json()["identifier"]
            both = server.run("finetune", PICTURES, "--category", "dog", "--steps", "2",
                              "--max-train-steps", 4, *few)
            self.assertEqual(both.code, 2, both)
            apart = server.run("finetune", PICTURES, "--category", "dog", "--steps", "199,400", *few)
            self.assertEqual(apart.code, 2, apart)
            self.assertIn("multiples", apart.error()["hint"])
            taught = server.run("finetune", PICTURES, "--category", "dog", "--target-model", "meta",
                                "--identifier", identifier, "--max-train-steps", 2, "--lr-scheduler", "constant", *few, timeout=600)
            self.assertEqual(taught.code, 0, taught)
            self.assertEqual(taught.json()["identifier"], identifier)
            listed = server.run("identifiers", "--json").json()["identifiers"]
            self.assertEqual([t["target_model"] for t in listed], ["private", "meta"])


if __name__ == "__main__":
    unittest.main()
