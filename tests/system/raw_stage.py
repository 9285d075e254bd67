"""A stage that speaks the wire itself, from another host and with a stage's key: one that was taken over says
what no proper stage says."""
import subprocess

import program
from raw_client import msgpack, zmq  # ends this process when one is missing

HELLO, LOADING, READY, EMIT, DONE, FAILED, CALL, BEAT, BYE = range(32, 41)
PROGRESS, ENDED, REFUSED, WELCOME, WORK, REPLY, ACK = 17, 19, 20, 48, 49, 50, 51


def table_of(library):
    """What the gateway knows of a plugin: the JSON of its table."""
    described = subprocess.run([program.PROGRAM, "describe", "--json", library], capture_output=True, text=True,
                               check=True)
    return described.stdout.strip()


def keys_in(file):
    return dict(line.split() for line in file.read_text().splitlines())


class RawStage:
    def __init__(self, address, key_file, name, library):
        keys = keys_in(key_file)
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.curve_publickey = keys["public"].encode()
        self.socket.curve_secretkey = keys["secret"].encode()
        self.socket.curve_serverkey = keys["server"].encode()
        self.socket.connect(address)
        self.name = name
        self.table = table_of(library)
        self.calls = 0

    def send(self, kind, body=None, blobs=(), **fields):
        frames = [msgpack.packb({"v": 1, "k": kind, **fields})]
        if body is not None:
            frames.append(body if isinstance(body, bytes) else msgpack.packb(body))
        self.socket.send_multipart([*frames, *blobs])

    def join(self, credit=4):
        self.send(HELLO, {"name": self.name, "replica": 0, "pid": 1, "plugin": self.table})
        self.send(READY, c=credit)

    def receive(self, timeout_s=10):
        """(kind, header, body) of the next packet; None when none comes."""
        if not self.socket.poll(timeout_s * 1000):
            return None
        frames = self.socket.recv_multipart()
        header = msgpack.unpackb(frames[0])
        return header["k"], header, msgpack.unpackb(frames[1]) if len(frames) > 1 and frames[1] else {}

    def next(self, kind, timeout_s=30):
        """The next packet of a kind; what comes before it is dropped."""
        while True:
            packet = self.receive(timeout_s)
            assert packet is not None, f"no packet of kind {kind} came"
            if packet[0] == kind:
                return packet

    def call(self, task, endpoint, type_, body):
        """What the gateway answers to a call for this task: (kind, body)."""
        self.calls += 1
        self.send(CALL, body, i=self.calls, j=task["j"], a=task["a"], e=endpoint, t=type_, c=task["i"])
        while True:
            packet = self.receive()
            assert packet is not None, f"no answer to a call of {endpoint}"
            if packet[0] in (REPLY, FAILED) and packet[1].get("i") == self.calls:
                return packet[0], packet[2]

    def close(self):
        self.socket.close()
