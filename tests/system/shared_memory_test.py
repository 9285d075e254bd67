"""Large blobs on one host: the same bytes whichever way they go, and nothing left of who is killed."""
import json
import os
import pathlib
import random
import signal
import sys
import unittest

import program
from raw_client import RawClient

TEST_PLUGINS = sys.argv.pop()
ENV = {"SOUVENIR_PLUGINS": TEST_PLUGINS + ":" + str(program.PLUGINS)}
SHARED_FROM = 64 * 1024
FLOW = """
flow = "large"
[gateway]
listen = ["tcp://127.0.0.1:{port}", "ipc://${{var.run}}/gateway.sock"]
[route]
"/pass" = "a > b"
"/far" = "a > far > b"
"/slow" = "a > slow"
[[executor]]
name = "a"
run = "pass"
[[executor]]
name = "b"
run = "pass"
[[executor]]
name = "far"
run = "pass"
host = "remote"
[[executor]]
name = "slow"
"""


class SharedMemoryChannels(unittest.TestCase):
    def setUp(self):
        self.port = program.free_port()
        self.folder = pathlib.Path(program.new_folder())
        self.flow = self.folder / "flow.toml"
        self.flow.write_text(FLOW.format(port=self.port))

    def server(self, **options):
        return program.Server(self.flow, env=ENV, **options)

    def file(self, size):
        file = self.folder / f"{size}.bin"
        file.write_bytes(random.Random(size).randbytes(size))
        return file

    def assert_passes(self, server, endpoint, *options):
        """Blobs around the limit come back as they were; the first call makes the channels known."""
        files = [self.file(size) for size in (SHARED_FROM - 1, SHARED_FROM, 1, 3_000_001)]
        named = [word for file in files for word in ("--file", file)]
        out = pathlib.Path(program.new_folder())
        result = server.call(endpoint, "text.v1", {"text": "x"}, *named, "--output-dir", out, *options)
        self.assertEqual(result.code, 0, result)
        saved = [pathlib.Path(blob["file"]) for blob in result.json()["answers"][0]["blobs"]]
        self.assertEqual([f.read_bytes() for f in saved], [f.read_bytes() for f in files])

    def channels(self, server):
        """Connected ends on the gateway's side."""
        file = str(server.home / "run" / "gateway.sock.blobs")
        lines = pathlib.Path("/proc/net/unix").read_text().splitlines()
        return sum(1 for line in lines if line.endswith(file) and line.split()[5] == "03")

    def assert_one_channel_a_stage(self, server):
        program.wait_for(lambda: self.channels(server) == 3, "a channel for each of its own stages alone")

    def shared_in(self, pid):
        return pathlib.Path(f"/proc/{pid}/maps").read_text().count("memfd:souvenir-blob")

    def test_bytes_are_the_same_as_memory_and_as_frames_and_on_another_host(self):
        with self.server() as server:
            self.assert_one_channel_a_stage(server)
            self.assert_passes(server, "/pass")
            self.assert_passes(server, "/pass", "--server", f"tcp://127.0.0.1:{self.port}")
            address = f"tcp://127.0.0.1:{self.port}"
            with program.remote_stage(server, "far", program.PLUGINS / "pass.so", address, env=ENV):
                self.assert_passes(server, "/far")
                self.assert_one_channel_a_stage(server)

    def test_a_killed_stage_leaves_no_memory_and_its_successor_gets_what_was_waiting(self):
        with self.server() as server:
            slow = server.stage("slow")["pid"]
            caller = server.start("call", "/slow", "--type", "text.v1", "--json-body",
                                  '{"text": "forever"}', "--file", self.file(3_000_001), "--json")
            program.wait_for(lambda: self.shared_in(slow) == 1, "the stage has the blob as memory")
            os.kill(slow, signal.SIGKILL)
            out, _ = caller.communicate(timeout=60)
            self.assertEqual(json.loads(out.strip().splitlines()[-1])["error"]["code"], "stage_died")
            program.wait_for(lambda: server.stage("slow")["state"] == "ready", "the next one is ready")
            for pid in [server.child.pid, *(s["pid"] for s in server.status()["stages"] if s["pid"])]:
                program.wait_for(lambda: self.shared_in(pid) == 0, f"{pid} holds no blob")
            self.assert_passes(server, "/pass")
            self.assert_one_channel_a_stage(server)

    def test_after_a_killed_gateway_the_next_one_replaces_its_file(self):
        with self.server() as server:
            server.child.kill()
            server.child.wait()
            program.wait_for(lambda: not program.processes_of(server.home), "the stages have ended")
        self.assertIn("gateway.sock.blobs", [p.name for p in program.sockets_in(server.home)])
        with self.server(home=server.home) as again:
            self.assert_passes(again, "/pass")
        self.assertEqual(program.sockets_in(server.home), [])

    def test_a_client_that_names_blobs_which_it_did_not_pass_is_refused(self):
        with self.server() as server:
            for address in (f"ipc://{server.home}/run/gateway.sock", f"tcp://127.0.0.1:{self.port}"):
                client = RawClient(address)
                client.send({"v": 1, "k": 1, "i": 1, "e": "/pass", "t": "text.v1", "o": "ann", "p": 5,
                             "m": 1, "n": 1}, {"text": "x"})
                kind, _, body = client.receive(10)
                self.assertEqual((kind, body["code"]), ("refused", "protocol"))
                client.close()
            self.assert_passes(server, "/pass")


if __name__ == "__main__":
    unittest.main()
