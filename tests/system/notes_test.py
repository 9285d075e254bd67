"""What would go wrong without a word is said: a stage that is not there, a name that the flow lacks, lost steps."""
import pathlib
import unittest

import program
from keyed_home import ENV, KeyedHome

FLOW = """
flow = "noted"
[gateway]
listen = ["tcp://*:{port}"]
[route]
"/say" = "shout"
"/far" = "far"
"/slow" = {{ path = "slow", durable = true }}
[[executor]]
name = "shout"
[[executor]]
name = "slow"
[[executor]]
name = "far"
run = "shout"
host = "remote"
"""


class Notes(KeyedHome):
    FLOW = FLOW

    def run_it(self, *arguments):
        return program.run(*arguments, home=self.home, env={**ENV, "SOUVENIR_FLOW": str(self.flow)})

    def public(self, file):
        return file.read_text().split()[1]

    def test_up_says_which_remote_stages_are_not_there_and_how_they_join(self):
        self.make("ann")
        up = self.run_it("up")
        try:
            self.assertEqual(up.code, 0, up)
            self.assertIn("the stage 'far' is not here yet", up.err)
            self.assertIn(f"souvenir stage far --plugin shout.so --connect tcp://HOST:{self.port} --key-file", up.err)
            self.assertNotIn("'shout'", up.err)
            self.assertIn("2 replicas), waiting for far\n", up.out)
            again = self.run_it("up")
            self.assertIn("is already up", again.out)
            self.assertIn("waiting for far", again.out)
            self.assertIn("souvenir stage far --plugin", again.err)
            told = self.run_it("up", "--json").json()["waiting_for"]
            self.assertEqual([each["stage"] for each in told], ["far"])
            status = self.run_it("status").out
            self.assertIn(", waiting for far\n", status.split("\n", 1)[0] + "\n")
            self.assertNotIn("600 s of silence", status)
            self.assertFalse(self.run_it("status", "--json").json()["ready"])
            late = self.run_it("call", "/far", "--type", "text.v1", "--json-body", '{"text": "x"}', "--timeout", "8",
                               "--json")
            self.assertEqual(late.code, 124, late)
            self.assertIn("the stage 'far' is not here: no process of it has joined", late.error()["cause"])
            self.assertIn("souvenir stage far --plugin shout.so", late.error()["cause"])
            self.assertNotIn("more jobs", status)
            for number in range(11):
                self.assertEqual(self.run_it("call", "/say", "--type", "text.v1", "--json-body",
                                             f'{{"text": "{number}"}}', "--key", f"k{number}").code, 0)
            status = self.run_it("status").out
            self.assertEqual(status.count("  job "), 10, status)
            self.assertIn("more jobs have ended: souvenir jobs list", status)
        finally:
            self.assertEqual(self.run_it("down").code, 0)

    def test_a_stage_or_scope_that_the_flow_lacks_is_noted_and_taken(self):
        for command, noted in ((["make", "a", "--stage", "fare", "--output", self.elsewhere / "a"],
                                "has no stage 'fare' (did you mean 'far'?)"),
                               (["api", "b", "--scope", "/sya"], "has no endpoint '/sya' (did you mean '/say'?)")):
            result = self.run_it("keys", *command)
            self.assertEqual(result.code, 0, result)
            self.assertIn(noted, result.err)
        for command in (["make", "c", "--stage", "far", "--output", self.elsewhere / "c"],
                        ["api", "d", "--scope", "/say"], ["api", "e"]):
            self.assertNotIn("note", self.run_it("keys", *command).err)
        unknown = program.run("keys", "api", "f", "--scope", "/sya", home=self.home)  # nor is the flow known
        self.assertNotIn("note", unknown.err)

    def test_allow_keeps_what_is_not_named(self):
        key = self.public(self.make("gpu", "--stage", "far", "--workers", "3"))
        more = self.keys("allow", key, "gpu", "--stage", "far", "--stage", "slow")
        self.assertEqual((more["stages"], more["workers"]), (["far", "slow"], 3))
        fewer = self.keys("allow", key, "gpu", "--workers", "2")
        self.assertEqual((fewer["role"], fewer["stages"], fewer["workers"]), ("stage", ["far", "slow"], 2))
        client = self.command("make", "ann", "--workers", "2", "--output", self.elsewhere / "ann")
        self.assertEqual(client.error()["code"], "bad_input", client)

    def test_revoking_an_owner_of_api_keys_says_their_ids(self):
        self.assertEqual(program.run("keys", "list", home=self.home).out, "no keys\n")
        for _ in range(2):
            self.keys("api", "bob")
        ids = [key["id"] for key in self.keys("list")["api_keys"]]
        refused = self.command("revoke", "bob")
        self.assertEqual(refused.code, 4, refused)
        for each in ids:
            self.assertIn(each, refused.error()["cause"])
        self.assertIn("souvenir keys revoke", refused.error()["hint"])
        self.assertEqual(self.keys("revoke", ids[0])["revoked"], ids[0])

    def test_a_pause_before_the_first_checkpoint_says_that_it_begins_again(self):
        self.make("ann")
        with self.server() as server:
            caller = server.start("call", "/slow", "--type", "text.v1", "--json-body", '{"text": "forever"}')
            program.wait_for(lambda: server.stage("slow")["state"] == "busy", "it is under way")
            job = server.stage("slow")["job"]
            self.assertIn("begins it again", server.run("jobs", "pause", job, "--json").json()["note"])
            self.assertNotIn("note", server.run("jobs", "pause", job, "--json").json())
            server.run("jobs", "cancel", job)
            caller.communicate(timeout=program.DEADLINE_S)


if __name__ == "__main__":
    unittest.main()
