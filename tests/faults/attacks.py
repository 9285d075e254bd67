"""What strangers do to a public address: attacks.py NAME PORT-OR-SOCKET SECONDS [SERVER-KEY]

Prints "begun" when it is under way, and at the end what it has done, as JSON. Sockets of the kernel, no ZeroMQ.
"""
import json
import os
import selectors
import socket
import struct
import sys
import time

SIGNATURE = b"\xff" + bytes(7) + b"\x01\x7f"
FRAME_BYTES = 64 << 20
CHUNK = bytes(1 << 20)


def greeting(mechanism):
    return (SIGNATURE + b"\x03\x01" + mechanism.ljust(20, b"\0")).ljust(64, b"\0")


def frame(flags, size):
    return bytes([flags | 2]) + struct.pack(">Q", size)


_PROPERTY = b"\x05READY\x0bSocket-Type\0\0\0\x06DEALER"
READY = bytes([4, len(_PROPERTY)]) + _PROPERTY


class Flood:
    """Many connections of one process, each with something to send; one that is closed comes again."""

    def __init__(self, address, seconds):
        self.address = address
        self.end = time.monotonic() + seconds
        self.seconds = seconds
        self.sent = 0
        self.came = 0
        self.closed = 0
        self.selector = selectors.DefaultSelector()

    def connect(self):
        if "/" in self.address:
            line = socket.socket(socket.AF_UNIX)
            line.connect(self.address)
            line.setblocking(False)
        else:
            line = socket.socket()
            line.setblocking(False)
            line.connect_ex(("127.0.0.1", int(self.address)))
        self.came += 1
        return line

    def run(self, count, opening, endless, chunk_every_s=0):
        """`opening` first, then `endless` again and again."""
        for _ in range(count):
            self.add(opening)
        print("begun", flush=True)
        next_s = 0
        while time.monotonic() < self.end:
            if chunk_every_s:
                time.sleep(max(0, min(next_s, self.end) - time.monotonic()))  # the pace of this flood
                next_s = time.monotonic() + chunk_every_s
            for key, events in self.selector.select(0.1):
                if not self.go_on(key.fileobj, key.data, events, endless):
                    self.selector.unregister(key.fileobj)
                    key.fileobj.close()
                    self.closed += 1
                    self.add(opening)
        return self.figures()

    def add(self, opening):
        self.selector.register(self.connect(), selectors.EVENT_READ | selectors.EVENT_WRITE, [opening])

    def go_on(self, line, data, events, endless):
        try:
            if events & selectors.EVENT_READ and not line.recv(1 << 16):
                return False
            rest = data[0] or endless
            if events & selectors.EVENT_WRITE and not rest:
                self.selector.modify(line, selectors.EVENT_READ, data)
            elif events & selectors.EVENT_WRITE:
                count = line.send(rest)
                self.sent += count
                data[0] = rest[count:]
            return True
        except BlockingIOError:
            return True
        except OSError:
            return False

    def figures(self):
        return {"connections": self.came, **({"bytes sent": self.sent} if self.sent else {})}


def curve_commands(flood):
    """30 connections, each with a first command of 64 MiB that is never finished."""
    return flood.run(30, greeting(b"CURVE") + frame(4, FRAME_BYTES), CHUNK)


def plain_message(flood):
    """A message that never ends, of frames of 1 MiB."""
    return flood.run(4, greeting(b"NULL") + READY, frame(1, len(CHUNK)) + CHUNK)


def empty_frames(flood):
    """A message that never ends, of frames without a byte."""
    return flood.run(4, greeting(b"NULL") + READY, b"\x01\x00" * 100_000)


def empty_frames_ipc(flood):
    """Messages of a million empty frames, by the operator himself."""
    return flood.run(1, greeting(b"NULL") + READY, b"\x01\x00" * 1_000_000 + b"\x00\x00")


def slow_greetings(flood):
    """Of 400 connections a byte now and then."""
    return flood.run(400, SIGNATURE[:1], b"\x00", chunk_every_s=0.2)


def connections(flood):
    """As many as there can be, closed again."""
    print("begun", flush=True)
    while time.monotonic() < flood.end:
        with flood.connect() as line:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            try:
                line.send(greeting(b"CURVE"))
            except OSError:
                pass  # it is refused, or not there yet
    return {"connections": flood.came}


def held_connections(flood):
    """1,000 that are held and say nothing."""
    return flood.run(1000, b"", b"")


def hellos(flood):
    """A handshake's first command, of random bytes: the gateway has to look at each."""
    hello = b"\x04\xc8\x05HELLO\x01\x00" + bytes(72) + os.urandom(120)
    return flood.run(30, greeting(b"CURVE") + hello, b"")


def refused_keys(flood, server_key):
    """Whole handshakes with keys that nobody allowed."""
    import zmq
    print("begun", flush=True)
    flood.end = time.monotonic() + flood.seconds
    context, refused = zmq.Context(), 0
    while time.monotonic() < flood.end:
        line = context.socket(zmq.DEALER)
        line.linger = 0
        line.curve_publickey, line.curve_secretkey = zmq.curve_keypair()
        line.curve_serverkey = server_key.encode()
        monitor = line.get_monitor_socket(zmq.EVENT_HANDSHAKE_FAILED_AUTH | zmq.EVENT_DISCONNECTED,
                                          f"inproc://monitor-{flood.came}")
        flood.came += 1
        line.connect(f"tcp://127.0.0.1:{flood.address}")
        refused += bool(monitor.poll(5000))
        line.disable_monitor()
        line.close()
    return {"handshakes refused": refused}


ALL = {f.__name__: f for f in (curve_commands, plain_message, empty_frames, empty_frames_ipc, slow_greetings,
                               connections, held_connections, hellos, refused_keys)}
PLAIN = ("plain_message", "empty_frames", "empty_frames_ipc")
LOCAL = ("empty_frames_ipc",)


if __name__ == "__main__":
    name, address, seconds, *key = sys.argv[1:]
    keys = key if name == "refused_keys" else []
    print(json.dumps(ALL[name](Flood(address, float(seconds)), *keys)))
