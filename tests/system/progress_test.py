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
ATTEMPTS = 3
STEPS, CHECKPOINT, DEATHS = 40, 4, ATTEMPTS + 1  # one death more than the attempts that a job has without progress


class Progress(unittest.TestCase):
    def server(self, step_ms):
        home = pathlib.Path(program.new_folder())
        (home / "flow.toml").write_text(cells.flow_text(step_ms=step_ms))
        return program.Server(home / "flow.toml", env=ENV, home=home)

    def learner(self, server, steps, checkpoint):
        learner = subprocess.Popen(
            [program.PROGRAM, "finetune", service.PICTURES, "--category", "dog", "--seed", "5", "--json", "--quiet",
             "--max-train-steps", str(steps), "--checkpointing-steps", str(checkpoint), "--num-class-images", "4",
             "--train-batch-size", "1", "--no-train-text-encoder"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=program.environment(server.home, ENV))
        self.addCleanup(learner.kill)
        return learner

    def test_a_retry_goes_on_from_the_checkpoint_of_a_training_that_was_given_up(self):
        # Between two checkpoints there is time for the deaths.
        with self.server(step_ms=200) as server:
            learner = self.learner(server, steps=20, checkpoint=10)
            program.wait_for(lambda: self.checkpoint_after(server, 0), "a checkpoint")
            died = set()
            for attempt in range(1, ATTEMPTS + 1):
                pid = program.wait_for(lambda: self.at_work(server, attempt, died), f"attempt {attempt} works")
                os.kill(pid, signal.SIGKILL)
                died.add(pid)
            out, err = learner.communicate(timeout=program.DEADLINE_S)
            self.assertNotEqual(learner.returncode, 0, out + err)
            job = self.training(server)
            self.assertEqual((job["state"], job["checkpoint_step"]), ("failed", 10), job)
            self.assertIn(f"jobs retry {job['id']} goes on from step 10", out + err)
            again = server.run("jobs", "retry", job["id"], "--json").json()["job"]
            self.assertEqual(again, job["id"])
            watched = server.run("jobs", "watch", again, "--json", timeout=program.DEADLINE_S)
            self.assertEqual(watched.json()["answers"][0]["body"]["steps"], 20, watched)
            shown = server.run("jobs", "show", again, "--json").json()
            history = [(note["what"], note["text"]) for note in shown["history"]]
            self.assertIn(("started", f"attempt {ATTEMPTS + 1} from step 10"), history)
            self.assertEqual([what for what, _ in history if what in ("done", "failed", "cancelled")], ["done"])

    def at_work(self, server, attempt, died):
        job, stage = self.training(server), server.stage("trainer")
        self.assertEqual(job["state"], "running", job)
        works = job["attempt"] == attempt and stage["state"] == "busy" and stage["pid"] not in died
        return stage["pid"] if works else None

    def test_a_death_after_each_new_checkpoint_does_not_end_the_training(self):
        with self.server(step_ms=50) as server:
            learner = self.learner(server, STEPS, CHECKPOINT)
            kept = 0
            for _ in range(DEATHS):
                kept = program.wait_for(lambda: self.checkpoint_after(server, kept), f"a checkpoint after {kept}")
                server.kill_stage("trainer")
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
