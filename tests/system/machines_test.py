"""Machines that are not as a developer's: limits, locales, clocks, disks, containers, odd names."""
import json
import os
import pathlib
import resource
import shutil
import signal
import stat
import struct
import subprocess
import sys
import time
import unittest

import program

TEST_PLUGINS = pathlib.Path(sys.argv.pop())
YEAR_S = 365 * 24 * 3600
FLOW = """
flow = "machines"
[route]
"/x" = "{plugin}"
[[executor]]
name = "{plugin}"
"""


def flow_file(plugin="pass"):
    file = pathlib.Path(program.new_folder()) / "flow.toml"
    file.write_text(FLOW.format(plugin=plugin))
    return file


def call(home, env=None):
    return program.run("call", "/x", "--type", "text.v1", "--json-body", '{"text": "1"}', "--json", home=home, env=env)


def may(*options):
    return subprocess.run(["unshare", *options, "true"], capture_output=True).returncode == 0


def started(*arguments, home, env=None, **options):
    return program.Result(subprocess.run([program.PROGRAM, *arguments], capture_output=True, text=True, timeout=60,
                                         errors="replace", env=program.environment(home, env), **options))


class Machines(unittest.TestCase):
    def runs(self, env=None, **options):
        """A flow starts, answers and stops; returns its home."""
        home = program.new_folder()
        up = started("up", flow_file(), "-q", home=home, env=env, **options)
        self.assertEqual(up.code, 0, up)
        try:
            self.assertEqual(call(home, env).code, 0)
        finally:
            down = started("down", "-q", home=home, env=env, **options)
        self.assertEqual(down.code, 0, down)
        return pathlib.Path(home)

    def test_a_umask_that_leaves_nothing_takes_no_rights_from_the_owner(self):
        home = self.runs(umask=0o777)
        for path in [home, *home.rglob("*")]:
            wanted = stat.S_IRWXU if path.is_dir() else stat.S_IRUSR | stat.S_IWUSR
            mode = stat.S_IMODE(path.lstat().st_mode)
            self.assertEqual(mode & wanted, wanted, (path, oct(mode)))
            self.assertEqual(mode & 0o077, 0, (path, oct(mode)))

    def test_too_few_open_files_are_refused_with_the_limit(self):
        def few():
            resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))
        home = program.new_folder()
        for command in (["up", flow_file()], ["up", flow_file(), "--foreground"], ["status"],
                        ["stage", "far", "--plugin", "pass", "--connect", "tcp://127.0.0.1:7"]):
            result = started(*command, home=home, preexec_fn=few)
            self.assertEqual(result.code, 3, (command, result))
            self.assertIn("may open 16 files", result.err)
            self.assertIn("ulimit -n", result.err)

    def test_few_open_files_that_the_user_may_raise_are_raised(self):
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        self.runs(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (16, most)))

    def test_a_home_that_is_no_utf8_is_refused_at_start(self):
        folder = pathlib.Path(program.new_folder())
        for name in (b"\xff\xfe", b"a\xc3", b"line\nbreak"):
            home = os.fsdecode(os.fsencode(folder) + b"/" + name)
            for command in (["up", flow_file()], ["up", flow_file(), "--foreground"], ["status"], ["keys", "list"],
                            ["check", flow_file()], ["plan", flow_file()]):
                result = started(*command, home=home)
                self.assertEqual(result.code, 3, (name, command, result))
                self.assertIn("not UTF-8, or has control characters", result.err)
        self.assertEqual(list(folder.iterdir()), [])
        self.assertEqual(program.run("status", home=folder / "früh").code, 6)

    def test_a_flow_file_whose_path_is_no_utf8_is_refused(self):
        folder = os.fsencode(program.new_folder()) + b"/\xff"
        os.mkdir(folder)
        shutil.copy(flow_file(), os.fsdecode(folder))
        for command in ("up", "check"):
            result = started(command, folder + b"/flow.toml", home=program.new_folder())
            self.assertEqual(result.code, 3, result)
            self.assertIn("the flow file is not UTF-8", result.err)

    def test_numbers_are_written_with_points_where_people_write_commas(self):
        folder = pathlib.Path(program.new_folder())
        made = shutil.which("localedef") and subprocess.run(
            ["localedef", "-i", "de_DE", "-f", "UTF-8", folder / "de_DE.UTF-8"], capture_output=True)
        if not made or not (folder / "de_DE.UTF-8").exists():
            self.skipTest("the locale de_DE.UTF-8 cannot be made")
        german = {"LC_ALL": "de_DE.UTF-8", "LOCPATH": str(folder)}
        self.runs(env=german)
        for command in (["describe", "sampler"], ["describe", "sampler", "--json"], ["plan", flow_file()]):
            said = [started(*command, home="/nonexistent", env=env).out for env in (german, {"LC_ALL": "C"})]
            self.assertEqual(*said)
            self.assertTrue(said[0])

    def test_the_clock_jumps_by_a_year(self):
        for jump in (YEAR_S, -YEAR_S):
            shift = pathlib.Path(program.new_folder()) / "shift"
            shift.write_bytes(struct.pack("q", 0))
            env = {"SOUVENIR_PLUGINS": str(TEST_PLUGINS), "LD_PRELOAD": str(TEST_PLUGINS / "shifted_clock.so"),
                   "SHIFTED_CLOCK": str(shift), "ASAN_OPTIONS": "verify_asan_link_order=0"}
            with program.Server(flow_file("slow"), env=env) as server:
                caller = subprocess.Popen(
                    [program.PROGRAM, "call", "/x", "--type", "text.v1", "--json-body", '{"text": "500"}', "--key", "k"],
                    env=program.environment(server.home, env), stdout=subprocess.DEVNULL)
                program.wait_for(lambda: server.stage("slow")["state"] == "busy", "the work begins")
                with shift.open("r+b") as file:
                    file.write(struct.pack("q", jump))
                self.assertEqual(caller.wait(60), 0)
                self.assertEqual(server.text("/x", "1"), "1")
                self.assertEqual(server.stage("slow")["restarts"], 0)
                listed = server.run("jobs", "list", "--json")
                self.assertEqual(listed.code, 0, listed)
                self.assert_shifted([json.loads(line) for line in listed.out.splitlines()], jump)
            with program.Server(flow_file("slow"), env=env, home=server.home) as server:
                self.assertEqual(server.text("/x", "1"), "1")

    def assert_shifted(self, jobs, jump):
        """The last job was made in the other year: the clock of the test is in effect."""
        latest = max(jobs, key=lambda job: abs(job["created_ms"] / 1000 - time.time()))
        self.assertLess(abs(latest["created_ms"] / 1000 - time.time() - jump), 3600)

    @unittest.skipUnless(may("--mount"), "a disk of its own needs a mount namespace")
    def test_a_full_disk_is_said_even_quietly(self):
        home = program.new_folder()
        script = f'mount -t tmpfs -o size=1M,mode=700 tmpfs {home} && {{ cat /dev/zero > {home}/rest; exec "$@"; }} 2>{home}.err'
        for options in (["-q"], ["-q", "--foreground"]):
            command = ["unshare", "--mount", "sh", "-c", script, "-", str(program.PROGRAM), "up", flow_file(), *options]
            result = subprocess.run(command, env=program.environment(home), timeout=60)
            said = pathlib.Path(home + ".err").read_text()
            os.unlink(home + ".err")
            self.assertEqual(result.returncode, 3, said)
            self.assertIn("full", said.split("No space left on device")[-1])
            self.assertIn("make room", said)

    @unittest.skipUnless(may("--mount"), "a read-only root needs a mount namespace")
    def test_everything_but_the_home_may_be_read_only(self):
        home = program.new_folder()
        flow = flow_file()
        script = (f'mount -t tmpfs -o mode=700 tmpfs {home} && mount -o remount,bind,ro / || exit 77; '
                  'touch /souvenir-test 2>/dev/null && exit 78; '
                  f'"$0" up {flow} -q && "$0" call /x --type text.v1 --json-body \'{{"text": "1"}}\'; code=$?; '
                  '"$0" down -q && exit $code')
        done = subprocess.run(["unshare", "--mount", "sh", "-c", script, program.PROGRAM], capture_output=True,
                              text=True, env=program.environment(home), timeout=60)
        if done.returncode == 77:
            self.skipTest("the root cannot be made read-only here")
        self.assertEqual(done.returncode, 0, done)

    def test_a_stage_that_cannot_open_its_model_ends_up_at_once(self):
        home = pathlib.Path(program.new_folder())
        result = started("up", flow_file("versioned_cannot"), home=home, env={"SOUVENIR_PLUGINS": str(TEST_PLUGINS)})
        self.assertEqual(result.code, 3, result)
        self.assertIn("a file is missing (find it)", result.err)
        log = home / "run" / "logs" / "versioned_cannot-0.log"
        self.assertIn(str(log), result.err)
        self.assertEqual(log.read_text().count("cannot start:"), 1)
        self.assertEqual(program.processes_of(home), [])


@unittest.skipUnless(may("--pid", "--fork"), "being process 1 needs a process namespace")
class ProcessOne(unittest.TestCase):
    def setUp(self):
        self.server = program.Server(flow_file(), prefix=("unshare", "--pid", "--fork", "--kill-child"))

    @staticmethod
    def children(pid):
        found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True)
        return [int(child) for child in found.stdout.split()]

    def test_orphans_are_collected(self):
        with self.server as server:
            [first] = self.children(server.child.pid)
            fifo = server.home / "fifo"
            os.mkfifo(fifo)
            before = self.children(first)
            subprocess.run(["nsenter", "--target", str(first), "--pid", "sh", "-c", f"cat {fifo} >/dev/null 2>&1 &"],
                           check=True)
            [orphan] = program.wait_for(lambda: [c for c in self.children(first) if c not in before], "an orphan", 10)
            fifo.open("w").close()
            program.wait_for(lambda: not pathlib.Path(f"/proc/{orphan}").exists(), "its end is collected", 10)
            os.kill(first, signal.SIGTERM)
            self.assertEqual(server.child.wait(30), 0)

    def test_it_ends_in_order_when_told_to(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.server as server:
                [first] = self.children(server.child.pid)
                os.kill(first, number)
                self.assertEqual(server.child.wait(30), 0)
                self.assertEqual(program.sockets_in(server.home), [])

    def test_it_tells_how_the_server_ended(self):
        with self.server as server:
            [first] = self.children(server.child.pid)
            [inner] = self.children(first)
            os.kill(inner, signal.SIGKILL)
            self.assertEqual(server.child.wait(30), 128 + signal.SIGKILL)


if __name__ == "__main__":
    unittest.main()
