"""Who may connect and ask: keys made by the command, strangers at an address that others reach."""
import json
import os
import pathlib
import socket
import unittest

import program
from keyed_home import ENV, KeyedHome

FLOW = """
flow = "guarded"
[gateway]
listen = ["tcp://*:{port}"]
beat = "200ms"
lease = "1s"
[access]
[route]
"/say" = "shout"
"/far" = "far"
"/admin/slow" = {{ path = "slow", access = "admin" }}
[[executor]]
name = "shout"
[[executor]]
name = "far"
run = "shout"
host = "remote"
[[executor]]
name = "slow"
"""


class Access(KeyedHome):
    FLOW = FLOW

    def ask(self, endpoint, key_file=None, token=None, text="hello"):
        options = ["--key-file", key_file] if key_file else []
        env = {"SOUVENIR_TOKEN": token} if token else {}
        return program.run("call", endpoint, "--type", "text.v1", "--json-body",
                           json.dumps({"text": text}), "--json", "--server", self.address, *options,
                           home=self.elsewhere, env=env, timeout=60)

    def answer(self, result):
        self.assertEqual(result.code, 0, result)
        return result.json()["answers"][0]["body"]["text"]

    def refused_to_start(self, *words):
        result = program.run("up", self.flow, "--json", home=self.home, env=ENV)
        self.assertEqual(result.code, 3, result)
        for word in words:
            self.assertIn(word, result.error()["cause"] + result.error()["hint"])
        self.assertEqual(program.processes_of(self.home), [])

    def audited(self, entries):
        """Waits until the audit, which is written a few times a second, has (who, what, verdict) of all."""
        def seen():
            lines = [json.loads(line) for log in ("audit.log", "refused.log")
                     for line in (self.home / "access" / log).read_text().splitlines()]
            return {(e["who"], e["what"], e["verdict"]) for e in lines if "what" in e}
        program.wait_for(lambda: entries <= seen(), f"the audit has {entries}")

    def test_a_public_address_does_not_open_without_keys_or_with_a_readable_one(self):
        self.refused_to_start("no key pair", "souvenir keys server")
        self.keys("server")
        self.refused_to_start("no key is allowed", "souvenir keys make")
        self.make("ann")
        secret = self.home / "access" / "server.key"
        self.assertEqual(secret.stat().st_mode & 0o777, 0o600)
        secret.chmod(0o644)
        self.refused_to_start("server.key", "chmod 600")
        secret.chmod(0o600)
        with self.server() as server:
            self.assertEqual(server.status()["flow"], "guarded")

    def test_clients_and_stages_come_with_keys_and_strangers_do_not_come_at_all(self):
        ann, root, gpu = self.make("ann"), self.make("root", "--role", "admin"), self.make("gpu", "--stage", "far")
        with self.server() as server:
            self.assertEqual(self.answer(self.ask("/say", ann)), "hello!")
            self.assertEqual(self.ask("/admin/slow", ann, text="1").error()["code"], "forbidden")
            self.assertEqual(self.answer(self.ask("/admin/slow", root, text="1")), "1")
            self.assertEqual(self.ask("/say", gpu).error()["code"], "unauthenticated")
            self.assertEqual(self.ask("/say").error()["code"], "unauthenticated")  # no key at all
            stranger = self.elsewhere / "stranger.key"
            stranger.write_text(ann.read_text())
            other = program.run("keys", "make", "x", "--output", self.elsewhere / "x.key",
                                home=program.new_folder())
            self.assertEqual(other.code, 0, other)
            lines = (self.elsewhere / "x.key").read_text().splitlines()[:2]
            lines.append(next(l for l in ann.read_text().splitlines() if l.startswith("server")))
            stranger.write_text("\n".join(lines) + "\n")
            stranger.chmod(0o600)
            self.assertEqual(self.ask("/say", stranger).error()["code"], "unauthenticated")
            listed = program.run("jobs", "list", "--json", "--server", self.address, "--key-file", ann,
                                 home=self.elsewhere)
            self.assertEqual(listed.code, 0, listed)
            self.stage_with(gpu, server)
            self.audited({("ann", "request /say", "allowed"), ("ann", "request /admin/slow", "refused"),
                          ("ann", "control list", "allowed")})

    def stage_with(self, key_file, server):
        with program.remote_stage(server, "far", program.PLUGINS / "shout.so", self.address, "--key-file", key_file,
                                  home=self.elsewhere, env=ENV):
            self.assertEqual(server.text("/far", "hello"), "hello!")
            self.assertEqual(self.keys("revoke", "gpu")["server"], "in force")
            self.assertNotEqual(server.stage("far")["state"], "ready")

    def test_an_api_key_says_who_asks_and_what_it_may(self):
        ann = self.make("ann")
        user = self.keys("api", "bob", "--scope", "user")["key"]
        root = self.keys("api", "root", "--scope", "admin")["key"]
        with self.server() as server:
            self.assertEqual(self.answer(self.ask("/say", ann, user)), "hello!")
            self.assertEqual(self.ask("/admin/slow", ann, user, "1").error()["code"], "forbidden")
            self.assertEqual(self.answer(self.ask("/admin/slow", ann, root, "1")), "1")
            self.assertEqual(self.ask("/say", ann, user + "x").error()["code"], "unauthenticated")
            listed = self.keys("list")["api_keys"]
            bobs = next(key["id"] for key in listed if key["owner"] == "bob")
            self.assertEqual(self.keys("revoke", bobs)["server"], "in force")
            self.assertEqual(self.ask("/say", ann, user).code, 5)
            self.assertNotIn(user, (self.home / "access" / "api_keys.json").read_text())
            self.audited({("bob", "request /say", "allowed"), ("root", "request /admin/slow", "allowed")})
            self.assertNotIn(user, (self.home / "access" / "audit.log").read_text())
            server.text("/say", "the operator needs no key")

    def test_bytes_that_are_no_handshake_hurt_nobody(self):
        ann = self.make("ann")
        with self.server():
            held = []
            for greeting in (b"", b"GET / HTTP/1.1\r\n\r\n", b"\xff\0\0\0\0\0\0\0\x01\x7f\x03",
                             b"\x01\x00", os.urandom(4096)):
                for _ in range(20):
                    held.append(socket.create_connection(("127.0.0.1", self.port)))
                    held[-1].sendall(greeting)
            self.assertEqual(self.answer(self.ask("/say", ann)), "hello!")
            for each in held:
                each.close()


if __name__ == "__main__":
    unittest.main()
