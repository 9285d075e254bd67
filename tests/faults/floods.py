"""Strangers flood the public addresses: another client is answered as before, and memory stays bounded.

floods.py [SECONDS] [FLOOD...]: each flood for so long (default 60) beside a client that is measured, after a while
without it. One line of figures each: both p99, and by how much gateway and relay grew. Whoever floods has a processor
of its own; here it shares one with the server.
"""
import json
import os
import pathlib
import subprocess
import sys
import threading
import time

import attacks
import program
from raw_client import RawClient, zmq

FLOW = """
flow = "floods"
[gateway]
listen = [{listen}]
[route]
"/pass" = {{ path = "pass", durable = {durable} }}
[[executor]]
name = "pass"
"""
MOST_MIB = 256     # that strangers may cost: flow/relay/relay_limits.h
MOST_RATIO = 3     # p99 under the flood to p99 without
LEAST_S = 10       # shorter floods measure no p99: they show that all are answered, and what memory it takes
QUIET_S = 20       # at most, to measure what a flood is compared with
PACE_S = 0.01      # between two requests of the measured client


def memory_kib(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


def relay_of(pid):
    """The relay that this server has started; None while there is none."""
    for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        try:
            if pathlib.Path(f"/proc/{child}/cmdline").read_bytes().startswith(b"souvenir\0relay"):
                return int(child)
        except OSError:
            pass
    return None


class House:
    """A server with public addresses, and a client that may come in."""

    def __init__(self, is_plain, durable=False):
        self.home = pathlib.Path(program.new_folder())
        self.port = program.free_port()
        self.keys = {}
        host = "127.0.0.1" if is_plain else "*"
        if not is_plain:
            self.make_keys()
        flow = self.home / "flow.toml"
        listen = f'"ipc://${{var.run}}/gateway.sock", "tcp://{host}:{self.port}"'
        flow.write_text(FLOW.format(listen=listen, durable=str(durable).lower()))
        self.server = program.Server(flow, home=self.home)
        self.address = f"tcp://127.0.0.1:{self.port}"

    def make_keys(self):
        file = pathlib.Path(program.new_folder()) / "ann.key"
        for command in (["server"], ["make", "ann", "--output", file]):
            made = program.run("keys", *command, "--json", home=self.home)
            assert made.code == 0, made
        lines = dict(line.split() for line in file.read_text().splitlines() if " " in line)
        self.keys = {f"curve_{name}key": lines[name].encode() for name in ("public", "secret")}
        self.keys["curve_serverkey"] = lines["server"].encode()

    def __enter__(self):
        self.server.__enter__()
        self.pid = self.server.status()["pid"]
        return self

    def __exit__(self, kind, *_):
        self.server.__exit__(kind)

    def client(self, **options):
        return RawClient(self.address, "ann", **self.keys, **options)

    def memory_kib(self):
        return [memory_kib(pid) if pid else 0 for pid in (self.pid, relay_of(self.pid))]


class Measured:
    """Requests one after another, for a time; how long each took, and what the server took meanwhile."""

    def __init__(self, house):
        self.house = house
        self.client = house.client()
        self.number = 0
        self.took_ms = []
        self.most_kib = [0, 0]

    def ask(self):
        self.number += 1
        self.client.request(self.number, "/pass", "text.v1", {"text": "hello"})
        began = time.monotonic()
        while True:
            packet = self.client.receive(program.DEADLINE_S)
            assert packet, "the measured client is not answered"
            kind, header, body = packet
            assert kind != "refused", body
            if kind == "ended" and header["i"] == self.number:
                return (time.monotonic() - began) * 1000

    def run(self, seconds):
        self.took_ms = []
        end = time.monotonic() + seconds
        look = 0
        while time.monotonic() < end:
            self.took_ms.append(self.ask())
            if time.monotonic() > look:
                self.most_kib = [max(pair) for pair in zip(self.most_kib, self.house.memory_kib())]
                look = time.monotonic() + 0.1
            time.sleep(PACE_S)  # its pace
        return sorted(self.took_ms)[int(len(self.took_ms) * 0.99)]


def flood(name, seconds):
    with House(is_plain=name in attacks.PLAIN) as house:
        measured = Measured(house)
        measured.run(1)
        quiet_ms = measured.run(min(seconds, QUIET_S))
        before = house.memory_kib()
        relay = relay_of(house.pid)
        address = f"{house.home}/run/gateway.sock" if name in attacks.LOCAL else str(house.port)
        attack = subprocess.Popen([sys.executable, attacks.__file__, name, address, str(seconds),
                                   house.keys.get("curve_serverkey", b"").decode()],
                                  stdout=subprocess.PIPE, text=True)
        try:
            assert attack.stdout.readline() == "begun\n"
            measured.most_kib = before
            flooded_ms = measured.run(seconds)
            figures = json.loads(attack.stdout.read())  # it ends by itself
        finally:
            attack.kill()
        assert relay_of(house.pid) == relay, "the relay is another one"
        assert all(figures.values()), f"the flood did nothing: {figures}"
        grown = [(most - was) / 1024 for most, was in zip(measured.most_kib, before)]
        said = ", ".join(f"{value:,} {what}" for what, value in figures.items())
        print(f"figure: {name}: p99 {quiet_ms:.1f} ms quiet, {flooded_ms:.1f} ms under it "
              f"({flooded_ms / quiet_ms:.1f} times); gateway +{grown[0]:.0f} MiB, relay +{grown[1]:.0f} MiB; {said}",
              flush=True)
        if name not in attacks.LOCAL:  # the operator's own socket
            assert sum(grown) < MOST_MIB, f"{name}: strangers cost {sum(grown):.0f} MiB"
            if seconds >= LEAST_S:
                assert flooded_ms < MOST_RATIO * quiet_ms, f"{name}: p99 {flooded_ms:.1f} ms"


def kill_relay(seconds):
    """The relay dies again and again: the gateway lives, clients come back by themselves, each durable job is done
    once."""
    with House(is_plain=False, durable=True) as house:
        client, done, kills = house.client(sndtimeo=1000), {}, 0
        stop = threading.Event()

        def kill():
            nonlocal kills
            while not stop.wait(0.5):
                relay = relay_of(house.pid)
                if relay:
                    os.kill(relay, 9)
                    kills += 1

        killer = threading.Thread(target=kill)
        killer.start()
        try:
            end, number = time.monotonic() + seconds, 0
            while time.monotonic() < end:
                number += 1
                done[number] = ask_until_done(client, number)
        finally:
            stop.set()
            killer.join()
        assert kills > 0 and house.server.status()["pid"] == house.pid, "the gateway is another one"
        jobs = set(done.values())
        assert len(jobs) == number, f"{number} requests, {len(jobs)} jobs"
        assert all(ask_until_done(client, again) == job for again, job in done.items()), "a job is done twice"
        print(f"figure: relay killed {kills} times in {seconds} s: {number} durable jobs, each done once", flush=True)


def ask_until_done(client, number):
    """Sends a request with a key of its own until it has ended; the job's id."""
    job = None
    for _ in range(program.DEADLINE_S):
        try:
            client.request(number, "/pass", "text.v1", {"text": "hello"}, key=f"k-{number}")
        except zmq.Again:
            continue
        while packet := client.receive(1):
            kind, header, body = packet
            if header["i"] != number:
                continue
            job = header.get("j", job)
            assert kind != "refused", body
            if kind == "ended":
                assert "fault" not in body or not body["fault"].get("code"), body
                return job
    raise AssertionError(f"request {number} never ends")


def main(seconds="60", *names):
    for name in names or (*attacks.ALL, "kill_relay"):
        kill_relay(float(seconds)) if name == "kill_relay" else flood(name, float(seconds))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
