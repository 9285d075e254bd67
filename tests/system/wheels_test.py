"""./run installs the very wheels that the lists name: another file under a listed name is refused, and nothing that no
list names is fetched.
"""
import base64
import hashlib
import os
import pathlib
import re
import subprocess
import unittest
import zipfile

import program

LISTS = sorted((program.SOURCE / "packaging").glob("wheels*.txt"))
ENTRY = re.compile(r"^([a-z0-9-]+)==(\S+)((?: \\\n    --hash=sha256:[0-9a-f]{64})+)$", re.MULTILINE)


def wheel(folder, name, version, text, needs=()):
    """A wheel with one module."""
    file = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    files = {f"{name}.py": text,
             f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n" +
                                 "".join(f"Requires-Dist: {need}\n" for need in needs),
             f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"}
    record = "".join(
        f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(data.encode()).digest()).rstrip(b'=').decode()},{len(data)}\n"
        for path, data in files.items())
    with zipfile.ZipFile(file, "w") as archive:
        for path, data in [*files.items(), (f"{info}/RECORD", f"{record}{info}/RECORD,,\n")]:
            archive.writestr(path, data)
    return file


def listed(*files):
    return "".join(f"{file.name.split('-')[0]}=={file.name.split('-')[1]} \\\n"
                   f"    --hash=sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}\n" for file in files)


class Lists(unittest.TestCase):
    def test_each_wheel_has_its_version_and_its_hashes(self):
        self.assertEqual([file.name for file in LISTS], ["wheels-for-cpu.txt", "wheels-for-cuda.txt", "wheels-for-tests.txt",
                                                           "wheels.txt"])
        named = []
        for file in LISTS:
            text = file.read_text()
            self.assertEqual(ENTRY.sub("", text).split("\n", 1)[1].strip(), "", file)
            named += [name for name, _, _ in ENTRY.findall(text)]
        self.assertEqual([name for name in named if named.count(name) > 1], ["torch", "torch"])  # for CPUs, for CUDA
        for name in ["torch", "numpy", "pyzmq", "msgpack", "diffusers", "transformers", "safetensors", "peft", "triton"]:
            self.assertIn(name, named)

    def test_the_scripts_install_nothing_without_hashes(self):
        for script in [program.SOURCE / "run", *(program.SOURCE / "packaging").glob("*.sh")]:
            for command in re.findall(r"pip install(?:.*\\\n)*.*", script.read_text()):
                self.assertTrue("--require-hashes" in command or "--dry-run" in command, f"{script}: {command}")


class Installation(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(program.new_folder())
        self.index = self.folder / "index"
        self.index.mkdir()
        self.torch = wheel(self.index, "torch", "1.0+cpu", "kind = 'as listed'\n", ["sympathy"])
        self.needed = wheel(self.index, "sympathy", "2.0", "")
        self.list = self.folder / "wheels.txt"
        self.list.write_text(listed(self.needed))
        (self.folder / "cpu.txt").write_text(listed(self.torch))

    def install(self):
        script = program.SOURCE / "packaging" / "prerequisites.sh"
        text = f"set -euo pipefail; . {script}; CPU_WHEELS=cpu.txt; WHEELS_MB=1; install_wheels installed wheels.txt"
        env = {**os.environ, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.index), "PIP_CONFIG_FILE": "/dev/null",
               "HOME": str(self.folder)}
        return subprocess.run(["bash", "-c", text], cwd=self.folder, env=env, capture_output=True, text=True,
                              timeout=program.DEADLINE_S)

    def test_the_listed_wheels_are_installed_and_no_second_time(self):
        done = self.install()
        self.assertEqual(done.returncode, 0, done)
        self.assertTrue(list((self.folder / ".venv").rglob("sympathy.py")))
        self.assertEqual((self.install().returncode, self.install().stdout), (0, ""))

    def test_another_file_under_a_listed_name_is_refused(self):
        wheel(self.index, "torch", "1.0+cpu", "kind = 'planted'\n", ["sympathy"])
        done = self.install()
        self.assertEqual(done.returncode, 1, done)
        self.assertRegex(done.stderr, "refused")
        self.assertFalse(list((self.folder / ".venv").rglob("torch.py")))

    def test_a_dependency_that_no_list_names_is_refused(self):
        self.list.write_text("# nothing\n")
        done = self.install()
        self.assertEqual(done.returncode, 1, done)
        self.assertFalse(list((self.folder / ".venv").rglob("sympathy.py")))


if __name__ == "__main__":
    unittest.main()
