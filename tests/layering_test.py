"""The arrows between the rooms go down only, and a plugin includes no plugin.

ROOMS lists every room with what it may include. Each #include is resolved against the include folders; one
that names a file of this tree is refused unless its room is in the list. The README's table of folders names
the same rooms in the same order. Each third-party library has one home, so that it can be replaced by changing
one folder, and no two headers have the same name.
"""
import pathlib
import re
import sys

CONTRACT = ["executor", "executor/sandbox", "executor/files", "schemas"]
DIFFUSION = "plugins/shared/diffusion/"
# Room -> the rooms that it may include beside itself, those that stand above it in this table.
ROOMS = {
    "schemas": [],
    "executor/files": [],
    "executor/sandbox": [],
    "executor": ["schemas", "executor/files", "executor/sandbox"],
    "flow/access": [*CONTRACT],
    "flow/file": ["flow/access", *CONTRACT],
    "flow/gateway": ["flow/file", "flow/access", *CONTRACT],
    "flow/relay": [*CONTRACT],
    "flow/server": ["flow/relay", "flow/gateway", "flow/file", "flow/access", *CONTRACT],
    "flow/client": ["flow/file", *CONTRACT],
    "flow/command": ["flow/client", "flow/server", "flow/relay", "flow/gateway", "flow/file", "flow/access", *CONTRACT],
    DIFFUSION + "formats": ["executor/files"],
    DIFFUSION + "networks": [DIFFUSION + "formats", "executor/files"],
    DIFFUSION + "schedulers": [DIFFUSION + "formats", "executor/files"],
    DIFFUSION + "training": [DIFFUSION + "schedulers", DIFFUSION + "networks", DIFFUSION + "formats", "executor/files"],
    DIFFUSION + "judge": [DIFFUSION + "networks", DIFFUSION + "formats", "executor/files"],
}
SHARED = [room for room in ROOMS if room.startswith(DIFFUSION)]
ROOMS["plugins/shared/store"] = [*SHARED, *CONTRACT]
ROOMS["plugins/shared/pictures"] = [*SHARED, *CONTRACT]
ROOMS["plugins/shared/compute"] = ["plugins/shared/store", *SHARED, *CONTRACT]
SHARED += ["plugins/shared/store", "plugins/shared/pictures", "plugins/shared/compute"]
PLUGINS = ["registry", "storage", "encoder", "sampler", "trainer", "generator", "judge", "bench", "pass", "base_training",
           "evaluation"]
for plugin in PLUGINS:
    ROOMS["plugins/" + plugin] = [*SHARED, *CONTRACT]
ROOMS["examples"] = CONTRACT

INCLUDE_FOLDERS = ["", "plugins", "plugins/shared"]
# What is included -> the folders that may.
HOMES = {
    r"zmq\.h(pp)?|zmq_addon\.hpp": ["executor", "flow"],
    r"toml\+\+/.*": ["flow/file"],
    r"CLI/.*": ["flow/command"],
    r"msgpack.*": ["schemas"],
    r"opencv2/.*": ["plugins/shared/pictures", "plugins/evaluation", "examples/05_personalize"],
    r"(jpeglib|jerror|png|lcms2)\.h|webp/.*": ["plugins/shared/pictures"],
    r"(torch|ATen|c10)/.*": ["plugins"],
    r"sqlite3\.h": ["executor"],
    r"xxhash\.h": ["flow/gateway"],
    r"yaml-cpp/.*": [DIFFUSION + "formats"],
    r"seccomp\.h": ["executor/sandbox"],
    r"openssl/.*": ["flow/access", "executor/files"],
}
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)
LEAST_FILES = 500


def room_of(path):
    """The innermost room that holds the file; None for one that stands in no room."""
    for folder in path.parents:
        if str(folder) in ROOMS:
            return str(folder)
    return None


def resolved(root, path, included):
    """The file of this tree that is meant, or None: a header of a library."""
    for folder in [path.parent, *map(pathlib.Path, INCLUDE_FOLDERS)]:
        found = (root / folder / included).resolve()
        if found.is_file() and found.is_relative_to(root):
            return found.relative_to(root)
    return None


def faults_in(root, path, text):
    room = room_of(path)
    if room is None:
        yield f"{path} stands in no room: {', '.join(ROOMS)}"
        return
    for included in INCLUDE.findall(text):
        target = resolved(root, path, included)
        if target is not None:
            other = room_of(target)
            if other != room and other not in ROOMS[room]:
                yield f"{path} includes {included}: {room}/ may not use {other or target}"
        for pattern, homes in HOMES.items():
            if re.fullmatch(pattern, included) and not any(path.is_relative_to(h) for h in homes):
                yield f"{path} includes {included}, which belongs to {', '.join(homes)}"


def files_of(root):
    return [file for top in ("schemas", "executor", "flow", "plugins", "examples")
            for file in sorted((root / top).rglob("*")) if file.suffix in (".h", ".cpp")]


def planted(root):
    """What has to be refused, and is: an arrow up, one between plugins, a library outside its home."""
    for path, text in [("plugins/trainer/x.cpp", '#include "sampler/sampler.h"\n'),
                       ("plugins/trainer/x.cpp", '#include "../sampler/sampler.h"\n'),
                       ("plugins/shared/store/x.cpp", '#include "compute/time_budget.h"\n'),
                       ("plugins/registry/x.cpp", '#include "flow/file/flow.h"\n'),
                       ("flow/command/x.cpp", '#include "plugins/registry/registry.h"\n'),
                       ("flow/gateway/x.cpp", '#include "flow/server/serve.h"\n' '#include "flow/server/up.h"\n'),
                       ("executor/x.cpp", "#include <msgpack.hpp>\n"),
                       ("flow/x.cpp", "")]:
        yield path, text, list(faults_in(root, pathlib.Path(path), text))


def same_names(root):
    seen = {}
    for top in ("schemas", "executor", "flow", "plugins", "tests", "examples"):
        for file in (root / top).rglob("*.h"):
            seen.setdefault(file.name, []).append(str(file.relative_to(root)))
    return [f"two headers have one name: {', '.join(sorted(paths))}" for paths in seen.values() if len(paths) > 1]


def rooms_of_readme(root):
    """The folders that the first column of the README's table names, in its order."""
    table = (root / "README.md").read_text(encoding="utf-8").split("## The folders", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"^\| `([a-z_/]+)/` \|", table, re.MULTILINE)


def main(root):
    root = root.resolve()
    for path, text, faults in planted(root):
        assert faults, f"{path} with {text!r} should be refused"
    assert not list(faults_in(root, pathlib.Path("flow/server/x.cpp"), "#include <zmq.hpp>\n"))
    files = files_of(root)
    faults = [fault for f in files
              for fault in faults_in(root, f.relative_to(root), f.read_text(encoding="utf-8"))]
    faults += same_names(root)
    if rooms_of_readme(root) != list(ROOMS):
        faults.append(f"README.md's table of folders is not the list of rooms:\n  {rooms_of_readme(root)}\n  {list(ROOMS)}")
    print(*faults, f"{len(files)} files read, {len(ROOMS)} rooms, {len(faults)} faults", sep="\n")
    return 1 if faults or len(files) < LEAST_FILES else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
