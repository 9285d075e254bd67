"""A client of Souvenir in Python: pyzmq and msgpack alone, written from schemas/wire.md.

    with Client("ipc:///home/ann/.local/share/souvenir/run/gateway.sock", owner="ann") as client:
        learned = client.finetune(["1.jpg", "2.jpg", "3.jpg", "4.jpg"], category="dog")
        pictures = client.generate(f"a {learned['identifier']} dog on the moon", num_images=4)

One thread uses a Client. Every failure is a Fault.
"""
import getpass
import os
import pathlib
import time

import msgpack
import zmq

PROTOCOL = 1
REQUEST, CANCEL, STATUS = 1, 2, 3
ACCEPTED, PROGRESS, RESULT, ENDED, REFUSED, REPORT = 16, 17, 18, 19, 20, 21


class Fault(Exception):
    """What went wrong: code (clients branch on it), stage, job, cause, hint."""

    def __init__(self, fault):
        super().__init__(fault.get("cause", ""))
        self.code = fault.get("code", "internal")
        self.stage = fault.get("stage", "")
        self.job = fault.get("job", "")
        self.cause = fault.get("cause", "")
        self.hint = fault.get("hint", "")


def default_address():
    data = os.environ.get("XDG_DATA_HOME") or pathlib.Path.home() / ".local/share"
    home = pathlib.Path(os.environ.get("SOUVENIR_HOME") or pathlib.Path(data) / "souvenir")
    return f"ipc://{home / 'run' / 'gateway.sock'}"


class Client:
    """A connection to a gateway. `silence_s`: how long nothing may come before it is given up."""

    def __init__(self, address=None, owner=None, silence_s=600):
        self.owner = owner or getpass.getuser()
        self.silence_s = silence_s
        self.last_id = 0
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.connect(address or default_address())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def call(self, endpoint, type, body, blobs=(), on_progress=None, on_accepted=None):
        """Sends one message and waits for its end. Returns [(type, body, blobs)] in order."""
        request = self._send(REQUEST, {"e": endpoint, "t": type, "o": self.owner}, body, blobs)
        answers = []
        while True:
            header, body, blobs = self._receive(request)
            kind = header["k"]
            if kind == ACCEPTED and on_accepted:
                on_accepted(header["j"])
            elif kind == PROGRESS and on_progress:
                on_progress(body, blobs)
            elif kind == RESULT:
                answers.append((header.get("t", ""), body, blobs))
            elif kind == REFUSED:
                raise Fault(body)
            elif kind == ENDED:
                if body.get("outcome") != "done":
                    fault = dict(body.get("fault") or {})
                    fault["code"] = fault.get("code") or body.get("outcome", "internal")
                    raise Fault(fault)
                return answers

    def finetune(self, pictures, category, on_progress=None, **options):
        """Teaches a thing from files of pictures; the answer's `identifier` is its name."""
        blobs = [pathlib.Path(picture).read_bytes() for picture in pictures]
        body = {"category": category, **options}
        return self.call("/finetune", "finetune.v1", body, blobs, on_progress)[-1][1]

    def generate(self, prompt, on_progress=None, **options):
        """Draws pictures; returns them as PNG files in bytes."""
        body = {"prompt": prompt, **options}
        answers = self.call("/generate", "generate.v1", body, (), on_progress)
        return [picture for _, _, blobs in answers for picture in blobs]

    def identifiers(self, **options):
        return self.call("/identifiers", "identifiers.v1", options)[-1][1]["identifiers"]

    def status(self):
        request = self._send(STATUS, {})
        while True:
            header, body, _ = self._receive(request)
            if header["k"] == REFUSED:
                raise Fault(body)
            if header["k"] == REPORT:
                return body

    def cancel(self, job):
        """Ends a job of this owner."""
        self._send(CANCEL, {"j": job, "o": self.owner})

    def _send(self, kind, fields, body=None, blobs=()):
        self.last_id += 1
        frames = [msgpack.packb({"v": PROTOCOL, "k": kind, "i": self.last_id, **fields})]
        if body is not None or blobs:
            frames.append(msgpack.packb(body or {}))
        self.socket.send_multipart([*frames, *blobs])
        return self.last_id

    def _receive(self, request):
        """The next transmission of this request; those of others are left-overs and dropped."""
        end = time.monotonic() + self.silence_s
        while True:
            left_ms = int((end - time.monotonic()) * 1000)
            if left_ms <= 0 or not self.socket.poll(left_ms):
                raise Fault({"code": "unavailable", "stage": "client", "hint": "souvenir up",
                             "cause": f"the gateway said nothing for {self.silence_s} s"})
            frames = self.socket.recv_multipart()
            header = msgpack.unpackb(frames[0])
            if header.get("v") != PROTOCOL:
                raise Fault({"code": "protocol", "stage": "client",
                             "cause": f"the gateway speaks protocol {header.get('v')}"})
            if header.get("i", 0) == request:
                body = msgpack.unpackb(frames[1]) if len(frames) > 1 and frames[1] else {}
                return header, body, frames[2:]
