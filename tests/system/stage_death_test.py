"""kill -9 of each stage of the real flow in the middle of a training, and the service's recovery."""
import json
import os
import signal
import unittest

import program

PICTURES = program.SOURCE / "examples/05_personalize/dog-a"


class StageDeath(unittest.TestCase):
    def test_each_stage_dies_by_name_and_the_next_request_works(self):
        with program.Server() as server:
            for name in ("encoder", "sampler", "trainer"):
                with self.subTest(name):
                    self.kill_in_the_middle(server, name)
            drawn = server.run("generate", "a dog", "--num-inference-steps", 2, "--json")
            self.assertEqual(drawn.code, 0, drawn)
            learned = server.run("finetune", PICTURES, "--category", "dog", "--max-train-steps", 2,
                                 "--num-class-images", 2, "--json", timeout=300)
            self.assertEqual(learned.code, 0, learned)

    def test_an_encoder_that_dies_at_work_costs_its_job_an_attempt_and_no_more(self):
        with program.Server() as server:
            victim = server.stage("encoder")["pid"]
            os.kill(victim, signal.SIGSTOP)  # so that it cannot be done before it dies
            caller = server.start("finetune", PICTURES, "--category", "dog", "--max-train-steps", 2,
                                  "--num-class-images", 2, "--json")
            program.wait_for(lambda: server.stage("encoder")["state"] == "busy", "it has work")
            os.kill(victim, signal.SIGKILL)
            out, err = caller.communicate(timeout=program.DEADLINE_S)
            self.assertEqual(caller.returncode, 0, out + err)
            learned = json.loads(out.strip().splitlines()[-1])
            job = json.loads(server.run("jobs", "show", learned["job"], "--json").out)
            self.assertEqual((job["state"], job["attempt"]), ("done", 2), job)
            self.assertIn("signal 9", json.dumps(job))
            listed = server.run("identifiers", "--json").json()["identifiers"]
            self.assertEqual([i["identifier"] for i in listed], [learned["identifier"]])
            self.assertNotEqual(server.stage("encoder")["pid"], victim)

    def kill_in_the_middle(self, server, name):
        caller = server.start("finetune", PICTURES, "--category", "dog", "--max-train-steps", 1000,
                              "--num-class-images", 4, "--json")
        program.wait_for(lambda: self.steps(server) > 0, "the training steps")
        victim = server.stage(name)["pid"]
        os.kill(victim, signal.SIGKILL)
        program.wait_for(lambda: server.stage(name)["pid"] not in (0, victim) and
                         server.stage(name)["state"] in ("ready", "busy"), f"the {name} is back")
        # The encoder has done its part: the job does not need it any more. Others cost an attempt.
        attempt = 1 if name == "encoder" else 2
        program.wait_for(lambda: self.job(server)["attempt"] == attempt and self.steps(server) > 0,
                         "the job goes on")
        caller.send_signal(signal.SIGINT)
        out, err = caller.communicate(timeout=60)
        self.assertIn(caller.returncode, (8, 130), out + err)
        listed = server.run("identifiers", "--json")  # the booking is freed
        self.assertEqual(listed.json()["identifiers"], [], listed)
        program.wait_for(lambda: server.status()["ready"], "every stage is ready again")

    def job(self, server):
        listed = server.run("jobs", "list", "--json").out.splitlines()
        return next(j for j in map(json.loads, listed) if j["state"] == "running")

    def steps(self, server):
        return max([j["step"] for j in server.status()["jobs"]
                    if j["state"] == "running" and j["stage"] == "trainer"], default=0)


if __name__ == "__main__":
    unittest.main()
