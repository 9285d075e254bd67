"""A user is told what is theirs: no answer, error, report or progress names the server's folders, its processes or
who else uses it. The operator on the same host is told everything."""
import json
import pathlib
import re
import sys
import unittest

import program
from raw_client import RawClient, msgpack

TEST_PLUGINS = sys.argv.pop()
ENV = {"SOUVENIR_PLUGINS": TEST_PLUGINS + ":" + str(program.PLUGINS)}
FLOW = """
flow = "discreet"
[gateway]
beat = "200ms"
[access]
users = ["example.org"]
[route]
"/tell" = "tattler"
"/keep" = {{ path = "tattler", durable = true }}
"/broken" = "broken"
"/admin/tell" = {{ path = "tattler", access = "admin" }}
[[executor]]
name = "tattler"
restart = {{ n = 20, within = "60s", wait = "10ms" }}
[[executor]]
name = "broken"
run = "tattler"
with = {{ broken = true }}
restart = {{ n = 1, within = "60s", wait = "10ms" }}
"""
ENDPOINTS = ["/tell", "/keep", "/broken", "/admin/tell", "/admin/updateUserEmails", "/admin/updateApiKeys", "/none",
             "/no/such/path"]
ACTIONS = ["show", "watch", "pause", "resume", "retry", "cancel", "scale", "swap", "reread", "nonsense"]
ANN, EVE = "ann@example.org", "eve@example.org"


def readable(frame):
    """A frame with its numbers as text."""
    try:
        return repr(msgpack.unpackb(frame))
    except (ValueError, msgpack.exceptions.ExtraData):
        return frame.decode("utf-8", "replace")


class ToldUsers(unittest.TestCase):
    def setUp(self):
        self.home = pathlib.Path(program.new_folder())
        self.flow = self.home / "flow.toml"
        self.flow.write_text(FLOW.format())
        self.credentials = {owner: self.api_key(owner) for owner in (ANN, EVE)}
        self.number = 0

    def api_key(self, owner):
        made = program.run("keys", "api", owner, "--json", home=self.home)
        self.assertEqual(made.code, 0, made)
        return made.json()["key"]

    def client(self, owner, credential=None):
        client = RawClient(f"ipc://{self.home}/run/gateway.sock", owner=owner, credential=credential)
        self.addCleanup(client.close)
        return client

    def heard(self, client, header, body, patience_s=20):
        """Sends a packet; every frame that comes until its answer is complete."""
        self.number += 1
        client.send({"v": 1, "i": self.number, "o": client.owner, **header}, body)
        frames = []
        while client.socket.poll(patience_s * 1000):
            got = client.socket.recv_multipart()
            frames += got
            kind = msgpack.unpackb(got[0])
            if kind.get("i") == self.number and kind["k"] in (19, 20, 21):
                return frames
        self.fail(f"no end of {header}: {frames}")

    def request(self, client, endpoint, text, type_="text.v1"):
        return self.heard(client, {"k": 1, "e": endpoint, "t": type_}, {"text": text})

    def control(self, client, action, job):
        return self.heard(client, {"k": 5, "t": "control.v1"}, {"action": action, "job": job})

    def jobs(self, client):
        frames = self.control(client, "list", "")
        return [job["id"] for job in msgpack.unpackb(frames[-1])["jobs"]]

    def walk(self, client, others_jobs):
        """Everything that this one is told, whatever it asks."""
        frames = []
        for endpoint in ENDPOINTS:
            for text in ("say", "fail", "die"):
                frames += self.request(client, endpoint, text)
            frames += self.request(client, endpoint, "say", "other.v1")
        for job in [*self.jobs(client), *others_jobs, "j-none"]:
            for action in ACTIONS:
                frames += self.control(client, action, job)
        frames += self.control(client, "list", "")
        frames += self.heard(client, {"k": 3}, {})
        frames += self.heard(client, {"k": 4}, {}) if client.credential else []
        return frames

    def secrets(self, server):
        status = server.status()
        pids = {status["pid"], *(s["pid"] for s in status["stages"])} - {0}
        return [re.escape(str(self.home)), "gateway.sock", "/run/", *(rf"(?<![0-9a-f-]){pid}(?![0-9a-f])" for pid in pids)]

    def test_eve_walks_every_route_and_hears_of_nothing_but_hers(self):
        with program.Server(self.flow, env=ENV, home=self.home, wait=False) as server:
            program.wait_for(lambda: server.stage("tattler")["state"] == "ready", "the tattler is ready")
            program.wait_for(lambda: server.stage("broken")["state"] == "given_up", "the broken one is given up")
            ann, eve = (self.client(owner, self.credentials[owner]) for owner in (ANN, EVE))
            self.request(ann, "/keep", "say")
            self.request(ann, "/tell", "say")
            told = self.walk(eve, self.jobs(ann))
            secrets = self.secrets(server)
            for frame in told:
                text = readable(frame)
                self.assertNotIn(ANN, text)
                for secret in secrets:
                    self.assertIsNone(re.search(secret, text), (secret, text))
            print(f"figure: {len(told)} frames told to a user, none with a path, a process or another owner")
            self.assertGreater(len(told), 150)
            self.operator_is_told_all(server)

    def operator_is_told_all(self, server):
        operator = self.client("operator")
        text = b"".join(self.request(operator, "/tell", "say")).decode("utf-8", "replace")
        self.assertIn(f"{self.home}/store/v", text)
        self.assertIn(ANN, text)
        failed = b"".join(self.request(operator, "/tell", "fail")).decode("utf-8", "replace")
        self.assertIn(f"{self.home}/run/logs/tattler-0.log", failed)
        status = server.status()
        self.assertEqual(status["file"], str(self.flow))
        self.assertGreater(status["pid"], 0)
        broken = next(s for s in status["stages"] if s["name"] == "broken")
        self.assertIn(str(self.home), broken["text"])

    def test_the_command_shows_a_user_no_process_and_no_file(self):
        with program.Server(self.flow, env=ENV, home=self.home, wait=False) as server:
            shown = program.run("status", home=self.home, env={"SOUVENIR_TOKEN": self.credentials[EVE]})
            self.assertEqual(shown.code, 0, shown)
            self.assertIn("discreet", shown.out)
            self.assertNotIn("process", shown.out)
            self.assertNotIn(str(self.home), shown.out)
            self.assertIn("process", server.run("status").out)


if __name__ == "__main__":
    unittest.main()
