"""A stage that is taken over reads and changes of the home what its plugin declares, and no more: no keys, no
databases, no folders of other stages, by whatever way. What is outside of the home works as before.

    home_view_test.py PLUGINS
"""
import ctypes
import os
import pathlib
import sys
import unittest

import program

PLUGINS = pathlib.Path(sys.argv.pop())
LEAST_LANDLOCK = 2
SIGNALS_FROM = 6
SECRETS = ["access/api_keys.json", "access/token_key", "run/server.log", "jobs.db", "registry.db", "outputs/dog.png",
           "stages/other/state"]
FLOW = """flow = "prowl"
[route]
"/prowl" = "prowler"
"/other" = "other"
[[executor]]
name = "prowler"
run = "{plugins}/prowler.so"
with = {{ data = "{data}" }}
[[executor]]
name = "other"
run = "{plugins}/prowler.so"
"""


def landlock_version():
    return ctypes.CDLL(None, use_errno=True).syscall(444, None, ctypes.c_size_t(0), ctypes.c_uint(1))


@unittest.skipIf(landlock_version() < LEAST_LANDLOCK, "this kernel has no Landlock")
class HomeView(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = pathlib.Path(program.new_folder())
        cls.home = folder / "home"
        cls.outside = folder / "outside"
        cls.data = folder / "data"
        for each in (cls.home, cls.outside, cls.data):
            each.mkdir()
        (cls.outside / "old").write_text("x")
        (cls.data / "picture").write_text("x")
        flow = folder / "flow.toml"
        flow.write_text(FLOW.format(plugins=PLUGINS, data=cls.data))
        cls.server = program.Server(flow, home=cls.home)
        cls.server.__enter__()
        cls.addClassCleanup(lambda: cls.server.__exit__(None, None, None))
        for name in [*SECRETS, "store/versions/v/unet", "cache/kept"]:
            file = cls.home / name
            file.parent.mkdir(parents=True, exist_ok=True)
            if name != "jobs.db":  # the server's own, and open
                file.write_text("secret")
                file.chmod(0o600)

    def prowl(self, *words):
        return self.server.text("/prowl", " ".join(map(str, words)))

    def refused(self, *words):
        self.assertIn(self.prowl(*words), ("Permission denied", "Operation not permitted", "Invalid cross-device link"),
                      words)

    def done(self, *words):
        self.assertEqual(self.prowl(*words), "done", words)

    def test_what_is_declared_can_be_used(self):
        cache, own = self.home / "cache", self.home / "stages/prowler"
        self.done("read", self.home / "store/versions/v/unet")
        self.done("write", self.home / "words.db")
        for folder in (cache, own):
            self.done("mkdir", folder / "new")
            self.done("make", folder / "new/file")
            self.done("read", folder / "new/file")
            self.done("truncate", folder / "new/file")
            self.done("rename", folder / "new/file", folder / "file")
            self.done("remove", folder / "file")
            self.done("remove", folder / "new")
        self.done("make", cache / "moves")
        self.done("rename", cache / "moves", own / "moves")
        self.done("remove", own / "moves")

    def test_secrets_can_be_neither_read_nor_changed(self):
        for name in SECRETS:
            secret = self.home / name
            before = secret.read_bytes()
            for way in ("read", "write", "append", "truncate", "remove"):
                self.refused(way, secret)
            self.refused("rename", secret, self.home / "cache/stolen")
            self.refused("link", secret, self.home / "cache/stolen")
            self.refused("rename", self.home / "cache/kept", secret)
            self.assertEqual(secret.read_bytes()[:6], before[:6])

    def test_what_is_read_cannot_be_changed(self):
        version = self.home / "store/versions/v/unet"
        for way in ("write", "append", "truncate", "remove"):
            self.refused(way, version)
        self.refused("make", version.with_name("added"))
        self.refused("mkdir", self.home / "store/versions/w")
        self.refused("rename", self.home / "store/versions", self.home / "cache/versions")

    def test_nothing_is_made_in_the_home_itself(self):
        self.refused("make", self.home / "new")
        self.refused("mkdir", self.home / "new")
        self.refused("symlink", "/etc/passwd", self.home / "new")
        self.refused("rename", self.home / "cache", self.home / "stages/prowler/cache")

    def test_no_detour_leads_to_a_secret(self):
        secret = self.home / "access/api_keys.json"
        self.done("symlink", secret, self.home / "cache/link")
        self.done("symlink", self.home, self.home / "cache/home")
        for path in (self.home / "cache/link", self.home / "cache/home/access/api_keys.json",
                     self.home / "cache/../access/api_keys.json", f"/proc/self/root{secret}"):
            self.refused("read", path)
            self.refused("write", path)
        self.refused("handle", secret, self.home / "cache")
        self.refused("bind", self.home / "access", self.home / "cache")

    def test_the_gateway_and_other_stages_are_out_of_reach(self):
        others = [pid for pid in program.processes_of(self.home)]
        self.assertGreaterEqual(len(others), 2)
        gateway = self.server.child.pid
        self.refused("read", f"/proc/{gateway}/mem")
        self.refused("trace", gateway)
        for descriptor in os.listdir(f"/proc/{gateway}/fd"):
            if os.path.realpath(f"/proc/{gateway}/fd/{descriptor}").startswith(str(self.home)):
                self.refused("read", f"/proc/{gateway}/fd/{descriptor}")
        if landlock_version() >= SIGNALS_FROM:
            self.refused("signal", gateway)

    def test_no_right_comes_back(self):
        self.refused("rights")

    def test_what_is_outside_works_as_before(self):
        self.done("read", self.outside / "old")
        self.done("make", self.outside / "new")
        self.done("remove", self.outside / "new")
        self.done("read", self.data / "picture")
        self.done("write", self.data / "picture")
        self.done("read", "/proc/self/status")
        self.done("write", "/dev/null")
        self.done("make", f"/dev/shm/prowler-{os.getpid()}")
        self.done("remove", f"/dev/shm/prowler-{os.getpid()}")
        self.done("temporary")

    def test_the_log_says_what_holds(self):
        log = (self.home / "run/logs/prowler-0.log").read_text()
        self.assertRegex(log, r"prowler: of the home it reads store/ and writes stages/prowler/ cache/ words.db \(Landlock")


class Doctor(unittest.TestCase):
    def test_it_says_what_holds_for_the_decoder_and_the_stages(self):
        said = program.run("doctor", home=program.new_folder()).out
        self.assertRegex(said, r"ok    decoder: .*system calls")
        self.assertRegex(said, r"ok    stages: take no new rights")


if __name__ == "__main__":
    unittest.main()
