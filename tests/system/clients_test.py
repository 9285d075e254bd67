"""Clients that depart, crowd or flood: a real server, real sockets, real kills."""
import concurrent.futures
import contextlib
import json
import pathlib
import signal
import subprocess
import sys
import time
import unittest

import hosts
import program
import raw_client
import slow_line

ENV = {"SOUVENIR_PLUGINS": str(program.PLUGINS)}
FLOW = """
flow = "crowd"
[gateway]
listen = ["ipc://${{var.run}}/gateway.sock", "tcp://{address}"]
[access]
[route]
"/say" = "shout"
"/far" = "far"
[[executor]]
name = "shout"
[[executor]]
name = "far"  # joins never: who asks it waits and hears nothing
run = "shout"
host = "remote"
"""
NOTICED_S = 5
MIB = 1 << 20
SLOW_BYTES_PER_S, SLOW_S = MIB // 2, (1.4, 17)  # two pictures; a silent server counts as gone sooner
FOR_ALL = 4096 - 512 - 64  # flow/gateway/capacity.h


class Clients(unittest.TestCase):
    def setUp(self):
        self.home = pathlib.Path(program.new_folder())
        self.flow = self.home / "flow.toml"

    def server(self, address=None, prefix=()):
        address = address or f"127.0.0.1:{program.free_port()}"
        self.flow.write_text(FLOW.format(address=address))
        self.addresses = {"ipc": f"ipc://{self.home}/run/gateway.sock", "tcp": f"tcp://{address}"}
        return program.Server(self.flow, env=ENV, home=self.home, prefix=prefix)

    def key(self, owner, scope="user"):
        made = program.run("keys", "api", owner, "--scope", scope, "--json", home=self.home)
        self.assertEqual(made.code, 0, made)
        key = made.json()["key"]
        asker = raw_client.RawClient(self.addresses["ipc"], credential=key)
        program.wait_for(lambda: self.is_known(asker), "the server has read the new key")
        asker.close()
        return key

    @staticmethod
    def is_known(client):
        client.send({"v": 1, "k": 3, "i": 1}, {})
        return client.receive(30)[0] == "report"

    @contextlib.contextmanager
    def client(self, owner, link="tcp", scope="user", **options):
        client = raw_client.RawClient(self.addresses[link], credential=self.key(owner, scope), **options)
        try:
            yield client
        finally:
            client.close()

    def open_jobs(self, server, owner):
        return [job for job in server.status()["jobs"]
                if job["owner"] == owner and job["state"] in ("queued", "running")]

    def leaves(self, server, owner, depart, what):
        """How long the server takes to notice."""
        program.wait_for(lambda: len(self.open_jobs(server, owner)) == 3, f"{owner} waits for three jobs")
        began = time.monotonic()
        depart()
        program.wait_for(lambda: not self.open_jobs(server, owner), f"{owner} is noticed to be gone")
        took = time.monotonic() - began
        print(f"figure: {what} is noticed after {took:.1f} s")
        self.assertLess(took, NOTICED_S)

    def waiting(self, owner, address, prefix=(), *options):
        """Three processes that wait in silence."""
        command = [*prefix, program.PROGRAM, "call", "/far", "--type", "text.v1", "--json-body", '{"text": "1"}',
                   "--server", address, *options]
        env = program.environment(program.new_folder(), {"SOUVENIR_TOKEN": self.key(owner)})
        started = [subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                   for _ in range(3)]
        self.addCleanup(lambda: [(each.kill(), each.wait()) for each in started])
        return started

    def test_a_killed_client_that_waits_in_silence_is_noticed(self):
        with self.server() as server:
            for link in ("ipc", "tcp"):
                children = self.waiting("ann-" + link, self.addresses[link])
                self.leaves(server, "ann-" + link, lambda: [child.kill() for child in children],
                            f"a client killed on {link}")
            server.text("/say", "others are served")

    def test_a_client_whose_link_is_cut_is_noticed(self):
        if not hosts.can_be_made():
            self.skipTest("no network namespaces")
        with hosts.Hosts() as two:
            key = self.home / "ann.key"
            made = program.run("keys", "make", "ann", "--output", key, home=self.home)
            self.assertEqual(made.code, 0, made)
            with self.server(f"{hosts.FIRST}:{hosts.PORT}", two.on(0)) as server:
                self.waiting("bob", self.addresses["tcp"], two.on(1), "--key-file", key)
                self.leaves(server, "bob", two.cut, "a cut link")
                two.heal()

    def write_pictures(self):
        for name, seconds in zip(("small", "large"), SLOW_S):
            (self.home / name).write_bytes(bytes(int(seconds * SLOW_BYTES_PER_S)))

    def ask_slowly(self, line, *options):
        """Two pictures over it; the answer, and how long it took."""
        files = ["--file", self.home / "small", "--file", self.home / "large"]
        began = time.monotonic()
        asked = program.run("call", "/say", "--type", "text.v1", "--json-body", '{"text": "hello"}', *files, *options,
                            "--server", line.address, home=self.home, env={"SOUVENIR_TOKEN": self.token}, timeout=90)
        return asked, time.monotonic() - began

    def test_a_request_over_a_slow_line_is_answered_and_sent_once_with_and_without_a_key(self):
        with self.server() as server, contextlib.ExitStack() as stack:
            self.token = self.key("ann")
            self.write_pictures()
            port = int(self.addresses["tcp"].rsplit(":", 1)[1])
            lines = [stack.enter_context(slow_line.SlowLine(port, SLOW_BYTES_PER_S)) for _ in range(2)]
            with concurrent.futures.ThreadPoolExecutor() as threads:
                answers = threads.map(self.ask_slowly, lines, *zip(("--timeout", "80"), ("--key", "once")))
            for (asked, took), line in zip(answers, lines):
                self.assertEqual(asked.code, 0, asked)
                self.assertGreater(took, sum(SLOW_S) - 1, "the line is not slow")
                self.assertLess(line.passed, (sum(SLOW_S) + 1) * SLOW_BYTES_PER_S, "it was sent again")
                print(f"figure: {line.passed / MIB:.1f} MiB at {SLOW_BYTES_PER_S // 1024} KiB/s are answered after {took:.1f} s")
            server.text("/say", "others are served")

    def test_a_request_whose_line_is_cut_on_its_way_is_told_as_lost_or_sent_again_with_a_key(self):
        for options, code in (((), 6), (("--key", "again"), 0)):
            with self.subTest(options=options), self.server():
                self.token = self.key("ann")
                self.write_pictures()
                port = int(self.addresses["tcp"].rsplit(":", 1)[1])
                with slow_line.SlowLine(port, 8 * MIB) as line, concurrent.futures.ThreadPoolExecutor() as threads:
                    asking = threads.submit(self.ask_slowly, line, *options)
                    program.wait_for(lambda: line.passed > MIB, "the request is on its way")
                    line.cut()
                    asked, _ = asking.result()
                self.assertEqual(asked.code, code, asked)
                if code:
                    self.assertIn("lost before the request was accepted", asked.err)

    def test_four_names_leave_room_for_new_owners_and_administrators(self):
        with self.server(), contextlib.ExitStack() as stack:
            four = [stack.enter_context(self.client(f"greedy-{n}")) for n in range(4)]
            for number in range(1, 1025):
                for client in four:
                    client.request(number, "/far", "text.v1", {"text": "1"})
            answers = [[client.answer(60)[0] for _ in range(1024)] for client in four]
            accepted, refused = (sum(each.count(kind) for each in answers) for kind in ("accepted", "refused"))
            print(f"figure: four names ask for 1,024 each: {accepted} accepted, {refused} refused")
            self.assertEqual(accepted, FOR_ALL)
            self.assertEqual(refused, 4096 - FOR_ALL)
            with self.client("new") as new, self.client("root", scope="admin") as root:
                for client in (new, root):
                    client.request(1, "/far", "text.v1", {"text": "1"})
                    self.assertEqual(client.answer(30)[0], "accepted")
                new.request(2, "/far", "text.v1", {"text": "1"})
                kind, _, fault = new.answer(30)
                self.assertEqual((kind, fault["code"]), ("refused", "queue_full"))
                self.assertIn("but for those who have none", fault["cause"])

    def test_a_request_of_30_pictures_of_32_mib_is_taken_and_a_second_is_told_the_quota(self):
        pictures = [bytes(32 * MIB)] * 30
        with self.server() as server, self.client("ann", "ipc") as ann:
            ann.request(1, "/far", "text.v1", {"text": "1"}, blobs=pictures)
            self.assertEqual(ann.answer(120)[0], "accepted")
            ann.request(2, "/far", "text.v1", {"text": "1"}, blobs=pictures)
            kind, header, fault = ann.answer(120)
            self.assertEqual((kind, header["i"], fault["code"]), ("refused", 2, "queue_full"))
            self.assertIn("one user may have 1024 MiB", fault["cause"])
            self.assertTrue(fault["hint"])
            with self.client("bob", "ipc") as bob:
                bob.request(1, "/far", "text.v1", {"text": "1"}, blobs=pictures[:1])
                self.assertEqual(bob.answer(60)[0], "accepted")
            server.text("/say", "others are served")

    def lines(self, name):
        return [json.loads(line) for line in (self.home / "access" / name).read_text().splitlines()]

    def verify(self, code):
        result = program.run("audit", "verify", "--json", home=self.home)
        self.assertEqual(result.code, code, result)
        return result.json()

    def test_a_flood_of_refusals_leaves_the_audit_of_what_was_allowed_whole(self):
        with self.server() as server, self.client("ann") as ann:
            ann.request(1, "/say", "text.v1", {"text": "hello"})
            program.wait_for(lambda: any(line.get("who") == "ann" for line in self.lines("audit.log")), "it is there")
            stranger = raw_client.RawClient(self.addresses["tcp"], credential="sv_" + "x" * 43)
            for number in range(1, 100_001):
                stranger.request(number, "/say", "text.v1", {"text": "hello"})
                if number % 500 == 0:
                    while stranger.receive(30)[1].get("i") != number:
                        pass
            stranger.close()
            refused = self.lines("refused.log")
            size = sum(f.stat().st_size for f in (self.home / "access").glob("refused.log*"))
            print(f"figure: 100,000 refusals are {len(refused)} lines, {size} bytes")
            self.assertLess(len(refused), 20)
            self.assertTrue(any(line.get("who") == "ann" for line in self.lines("audit.log")))
            self.assertTrue(self.verify(0)["ok"])
            server.child.send_signal(signal.SIGKILL)
            server.child.wait()
        self.assertTrue(self.verify(0)["ok"])
        with self.server() as server:
            server.text("/say", "again")
            self.assertTrue(self.verify(0)["ok"])
            shown = program.run("audit", "show", "--json", home=self.home)
            self.assertIn("ann", [entry.get("who") for entry in shown.json()["entries"]])
        log = self.home / "access" / "audit.log"
        log.write_text(log.read_text().replace('"who":"ann"', '"who":"bob"', 1))
        found = self.verify(1)["logs"][0]
        self.assertEqual(found["bad"]["file"], str(log))
        self.assertIn('"who":"bob"', log.read_text().splitlines()[found["bad"]["line"] - 1])


if __name__ == "__main__":
    unittest.main()
