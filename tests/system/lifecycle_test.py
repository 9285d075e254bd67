"""Start, death and stop: no orphan process, no socket file, and a clear word for whoever waited."""
import json
import os
import pathlib
import signal
import socket
import sys
import unittest

import program

TEST_PLUGINS = sys.argv.pop()
ENV = {"SOUVENIR_PLUGINS": TEST_PLUGINS}
FLOW = """
flow = "slow"
[route]
"/slow" = "first > worker"
[[executor]]
name = "first"
run = "slow"
[[executor]]
name = "worker"
run = "slow"
"""


def flow_file(text=FLOW):
    file = pathlib.Path(program.new_folder()) / "flow.toml"
    file.write_text(text)
    return file


def slow_server(**options):
    return program.Server(flow_file(), env=ENV, **options)


class Lifecycle(unittest.TestCase):
    def assert_nothing_left(self, home):
        program.wait_for(lambda: not program.processes_of(home), "every process has ended")
        self.assertEqual(program.sockets_in(home), [])

    def test_up_starts_one_process_an_executor_and_down_leaves_nothing(self):
        home = program.new_folder()
        file = flow_file()
        up = program.run("up", file, "--json", home=home, env=ENV)
        try:
            self.assertEqual(up.code, 0, up)
            self.assertEqual(len(program.processes_of(home)), 3)
            again = program.run("up", file, "--json", home=home, env=ENV)
            self.assertEqual(again.code, 0, again)
            self.assertFalse(again.json()["started"])
        finally:
            down = program.run("down", "--json", home=home)
        self.assertEqual(down.code, 0, down)
        self.assert_nothing_left(home)

    def test_down_quietly_says_nothing_when_it_has_stopped_and_why_when_not(self):
        home = program.new_folder()
        self.assertEqual(program.run("up", flow_file(), "-q", home=home, env=ENV).code, 0)
        down = program.run("down", "-q", home=home)
        self.assertEqual((down.code, down.out, down.err), (0, "", ""), down)
        self.assert_nothing_left(home)
        again = program.run("down", "-q", home=home)
        self.assertEqual(again.code, 6, again)
        self.assertIn(f"nothing is running in {home}: no server answers", again.err)
        self.assertNotIn("souvenir up", again.err)

    @unittest.skipUnless(hasattr(os, "geteuid") and os.geteuid() == 0, "a process namespace needs root")
    def test_down_waits_for_a_server_whose_process_id_means_nothing_here(self):
        with slow_server(prefix=("unshare", "--pid", "--fork", "--kill-child")) as server:
            down = server.run("down", "-q", timeout=30)
            self.assertEqual(down.code, 0, down)
            self.assertFalse((server.home / "run" / "server.lock").exists())

    def test_down_without_a_server_says_so(self):
        down = program.run("down", "--json", home=program.new_folder())
        self.assertEqual(down.code, 6, down)
        self.assertEqual(down.error()["code"], "unavailable")
        self.assertTrue(down.error()["hint"])

    def test_stages_end_when_the_server_is_killed_and_the_next_one_starts(self):
        with slow_server() as server:
            server.child.kill()
            server.child.wait()
            program.wait_for(lambda: not program.processes_of(server.home), "the stages have ended")
        with slow_server(home=server.home) as again:
            self.assertEqual(again.text("/slow", "1"), "1")
        self.assert_nothing_left(again.home)

    def test_stages_end_on_sigterm_in_the_middle_of_work(self):
        with slow_server() as server:
            caller = server.start("call", "/slow", "--type", "text.v1", "--json-body",
                                  '{"text": "forever"}', "--json")
            program.wait_for(lambda: server.stage("first")["state"] == "busy", "the work begins")
            server.child.send_signal(signal.SIGTERM)
            server.child.wait(60)
            out, _ = caller.communicate(timeout=60)
            self.assertNotEqual(caller.returncode, 0)
            self.assertIn("error", json.loads(out.strip().splitlines()[-1]))
        self.assert_nothing_left(server.home)

    def test_a_stage_killed_in_the_middle_fails_its_job_and_the_next_request_works(self):
        with slow_server() as server:
            for name in ("first", "worker", "first"):
                text = "forever" if name == "first" else "2000"
                caller = server.start("call", "/slow", "--type", "text.v1", "--json-body",
                                      json.dumps({"text": text}), "--json")
                victim = program.wait_for(
                    lambda: (lambda s: s["pid"] if s["state"] == "busy" else 0)(server.stage(name)),
                    f"{name} works")
                os.kill(victim, signal.SIGKILL)
                out, err = caller.communicate(timeout=60)
                self.assertEqual(caller.returncode, 7, out + err)
                error = json.loads(out.strip().splitlines()[-1])["error"]
                self.assertEqual(error["code"], "stage_died")
                self.assertEqual(error["stage"], name)
                self.assertTrue(error["job"] and error["cause"] and error["hint"], error)
                self.assertEqual(server.text("/slow", "1"), "1")
                self.assertEqual(program.alive(victim), False)

    def test_a_client_that_goes_away_frees_the_stage(self):
        with slow_server() as server:
            caller = server.start("call", "/slow", "--type", "text.v1", "--json-body",
                                  '{"text": "forever"}')
            program.wait_for(lambda: server.stage("first")["state"] == "busy", "the work begins")
            caller.kill()
            caller.communicate()
            self.assertEqual(server.text("/slow", "1"), "1")

    def test_ctrl_c_cancels_the_job(self):
        with slow_server() as server:
            caller = server.start("call", "/slow", "--type", "text.v1", "--json-body",
                                  '{"text": "forever"}', "--json")
            program.wait_for(lambda: server.stage("first")["state"] == "busy", "the work begins")
            caller.send_signal(signal.SIGINT)
            out, err = caller.communicate(timeout=30)
            self.assertEqual(caller.returncode, 130, out + err)
            self.assertEqual(server.text("/slow", "1"), "1")

    def test_a_second_server_on_the_same_home_is_refused(self):
        with slow_server() as server:
            second = server.run("up", "--foreground", server.flow)
            self.assertNotEqual(second.code, 0)
            self.assertIn("hint", second.err)
            self.assertEqual(server.text("/slow", "1"), "1")

    def test_a_port_in_use_is_named(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            listen = f'[gateway]\nlisten = ["tcp://127.0.0.1:{port}"]\n[route]'
            home = program.new_folder()
            up = program.run("up", "--foreground", flow_file(FLOW.replace("[route]", listen)),
                             home=home, env=ENV)
            self.assertIn(up.code, (3, 6), up)
            self.assertIn(str(port), up.err)
            self.assertIn("in use", up.err)
            self.assert_nothing_left(home)

    def test_a_stage_that_cannot_start_ends_up_with_its_own_words(self):
        home = program.new_folder()
        broken = FLOW + "with = { broken = true }\n" + "restart = { n = 1 }\n"
        up = program.run("up", flow_file(broken), "--json", home=home, env=ENV)
        self.assertNotEqual(up.code, 0)
        self.assertIn("the disk is on fire", json.dumps(up.error()))
        self.assert_nothing_left(home)

    def test_a_socket_in_use_is_named_and_its_server_lives(self):
        with slow_server() as server:
            socket_file = server.home / "run" / "gateway.sock"
            listen = f'[gateway]\nlisten = ["ipc://{socket_file}"]\n[route]'
            home = program.new_folder()
            up = program.run("up", "--foreground", flow_file(FLOW.replace("[route]", listen)),
                             home=home, env=ENV)
            self.assertIn(up.code, (3, 6), up)
            self.assertIn("gateway.sock", up.err)
            self.assertIn("hint", up.err)
            self.assert_nothing_left(home)
            self.assertEqual(server.text("/slow", "1"), "1")

    def test_a_job_on_a_serial_route_goes_on_without_its_client(self):
        serial = FLOW.replace('"first > worker"', '{ path = "first > worker", serial = ["text"] }')
        with program.Server(flow_file(serial), env=ENV) as server:
            caller = server.start("call", "/slow", "--type", "text.v1", "--json-body",
                                  '{"text": "700"}')
            program.wait_for(lambda: server.stage("first")["state"] == "busy", "the work begins")
            caller.kill()
            caller.communicate()
            job = program.wait_for(
                lambda: next((j for j in server.status()["jobs"] if j["state"] != "running"), None),
                "the job ends")
            self.assertEqual(job["state"], "done", job)
            self.assertEqual(server.text("/slow", "1"), "1")

    def test_threads_of_openmp_spin_for_a_moment_unless_somebody_says_otherwise(self):
        def seen(env=None, keys=""):
            flow = ('flow = "openmp"\n[route]\n"/ask" = "openmp"\n[[executor]]\nname = "openmp"\n' +
                    keys)
            with program.Server(flow_file(flow), env={**ENV, **(env or {})}) as server:
                return server.text("/ask", "")
        self.assertEqual(seen(), "OMP_WAIT_POLICY= GOMP_SPINCOUNT=4000")
        self.assertEqual(seen({"OMP_WAIT_POLICY": "active"}), "OMP_WAIT_POLICY=active GOMP_SPINCOUNT=")
        self.assertEqual(seen(keys='env = { GOMP_SPINCOUNT = "7" }'),
                         "OMP_WAIT_POLICY= GOMP_SPINCOUNT=7")


if __name__ == "__main__":
    unittest.main()
