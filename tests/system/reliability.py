"""RELIABILITY.md: sections between marks, each written by the program that saw what it says.

reliability.py FILE SECTION LOG: the section of a ctest run, from what it printed; of SECTION "figures" the figures.
"""
import datetime
import pathlib
import re
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[2]


def commit():
    """What is checked out, in short."""
    return subprocess.run(["git", "-C", SOURCE, "rev-parse", "--short", "HEAD"],
                          capture_output=True, text=True).stdout.strip() or "unknown"


def write(file, section, text):
    """Replaces the section between its marks; adds it at the end when it is not there."""
    begin, end = f"<!-- {section}: begin -->\n", f"<!-- {section}: end -->\n"
    stamp = f"Written by `./run {section}` on {datetime.date.today()}, commit {commit()}.\n\n"
    whole = file.read_text() if file.exists() else ""
    if begin not in whole:
        whole += f"\n## ./run {section}\n\n{begin}{end}"
    before, rest = whole.split(begin, 1)
    file.write_text(before + begin + stamp + text + end + rest.split(end, 1)[1])


def text_of_ctest(log):
    passed = re.search(r"\d+% tests passed, (\d+) tests failed out of (\d+)", log)
    seconds = re.search(r"Total Test time \(real\) = +([\d.]+) sec", log)
    names = re.findall(r"Test +#\d+: (\S+) \.* *Passed", log)
    return (f"{passed[2]} suites, {passed[1]} failed, in {float(seconds[1]):.0f} s: "
            f"{', '.join(sorted(names))}.\n")


def text_of_figures(log):
    """The lines that tests print as `figure: ...`."""
    found = sorted(set(re.findall(r"figure: (.+)", log)), key=log.index)
    assert found, "no test has printed a figure"
    return "".join(f"- {line}\n" for line in found)


if __name__ == "__main__":
    text_of = text_of_figures if sys.argv[2] == "figures" else text_of_ctest
    write(pathlib.Path(sys.argv[1]), sys.argv[2], text_of(pathlib.Path(sys.argv[3]).read_text()))
