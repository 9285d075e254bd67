"""Another plugin, more processes, batches and deadlines while requests run; none lost or answered twice."""
import collections
import pathlib
import sys
import threading
import unittest

import program
import raw_client

TEST_PLUGINS = pathlib.Path(sys.argv.pop())
ENV = {"SOUVENIR_PLUGINS": str(TEST_PLUGINS)}
REQUESTS = 10_000
WINDOW = 64
FLOW = """
flow = "swaps"
[gateway]
beat = "200ms"
lease = "2s"
[route]
"/say" = "front > back"
"/many" = "many"
"/slow" = "slow"
[[executor]]
name = "front"
run = "versioned_a"
replicas = 2
[[executor]]
name = "back"
run = "versioned_a"
[[executor]]
name = "many"
run = "batching"
batch = {{ size = 4, wait = "200ms" }}
[[executor]]
name = "slow"
"""
SHOUT = """
flow = "shout"
[route]
"/say" = "voice"
[[executor]]
name = "voice"
run = "shout"
with = { suffix = "?" }
"""
OTHER_FLOW = program.SOURCE / "examples/01_two_stages/flow.toml"
GOOD = ["versioned_b", "versioned_a"]
BROKEN = ["versioned_aborts", "versioned_dies", "versioned_throws", "versioned_cannot", "no_plugin"]


class Load(threading.Thread):
    """A client that keeps WINDOW requests under way and counts every answer."""

    def __init__(self, address):
        super().__init__()
        self.client = raw_client.RawClient(address)
        self.results = collections.Counter()
        self.ends = collections.Counter()
        self.outcomes = collections.Counter()
        self.stop = threading.Event()
        self.sent = 0

    def run(self):
        while not (self.stop.is_set() and sum(self.ends.values()) >= self.sent):
            more = not self.stop.is_set() or self.sent < REQUESTS
            while more and self.sent - sum(self.ends.values()) < WINDOW:
                self.sent += 1
                self.client.request(self.sent, "/say", "text.v1", {"text": str(self.sent)})
            packet = self.client.receive(timeout_s=30)
            if packet is None:
                return
            kind, header, body = packet
            if kind == "result":
                self.results[header["i"]] += 1
            elif kind in ("ended", "refused"):
                self.ends[header["i"]] += 1
                self.outcomes[body.get("outcome", body.get("code"))] += 1


class Swaps(unittest.TestCase):
    def setUp(self):
        self.flow = pathlib.Path(program.new_folder()) / "flow.toml"
        self.flow.write_text(FLOW.format())

    def server(self):
        return program.Server(self.flow, env=ENV)

    def address(self, server):
        return f"ipc://{server.home}/run/gateway.sock"

    def test_twenty_swaps_under_load_lose_nothing_and_answer_once(self):
        with self.server() as server:
            load = Load(self.address(server))
            self.addCleanup(load.client.close)
            load.start()
            plan = [GOOD[i % 2] for i in range(15)]
            for place, broken in enumerate(BROKEN):
                plan.insert(3 * place + 2, broken)
            try:
                for plugin in plan:
                    swapped = server.run("swap", f"front={plugin}", "--json")
                    if plugin in BROKEN:
                        self.assertEqual(swapped.code, 3, swapped)
                    else:
                        self.assertEqual(swapped.code, 0, swapped)
            finally:
                load.stop.set()
                load.join(300)
            self.assertFalse(load.is_alive())
            self.assertGreaterEqual(load.sent, REQUESTS)
            self.assertEqual(load.outcomes, {"done": load.sent})
            self.assertEqual(set(load.ends.values()), {1})
            self.assertEqual(set(load.results.values()), {1})
            self.assertEqual(len(load.results), load.sent)
            print(f"figure: {len(plan)} swaps, {len(BROKEN)} of them broken, under {load.sent} requests: none lost, "
                  "none answered twice")
            self.assertEqual(server.text("/say", "x"), "x vb va")
            program.wait_for(lambda: len([s for s in server.status()["stages"] if s["name"] == "front"]) == 2,
                             "the old processes have left")

    def test_plugins_with_other_parameters_are_swapped_in_both_directions(self):
        flow = pathlib.Path(program.new_folder()) / "flow.toml"
        flow.write_text(SHOUT)
        with program.Server(flow) as server:
            def shown():
                return [s for s in server.status()["stages"] if s["state"] != "leaving"][0]

            def planned():
                return server.run("plan", "--json").json()["executors"][0]
            self.assertEqual((shown()["plugin"], shown()["with"]), ("shout", {"suffix": "?"}))
            self.assertEqual(shown()["silence_ms"], 40_000)
            for wrong in ("word", "=x", "wrod=x"):
                self.assertNotEqual(server.run("swap", "voice=polite", "--with", wrong).code, 0)
            self.assertEqual(server.run("swap", "--with", "word=now", "voice=polite").code, 0)
            self.assertEqual(server.text("/say", "x"), "x, now")
            self.assertEqual((shown()["plugin"], shown()["with"]), ("polite", {"word": "now"}))
            self.assertEqual((planned()["plugin"], planned()["with"]), ("polite", {"word": "now"}))
            self.assertIn("polite", server.run("graph").out)
            self.assertIn("runs polite", server.run("status").out)
            self.assertEqual(server.run("scale", "voice=2").code, 0)
            self.assertEqual(planned()["replicas"], 2)
            self.assertEqual(server.run("scale", "voice=1").code, 0)
            self.assertEqual(server.run("swap", "voice=shout").code, 0)
            self.assertEqual(server.text("/say", "x"), "x?")
            self.assertEqual(planned()["with"], {"suffix": "?"})
            # With a file it is that of the file.
            self.assertEqual(server.run("plan", OTHER_FLOW, "--json").json()["flow"], "two_stages")

    def test_scale_adds_and_takes_away_processes(self):
        with self.server() as server:
            def fronts():
                return [s for s in server.status()["stages"] if s["name"] == "front"]
            self.assertEqual(server.run("scale", "front=4").code, 0)
            program.wait_for(lambda: server.status()["ready"] and len(fronts()) == 4, "four are ready")
            self.assertEqual(server.run("scale", "front=1").code, 0)
            program.wait_for(lambda: len(fronts()) == 1, "one is left")
            self.assertEqual(server.text("/say", "x"), "x va va")

    def test_messages_that_come_together_are_one_batch(self):
        with self.server() as server:
            client = raw_client.RawClient(self.address(server))
            self.addCleanup(client.close)
            for number in range(1, 7):
                client.request(number, "/many", "text.v1", {"text": str(number)})
            answers = {}
            while len(answers) < 6:
                kind, header, body = client.receive(timeout_s=30)
                if kind == "result":
                    answers[header["i"]] = body["text"]
            self.assertEqual([answers[n] for n in (1, 2, 3, 4)], [f"{n} of 4" for n in (1, 2, 3, 4)])
            self.assertEqual([answers[n] for n in (5, 6)], ["5 of 2", "6 of 2"])

    def test_a_deadline_ends_what_works_and_what_waits(self):
        with self.server() as server:
            client = raw_client.RawClient(self.address(server))
            self.addCleanup(client.close)
            client.request(1, "/slow", "text.v1", {"text": "forever"}, deadline_ms=300)
            client.request(2, "/slow", "text.v1", {"text": "1"}, deadline_ms=200)
            client.request(3, "/slow", "text.v1", {"text": "1"})
            ends = {}
            while len(ends) < 3:
                kind, header, body = client.receive(timeout_s=30)
                if kind == "ended":
                    ends[header["i"]] = body["fault"]["code"]
            self.assertEqual(ends, {1: "timeout", 2: "timeout", 3: ""})


if __name__ == "__main__":
    unittest.main()
