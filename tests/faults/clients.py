"""Clients that never read, that vanish, and that send a byte now and then: the service lives, its memory stays
bounded, and others are answered.

clients.py, with the environment of any system test (program.py).
"""
import pathlib
import socket
import sys
import time

import program
from raw_client import RawClient

FLOW = """
flow = "clients"
[route]
"/pass" = "one > two"
[[executor]]
name = "one"
run = "pass"
[[executor]]
name = "two"
run = "pass"
"""
BLOB = b"x" * (8 << 20)
UNREAD_MIB = 256  # flow/gateway/backlog.h
SPARE_MIB = 96    # what is on its way: requests, answers of the moment, the allocator's
VANISHING = 300
QUIET = 50


class Pass:
    def __enter__(self):
        flow = pathlib.Path(program.new_folder()) / "flow.toml"
        flow.write_text(FLOW)
        self.server = program.Server(flow).__enter__()
        self.address = f"ipc://{self.server.home}/run/gateway.sock"
        self.pid = self.server.status()["pid"]
        return self

    def __exit__(self, kind, *_):
        self.server.__exit__(kind)

    def client(self, owner):
        return RawClient(self.address, owner)

    def memory_mib(self):
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) >> 10

    def is_idle(self):
        return not [job for job in self.server.status()["jobs"] if job["state"] in ("queued", "running")]

    def answers(self, client, number, blobs=()):
        """(kinds, error code) of all that comes for one request, until it has ended."""
        client.request(number, "/pass", "text.v1", {"text": "hello"}, blobs=blobs)
        return self.rest(client)[0]

    @staticmethod
    def rest(client, ends=1):
        """What comes until so many requests have ended: {number: (results, error code)}, as a list."""
        seen = {}
        while sum(1 for _, code in seen.values() if code is not None) < ends:
            packet = client.receive(program.DEADLINE_S)
            assert packet, f"not answered: {seen}"
            kind, header, body = packet
            results, _ = seen.get(header["i"], (0, None))
            if kind == "result":
                seen[header["i"]] = (results + 1, None)
            elif kind in ("ended", "refused"):
                seen[header["i"]] = (results, body.get("fault", body).get("code", ""))
        return list(seen.values())


def who_never_reads_is_sent_so_much_and_no_more(flow):
    before = flow.memory_mib()
    # Its library takes one message ahead, no more.
    deaf, bob = RawClient(flow.address, "deaf", rcvhwm=1), flow.client("bob")
    most, number = 0, 0
    for number in range(1, 2 * (UNREAD_MIB << 20) // len(BLOB) + 1):
        deaf.request(number, "/pass", "text.v1", {"text": "hello"}, blobs=[BLOB])
        assert flow.answers(bob, number, [BLOB[:1 << 20]]) == (1, ""), "bob is not served"
        most = max(most, flow.memory_mib() - before)
    program.wait_for(flow.is_idle, "all is answered")
    assert most < UNREAD_MIB + SPARE_MIB, f"{most} MiB more"
    seen = flow.rest(deaf, ends=number)  # now it reads
    assert all(one in ((1, ""), (0, "unavailable")) for one in seen), seen
    left_out = sum(1 for results, _ in seen if results == 0)
    assert 0 < left_out < number, f"{left_out} of {number} are left out"
    assert flow.answers(deaf, number + 1, [BLOB]) == (1, ""), "who reads again is not served"
    deaf.close()
    bob.close()
    program.wait_for(lambda: flow.memory_mib() - before < SPARE_MIB, "the memory is given back")
    return (f"{number} requests of 8 MiB by a client that does not read: {number - left_out} wait for it, {left_out} are "
            f"left out and told; the server's own memory grows by {most} MiB")


def clients_that_vanish_leave_nothing(flow):
    bob = flow.client("bob")
    before = None
    for number in range(VANISHING):
        gone = flow.client(f"gone-{number % 7}")
        for request in range(1, 4):
            gone.request(request, "/pass", "text.v1", {"text": "hello"}, blobs=[BLOB[:1 << 20]])
        if number % 3 == 0:
            gone.receive(program.DEADLINE_S)
        gone.close()
        assert flow.answers(bob, number + 1) == (1, ""), "bob is not served"
        if number == VANISHING // 3:
            program.wait_for(flow.is_idle, "nothing is left of them")
            before = flow.memory_mib()
    program.wait_for(flow.is_idle, "nothing is left of them")
    program.wait_for(lambda: flow.memory_mib() - before < SPARE_MIB, "the memory is given back")
    bob.close()
    return f"{VANISHING} clients that go with three requests under way: no job is left"


def connections_that_say_little_are_closed(flow):
    """Of each a few bytes of a greeting, and nothing more."""
    bob = flow.client("bob")
    greeting = b"\xff" + bytes(8) + b"\x7f" + b"\x03"
    quiet = []
    for number in range(QUIET):
        line = socket.socket(socket.AF_UNIX)
        line.connect(flow.address.removeprefix("ipc://"))
        line.send(greeting[:1 + number % len(greeting)])
        line.setblocking(False)
        quiet.append(line)
    began = time.monotonic()
    program.wait_for(lambda: all(is_closed(line) for line in quiet), "the server closes them", 30)
    took_s = time.monotonic() - began
    assert flow.answers(bob, 1) == (1, ""), "bob is not served"
    bob.close()
    return f"{QUIET} connections that never finish their greeting: closed within {took_s:.0f} s"


def is_closed(line):
    """What comes, a greeting, is read away."""
    try:
        while line.recv(4096):
            pass
        return True
    except BlockingIOError:
        return False
    except OSError:
        return True


CASES = (who_never_reads_is_sent_so_much_and_no_more, clients_that_vanish_leave_nothing,
         connections_that_say_little_are_closed)


def main():
    for case in CASES:
        with Pass() as flow:
            print("figure:", case(flow), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
