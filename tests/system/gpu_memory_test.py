"""GPU memory is promised to stages in the flow file: added up by plan, refused by check and up when a GPU has
less, told to each process. The GPUs of this host are what a program named nvidia-smi says, here a script."""
import os
import pathlib
import sys
import unittest

import program

TEST_PLUGINS = pathlib.Path(sys.argv.pop())
FLOW = """flow = "gpus"
[route]
"/small" = "small"
"/large" = "large"
"/free" = "free"
[[executor]]
name = "small"
run = "gpu_user"
gpu = "share"
gpu_memory = "2GiB"
[[executor]]
name = "large"
run = "gpu_user"
gpu = "share"
gpu_memory = "5GiB"
replicas = 2
[[executor]]
name = "free"
run = "gpu_user"
"""
GiB = 1 << 30


class GpuMemory(unittest.TestCase):
    def setUp(self):
        self.home = pathlib.Path(program.new_folder())
        self.flow = self.home / "flow.toml"
        self.flow.write_text(FLOW)

    def host(self, *gpus_mib, script=None):
        """The environment of a host with these GPUs."""
        tools = pathlib.Path(program.new_folder())
        listed = "\n".join(f"{i}, GPU-{i}{i}{i}, {mib}" for i, mib in enumerate(gpus_mib))
        (tools / "nvidia-smi").write_text(script or f"#!/bin/sh\ncat <<end\n{listed}\nend\n")
        (tools / "nvidia-smi").chmod(0o755)
        return {"SOUVENIR_PLUGINS": str(TEST_PLUGINS), "PATH": f"{tools}:{os.environ['PATH']}"}

    def run_on(self, env, *command):
        return program.run(*command, self.flow, home=self.home, env=env)

    def test_plan_adds_up_what_is_promised_of_a_gpu(self):
        plan = self.run_on(self.host(24 * 1024), "plan", "--json").json()
        self.assertEqual([e["gpu_memory_bytes"] for e in plan["executors"]], [2 * GiB, 5 * GiB, 0])
        self.assertEqual(plan["gpu_memory"], [{"gpu": "0", "executors": ["small", "large"],
                                               "budget_bytes": 12 * GiB, "memory_bytes": 24 * GiB}])
        shown = self.run_on(self.host(24 * 1024), "plan").out
        self.assertRegex(shown, r"small +gpu_user +1 +local +share +2\.0 GiB +64")
        self.assertRegex(shown, r"free +gpu_user +1 +local +0 +- +64")
        self.assertIn("GPU 0 (24.0 GiB): 12.0 GiB are promised to small, large", shown)

    def test_a_flow_that_promises_too_much_is_refused_with_names_and_remedy(self):
        host = self.host(12 * 1024 - 1)
        self.assertEqual(self.run_on(host, "plan").code, 0)
        for command in (("check",), ("up",), ("up", "--foreground")):
            result = self.run_on(host, *command, "--json")
            self.assertEqual(result.code, 3, result)
            error = result.error()
            for word in (f"{self.flow}:11:1", "GPU 0 has 12.0 GiB", "small (2.0 GiB)", "large (2 x 5.0 GiB)"):
                self.assertIn(word, error["cause"])
            self.assertIn("gpu_memory", error["hint"])
            self.assertEqual(program.processes_of(self.home), [])
        self.assertEqual(self.run_on(self.host(12 * 1024), "check").code, 0)

    def test_scale_and_swap_are_refused_what_is_too_much(self):
        with program.Server(self.flow, env=self.host(14 * 1024), home=self.home) as server:
            for asked in (("scale", "small=3"), ("scale", "large=3"), ("swap", "small=gpu_user"),
                          ("swap", "large=gpu_user")):
                result = server.run(*asked, "--json")
                fits = asked in (("swap", "small=gpu_user"),)
                self.assertEqual(result.code, 0 if fits else 3, (asked, result))
                if not fits:
                    self.assertIn("GPU 0 has 14.0 GiB", result.error()["cause"])
            self.assertEqual(server.run("scale", "small=2").code, 0)

    def test_what_is_not_known_is_said_and_not_refused(self):
        for script in ("#!/bin/sh\nexit 9\n", "#!/bin/sh\necho No devices were found\n"):
            checked = self.run_on(self.host(script=script), "check")
            self.assertEqual(checked.code, 0, checked)
            self.assertIn("GPU 0 (memory unknown): 12.0 GiB are promised", checked.out)
            self.assertIsNone(self.run_on(self.host(script=script), "plan", "--json").json()
                              ["gpu_memory"][0]["memory_bytes"])

    def test_each_process_hears_its_part_and_a_stranger_s_word_counts_nothing(self):
        env = {**self.host(24 * 1024), "SOUVENIR_GPU_MEMORY": "7"}
        with program.Server(self.flow, env=env, home=self.home) as server:
            self.assertEqual(server.text("/small", "?"), str(2 * GiB))
            self.assertEqual(server.text("/large", "?"), str(5 * GiB))
            self.assertEqual(server.text("/free", "?"), "any")

    def test_a_stage_that_joins_hears_it_too(self):
        port = program.free_port()
        self.flow.write_text(
            f'flow = "gpus"\n[gateway]\nlisten = ["ipc://${{var.run}}/gateway.sock", "tcp://127.0.0.1:{port}"]\n'
            '[route]\n"/far" = "far"\n[[executor]]\nname = "far"\nrun = "gpu_user"\nhost = "remote"\n'
            'gpu = 1\ngpu_memory = "3GiB"\n')
        env = self.host()
        with program.Server(self.flow, env=env, wait=False, home=self.home) as server:
            with program.remote_stage(server, "far", TEST_PLUGINS / "gpu_user.so", f"tcp://127.0.0.1:{port}", env=env):
                self.assertEqual(server.text("/far", "?"), str(3 * GiB))


if __name__ == "__main__":
    unittest.main()
