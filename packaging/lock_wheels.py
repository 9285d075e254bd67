"""Writes the lists of wheels that ./run installs, each with its version and hashes, so that pip takes those very files:

    packaging/wheels.txt            the Python of the client, and what torch needs wherever it runs
    packaging/wheels-for-cpu.txt    torch, LibTorch that is, where pip takes its wheel for CPUs
    packaging/wheels-for-cuda.txt   torch and what it needs in addition, where pip takes its wheel for CUDA
    packaging/wheels-for-tests.txt  what Souvenir's models and pictures are compared with

To take other versions, change DIRECT or FOR_TESTS, run `.venv/bin/python packaging/lock_wheels.py`, and read the
difference before it is committed. Versions are what pip resolves today, hashes what PyPI lists for Linux on x86_64 and
aarch64 and the Pythons below. PyPI has no wheel of torch for CPUs: of https://download.pytorch.org/whl/cpu the one that
pip takes here is listed. On another machine, the script adds that of its Python and processor.
"""
import json
import pathlib
import re
import subprocess
import sys
import urllib.request

DIRECT = ["torch==2.13.0", "numpy==2.4.6", "pyzmq==27.3.0", "msgpack==1.2.4"]
FOR_TESTS = ["diffusers==0.42.1", "transformers==5.23.0", "safetensors==0.8.0", "peft==0.21.2"]
PYTHONS = [311, 312, 313, 314]
FOR_CUDA = re.compile(r"torch$|nvidia-|cuda-|triton$")
PLATFORM = re.compile(r"any$|(manylinux|linux).*_(x86_64|aarch64)$")
HERE = pathlib.Path(__file__).parent


def resolved(*wanted):
    """What pip would install into an empty environment: {name: (version, hash)}."""
    done = subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--dry-run",
                           "--ignore-installed", "--only-binary", ":all:", "--report", "-", *wanted],
                          check=True, capture_output=True, text=True)
    found = {}
    for package in json.loads(done.stdout)["install"]:
        name = re.sub(r"[-_.]+", "-", package["metadata"]["name"]).lower()
        found[name] = (package["metadata"]["version"], package["download_info"]["archive_info"]["hashes"]["sha256"])
    return found


def fits(filename):
    python, abi, platform = filename.removesuffix(".whl").rsplit("-", 3)[1:]
    ours = any(tag == "py3" or tag in [f"cp{number}" for number in PYTHONS] and not abi.endswith("t") or
               abi == "abi3" and tag.startswith("cp3") and int(tag[2:]) <= PYTHONS[-1]
               for tag in python.split("."))
    return ours and any(PLATFORM.match(tag) for tag in platform.split("."))


def listed_hashes(name, version):
    asked = urllib.request.Request(f"https://pypi.org/simple/{name}/",
                                   headers={"Accept": "application/vnd.pypi.simple.v1+json"})
    with urllib.request.urlopen(asked, timeout=60) as answer:
        files = json.load(answer)["files"]
    return {file["hashes"]["sha256"] for file in files
            if file["filename"].endswith(".whl") and file["filename"].split("-")[1] == version and fits(file["filename"])}


def known_hashes(file, name, version):
    """Those in the list as it is."""
    text = (HERE / file).read_text() if (HERE / file).exists() else ""
    entry = re.search(rf"^{re.escape(f'{name}=={version}')} (?:.*\\\n)*.*", text, re.MULTILINE)
    return set(re.findall("[0-9a-f]{64}", entry[0])) if entry else set()


def write(file, packages):
    text = "# Written by lock_wheels.py.\n"
    for name, (version, found) in sorted(packages.items()):
        listed = known_hashes(file, name, version) if "+" in version else listed_hashes(name, version)
        text += f"{name}=={version}" + "".join(f" \\\n    --hash=sha256:{each}" for each in sorted({found} | listed)) + "\n"
    (HERE / file).write_text(text)


def main():
    here = resolved(*DIRECT)
    everywhere = resolved(*(wanted.replace("torch==", "torch===") for wanted in DIRECT))
    tests = resolved(*DIRECT, *FOR_TESTS)
    cuda = {name: found for name, found in everywhere.items() if FOR_CUDA.match(name)}
    base = {name: found for name, found in everywhere.items() if name not in cuda}
    write("wheels.txt", base)
    write("wheels-for-cuda.txt", cuda)
    if "+cpu" in here["torch"][0]:
        write("wheels-for-cpu.txt", {"torch": here["torch"]})
    write("wheels-for-tests.txt", {name: found for name, found in tests.items() if name not in base | cuda})


if __name__ == "__main__":
    main()
