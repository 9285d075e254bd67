"""Who is not let in hears that a server is there, and why it does not listen to them."""
import json
import pathlib
import subprocess
import unittest

import program
from keyed_home import ENV, KeyedHome

FLOW = """
flow = "guarded"
[gateway]
listen = ["tcp://*:{port}"]
beat = "200ms"
[access]
[route]
"/say" = "shout"
"/far" = "far"
[[executor]]
name = "shout"
[[executor]]
name = "far"
run = "shout"
host = "remote"
"""
SHOUT = program.PLUGINS / "shout.so"


class NotLetIn(KeyedHome):
    FLOW = FLOW

    def setUp(self):
        super().setUp()
        self.ann = self.make("ann")

    def status(self, *options, address=None):
        return program.run("status", "--json", "--server", address or self.address, *options, home=self.elsewhere)

    def refused(self, code, cause, hint, *options, address=None):
        result = self.status(*options, address=address)
        error = result.error()
        self.assertIn("a server listens at", error["cause"])
        self.assertIn(cause, error["cause"])
        self.assertIn(hint, error["hint"])
        self.assertEqual(result.code, code, result)

    def test_a_key_that_is_unknown_revoked_for_another_server_or_missing(self):
        gone, other = self.make("gone"), self.make("other")
        self.keys("revoke", "gone")
        another = self.keys("make", "another", "--output", self.elsewhere / "another.key")["public"]
        other.write_text(other.read_text().replace(self.keys("server")["public"], another))
        public = gone.read_text().split()[1]
        with self.server():
            self.refused(5, public, "souvenir keys allow", "--key-file", gone)
            self.refused(5, "line `server`", "souvenir keys server", "--key-file", other)
            self.refused(5, "key", "--key-file")
            self.assertEqual(self.status("--key-file", self.ann).code, 0)
            self.audit_has(public[:8])
        absent = self.status("--key-file", self.ann)
        self.assertEqual(absent.code, 6, absent)
        self.assertIn("no server answers", absent.error()["cause"])

    def audit_has(self, key):
        def entry():
            lines = (self.home / "access" / "refused.log").read_text().splitlines()
            found = [json.loads(line) for line in lines if '"connect' in line]
            return next((e for e in found if key in e["what"]), None)
        refused = program.wait_for(entry, f"the audit has a refused connection of {key}")
        self.assertEqual(refused["verdict"], "refused")
        self.assertIn("127.0.0.1", refused["by"])
        text = (self.home / "access" / "refused.log").read_text()
        self.assertLess(text.count('"connect'), 8)  # not a line for each try
        self.assertNotIn(self.ann.read_text().split()[1][:8], text)

    def test_an_address_of_this_host_alone_takes_no_key(self):
        self.flow.write_text(self.flow.read_text().replace('"tcp://*:', '"ipc://${var.run}/gateway.sock", "tcp://127.0.0.1:'))
        with self.server():
            self.refused(3, "no key", "leave out the key file", "--key-file", self.ann)

    def test_a_key_file_without_a_line_is_told_which_and_where_it_comes_from(self):
        whole = self.ann.read_text()
        for line, hint in (("server", "souvenir keys server"), ("secret", "souvenir keys make"),
                           ("public", "souvenir keys make")):
            self.ann.write_text("".join(l + "\n" for l in whole.splitlines() if not l.startswith(line)))
            for command in (["status", "--server", self.address, "--json"],
                            ["stage", "far", "--plugin", SHOUT, "--connect", self.address]):
                result = program.run(*command, "--key-file", self.ann, home=self.elsewhere, env=ENV)
                self.assertEqual(result.code, 3, result)
                self.assertIn(f"has no line `{line}`", result.err)
                self.assertIn(hint, result.err)

    def stage(self, name, log, *options):
        return subprocess.Popen(
            [program.PROGRAM, "stage", name, "--plugin", SHOUT, "--connect", self.address, *options],
            env=program.environment(self.elsewhere, ENV), stderr=log)

    def test_a_stage_that_is_not_let_in_says_what_it_waits_for_once(self):
        gone = self.make("gone", "--stage", "far")
        self.keys("revoke", "gone")
        with self.server():
            said = self.elsewhere / "said"
            with said.open("w") as log:
                stage = self.stage("far", log, "--key-file", gone)
            try:
                program.wait_for(lambda: "waits for" in said.read_text(), "the stage says why it waits", 20)
                self.assertIn("souvenir keys allow", said.read_text())
                self.assertEqual(said.read_text().count("waits for"), 1)
            finally:
                stage.kill()
                stage.wait()

    def test_a_refused_stage_hears_the_reason(self):
        key = self.make("gpu", "--stage", "far")
        with self.server():
            for name, reason in (("shout", "for other stages"), ("none", "stage")):
                result = program.run("stage", name, "--plugin", SHOUT, "--connect", self.address, "--key-file", key,
                                     home=self.elsewhere, env=ENV)
                self.assertEqual(result.code, 3, result)
                self.assertRegex(result.err, "refused this stage: .*" + reason)


if __name__ == "__main__":
    unittest.main()
