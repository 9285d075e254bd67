"""Keys of other hosts while the server runs: revoked with what was open, rotated, and only for what they name."""
import pathlib
import unittest

import program
from keyed_home import ENV, KeyedHome
from raw_client import RawClient

FLOW = """
flow = "keyed"
[gateway]
listen = ["tcp://*:{port}"]
beat = "200ms"
lease = "5s"
[access]
[route]
"/say" = "shout"
"/slow" = "slow"
"/far" = "far"
"/farther" = "farther"
[[executor]]
name = "shout"
[[executor]]
name = "slow"
replicas = 2
[[executor]]
name = "far"
run = "shout"
host = "remote"
[[executor]]
name = "farther"
run = "shout"
host = "remote"
"""
SHOUT = program.PLUGINS / "shout.so"


def words(file):
    """A key file as {"public": KEY, "secret": KEY, "server": KEY}."""
    return dict(line.split() for line in pathlib.Path(file).read_text().splitlines())


class Keys(KeyedHome):
    FLOW = FLOW

    def setUp(self):
        super().setUp()
        self.ann = self.make("ann")

    def client(self, key_file, credential=None, server=None):
        keys = words(key_file)
        client = RawClient(self.address, credential=credential, curve_publickey=keys["public"].encode(),
                           curve_secretkey=keys["secret"].encode(),
                           curve_serverkey=(server or keys["server"]).encode())
        self.addCleanup(client.close)
        return client

    def text(self, client, text, timeout_s=20):
        client.request(1, "/say", "text.v1", {"text": text})
        while answer := client.receive(timeout_s):
            if answer[0] == "result":
                return answer[2]["text"]
            if answer[0] == "refused":
                return answer[2]["code"]
        return None

    def stream(self, client):
        """A request that is being worked on, and never ends by itself."""
        client.request(7, "/slow", "text.v1", {"text": "forever"})
        while (answer := client.receive(20)) and answer[0] != "progress":
            pass
        self.assertIsNotNone(answer)

    def last_word(self, client):
        """What comes that ends a request."""
        while (answer := client.receive(20)) and answer[0] not in ("ended", "refused"):
            pass
        return answer

    def connections(self):
        """The remote ports that have a connection to the server."""
        lines = pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]
        own = f"{self.port:04X}"
        return {f[2] for f in map(str.split, lines) if f[1].endswith(":" + own) and f[3] == "01"}

    def test_revoked_means_that_the_open_stream_has_ended_and_the_next_packet_is_refused(self):
        self.make("bob")
        with self.server():
            ann, bob = self.client(self.ann), self.client(self.elsewhere / "bob.key")
            self.stream(ann)
            self.stream(bob)
            before = program.wait_for(lambda: len(self.connections()) == 2 and self.connections(), "both are connected")
            self.assertEqual(self.keys("revoke", "ann")["server"], "in force")
            ann.request(8, "/say", "text.v1", {"text": "heard?"})
            kind, _, fault = self.last_word(ann)
            self.assertEqual((kind, fault["code"]), ("refused", "unauthenticated"))
            program.wait_for(lambda: len(self.connections() & before) == 1, "ann's connection is closed", 10)
            bob.request(8, "/say", "text.v1", {"text": "me"})
            self.assertEqual(self.last_word(bob)[0], "ended")
            self.assertIn(self.text(ann, "heard?", 2), ("unauthenticated", None))

    def test_a_revoked_api_key_loses_its_streams_and_the_link_that_carried_them_stays(self):
        key = self.keys("api", "bob")["key"]
        with self.server():
            client = self.client(self.ann, credential=key)
            self.stream(client)
            bobs = next(k["id"] for k in self.keys("list")["api_keys"] if k["owner"] == "bob")
            self.assertEqual(self.keys("revoke", bobs)["server"], "in force")
            self.assertEqual(self.last_word(client)[2]["code"], "unauthenticated")
            self.assertEqual(self.text(client, "x"), "unauthenticated")
            client.credential = None
            self.assertEqual(self.text(client, "ann"), "ann!")

    def test_without_a_server_a_change_says_that_none_runs(self):
        self.assertEqual(self.keys("revoke", "ann")["server"], "none runs")
        shown = program.run("keys", "api", "bob", home=self.home)
        self.assertEqual(shown.code, 0, shown)
        self.assertEqual(len(shown.out.split()), 1)
        self.make("carol")
        shown = program.run("keys", "revoke", "carol", home=self.home)
        self.assertIn("no server runs", shown.out)

    def test_a_server_that_does_not_confirm_is_an_error_and_the_change_is_kept(self):
        self.flow.write_text(self.flow.read_text().replace("[access]", "[access]\ntrust_ipc = false"))
        root = self.keys("api", "root", "--scope", "admin")["key"]
        flow_env = {**ENV, "SOUVENIR_TOKEN": root}
        with program.Server(self.flow, env=flow_env, home=self.home) as server:
            result = self.command("revoke", "ann")
            self.assertEqual(result.code, 5, result)
            self.assertIn("did not confirm", result.error()["cause"])
            self.assertEqual(self.keys("list")["peers"], [])
            confirmed = server.run("keys", "reread", "--json")
            self.assertEqual(confirmed.json()["server"], "in force")
            server.child.kill()  # a server that is gone without a word
            server.child.wait()
            self.assertEqual(self.keys("reread")["server"], "none runs")

    def test_a_key_of_a_stage_joins_only_as_what_it_names_and_only_so_often(self):
        far = self.make("gpu", "--stage", "far")
        self.assertEqual(self.command("make", "x", "--role", "stage").error()["code"], "bad_input")
        self.assertEqual(self.command("make", "x", "--stage", "far", "--workers", "65").code, 2)
        with self.server() as server, self.remote(server, "far", far):
            other = self.stage("farther", far)
            second = self.stage("far", far)
            for refused in (other, second):
                self.assertEqual(refused.code, 3, refused)
                self.assertIn("refused this stage", refused.err)
            public = words(far)["public"]
            allowed = self.keys("allow", public, "gpu", "--stage", "far", "--stage", "farther", "--workers", "2")
            self.assertEqual((allowed["stages"], allowed["workers"], allowed["server"]),
                             (["far", "farther"], 2, "in force"))
            with self.remote(server, "farther", far):
                self.assertEqual(server.text("/farther", "now"), "now!")
                self.keys("allow", public, "gpu", "--stage", "farther")
                self.assertNotEqual(server.stage("far")["state"], "ready")
                self.assertEqual(server.text("/farther", "still"), "still!")

    def remote(self, server, name, key_file):
        return program.remote_stage(server, name, SHOUT, self.address, "--key-file", key_file, home=self.elsewhere,
                                    env=ENV)

    def stage(self, name, key_file):
        return program.run("stage", name, "--plugin", SHOUT, "--connect", self.address, "--key-file", key_file,
                           home=self.elsewhere, env=ENV, timeout=60)

    def test_the_servers_key_is_rotated_while_clients_of_the_former_and_of_the_new_one_work(self):
        bob = self.make("bob")
        with self.server() as server:
            pid = server.status()["pid"]
            old = self.client(self.ann)
            self.assertEqual(self.text(old, "before"), "before!")
            self.stream(self.client(bob))
            rotated = self.keys("rotate")
            self.assertEqual(rotated["server"], "in force")
            self.assertEqual(self.text(old, "still there"), "still there!")
            for number in range(6):  # each a new connection
                self.assertEqual(self.text(self.client(self.ann), f"former {number}"), f"former {number}!")
                new = self.client(self.ann, server=rotated["public"])
                self.assertEqual(self.text(new, f"new {number}"), f"new {number}!")
            self.assertEqual(self.command("rotate").error()["code"], "exists")
            self.assertTrue(self.keys("list")["server_rotating"])
            self.assertEqual(self.keys("rotate", "--finish")["server"], "in force")
            self.assertIsNone(self.text(self.client(self.ann), "former", 2))
            self.assertEqual(self.text(new, "goes on"), "goes on!")
            self.assertEqual(server.status()["pid"], pid)

    def test_a_server_that_starts_in_the_middle_of_a_rotation_takes_both_keys(self):
        with self.server():
            rotated = self.keys("rotate")
        with self.server():
            self.assertEqual(self.text(self.client(self.ann), "former"), "former!")
            new = self.client(self.ann, server=rotated["public"])
            self.assertEqual(self.text(new, "new"), "new!")
            self.keys("rotate", "--finish")
            self.assertEqual(self.text(new, "new"), "new!")

    def test_a_stages_key_is_rotated_and_the_former_one_ends_with_finish(self):
        former = self.make("gpu", "--stage", "far", "--workers", "2")
        new = self.elsewhere / "new.key"
        with self.server() as server, self.remote(server, "far", former):
            self.keys("rotate", "gpu", "--output", new)
            marks = [p.get("former", False) for p in self.keys("list")["peers"] if p["name"] == "gpu"]
            self.assertEqual(marks, [True, False])
            self.assertEqual(server.text("/far", "one"), "one!")
            with self.remote(server, "far", new):
                ready = [s for s in server.status()["stages"] if s["name"] == "far" and s["state"] == "ready"]
                program.wait_for(lambda: len(self.ready(server)) == 2, "both run")
                self.assertGreater(len(ready), 0)
                self.keys("rotate", "gpu", "--finish")
                self.assertEqual(len(self.ready(server)), 1)
                self.assertEqual(server.text("/far", "two"), "two!")

    def ready(self, server):
        return [s for s in server.status()["stages"] if s["name"] == "far" and s["state"] in ("ready", "busy")]

    def test_who_guesses_at_an_address_is_limited_and_a_good_key_from_there_gets_in(self):
        key = self.keys("api", "bob")["key"]
        with self.server():
            client = self.client(self.ann)
            client.credential = "sv_" + "x" * 43
            causes = []
            for number in range(60):
                client.request(number + 1, "/say", "text.v1", {"text": "x"})
                causes.append(client.receive(20)[2]["cause"])
            limited = [c for c in causes if "too many attempts" in c]
            self.assertGreaterEqual(len(limited), 60 - 20 - 10 * 5)
            self.assertTrue(any("not known" in c for c in causes))
            client.credential = key
            for _ in range(30):
                self.assertEqual(self.text(client, "bob"), "bob!")
            client.credential = None
            self.assertEqual(self.text(client, "ann"), "ann!")


if __name__ == "__main__":
    unittest.main()
