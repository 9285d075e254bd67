"""The fault matrix: each process fails at each named point, and no job is lost or done twice.

faults.py PLUGINS [--cells N] [--kills N] [--seed S] [--parallel P] [--report FILE]
--cells N: so many cells, drawn by the seed (default: all). --kills N: then so many random kills of random
processes under a stream of jobs. --report: writes what was seen into that file.
"""
import argparse
import concurrent.futures
import pathlib
import random
import subprocess
import sys
import time

import cells
import program
import random_kills
import reliability
import report
import service
import verdict

MOST_JOBS = 4  # until a point was reached, and one more
BRINGS_STEP_MS = 100  # slow enough that the disk is lost before the job is done


def run_cell(plugins, cell, expected):
    """(cell, what was wrong, whether the fault happened, seconds from the fault to the answer)"""
    once = pathlib.Path(program.new_folder()) / "once"
    may_fail = {"throw": {"internal"}, "disk": {"unavailable"}}.get(cell.kind, set())
    recovered_s = 0
    brings = cell.point == cells.BRINGS
    with service.Service(plugins, cell.process, f"{cell.point},{cell.count},{cell.kind},{once}",
                         step_ms=BRINGS_STEP_MS if brings else 0, elsewhere=cells.is_elsewhere(cell)) as server, \
            concurrent.futures.ThreadPoolExecutor(1) as beside:
        losing = beside.submit(lose_disk, server, "owner-0") if brings else None
        for number in range(MOST_JOBS):
            before = once.exists()
            seen = verdict.judge(server, f"owner-{number}", expected, may_fail)
            if seen.wrong:
                return cell, seen.wrong, once.exists(), recovered_s
            if before:
                break  # the service has answered the request after the fault
            if once.exists():
                recovered_s = seen.answered_at - once.stat().st_mtime
        if losing:
            losing.result()
        return cell, verdict.wait_until_tidy(server), once.exists(), recovered_s


def lose_disk(server, owner):
    server.wait_for_step(cells.MIRROR, owner)
    server.lose_trainers_disk()


def unbroken(plugins):
    """What a job publishes when nothing fails, and that it is the same twice."""
    with service.Service(plugins) as server:
        first, second = (service.digest(server.finetune(owner)["model"]) for owner in ("a", "b"))
        assert first == second, "two unbroken runs differ"
        return first


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("plugins")
    parser.add_argument("--cells", type=int)
    parser.add_argument("--only", default="", help="cells whose words contain this")
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--parallel", type=int, default=4)
    parser.add_argument("--report")
    options = parser.parse_args()
    rng = random.Random(options.seed)
    chosen = [c for c in cells.all_cells() if options.only in " ".join(map(str, c))]
    if options.cells is not None:
        chosen = sorted(rng.sample(chosen, min(options.cells, len(chosen))))
    began = time.monotonic()
    expected = unbroken(options.plugins)
    results = []
    with concurrent.futures.ThreadPoolExecutor(options.parallel) as pool:
        for result in pool.map(lambda cell: run_cell(options.plugins, cell, expected), chosen):
            results.append(result)
            cell, wrong, hit, recovered_s = result
            print(f"{'WRONG' if wrong else 'ok   '} {' '.join(map(str, cell))} {recovered_s:.1f} s"
                  f"{'' if hit else ' (never came by)'} {wrong}", flush=True)
    cells_s = time.monotonic() - began
    kills = random_kills.run(options.plugins, options.kills, rng, expected)
    text = report.text_of(results, kills, options.seed, cells_s, time.monotonic() - began - cells_s)
    others = all_right = ""
    if options.report:
        others, all_right = run_others(options.plugins)
        reliability.write(pathlib.Path(options.report), "faults", text + others)
    print(text + others)
    wrong = any(why for _, why, *_ in results) or kills.wrong or (options.report and not all_right)
    return 1 if wrong else 0


def run_others(plugins):
    """A full disk and strange clients: (Markdown, whether all was right)."""
    done = [subprocess.run([sys.executable, pathlib.Path(__file__).parent / script, *arguments],
                           capture_output=True, text=True)
            for script, arguments in (("full_disk.py", [plugins]), ("clients.py", []))]
    for each in done:
        print(each.stdout + each.stderr)
    return "\n" + reliability.text_of_figures("".join(each.stdout for each in done)), all(
        each.returncode == 0 for each in done)


if __name__ == "__main__":
    sys.exit(main())
