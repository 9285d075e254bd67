"""Every form of an address that a server listens at and that a client or a stage is given."""
import contextlib
import pathlib
import socket
import subprocess
import unittest

import program

FLOW = """
flow = "addresses"
[gateway]
listen = [{listen}]
[route]
"/pass" = "pass"
"/far" = "shout"
[[executor]]
name = "pass"
[[executor]]
name = "shout"
host = "remote"
"""
BOTH = "both.example"  # a name for 127.0.0.1 and for ::1


def has_v6():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
        return True
    except OSError:
        return False


def can_name_hosts():
    tried = subprocess.run(["unshare", "--mount", "true"], capture_output=True)
    return tried.returncode == 0


@contextlib.contextmanager
def up(*listen, home=None):
    """A server in the background, as users start it, at these addresses alone."""
    home = home or pathlib.Path(program.new_folder())
    flow = home / "flow.toml"
    flow.write_text(FLOW.format(listen=", ".join(f'"{address}"' for address in listen)))
    started = program.run("up", flow, "-q", home=home)
    assert started.code == 0, started
    try:
        yield home
    finally:
        assert program.run("down", "-q", home=home).code == 0


def in_names(command):
    """The command where BOTH is the name of two addresses."""
    hosts = pathlib.Path(program.new_folder()) / "hosts"
    hosts.write_text(f"127.0.0.1 localhost {BOTH}\n::1 localhost {BOTH} six.example\n")
    return ["unshare", "--mount", "sh", "-c", f'mount --bind {hosts} /etc/hosts && exec "$@"', "-", *command]


class Addresses(unittest.TestCase):
    def asks(self, address, *options, home=None):
        result = program.run("call", "/pass", "--type", "text.v1", "--json-body", '{"text": "x"}', "--json",
                             "--server", address, *options, home=home or program.new_folder())
        self.assertEqual(result.code, 0, (address, result))

    def joins(self, home, address, *options, prefix=lambda command: command):
        """A stage at that address takes part."""
        command = [program.PROGRAM, "stage", "shout", "--plugin", "shout", "--connect", address, *options]
        stage = subprocess.Popen(prefix(command), env=program.environment(program.new_folder()),
                                 stderr=subprocess.DEVNULL)
        try:
            program.wait_for(lambda: self.state(home, "shout") == "ready", f"a stage joins at {address}", 30)
        finally:
            stage.kill()
            stage.wait()

    @staticmethod
    def state(home, name):
        stages = program.run("status", "--json", home=home).json()["stages"]
        return next(stage["state"] for stage in stages if stage["name"] == name)

    def test_tcp_alone_starts_and_is_found_by_the_commands_of_its_home(self):
        port = program.free_port()
        with up(f"tcp://127.0.0.1:{port}") as home:
            self.asks(f"tcp://127.0.0.1:{port}")
            self.asks(f"tcp://localhost:{port}")
            status = program.run("status", "--json", home=home)
            self.assertEqual(status.code, 0, status)

    @unittest.skipUnless(has_v6(), "this host has no IPv6")
    def test_ipv6_and_what_is_ipv4_in_it(self):
        four, six, mapped = (program.free_port() for _ in range(3))
        with up(f"tcp://127.0.0.1:{four}", f"tcp://[0:0::1]:{six}", f"tcp://[::ffff:127.0.0.1]:{mapped}") as home:
            for address in (f"127.0.0.1:{four}", f"[::ffff:127.0.0.1]:{four}", f"[::1]:{six}", f"[0::0:1]:{six}",
                            f"127.0.0.1:{mapped}", f"[::ffff:7f00:1]:{mapped}"):
                self.asks("tcp://" + address)
            self.joins(home, f"tcp://[::1]:{six}")

    @unittest.skipUnless(has_v6(), "this host has no IPv6")
    def test_all_addresses_of_both_kinds_with_keys(self):
        port, both = program.free_port(), program.free_port()
        home = pathlib.Path(program.new_folder())
        key, stage_key = home / "ann.key", home / "shout.key"
        for made in (program.run("keys", "make", "ann", "--output", key, home=home),
                     program.run("keys", "make", "far", "--stage", "shout", "--output", stage_key, home=home)):
            self.assertEqual(made.code, 0, made)
        with up(f"tcp://[::]:{port}", f"tcp://0.0.0.0:{both}", f"tcp://[::]:{both}", home=home):
            for address in (f"[::1]:{port}", f"127.0.0.1:{port}", f"[::1]:{both}", f"127.0.0.1:{both}"):
                self.asks("tcp://" + address, "--key-file", key)
            self.joins(home, f"tcp://[::1]:{port}", "--key-file", stage_key)

    @unittest.skipUnless(has_v6() and can_name_hosts(), "naming a host needs a mount namespace and IPv6")
    def test_a_name_of_both_kinds_reaches_the_one_that_answers(self):
        for host in ("127.0.0.1", "[::1]"):
            port = program.free_port()
            with up(f"tcp://{host}:{port}") as home:
                names = [BOTH, "localhost"] + (["six.example"] if host == "[::1]" else [])
                for name in names:
                    command = in_names([program.PROGRAM, "status", "-q", "--server", f"tcp://{name}:{port}"])
                    asked = subprocess.run(command, env=program.environment(program.new_folder()),
                                           capture_output=True, text=True, timeout=30)
                    self.assertEqual(asked.returncode, 0, (host, name, asked))
                self.joins(home, f"tcp://{BOTH}:{port}", prefix=in_names)

    @unittest.skipUnless(has_v6() and can_name_hosts(), "naming a host needs a mount namespace and IPv6")
    def test_a_stage_that_was_there_first_finds_the_server_that_comes_by_ipv6(self):
        port = program.free_port()
        command = [program.PROGRAM, "stage", "shout", "--plugin", "shout", "--connect", f"tcp://{BOTH}:{port}"]
        log = pathlib.Path(program.new_folder()) / "log"
        with log.open("w") as out:
            stage = subprocess.Popen(in_names(command), env=program.environment(program.new_folder()), stderr=out)
        try:
            program.wait_for(lambda: "waits for" in log.read_text(), "the stage waits", 30)
            with up(f"tcp://[::1]:{port}") as home:
                program.wait_for(lambda: self.state(home, "shout") == "ready", "the stage joins", 30)
        finally:
            stage.kill()
            stage.wait()

    def test_a_host_that_nobody_knows_is_named(self):
        result = program.run("status", "--json", "--server", "tcp://no-such-host.invalid:7999",
                             home=program.new_folder())
        self.assertEqual(result.code, 6, result)
        self.assertIn("no-such-host.invalid", result.error()["cause"])
        self.assertIn("not known", result.error()["cause"])

    def test_an_address_that_is_listed_twice_is_refused(self):
        home = pathlib.Path(program.new_folder())
        flow = home / "flow.toml"
        flow.write_text(FLOW.format(listen='"tcp://127.0.0.1:7999", "tcp://[::ffff:127.0.0.1]:7999"'))
        result = program.run("check", flow, home=home)
        self.assertEqual(result.code, 3, result)
        self.assertIn("tcp://127.0.0.1:7999 twice", result.err)


if __name__ == "__main__":
    unittest.main()
