"""A stage of Souvenir in Python: pyzmq and msgpack alone, written from schemas/wire.md.

    souvenir up --foreground examples/python/louder.toml
    python3 examples/python/louder.py ipc:///home/ann/.local/share/souvenir/run/gateway.sock
    souvenir call /loud --type text.v1 --json-body '{"text": "a dog"}'

It answers a line with the same in capitals; what begins with "call " it asks of the route /helped first.
"""
import os
import pathlib
import signal
import sys
import time

import msgpack
import zmq

REFUSED, HELLO, READY, EMIT, FAILED, CALL, BEAT, BYE = 20, 32, 34, 35, 37, 38, 39, 40
WELCOME, WORK, REPLY = 48, 49, 50
DESCRIPTION = pathlib.Path(__file__).with_name("louder.json")
CREDIT = 4  # tasks that it takes at once


class Louder:
    def __init__(self, address):
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.linger = 1000
        self.socket.connect(address)
        self.suffix = "!"
        self.beat_s = 1.0
        self.calls = {}  # id -> the work that it was made for
        self.last_call = 0

    def send(self, kind, body=None, **fields):
        frames = [msgpack.packb({"v": 1, "k": kind, **fields})]
        if body is not None:
            frames.append(msgpack.packb(body))
        self.socket.send_multipart(frames)

    def hello(self):
        self.send(HELLO, {"name": "louder", "replica": 0, "pid": os.getpid(), "plugin": DESCRIPTION.read_text()})

    def run(self):
        self.hello()
        next_beat = time.monotonic() + self.beat_s
        while True:
            if self.socket.poll(max(0, next_beat - time.monotonic()) * 1000):
                frames = self.socket.recv_multipart()
                body = msgpack.unpackb(frames[1]) if len(frames) > 1 and frames[1] else {}
                self.take(msgpack.unpackb(frames[0]), body)
            if time.monotonic() >= next_beat:
                self.send(BEAT)  # an idle stage that is silent is taken for lost
                next_beat = time.monotonic() + self.beat_s

    def take(self, header, body):
        kind = header["k"]
        if kind == WELCOME:
            self.suffix = body["with"].get("suffix", self.suffix)
            self.beat_s = body["beat_ms"] / 1000
            self.send(READY, c=CREDIT)
        elif kind == WORK:
            self.work(header, body["text"])
        elif kind == REPLY and header["i"] in self.calls:
            self.answer(self.calls.pop(header["i"]), body["text"])
        elif kind == FAILED and header["i"] in self.calls:
            task = self.calls.pop(header["i"])
            self.send(FAILED, body, i=task["i"], j=task["j"])
        elif kind == REFUSED:
            sys.exit(f"refused: {body.get('cause')}")

    def work(self, task, text):
        if not text.startswith("call "):
            return self.answer(task, text.upper())
        self.last_call += 1
        self.calls[self.last_call] = task
        self.send(CALL, {"text": text.removeprefix("call ")}, i=self.last_call, j=task["j"], a=task["a"], e="/helped",
                  t="text.v1", c=task["i"])

    def answer(self, task, text):
        self.send(EMIT, {"text": text + self.suffix}, i=task["i"], j=task["j"], t="text.v1", l=True)


if __name__ == "__main__":
    stage = Louder(sys.argv[1])

    def leave(*_):
        stage.send(BYE)
        sys.exit(0)

    signal.signal(signal.SIGTERM, leave)
    stage.run()
