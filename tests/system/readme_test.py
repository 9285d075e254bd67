"""The README shows the very plugin that examples/02_your_plugin builds, in 30 lines."""
import pathlib
import sys

root = pathlib.Path(sys.argv[1])
readme = (root / "README.md").read_text()
folder = root / "examples" / "02_your_plugin"
plugin = (folder / "polite.cpp").read_text().strip()
executor = (folder / "flow.toml").read_text().split("\n\n", 1)[1].strip()
cmake = next(line for line in (folder / "CMakeLists.txt").read_text().splitlines() if line.startswith("add_executor("))
for part in (plugin, executor, cmake):
    assert part in readme, f"README.md does not show:\n{part}"
lines = sum(len([l for l in part.splitlines() if l.strip()]) for part in (plugin, executor, cmake))
assert lines <= 30, f"{lines} lines"
assert readme.index("./run demo") < readme.index("./run test") < 200
for line in readme.splitlines():
    if line.startswith("| `") and "/` |" in line:
        assert (root / line.split("`")[1]).is_dir(), line
