"""Jobs of several users while random processes of the service are killed, the gateway among them."""
import concurrent.futures
import dataclasses
import os
import pathlib
import signal
import threading

import cells
import program
import service
import verdict

USERS = 3
STEP_MS = 15
WAIT_S = (0.05, 0.6)  # from kill to kill


@dataclasses.dataclass
class Kills:
    kills: int = 0
    jobs: int = 0
    failures: int = 0  # jobs that lost three attempts, said so, and were tried again
    server_starts: int = 0
    wrong: list = dataclasses.field(default_factory=list)


def run(plugins, kills, rng, expected):
    seen = Kills()
    if kills == 0:
        return seen
    with service.Service(plugins, step_ms=STEP_MS) as server:
        over = threading.Event()
        with concurrent.futures.ThreadPoolExecutor(USERS) as pool:
            users = [pool.submit(ask, server, user, expected, over, seen) for user in range(USERS)]
            try:
                seen.kills = kill(server, kills, rng, over)
            finally:
                over.set()
            for user in users:
                user.result()
        left_over = verdict.wait_until_tidy(server)
        seen.wrong += [left_over] if left_over else []
        seen.server_starts = server.starts - 1
    return seen


def kill(server, kills, rng, over):
    """Each time another process of the service, drawn with equal chances, as soon as it is there."""
    done = 0
    while done < kills and not over.wait(rng.uniform(*WAIT_S)):
        victim = rng.choice(["gateway", *cells.STAGES])
        while not over.wait(0.02):
            pids = [pid for pid in program.processes_of(server.home) if name_of(pid) == victim]
            if pids:
                break
        try:
            os.kill(pids[0], signal.SIGKILL)
            done += 1
        except ProcessLookupError:
            pass
    return done


def name_of(pid):
    """Of a process of the service; clients have none, and are not killed."""
    try:
        words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    except OSError:
        return ""
    return "gateway" if words[1:2] == ["up"] else words[2] if words[1:2] == ["stage"] else ""


def ask(server, user, expected, over, seen):
    number = 0
    while not over.is_set():
        number += 1
        one = verdict.judge(server, f"user-{user}-{number}", expected, {"stage_died"}, tries=50)
        seen.jobs += 1
        seen.failures += one.failures
        if one.wrong:
            seen.wrong.append(one.wrong)
            over.set()
