"""The flow with the other sampler is right, and trains."""
import pathlib
import unittest

import program

FLOW = pathlib.Path(__file__).parent / "flow.toml"
PICTURES = program.SOURCE / "examples/05_personalize/dog-a"


class SwapSampler(unittest.TestCase):
    def test_the_flow_is_that_of_the_default_but_for_the_sampler(self):
        shipped = (program.SOURCE / "flow/souvenir.toml").read_text().splitlines()
        swapped = FLOW.read_text().splitlines()
        new = [line for line in swapped if line and line not in shipped and line[0] != "#"]
        self.assertEqual(new, ['flow = "swap_sampler"', 'run = "sampler_plain"'])

    def test_it_is_checked_and_trains(self):
        checked = program.run("check", FLOW, home=program.new_folder())
        self.assertEqual(checked.code, 0, checked)
        with program.Server(FLOW) as server:
            learned = server.run("finetune", PICTURES, "--category", "dog", "--max-train-steps", 3,
                                 "--num-class-images", 5, "--seed", 3, "--json", timeout=300)
            self.assertEqual(learned.code, 0, learned)
            self.assertEqual(learned.json()["steps"], 3)
            self.assertGreater(learned.json()["loss"], 0)

    def test_the_samplers_are_swapped_in_both_directions(self):
        with program.Server() as server:
            given = server.stage("sampler")["with"]
            swapped = server.run("swap", "sampler=sampler_plain", "--with", "class_images=20")
            self.assertEqual(swapped.code, 0, swapped)
            self.assertEqual(server.stage("sampler")["plugin"], "sampler_plain")
            self.assertEqual(server.stage("sampler")["with"], {"class_images": 20})
            back = server.run("swap", "sampler=sampler")
            self.assertEqual(back.code, 0, back)
            self.assertEqual(server.stage("sampler")["with"], given)


if __name__ == "__main__":
    unittest.main()
