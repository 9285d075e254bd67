"""Every program and plugin of a build is hardened: position-independent, with tables that are read-only once bound, a
stack that is no code, canaries, checked copies; and it looks for libraries in no folder that somebody else could make.

    hardening_test.py BUILD FORTIFIED

FORTIFIED is ON where the compiler was asked for checked copies. A file without an array on its stack has no canary, and
one that calls no function of C on an array has no checked copy: the first is asked of most, the second of the program.
"""
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys

PROGRAMS = ["souvenir", "souvenir-decode", "souvenir-model"]
LEAST_FILES = 4
LEAST_SHARE = 0.7  # of the files that have a canary


def read(*arguments):
    return subprocess.run(["readelf", "-W", *map(str, arguments)], capture_output=True, text=True, check=True).stdout


def runpath_faults(file, dynamic, build):
    """Where it looks for libraries: beside itself, or where LibTorch with CUDA lies."""
    for kind, path in re.findall(r"\((RPATH|RUNPATH)\).*\[(.*)\]", dynamic):
        if kind == "RPATH":
            yield "has an RPATH, which goes before LD_LIBRARY_PATH"
        for folder in path.split(":"):
            if not folder:
                yield f"looks for libraries in the current folder: [{path}]"
            elif not folder.startswith(("/", "$ORIGIN")):
                yield f"looks for libraries in a relative folder: [{path}]"
            elif folder.startswith("/") and not folder.endswith("/torch/lib"):
                yield f"looks for libraries in a folder that is not LibTorch's: [{path}]"
            elif build is not None and pathlib.Path(folder).is_relative_to(build):
                yield f"looks for libraries in the build: [{path}]"


def faults_in(file, build):
    header, segments, dynamic = read("-h", file), read("-l", file), read("-d", file)
    if "DYN" not in re.search(r"Type: +(\S+)", header)[1]:
        yield "is not position-independent"
    if "GNU_RELRO" not in segments:
        yield "has no read-only tables (relro)"
    if not re.search(r"\(FLAGS\).*BIND_NOW|\(FLAGS_1\).*NOW", dynamic):
        yield "binds functions late (no -z now)"
    stack = re.search(r"GNU_STACK.*", segments)
    if not stack or "E" in stack[0].split()[6]:
        yield "has a stack that may be code"
    if re.search(r"LOAD.*RWE", segments):
        yield "has memory that is written and executed"
    if "TEXTREL" in dynamic:
        yield "is changed while it is loaded (TEXTREL)"
    yield from runpath_faults(file, dynamic, build)


def symbols_of(file):
    """(has a canary, has a checked copy)"""
    symbols = read("--dyn-syms", file)
    return "__stack_chk_fail" in symbols, bool(re.search(r"__\w+_chk\b(?<!__stack_chk)", symbols.replace("__stack_chk_fail", "")))


def look_at(files, build, fortified):
    """What is wrong with a set of files that were built alike."""
    with concurrent.futures.ThreadPoolExecutor() as pool:
        each = list(pool.map(lambda file: [f"{file} {fault}" for fault in faults_in(file, build)], files))
        symbols = list(pool.map(symbols_of, files))
    faults = sum(each, [])
    canaries = sum(canary for canary, _ in symbols)
    if canaries < LEAST_SHARE * len(files):
        faults.append(f"{canaries} of {len(files)} files have a canary")
    if fortified and not symbols[0][1]:
        faults.append(f"{files[0]} has no checked copy")
    return faults


def built_badly(folder):
    """A program that has to be found fault with in every way: the test would else say nothing."""
    source, program = folder / "bad.cpp", folder / "bad"
    source.write_text("int main() { return 0; }\n")
    done = subprocess.run([os.environ.get("CXX", "c++"), "-no-pie", "-fno-stack-protector", "-U_FORTIFY_SOURCE",
                           "-Wl,-z,norelro,-z,lazy,-z,execstack,--enable-new-dtags,-rpath,/tmp/x:", source, "-o", program],
                          capture_output=True, text=True)
    return program if done.returncode == 0 else None


def main(build, fortified):
    if not shutil.which("readelf"):
        print("there is no readelf here")
        return 77
    own = build / "tests" / "hardening"
    own.mkdir(parents=True, exist_ok=True)
    bad = built_badly(own)
    if bad is not None:
        said = "\n".join(look_at([bad], None, True))
        for word in ["position-independent", "relro", "late", "stack", "current folder", "not LibTorch's", "canary", "checked copy"]:
            assert word in said, (word, said)
    files = [build / "bin" / name for name in PROGRAMS] + sorted((build / "bin" / "plugins").glob("*.so"))
    assert len(files) >= LEAST_FILES, files
    faults = look_at(files, None, fortified)
    installed = own / "installed"
    shutil.rmtree(installed, ignore_errors=True)
    done = subprocess.run(["cmake", "--install", build, "--prefix", installed], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    placed = [installed / "bin" / name for name in PROGRAMS] + sorted((installed / "lib/souvenir/plugins").glob("*.so"))
    faults += look_at(placed, build, fortified)
    shutil.rmtree(installed)
    print(*faults, f"{len(files)} files of the build, {len(placed)} installed, {len(faults)} faults", sep="\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve(), sys.argv[2] == "ON"))
