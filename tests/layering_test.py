"""The folders' arrows hold: flow -> executor -> schemas; plugins -> executor, schemas.

Reads every #include below the source folder that is the only argument. Each third-party library
has one home, so that it can be replaced by changing one folder.
"""
import pathlib
import re
import sys

MAY_INCLUDE = {
    "schemas": {"schemas"},
    "executor": {"executor", "schemas"},
    "flow": {"flow", "executor", "schemas"},
    "plugins": {"plugins", "executor", "schemas"},
    "examples": {"executor", "schemas"},
}
# What is included -> the folders that may.
HOMES = {
    r"zmq\.h(pp)?|zmq_addon\.hpp": ["executor", "flow"],
    r"toml\+\+/.*": ["flow"],
    r"CLI/.*": ["flow"],
    r"msgpack.*": ["schemas"],
    r"opencv2/.*": ["plugins/pictures", "plugins/generator", "plugins/corpus", "plugins/figures", "plugins/memory",
                    "examples/05_personalize"],
    r"(torch|ATen|c10)/.*": ["plugins"],
    r"sqlite3\.h": ["executor"],
    r"openssl/.*": ["flow/access"],
}
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)


def faults_in(path, text):
    top = path.parts[0]
    for included in INCLUDE.findall(text):
        first = included.split("/")[0]
        if first in MAY_INCLUDE and "/" in included and first not in MAY_INCLUDE[top]:
            yield f"{path} includes {included}: {top}/ may not use {first}/"
        for pattern, homes in HOMES.items():
            if re.fullmatch(pattern, included) and not any(path.is_relative_to(h) for h in homes):
                yield f"{path} includes {included}, which belongs to {', '.join(homes)}"


def main(root):
    assert list(faults_in(pathlib.Path("plugins/x.cpp"), '#include "flow/flow.h"\n'))
    assert list(faults_in(pathlib.Path("executor/x.cpp"), "#include <msgpack.hpp>\n"))
    assert not list(faults_in(pathlib.Path("flow/x.cpp"), "#include <zmq.hpp>\n"))
    files = [f for top in MAY_INCLUDE for f in sorted((root / top).rglob("*"))
             if f.suffix in (".h", ".cpp")]
    faults = [fault for f in files
              for fault in faults_in(f.relative_to(root), f.read_text(encoding="utf-8"))]
    print(*faults, f"{len(files)} files read, {len(faults)} forbidden includes", sep="\n")
    return 1 if faults or len(files) < 50 else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
