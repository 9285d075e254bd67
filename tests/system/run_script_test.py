"""./run says in one line what is missing, with its remedy: another system, an old Python, no room, no network.

A copy of the script runs in a folder of its own, with commands in PATH that answer as such a machine would.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

import program

INSTALLED = {"dpkg-query": "echo install ok installed", "apt-get": "exit 1", "uname": "echo x86_64",
             "df": "printf 'Filesystem\\n/dev/x 1 1 999999 1%% /\\n'"}
REAL = ["bash", "env", "dirname", "cat", "awk", "sed", "grep", "id", "mktemp", "mkdir", "tail", "head", "rm", "true"]
VENV_PYTHON = "#!/bin/sh\necho 'ERROR: Could not find a version that satisfies torch==2.13.0' >&2\nexit 1\n"


class RunScript(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(program.new_folder())
        self.bin = self.folder / "commands"
        self.bin.mkdir()
        shutil.copy(program.SOURCE / "run", self.folder)
        shutil.copytree(program.SOURCE / "packaging", self.folder / "packaging")
        for name in REAL:
            (self.bin / name).symlink_to(shutil.which(name))
        (self.bin / "python3").symlink_to(sys.executable)
        for name, text in INSTALLED.items():
            self.command(name, text)

    def command(self, name, text):
        file = self.bin / name
        file.unlink(missing_ok=True)
        file.write_text(f"#!{shutil.which('sh')}\n{text}\n")
        file.chmod(0o755)

    def demo(self, *arguments):
        """The one line that `./run demo` ends with."""
        done = subprocess.run([self.folder / "run", *(arguments or ["demo"])], capture_output=True, text=True,
                              env={"PATH": str(self.bin), "HOME": str(self.folder)}, timeout=program.DEADLINE_S)
        self.assertEqual(done.returncode, 1, done)
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), 1, done.stderr)
        self.said = done.stdout
        return lines[0]

    def test_a_system_without_apt_get_is_told_what_to_install_by_hand(self):
        (self.bin / "apt-get").unlink()
        self.assertRegex(self.demo(), r"^run: this system has no apt-get; .*cmake --workflow --preset dev$")

    def test_a_processor_without_a_wheel_is_told_how_to_build_without_it(self):
        self.command("uname", "echo riscv64")
        self.assertRegex(self.demo(), r"^run: there is no LibTorch wheel for riscv64; .*no-torch$")

    def test_an_old_python_is_named_with_the_version_that_is_needed(self):
        self.command("python3", "[ $1 = --version ] && echo Python 3.10.12; exit 1")
        self.assertEqual(self.demo(), "run: needs Python 3.11 or later, but python3 is Python 3.10.12; put a newer one first in PATH")

    def test_a_full_disk_is_told_how_much_is_needed_and_how_much_is_missing(self):
        self.command("df", "printf 'Filesystem\\n/dev/x 1 1 100 1%% /\\n'")
        line = self.demo()
        needed, more = re.search(r"needs (\d+) MB in .*, where 100 MB are free; free (\d+) MB more", line).groups()
        self.assertEqual(int(needed) - 100, int(more))

    def test_packages_that_cannot_be_downloaded_give_the_cause_of_apt_get(self):
        self.command("dpkg-query", "exit 1")
        self.command("id", "echo 0")
        self.command("apt-get", "echo 'E: Failed to fetch g++' >&2; exit 100")
        self.assertEqual(self.demo(), "run: apt-get could not install the packages: E: Failed to fetch g++; is there a network?")

    def test_wheels_that_cannot_be_downloaded_give_the_cause_of_pip(self):
        python = self.folder / ".venv" / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text(VENV_PYTHON)
        python.chmod(0o755)
        line = self.demo()
        self.assertRegex(line, r"^run: pip cannot get torch==2.13.0 .*ERROR: Could not find a version .*; is there a network\?$")
        self.assertNotIn(" installing into .venv", self.said)

    def test_before_anything_is_fetched_the_demo_says_how_much_and_for_how_long(self):
        (self.bin / "apt-get").unlink()
        self.demo()
        self.assertRegex(self.said, r"downloads +.* MB .*\n +minutes +")

    def test_an_unknown_group_of_tests_is_refused_with_those_that_there_are(self):
        self.assertRegex(self.demo("test", "quack"), r"there is no 'test quack'; .*\./run test quick")


if __name__ == "__main__":
    unittest.main()
