"""Jobs that outlive what works on them: seen, steered and found again from any later client."""
import json
import os
import pathlib
import signal
import sys
import time
import unittest

import program
import raw_client

TEST_PLUGINS = sys.argv.pop()
ENV = {"SOUVENIR_PLUGINS": TEST_PLUGINS}
LEASE_S = 1
GONE_AFTER_S = 15  # flow/client.cpp: silence of a server that does not keep the job
AT_ONCE, ROUNDS = 64, 100
FLOW = """
flow = "jobs"
[gateway]
beat = "200ms"
lease = "1s"
per_user = { jobs = 3 }
[route]
"/slow" = { path = "first > worker", durable = true, serial = ["text"] }
"/quick" = "first"
[[executor]]
name = "first"
run = "slow"
[[executor]]
name = "worker"
run = "slow"
"""


class Jobs(unittest.TestCase):
    def setUp(self):
        self.home = program.new_folder()
        self.flow = pathlib.Path(self.home) / "flow.toml"
        self.flow.write_text(FLOW)

    def server(self):
        return program.Server(self.flow, env=ENV, home=self.home)

    def ask(self, server, text, *options):
        return server.start("call", "/slow", "--type", "text.v1", "--json-body",
                            json.dumps({"text": text}), "--json", *options)

    def jobs(self, server):
        result = server.run("jobs", "list", "--json")
        self.assertEqual(result.code, 0, result)
        return [json.loads(line) for line in result.out.splitlines()]

    def job(self, server, state="running", stage=None, number=0):
        """The id of an open job, once it is in that state (and stage)."""
        def found():
            fits = [j for j in self.jobs(server) if j["state"] == state and
                    (stage is None or j["stage"] == stage)]
            return len(fits) > number and fits[number]["id"]
        return program.wait_for(found, f"a job is {state} in {stage}")

    def show(self, server, job):
        result = server.run("jobs", "show", job, "--json")
        self.assertEqual(result.code, 0, result)
        return result.json()

    def end_events(self, shown):
        return [n["what"] for n in shown["history"] if n["what"] in ("done", "failed", "cancelled")]

    def answer(self, caller):
        out, err = caller.communicate(timeout=program.DEADLINE_S)
        self.assertEqual(caller.returncode, 0, out + err)
        return json.loads(out.strip().splitlines()[-1])

    def pass_s(self, seconds):
        """What is tested is that so much time passes."""
        begin = time.monotonic()
        program.wait_for(lambda: time.monotonic() - begin > seconds, f"{seconds} s have passed")

    def test_a_killed_stage_costs_an_attempt_and_not_the_job(self):
        with self.server() as server:
            caller = self.ask(server, "1500")
            job = self.job(server, stage="worker")
            server.kill_stage("worker")
            self.assertEqual(self.answer(caller)["answers"][0]["body"]["text"], "1500")
            shown = self.show(server, job)
            self.assertEqual((shown["state"], shown["attempt"]), ("done", 2), shown)
            self.assertEqual(self.end_events(shown), ["done"])
            self.assertIn("signal 9", shown["reasons"])
            for key in ("id", "kind", "state", "stage", "step", "total", "position", "eta_s", "attempt"):
                self.assertIn(key, self.jobs(server)[0])

    def test_a_hung_stage_is_noticed_and_replaced(self):
        with self.server() as server:
            caller = self.ask(server, "700")
            job = self.job(server, stage="first")
            victim = server.kill_stage("first", signal.SIGSTOP)
            self.answer(caller)
            self.assertFalse(program.alive(victim))
            self.assertEqual(self.show(server, job)["attempt"], 2)

    def test_after_three_lost_attempts_the_job_fails_with_the_reasons(self):
        with self.server() as server:
            caller = self.ask(server, "forever")
            for attempt in (1, 2, 3):
                job = self.job(server, stage="first")
                program.wait_for(lambda: self.show(server, job)["attempt"] == attempt and
                                 server.stage("first")["state"] == "busy", f"attempt {attempt} runs")
                server.kill_stage("first")
            out, err = caller.communicate(timeout=program.DEADLINE_S)
            error = json.loads(out.strip().splitlines()[-1])["error"]
            self.assertEqual(error["code"], "stage_died", error)
            for attempt in (1, 2, 3):
                self.assertIn(f"attempt {attempt}:", error["cause"])
            self.assertEqual(self.end_events(self.show(server, job)), ["failed"])

    def test_a_killed_gateway_goes_on_with_its_jobs_and_a_waiting_client_gets_its_answer(self):
        with self.server() as server:
            patient = self.ask(server, "1200", "--key", "one")
            waiting = self.ask(server, "1200", "--key", "two")
            job = self.job(server, stage="worker")
            queued = self.job(server, state="queued")
            server.child.kill()
            server.child.wait()
        with self.server() as again:
            first, second = self.answer(patient), self.answer(waiting)
            self.assertEqual({first["job"], second["job"]}, {job, queued})
            for each in (job, queued):
                shown = self.show(again, each)
                self.assertEqual((shown["state"], shown["attempt"]), ("done", 1), shown)
                self.assertEqual(self.end_events(shown), ["done"])
            late = again.run("jobs", "watch", job, "--json")
            self.assertEqual(late.json()["answers"][0]["body"]["text"], "1200", late)

    def test_ctrl_c_while_the_server_is_away_cancels_the_job_once_it_is_back(self):
        with self.server() as server:
            caller = self.ask(server, "60000", "--key", "one")
            job = self.job(server, stage="worker")
            server.child.kill()
            server.child.wait()
            caller.send_signal(signal.SIGINT)
        with self.server() as again:
            out, err = caller.communicate(timeout=program.DEADLINE_S)
            self.assertEqual(json.loads(out.strip().splitlines()[-1])["error"]["code"], "cancelled", err)
            self.assertEqual(self.end_events(self.show(again, job)), ["cancelled"])

    def test_a_server_that_stood_still_takes_nobody_for_dead(self):
        with self.server() as server:
            stages = [server.stage(name)["pid"] for name in ("first", "worker")]
            caller = self.ask(server, "6000")
            job = self.job(server, stage="worker")
            os.kill(server.child.pid, signal.SIGSTOP)
            self.pass_s(3 * LEASE_S)
            os.kill(server.child.pid, signal.SIGCONT)
            self.assertEqual(self.answer(caller)["answers"][0]["body"]["text"], "6000")
            self.assertEqual(self.show(server, job)["attempt"], 1)
            self.assertEqual([server.stage(name)["pid"] for name in ("first", "worker")], stages)

    def test_a_client_that_stood_still_does_not_take_its_server_for_gone(self):
        def quick(text):
            return server.start("call", "/quick", "--type", "text.v1", "--json-body",
                                json.dumps({"text": text}), "--json")
        with self.server() as server:
            ahead = quick("forever")
            program.wait_for(lambda: server.stage("first")["state"] == "busy", "it works")
            caller = quick("1")
            program.wait_for(lambda: len(server.status()["jobs"]) == 2, "both are there")
            os.kill(caller.pid, signal.SIGSTOP)
            self.pass_s(GONE_AFTER_S + 1)
            os.kill(caller.pid, signal.SIGCONT)
            self.pass_s(1)  # in which it looks at how long it has heard nothing
            ahead.send_signal(signal.SIGINT)
            ahead.communicate(timeout=program.DEADLINE_S)
            self.assertEqual(self.answer(caller)["answers"][0]["body"]["text"], "1")

    def test_an_orderly_stop_keeps_the_job_for_the_next_start(self):
        with self.server() as server:
            caller = self.ask(server, "1500")
            job = self.job(server, stage="worker")
        out, err = caller.communicate(timeout=program.DEADLINE_S)
        self.assertEqual(json.loads(out.strip().splitlines()[-1])["error"]["code"], "unavailable", err)
        with self.server() as again:
            watched = again.run("jobs", "watch", job, "--json")
            self.assertEqual(watched.json()["answers"][0]["body"]["text"], "1500", watched)
            self.assertEqual(self.show(again, job)["attempt"], 1)

    def test_cancel_pause_resume_and_retry_from_another_client(self):
        with self.server() as server:
            caller = self.ask(server, "forever")
            job = self.job(server, stage="first")
            self.assertEqual(server.run("jobs", "pause", job, "--json").json()["state"], "paused")
            program.wait_for(lambda: server.stage("first")["state"] == "ready", "the stage is free")
            self.assertEqual(server.text("/quick", "1"), "1")
            self.assertEqual(server.run("jobs", "resume", job, "--json").json()["state"], "running")
            program.wait_for(lambda: server.stage("first")["state"] == "busy", "the job goes on")
            self.assertEqual(server.run("jobs", "cancel", job, "--json").json()["state"], "cancelled")
            program.wait_for(lambda: server.stage("first")["state"] == "ready", "the stage is free")
            out, _ = caller.communicate(timeout=program.DEADLINE_S)
            self.assertEqual(caller.returncode, 8, out)
            fresh = server.run("jobs", "retry", job, "--json").json()["job"]
            self.assertNotEqual(fresh, job)
            self.job(server, stage="first")
            server.run("jobs", "cancel", fresh)
            self.assertEqual(self.end_events(self.show(server, job)), ["cancelled"])
            missing = server.run("jobs", "show", "j-0000000000000000", "--json")
            self.assertEqual((missing.code, missing.error()["code"]), (4, "not_found"))

    def test_a_user_with_too_many_jobs_hears_when_to_come_again(self):
        with self.server() as server:
            callers = [self.ask(server, "forever") for _ in range(3)]
            program.wait_for(lambda: len([j for j in self.jobs(server) if j["state"] in
                                          ("running", "queued")]) == 3, "three jobs are open")
            self.assertEqual(sorted(j["position"] for j in self.jobs(server)), [0, 1, 2])
            refused = server.call("/slow", "text.v1", {"text": "1"})
            self.assertEqual(refused.error()["code"], "queue_full", refused)
            self.assertGreater(refused.error()["retry_after_s"], 0)
            for j in self.jobs(server):
                server.run("jobs", "cancel", j["id"])
            for caller in callers:
                caller.communicate(timeout=program.DEADLINE_S)

    def test_equal_requests_with_one_key_at_once_are_one_job(self):
        with self.server() as server:
            address = f"ipc://{self.home}/run/gateway.sock"
            clients = [raw_client.RawClient(address) for _ in range(AT_ONCE)]
            for round_ in range(ROUNDS):
                for client in clients:
                    client.request(round_ + 1, "/slow", "text.v1", {"text": "1"}, key=f"key-{round_}")
                jobs = {self.job_of(client, round_ + 1) for client in clients}
                self.assertEqual(len(jobs), 1)
            for client in clients:
                client.close()
            print(f"figure: {AT_ONCE} equal requests with one key at once, {ROUNDS} times: {ROUNDS} jobs")

    def job_of(self, client, number):
        """The job of a request, once it has ended with exactly one answer."""
        job, results = None, 0
        while True:
            packet = client.receive(program.DEADLINE_S)
            self.assertIsNotNone(packet)
            kind, header, body = packet
            if header["i"] != number:
                continue
            job = header["j"] if kind == "accepted" else job
            results += kind == "result"
            if kind == "ended":
                self.assertEqual((body["outcome"], results), ("done", 1))
                return job

    def test_a_key_is_that_of_its_request(self):
        with self.server() as server:
            callers = [self.ask(server, "300", "--key", "same") for _ in range(8)]
            jobs = {self.answer(caller)["job"] for caller in callers}
            self.assertEqual(len(jobs), 1)
            other = server.call("/slow", "text.v1", {"text": "301"}, "--key", "same")
            self.assertEqual(other.error()["code"], "exists", other)


if __name__ == "__main__":
    unittest.main()
