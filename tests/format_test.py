"""Every C++ file is as clang-format 14 writes it. Exit 77 (skipped) where there is no clang-format 14:
another version breaks lines elsewhere."""
import pathlib
import shutil
import subprocess
import sys

VERSION = "14."
FOLDERS = ("schemas", "executor", "flow", "plugins", "tests", "examples")


def clang_format():
    for name in ("clang-format-14", "clang-format"):
        found = shutil.which(name)
        if found and f"version {VERSION}" in subprocess.run(
                [found, "--version"], capture_output=True, text=True).stdout:
            return found
    print(f"skipped: there is no clang-format {VERSION[:-1]}; apt-get install clang-format-14")
    sys.exit(77)


root = pathlib.Path(sys.argv[1])
files = sorted(file for folder in FOLDERS for suffix in ("*.h", "*.cpp")
               for file in (root / folder).rglob(suffix))
assert files, f"no C++ files in {root}"
done = subprocess.run([clang_format(), "--dry-run", "--Werror", *map(str, files)],
                      capture_output=True, text=True)
changed = sorted({line.split(":")[0] for line in done.stderr.splitlines() if ": error: " in line})
if done.returncode != 0:
    print("not formatted:", *changed, sep="\n  ")
    print("mend it: clang-format-14 -i FILE")
    sys.exit(1)
print(f"{len(files)} files are formatted")
