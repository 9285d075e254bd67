"""From whom files are taken: homes and plugins that others own or can change, groups, modes, damaged rows."""
import contextlib
import os
import pathlib
import shutil
import sqlite3
import stat
import sys
import unittest

import program

TEST_PLUGINS = pathlib.Path(sys.argv.pop())
FLOW = """
flow = "trust"
{access}
[route]
"/say" = {{ path = "shout", durable = true }}
[[executor]]
name = "shout"
"""
OTHER = 4243
GROUP = 4444
needs_root = unittest.skipUnless(os.geteuid() == 0, "only root can give files away")


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


@contextlib.contextmanager
def usual_umask():
    before = os.umask(0o022)
    try:
        yield
    finally:
        os.umask(before)


class TrustedFiles(unittest.TestCase):
    def setUp(self):
        self.home = pathlib.Path(program.new_folder())
        self.folder = pathlib.Path(program.new_folder())
        self.flow = self.folder / "flow.toml"
        self.flow.write_text(FLOW.format(access=""))

    def refused(self, *arguments, home=None, env=None, word):
        result = program.run(*arguments, "--json", home=home or self.home, env=env)
        self.assertNotEqual(result.code, 0, result)
        error = result.error()
        self.assertEqual(error["code"], "bad_config", result)
        self.assertIn(word, error["cause"], result)
        self.assertTrue(error["hint"], result)

    def test_a_home_that_others_can_write_is_refused_and_keeps_its_mode(self):
        for given in (0o1777, 0o777, 0o757, 0o775):
            os.chown(self.home, -1, GROUP) if os.geteuid() == 0 else None
            os.chmod(self.home, given)
            for command in (["status"], ["up", self.flow], ["keys", "list"]):
                self.refused(*command, word="can be written by others")
            self.assertEqual(mode(self.home), given)
            self.assertEqual(list(self.home.iterdir()), [])

    def test_a_home_below_a_folder_that_others_can_write_is_refused(self):
        below = self.folder / "below"
        below.mkdir(mode=0o700)
        os.chmod(self.folder, 0o757)
        self.refused("status", home=below, word="can be written by others")

    @needs_root
    def test_a_home_of_another_user_is_refused(self):
        os.chown(self.home, OTHER, OTHER)
        self.refused("status", word="belongs to user 4243")
        os.chown(self.home, 0, 0)
        run = self.home / "run"
        run.mkdir(mode=0o700)
        os.chown(run, OTHER, OTHER)
        self.refused("status", word="belongs to user 4243")

    @needs_root
    def test_a_plugin_of_another_user_or_in_their_folder_is_refused(self):
        own = self.folder / "plugins"
        own.mkdir(mode=0o755)
        for file in program.PLUGINS.glob("shout.so*"):
            shutil.copy(file, own)
        env = {"SOUVENIR_PLUGINS": str(own)}
        self.flow.write_text(FLOW.format(access="").replace('name = "shout"', f'name = "shout"\nrun = "{own}/shout.so"'))
        self.assertEqual(program.run("check", self.flow, "--json", home=self.home, env=env).code, 0)
        library = own / "shout.so"

        def refused(word):
            for command in (["check", self.flow], ["up", self.flow]):
                self.refused(*command, env=env, word=word)
            result = program.run("describe", library, home=self.home, env=env)
            self.assertNotEqual(result.code, 0, result)
            self.assertIn(word, result.out + result.err)

        os.chown(library, OTHER, OTHER)
        refused("belongs to user 4243")
        os.chown(library, 0, 0)
        os.chmod(library, 0o757)
        refused("can be written by others")
        os.chmod(library, 0o755)
        os.chmod(own, 0o1777)  # what lies beside a plugin is read too
        refused("can be written by others")
        os.chmod(own, 0o755)
        os.chown(own, OTHER, OTHER)
        refused("belongs to user 4243")

    @needs_root
    def test_a_flow_file_that_another_user_owns_does_not_run(self):
        os.chown(self.flow, OTHER, OTHER)
        self.refused("up", self.flow, word="belongs to user 4243")

    @needs_root
    def test_a_group_is_trusted_when_the_flow_names_it_and_in_no_other_case(self):
        with usual_umask():
            self.flow.write_text(FLOW.format(access=f'[access]\ntrust_group = "{GROUP}"'))
            os.chown(self.home, 0, GROUP)
            os.chmod(self.home, 0o2770)
            self.refused("status", word="can be written by others")
            env = {"SOUVENIR_TRUST_GROUP": str(GROUP)}
            up = program.run("up", self.flow, "--json", home=self.home)
            try:
                self.assertEqual(up.code, 0, up)
                status = program.run("status", "--json", home=self.home, env=env)
                self.assertEqual(status.code, 0, status)
            finally:
                program.run("down", home=self.home, env=env)
            self.assertEqual(mode(self.home), 0o2770)
            for text in ("4445", "no-such-group"):
                self.flow.write_text(FLOW.format(access=f'[access]\ntrust_group = "{text}"'))
                result = program.run("up", self.flow, "--json", home=self.home)
                self.assertEqual(result.error()["code"], "bad_config", result)

    def test_what_the_server_and_its_stages_make_is_for_nobody_else(self):
        os.chmod(self.home, 0o755)
        with usual_umask(), program.Server(self.flow, home=self.home) as server:
            self.assertEqual(server.text("/say", "hello"), "hello!")
            open_to_others = [f"{path} {oct(mode(path))}" for path in self.home.rglob("*")
                              if mode(path) & 0o077 and path.name != "test-server.log"]
            self.assertEqual(open_to_others, [])
        self.assertEqual(mode(self.home), 0o755)

    def test_a_damaged_row_of_an_ended_job_is_named_and_stops_nothing(self):
        def say(server, text):
            result = server.call("/say", "text.v1", {"text": text}, "--key", text)
            self.assertEqual(result.code, 0, result)
            return result.json()["job"]

        with program.Server(self.flow, home=self.home) as server:
            damaged, sound = say(server, "one"), say(server, "two")
        database = sqlite3.connect(self.home / "jobs.db")
        with database:
            database.execute("UPDATE jobs SET state = 'lost' WHERE id = ?", [damaged])
        database.close()
        with program.Server(self.flow, home=self.home) as server:
            lines = [line for line in server.printed().splitlines() if damaged in line]
            self.assertEqual(len(lines), 1, server.printed())
            self.assertIn("jobs.db", lines[0])
            self.assertEqual(server.run("jobs", "show", sound, "--json").code, 0)
            self.assertNotEqual(server.run("jobs", "show", damaged, "--json").code, 0)
            say(server, "three")
            findings = server.run("doctor", "--json").json()["checks"]
            named = [f for f in findings if damaged in f["detail"]]
            self.assertEqual(len(named), 1, findings)
            self.assertFalse(named[0]["ok"])
            self.assertIn("DROP TABLE", named[0]["hint"])


if __name__ == "__main__":
    unittest.main()
