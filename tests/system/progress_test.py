"""A training that comes further with each attempt goes on however often its stage dies (the toy trainer)."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import unittest

import program

TOYS = pathlib.Path(sys.argv.pop())
sys.path.insert(0, str(program.SOURCE / "tests/faults"))
import cells  # noqa: E402
import service  # noqa: E402

ENV = {"SOUVENIR_PLUGINS": str(TOYS), "USER": "ann"}
STEPS, CHECKPOINT, DEATHS = 40, 4, 4  # one death more than the attempts that a job has without progress


class Progress(unittest.TestCase):
    def test_a_death_after_each_new_checkpoint_does_not_end_the_training(self):
        home = pathlib.Path(program.new_folder())
        (home / "flow.toml").write_text(cells.flow_text(step_ms=50))
        with program.Server(home / "flow.toml", env=ENV, home=home) as server:
            learner = subprocess.Popen(
                [program.PROGRAM, "finetune", service.PICTURES, "--category", "dog", "--seed", "5", "--json", "--quiet",
                 "--max-train-steps", str(STEPS), "--checkpointing-steps", str(CHECKPOINT), "--num-class-images", "4",
                 "--train-batch-size", "1", "--no-train-text-encoder"],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=program.environment(home, ENV))
            self.addCleanup(learner.kill)
            kept = 0
            for _ in range(DEATHS):
                kept = program.wait_for(lambda: self.checkpoint_after(server, kept), f"a checkpoint after {kept}")
                os.kill(server.stage("trainer")["pid"], signal.SIGKILL)
            out, err = learner.communicate(timeout=program.DEADLINE_S)
            self.assertEqual(learner.returncode, 0, out + err)
            self.assertEqual(json.loads(out.strip().splitlines()[-1])["steps"], STEPS)
            shown = server.run("jobs", "show", self.training(server)["id"], "--json").json()
            self.assertEqual(shown["attempt"], DEATHS + 1)
            self.assertEqual(len(shown["reasons"].splitlines()), DEATHS)

    def training(self, server):
        jobs = [json.loads(line) for line in server.run("jobs", "list", "--json").out.splitlines()]
        return next((job for job in jobs if job["kind"] == "/finetune"), None)

    def checkpoint_after(self, server, step):
        job = self.training(server)
        self.assertFalse(job and job["state"] in ("failed", "done"), job)
        return job["checkpoint_step"] if job and job["checkpoint_step"] > step else None


if __name__ == "__main__":
    unittest.main()
