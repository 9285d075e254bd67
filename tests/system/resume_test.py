"""A fine-tuning job is killed at some step, and ends in the very bytes of the unbroken run.

Each case kills other processes at another step: the trainer, the sampler, the gateway (and with it every
stage), or sampler, trainer and gateway at once. SOUVENIR_RESUMES says how many cases (default: one of each),
SOUVENIR_HANGS how many besides in which the trainer hangs (default: none, since each takes a lease), SOUVENIR_REPORT
the file that a section of RELIABILITY.md is written into.
"""
import hashlib
import json
import os
import pathlib
import signal
import time
import unittest

import program
import reliability

PICTURES = program.SOURCE / "examples/05_personalize/dog-a"
STEPS, CHECKPOINT = 12, 3
VICTIMS = [("trainer",), ("sampler",), ("gateway",), ("sampler", "trainer", "gateway")]
CASES = int(os.environ.get("SOUVENIR_RESUMES", len(VICTIMS)))
HANGS = int(os.environ.get("SOUVENIR_HANGS", 0))
HANG_AT = (1, 3, 5, 7, 9)  # steps: before the gateway knows how long one takes (8), and after


def digest(model):
    whole = hashlib.sha256()
    for file in sorted(pathlib.Path(model).rglob("*.safetensors")):
        whole.update(file.name.encode() + file.read_bytes())
    return whole.hexdigest()


def times(seconds):
    ordered = sorted(seconds)
    return f"{ordered[len(ordered) // 2]:.1f} s median, {ordered[-1]:.1f} s at most" if ordered else "-"


def report(killed_s, hung_s):
    text = ("| Broken | Cases | Bit-equal to the unbroken run | Runs again after |\n|---|---|---|---|\n"
            f"| trainer, sampler, gateway or all three killed | {CASES} | {len(killed_s)} | {times(killed_s)} |\n"
            f"| trainer stopped (SIGSTOP) | {HANGS} | {len(hung_s)} | {times(hung_s)} |\n")
    print(text)
    if os.environ.get("SOUVENIR_REPORT"):
        reliability.write(pathlib.Path(os.environ["SOUVENIR_REPORT"]), "resumes", f"Base model, {STEPS} steps.\n\n" + text)


class Resume(unittest.TestCase):
    def setUp(self):
        self.home = program.new_folder()
        self.server = self.start()

    def tearDown(self):
        self.server.__exit__(None)

    def start(self):
        return program.Server(home=self.home).__enter__()

    def learn(self, owner):
        """Starts a job of its own owner: each gets the same identifier, so the same prompts."""
        self.server.env = {"USER": owner}
        return self.server.start("finetune", PICTURES, "--category", "dog", "--seed", 5, "--json",
                                 "--max-train-steps", STEPS, "--num-class-images", 2,
                                 "--train-batch-size", 4, "--checkpointing-steps", CHECKPOINT)

    def result(self, caller):
        out, err = caller.communicate(timeout=600)
        self.assertEqual(caller.returncode, 0, out + err)
        return json.loads(out.strip().splitlines()[-1])

    def job(self):
        """The owner's one job."""
        listed = self.server.run("jobs", "list", "--json")
        jobs = [json.loads(line) for line in listed.out.splitlines()] if listed.code == 0 else []
        return jobs[0] if jobs else {"step": 0, "stage": "", "state": "", "attempt": 0, "epoch": 0}

    def kill(self, victims):
        pids = [program.wait_for(lambda name=name: self.server.stage(name)["pid"], f"{name} has a process")
                for name in victims if name != "gateway"]
        if "gateway" in victims:
            pids.append(self.server.child.pid)
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        if "gateway" in victims:
            self.server.child.wait()
            env = self.server.env
            self.server.log.close()
            self.server = self.start()
            self.server.env = env

    def runs_again(self, epoch):
        """Or has ended: a sampler that had sent its last batch is not missed."""
        job = self.job()
        return job["state"] == "done" or job["epoch"] > epoch and job["state"] == "running"

    def check_attempt(self, victim, epoch):
        job = self.job()
        missed = job["epoch"] > epoch
        self.assertTrue(missed or victim == "sampler", job)
        self.assertEqual(job["attempt"], 2 if missed and victim != "gateway" else 1)

    def broken(self, owner, step, break_it):
        """What a job ends with that is broken at a step, and how long it took to run again."""
        caller = self.learn(owner)
        program.wait_for(lambda: self.job()["stage"] == "trainer" and self.job()["step"] >= step, f"step {step}")
        self.epoch = self.job()["epoch"]
        began = time.monotonic()
        break_it()
        program.wait_for(lambda: self.runs_again(self.epoch), "the job runs again")
        again_s = time.monotonic() - began
        return self.result(caller), again_s

    def check(self, broken, whole):
        self.assertEqual(digest(broken["model"]), digest(whole["model"]))
        self.assertEqual((broken["identifier"], broken["loss"]), (whole["identifier"], whole["loss"]))
        listed = self.server.run("identifiers", "--json").json()["identifiers"]
        self.assertEqual(len(listed), 1, listed)

    def test_a_resumed_job_ends_in_the_bytes_of_the_unbroken_run(self):
        whole = self.result(self.learn("whole"))
        killed_s, hung_s = [], []
        for case in range(CASES):
            victims, step = VICTIMS[case % len(VICTIMS)], 1 + (case * 5 + 3) % (STEPS - 2)
            with self.subTest(victims=victims, step=step):
                broken, again_s = self.broken(f"case-{case}", step, lambda: self.kill(victims))
                self.check(broken, whole)
                if len(victims) == 1:
                    self.check_attempt(victims[0], self.epoch)
                killed_s.append(again_s)
        for case in range(HANGS):
            with self.subTest(hang=case):
                stop = lambda: self.server.kill_stage("trainer", signal.SIGSTOP)
                broken, again_s = self.broken(f"hang-{case}", HANG_AT[case % len(HANG_AT)], stop)
                self.check(broken, whole)
                hung_s.append(again_s)
        report(killed_s, hung_s)

    def test_without_memory_for_a_batch_the_job_goes_on_in_smaller_parts(self):
        self.server.__exit__(None)
        flow = pathlib.Path(self.home) / "flow.toml"
        flow.write_text((program.SOURCE / "flow/souvenir.toml").read_text().replace(
            'name = "trainer"\n', 'name = "trainer"\n'
            f'env = {{ SOUVENIR_FAULT = "train.part,3,memory,{self.home}/stages/trainer/once" }}\n'))
        self.server = program.Server(flow, home=self.home).__enter__()
        caller = self.server.start("finetune", PICTURES, "--category", "dog", "--seed", 5, "--json",
                                   "--max-train-steps", 4, "--num-class-images", 2)
        out, err = caller.communicate(timeout=600)
        self.assertEqual(caller.returncode, 0, out + err)
        self.assertIn("warning: out of memory; from step 3 on a batch is taken in 2 parts", err)
        self.assertEqual(json.loads(out.strip().splitlines()[-1])["steps"], 4)


if __name__ == "__main__":
    unittest.main()
