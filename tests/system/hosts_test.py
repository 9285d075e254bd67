"""A trainer on another host with a disk of its own: versions and checkpoints travel, and a lost host, a cut
link and a lost server cost nothing that was promised.

The trainer here has 16 weights instead of a network (tests/faults): the way is the same. What it trains is
held against a run on one host. hosts_model_test.py does it with the real ones.
"""
import json
import pathlib
import signal
import sys
import time
import unittest

import program

TOYS = pathlib.Path(sys.argv.pop())
sys.path.insert(0, str(program.SOURCE / "tests/faults"))
import cells  # noqa: E402
import hosts  # noqa: E402
import service  # noqa: E402

ENV = {"SOUVENIR_PLUGINS": str(TOYS)}
STEPS, CHECKPOINT, MIRROR = 24, 2, 4
STEP_MS = 100


def flow_text(mirror=None, step_ms=0):
    text = cells.flow_text(step_ms=step_ms)
    if mirror is None:
        return text
    patient = text.replace('beat = "100ms"\nlease = "1s"', 'beat = "300ms"\nlease = "3s"')
    return hosts.listening(hosts.elsewhere(patient, "trainer", mirror))


class Hosts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.hosts = hosts.Hosts().__enter__()
        cls.addClassCleanup(cls.hosts.__exit__)
        home = pathlib.Path(program.new_folder())
        (home / "flow.toml").write_text(flow_text())
        with program.Server(home / "flow.toml", env=ENV, home=home) as server:
            answer = cls.result(cls.learn(server))
            assert not list((home / "store/incoming").glob("*")), "nothing is copied on one host"
        cls.expected = service.digest(answer["model"])

    def site(self, mirror, step_ms=STEP_MS):
        return hosts.Site(self.hosts, flow_text(mirror, step_ms), ENV)

    @staticmethod
    def learn(server):
        return server.start("finetune", service.PICTURES, "--category", "dog", "--seed", 5, "--quiet", "--json",
                            "--max-train-steps", STEPS, "--checkpointing-steps", CHECKPOINT,
                            "--num-class-images", 4, "--train-batch-size", 2, "--no-train-text-encoder")

    @staticmethod
    def result(caller):
        out, err = caller.communicate(timeout=program.DEADLINE_S)
        assert caller.returncode == 0, out + err
        return json.loads(out.strip().splitlines()[-1])

    @staticmethod
    def job(site):
        listed = site.jobs()
        jobs = [json.loads(line) for line in listed.out.splitlines()] if listed.code == 0 else []
        return jobs[0] if jobs else {"step": 0, "attempt": 0, "stage": ""}

    def reaches(self, site, step, attempt=1):
        program.wait_for(lambda: self.job(site)["stage"] == "trainer" and self.job(site)["step"] >= step and
                         self.job(site)["attempt"] == attempt, f"step {step} of attempt {attempt}")

    def test_a_version_trained_elsewhere_ends_in_the_servers_store_bit_equal(self):
        with self.site(MIRROR, step_ms=0) as site:
            trainer = site.join("trainer", TOYS / "toy_trainer.so")
            answer = self.result(self.learn(site.server))
            self.assertEqual(pathlib.Path(answer["model"]).parent, site.home / "store/versions")
            self.assertEqual(service.digest(answer["model"]), self.expected)
            program.wait_for(lambda: not (site.home / "checkpoints" / answer["job"]).exists(),
                             "the mirrored checkpoint is gone")
            program.wait_for(lambda: not list((trainer.home / "checkpoints").glob("*")),
                             "the trainer's disk is tidy")

    def test_a_job_goes_on_elsewhere_from_the_mirrored_checkpoint(self):
        with self.site(MIRROR) as site:
            lost = site.join("trainer", TOYS / "toy_trainer.so")
            caller = self.learn(site.server)
            self.reaches(site, MIRROR + 2)
            lost.kill()
            site.join("trainer", TOYS / "toy_trainer.so")
            answer = self.result(caller)
            self.assertEqual(service.digest(answer["model"]), self.expected)
            started = [note for note in site.notes(answer["job"]) if note.startswith("started")]
            self.assertEqual(len(started), 2, started)
            step = int(started[1].removeprefix("started: attempt 2 from step "))
            self.assertGreaterEqual(step, MIRROR)
            self.assertEqual(step % MIRROR, 0)

    def test_a_killed_trainer_s_job_runs_again_within_8_s_whatever_its_lease(self):
        patient = flow_text(MIRROR, STEP_MS).replace('lease = "3s"', 'lease = "60s"')
        with hosts.Site(self.hosts, patient, ENV) as site:
            lost = site.join("trainer", TOYS / "toy_trainer.so")
            caller = self.learn(site.server)
            self.reaches(site, 2)  # too few steps to know its rhythm
            spare = site.join("trainer", TOYS / "toy_trainer.so")
            killed = time.monotonic()
            lost.kill()
            self.reaches(site, 1, attempt=2)
            took_s = time.monotonic() - killed
            print(f"a killed stage of another host: its job steps again after {took_s:.1f} s")
            self.assertLess(took_s, 8)
            self.assertIsNone(spare.poll())
            answer = self.result(caller)
            self.assertEqual(service.digest(answer["model"]), self.expected)

    def test_a_hung_trainer_s_job_runs_again_when_its_lease_is_over(self):
        with self.site(MIRROR) as site:
            hung = site.join("trainer", TOYS / "toy_trainer.so")
            caller = self.learn(site.server)
            self.reaches(site, 2)
            site.join("trainer", TOYS / "toy_trainer.so")
            hung.send_signal(signal.SIGSTOP)
            answer = self.result(caller)
            self.assertEqual(service.digest(answer["model"]), self.expected)
            self.assertIn("started: attempt 2", "".join(site.notes(answer["job"])))

    def test_without_a_mirror_it_begins_again_and_says_so(self):
        with self.site(0) as site:
            lost = site.join("trainer", TOYS / "toy_trainer.so")
            caller = self.learn(site.server)
            self.reaches(site, CHECKPOINT + 1)
            lost.kill()
            site.join("trainer", TOYS / "toy_trainer.so")
            answer = self.result(caller)
            self.assertEqual(service.digest(answer["model"]), self.expected)
            self.assertIn("started: attempt 2 from step 0: no checkpoint is kept here",
                          site.notes(answer["job"]))

    def test_a_trainer_on_the_servers_own_disk_takes_over_from_the_mirror(self):
        with self.site(MIRROR) as site:
            lost = site.join("trainer", TOYS / "toy_trainer.so")
            caller = self.learn(site.server)
            self.reaches(site, MIRROR + 2)
            lost.kill()
            site.join("trainer", TOYS / "toy_trainer.so", home=site.home)
            answer = self.result(caller)
            self.assertEqual(service.digest(answer["model"]), self.expected)

    def test_a_cut_link_is_noticed_and_its_healing_too(self):
        with self.site(MIRROR) as site:
            trainer = site.join("trainer", TOYS / "toy_trainer.so")
            caller = self.learn(site.server)
            self.reaches(site, MIRROR + 2)
            self.hosts.cut()
            try:
                program.wait_for(lambda: not site.is_ready("trainer", trainer.pid), "the silence is noticed")
            finally:
                self.hosts.heal()
            program.wait_for(lambda: site.is_ready("trainer", trainer.pid), "it joins again")
            answer = self.result(caller)
            self.assertEqual(service.digest(answer["model"]), self.expected)
            self.assertEqual([n for n in site.notes(answer["job"]) if n.startswith("done")], ["done: "])

    def test_a_server_that_is_killed_goes_on_with_the_stage_that_waits_for_it(self):
        with self.site(MIRROR) as site:
            trainer = site.join("trainer", TOYS / "toy_trainer.so")
            caller = self.learn(site.server)
            self.reaches(site, MIRROR + 2)
            site.kill_server()
            site.start()
            program.wait_for(lambda: site.is_ready("trainer", trainer.pid), "it joins again")
            answer = self.result(caller)
            self.assertEqual(service.digest(answer["model"]), self.expected)


if __name__ == "__main__":
    if not hosts.can_be_made():
        sys.exit(hosts.NO_NAMESPACES)
    unittest.main()
