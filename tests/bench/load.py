"""Figures under load, as one table: throughput and waits of a flow, fairness, memory.

    SOUVENIR_PROGRAM=build/release/bin/souvenir SOUVENIR_SOURCE=. PYTHONPATH=tests/system \
        python3 tests/bench/load.py [--seconds N] [--report RELIABILITY.md] [CASE...]

Cases: auth curve stages idle large flood churn many.

Requests come at fixed times whatever the answers do (`souvenir bench load`): the wait of each counts
from the moment when it was due. Clients, server and stages share the machine. Each row has its goal;
exit code 1 when one is missed.
"""
import argparse
import json
import os
import pathlib
import resource
import sys

import program
import reliability
import zmq
from raw_client import RawClient

FLOW = """
flow = "load"
[gateway]
per_user = {{ requests = {requests} }}
{gateway}
[route]
"/pass" = "{path}"
"""
EXECUTOR = """
[[executor]]
name = "{name}"
run = "pass"
queue = {{ items = 4096 }}
"""
WINDOW = 64
rows = []


def row(case, what, value, good, goal):
    rows.append({"case": case, "what": what, "value": round(value, 3), "goal": goal, "met": good})
    print(f"{case:7} {what:44} {value:11.3f}  goal {goal:9} {'met' if good else 'MISSED'}", flush=True)


def at_least(case, what, value, goal):
    row(case, what, value, value >= goal, f">= {goal:g}")


def at_most(case, what, value, goal):
    row(case, what, value, value <= goal, f"<= {goal:g}")


def flow_file(stages, gateway="", requests=4000):
    names = [f"s{i}" for i in range(stages)]
    text = FLOW.format(path=" > ".join(names), gateway=gateway, requests=requests)
    file = pathlib.Path(program.new_folder()) / "flow.toml"
    file.write_text(text + "".join(EXECUTOR.format(name=name) for name in names))
    return file


def command_of(rate, seconds, *options):
    return ["bench", "load", "/pass", "--json", "--rate", rate, "--seconds", seconds, *options]


def load(server, rate, seconds, *options):
    result = server.run(*command_of(rate, seconds, *options), timeout=600)
    assert result.code == 0, result
    figures = result.json()
    print("       ", json.dumps(figures), flush=True)
    return figures


# What is offered is answered; and when so many more are due that 64 are always under way.
def sustained(case, server, rate, seconds, *options):
    figures = load(server, rate, seconds, *options)
    at_least(case, f"answered/s of {rate}/s offered", figures["answered_per_s"], rate * 0.99)
    at_most(case, "refused, failed or lost", figures["sent"] - figures["answered"], 0)
    most = load(server, 100 * rate, seconds / 100, "--window", WINDOW, *options)
    at_least(case, f"answered/s with {WINDOW} under way", most["answered_per_s"], rate)


def auth(seconds):
    """One stage; each request shows an API key, over ipc."""
    home = program.new_folder()
    made = program.run("keys", "api", "ann", "--scope", "admin", "--json", home=home)
    assert made.code == 0, made
    env = {"SOUVENIR_TOKEN": made.json()["key"]}
    with program.Server(flow_file(1, "[access]\ntrust_ipc = false"), env=env, home=home) as server:
        sustained("auth", server, 10_000, seconds)


def curve(seconds):
    """One stage; clients come over TCP, encrypted, each with an allowed key."""
    home, port = program.new_folder(), program.free_port()
    key_file = pathlib.Path(program.new_folder()) / "ann.key"
    for command in (["server"], ["make", "ann", "--output", key_file]):
        made = program.run("keys", *command, "--json", home=home)
        assert made.code == 0, made
    with program.Server(flow_file(1, f'listen = ["tcp://*:{port}"]'), home=home) as server:
        sustained("curve", server, 5_000, seconds, "--server", f"tcp://127.0.0.1:{port}", "--key-file",
                  key_file)


def stages(seconds):
    """Three stages, nothing journalled, at most 64 requests under way."""
    with program.Server(flow_file(3)) as server:
        rate = 7_500
        figures = load(server, rate, seconds, "--window", WINDOW)
        at_least("stages", f"answered/s of {rate}/s offered", figures["answered_per_s"], rate * 0.99)
        most = load(server, 100 * rate, seconds / 100, "--window", WINDOW)
        at_least("stages", f"answered/s with {WINDOW} under way", most["answered_per_s"], rate)
        one = program.run("bench", "transport", "--n", "3000", "--json", home=program.new_folder())
        assert one.code == 0, one
        at_most("stages", "p50 of calls one by one, ms", one.json()["p50_ms"], 0.5)
        at_most("stages", "that p50, times the bare ring's", one.json()["p50_ms"] / one.json()["ring_p50_ms"],
                3)


def idle(seconds):
    """Three stages, each request after 100 ms without any."""
    with program.Server(flow_file(3)) as server:
        at_most("idle", "p50, ms", load(server, 10, max(seconds, 10), "--connections", 1)["p50_ms"], 1.2)


def large(_):
    """Three stages, 768 KiB with each call."""
    result = program.run("bench", "transport", "--n", "1000", "--bytes", 768 * 1024, "--json",
                         home=program.new_folder())
    assert result.code == 0, result
    at_most("large", "p50 of 768 KiB over three stages, ms", result.json()["p50_ms"], 0.8)


def flood(seconds):
    """Ann asks 100 times a second, alone, and while another user asks far more."""
    seconds = max(seconds, 10)
    ann = (100, seconds, "--owner", "ann", "--connections", 1)
    with program.Server(flow_file(1, requests=64)) as server:
        alone = load(server, *ann)
        for rate in (1_000, 5_000, 20_000):
            done = server.stage("s0")["done"]
            flooding = server.start(*command_of(rate, 2 * seconds, "--owner", "flood", "--connections", 32))
            program.wait_for(lambda: server.stage("s0")["done"] > done + 100, "the flood begins")
            beside = load(server, *ann)
            assert flooding.poll() is None, "the flood ended too early"
            out, _ = flooding.communicate(timeout=600)
            print("        flood:", out.strip().splitlines()[-1], flush=True)
            at_most("flood", f"p99 beside {rate}/s, times p99 alone", beside["p99_ms"] / alone["p99_ms"], 2)
            at_most("flood", "ann's refused, failed or lost", beside["sent"] - beside["answered"], 0)


def memory_kib(pid):
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    raise AssertionError("no Pss")


def churn(_):
    """10,000 connections that come, ask and go."""
    with program.Server(flow_file(1)) as server:
        gateway = server.status()["pid"]
        rounds, warm, at_once = 100, 50, 100
        for done in range(rounds + warm):
            if done == warm:
                before = memory_kib(gateway)
            result = server.run(*command_of(2_000, at_once / 2_000, "--connections", at_once))
            assert result.code == 0, result
            figures = result.json()
            assert figures["answered"] == figures["sent"] == at_once, figures
        after = memory_kib(gateway)
        print(f"        gateway {before} KiB, after {rounds * at_once} connections {after} KiB", flush=True)
        at_most("churn", "memory after 10,000 connections, times before", after / before, 1.05)


def many(_):
    """5,000 connections at once, each of which was answered; then 500 of them ask."""
    connections, active, rounds = 5_000, 500, 10
    context = zmq.Context()
    context.max_sockets = 2 * connections
    raise_file_limit()
    with program.Server(flow_file(1)) as server:
        gateway = server.status()["pid"]
        address = f"ipc://{server.home}/run/gateway.sock"
        before = memory_kib(gateway)
        clients = [RawClient(address, "ann", context=context) for _ in range(connections)]
        unanswered = sum(ask_all(clients[first:first + active]) for first in range(0, connections, active))
        after = memory_kib(gateway)
        unanswered += sum(ask_all(clients[::connections // active]) for _ in range(rounds))
        at_most("many", f"failed or lost of {connections + rounds * active} by {connections}", unanswered, 0)
        at_most("many", "the server's KiB for a connection", (after - before) / connections, 60)
        for client in clients:
            client.close()


def ask_all(clients):
    """Each asks once; how many get no answer."""
    for client in clients:
        client.request(1, "/pass", "text.v1", {"text": "hello"})
    return sum(not ends_well(client) for client in clients)


def ends_well(client):
    while packet := client.receive(program.DEADLINE_S):
        kind, _, body = packet
        if kind in ("ended", "refused"):
            return kind == "ended" and body["outcome"] == "done"
    return False


def raise_file_limit():
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def table():
    lines = [f"{os.cpu_count()} cores for clients, server and stages together; load {os.getloadavg()[0]:.1f} "
             "in the last minute.", "", "| Case | Figure | Seen | Goal | Met |", "|---|---|---|---|---|"]
    lines += [f"| {r['case']} | {r['what']} | {r['value']:g} | {r['goal']} | {'yes' if r['met'] else 'no'} |"
              for r in rows]
    return "\n".join(lines) + "\n"


CASES = {f.__name__: f for f in (auth, curve, stages, idle, large, flood, churn, many)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", help="of " + " ".join(CASES))
    parser.add_argument("--seconds", type=float, default=10, help="length of each measurement")
    parser.add_argument("--report", type=pathlib.Path, help="whose section ./run load is written")
    options = parser.parse_args()
    for name in options.cases or CASES:
        CASES[name](options.seconds)
    if options.report:
        reliability.write(options.report, "load", table())
    missed = [f"{r['case']}: {r['what']}" for r in rows if not r["met"]]
    print(f"{len(rows) - len(missed)} of {len(rows)} goals met", *missed, sep="\n  ")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
