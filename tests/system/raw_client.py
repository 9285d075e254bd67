"""A client that speaks the wire itself: windows of requests, keys, and what no proper client sends."""
import sys
import time

try:
    import msgpack
    import zmq
except ImportError as missing:
    print(f"skipped: {missing}; ./run build installs it")
    sys.exit(77)

KINDS = {16: "accepted", 17: "progress", 18: "result", 19: "ended", 20: "refused", 21: "report"}


class RawClient:
    def __init__(self, address, owner="ann", credential=None, context=None, **keys):
        self.socket = (context or zmq.Context.instance()).socket(zmq.DEALER)
        self.socket.linger = 0
        for name, value in keys.items():
            setattr(self.socket, name, value)
        self.socket.connect(address)
        self.owner = owner
        self.credential = credential

    def request(self, number, endpoint, type_, body, deadline_ms=0, key=None, blobs=()):
        header = {"v": 1, "k": 1, "i": number, "e": endpoint, "t": type_, "o": self.owner}
        if deadline_ms:
            header["d"] = deadline_ms
        if key:
            header["q"] = key
        self.send(header, body, blobs)

    def send(self, header, body, blobs=()):
        if self.credential:
            header["w"] = self.credential
        self.socket.send_multipart([msgpack.packb(header), msgpack.packb(body), *blobs])

    def receive(self, timeout_s):
        """(kind, header, body) of the next packet; None when none comes."""
        end = time.monotonic() + timeout_s
        header = None
        while header is None or header["k"] not in KINDS:  # a beat wants no answer
            if not self.socket.poll(max(0, end - time.monotonic()) * 1000):
                return None
            frames = self.socket.recv_multipart()
            header = msgpack.unpackb(frames[0])
        return KINDS[header["k"]], header, msgpack.unpackb(frames[1]) if len(frames) > 1 else {}

    def answer(self, timeout_s):
        """The next packet but for word of what jobs wait for, which comes when it comes."""
        packet = self.receive(timeout_s)
        while packet and packet[0] == "progress":
            packet = self.receive(timeout_s)
        return packet

    def close(self):
        self.socket.close()
