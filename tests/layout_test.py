"""Of the plugins, plugins/shared/store/layout alone spells paths of SOUVENIR_HOME.

What is written twice drifts apart: a folder that one plugin writes and another never finds. So a plugin joins nothing
to its home folder, uses none of layout.cpp's names as a part of a path, and does not ask where the home folder is
(the host tells it: Setup::home).
"""
import pathlib
import re
import sys

LAYOUT = pathlib.Path("plugins/shared/store/layout.cpp")
# A string (group 1) or a comment. Include lines name source files, not the disk.
TOKEN = re.compile(r'"((?:\\.|[^"\\\n])*)"|//[^\n]*|/\*.*?\*/', re.DOTALL)
INCLUDE = re.compile(r"^\s*#\s*include[^\n]*$", re.MULTILINE)
HOME = r"\b(?:[a-z_]*_)?home_?\b(?:\(\))?"
JOINED_TO_HOME = re.compile(
    rf"(?:{HOME}|path\({HOME}\))\s*/=?\s*[\w\"]|{HOME}\.(?:append|concat)\(|{HOME}\.(?:string|native|c_str)\(\)\s*\+")
JOINED = re.compile(r'(?:(?<!/)/=?|append\(|\+)\s*"([^"\n]*)"')
ASKED = re.compile(r'getenv\(\s*"SOUVENIR_HOME"')
LEAST_FILES = 250


def without_comments(text):
    text = INCLUDE.sub("", text)
    return TOKEN.sub(lambda found: found.group() if found.group(1) is not None else "", text)


def names_of(layout):
    """The names that layout.cpp gives to what lies in the home folder."""
    return set(re.findall(r'/ "([^"\n]+)"', without_comments(layout)))


def parts_of_paths(code):
    """What strings say of a path: each part of "store/versions", and what is joined by `/`."""
    for found in TOKEN.finditer(code):
        text = found.group(1) or ""
        if "/" in text and not text.startswith("/") and " " not in text:
            yield from text.split("/")
    for text in JOINED.findall(code):
        yield from text.split("/")


def faults_in(path, text, names):
    if path in (LAYOUT, LAYOUT.with_suffix(".h")):
        return
    code = without_comments(text)
    for found in JOINED_TO_HOME.findall(code):
        yield f"{path} joins a path to the home folder: {found.strip()}"
    for name in sorted(names.intersection(parts_of_paths(code))):
        yield f'{path} spells "{name}", which layout.h has a function for'
    if ASKED.search(code):
        yield f"{path} asks for SOUVENIR_HOME: Setup::home has it"


# Each is refused, and nothing of what is allowed.
REFUSED = ['return home / "store" / "versions" / id;', "const auto file = home_ / name;",
           'auto db = setup.home / "registry.db";', 'open(home.string() + "/registry.db");',
           'folder = office.home() / "mine";', 'fs::path(home_) / "mine";', "auto mine = home; home /= name;",
           'const auto all = store_folder_ / "staging";', 'constexpr auto kWhere = "store/replay";',
           'fs::path path = root; path /= "checkpoints";', 'root.append("incoming")', 'home_.append("mine")',
           'std::getenv("SOUVENIR_HOME")', 'read(where + "/cache/prior");']
ALLOWED = ["const auto file = store::registry_database(home_);", '// home / "store" / "versions"\n', "/* home_ / name */",
           'throw Error("unavailable", "x", "make room on the disk of SOUVENIR_HOME");', '#include "store/layout.h"\n',
           'constexpr const char* kStoreRoute = "/store";', 'folder / "unet"', 'text = "here or there: /";',
           'const char* table = "versions";']


def main(root):
    names = names_of((root / LAYOUT).read_text(encoding="utf-8"))
    assert {"store", "versions", "staging", "checkpoints", "cache"} <= names, names
    plugin = pathlib.Path("plugins/trainer/x.cpp")
    for text in REFUSED:
        assert list(faults_in(plugin, text, names)), f"{text} should be refused"
    for text in ALLOWED:
        assert not list(faults_in(plugin, text, names)), f"{text} should be allowed"
    files = [file for file in sorted((root / "plugins").rglob("*")) if file.suffix in (".h", ".cpp")]
    faults = [fault for file in files
              for fault in faults_in(file.relative_to(root), file.read_text(encoding="utf-8"), names)]
    print(*faults, f"{len(files)} files read, {len(names)} names, {len(faults)} faults", sep="\n")
    return 1 if faults or len(files) < LEAST_FILES else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
