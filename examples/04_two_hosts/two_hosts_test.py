"""A stage that joins over TCP answers, and one that joins again after kill -9 answers too."""
import os
import subprocess
import unittest

import program


class TwoHosts(unittest.TestCase):
    def test_a_remote_stage_takes_part_in_a_route(self):
        port = program.free_port()
        address = f"tcp://127.0.0.1:{port}"
        flow = program.SOURCE / "examples/04_two_hosts/flow.toml"
        with program.Server(flow, env={"SOUVENIR_PORT": str(port)}, wait=False) as server:
            for _ in range(2):
                stage = self.join(address)
                try:
                    program.wait_for(lambda: self.ready(server, stage.pid), "the remote stage is ready")
                    answer = server.text("/say", "god", "--server", address)
                    self.assertEqual(answer, "dog!")
                finally:
                    stage.kill()
                    stage.wait()
                program.wait_for(lambda: not self.ready(server, stage.pid), "its death is seen")

    def join(self, address):
        """As the README writes it, where no such file lies."""
        return subprocess.Popen([program.PROGRAM, "stage", "shout", "--plugin", "shout.so", "--connect", address],
                                cwd=program.new_folder(), env=dict(os.environ, SOUVENIR_HOME=program.new_folder()))

    def ready(self, server, pid):
        stages = server.status()["stages"]
        return any(s["name"] == "shout" and s["pid"] == pid and s["state"] == "ready" for s in stages)


if __name__ == "__main__":
    unittest.main()
