"""Garbage on the gateway's socket is refused or dropped; the server lives and answers others."""
import random
import sys
import unittest

import program

try:
    import msgpack
    import zmq
except ImportError as missing:
    print(f"skipped: {missing}; ./run build installs it")
    sys.exit(77)

FLOW = program.SOURCE / "examples/01_two_stages/flow.toml"
REQUEST, REFUSED, ENDED = 1, 20, 19


class Garbage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = program.Server(FLOW)
        cls.server.__enter__()
        cls.address = f"ipc://{cls.server.home / 'run' / 'gateway.sock'}"

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__(None)

    def setUp(self):
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.connect(self.address)

    def tearDown(self):
        self.socket.close()
        self.assertEqual(self.server.text("/say", "god"), "dog!")
        self.assertIsNone(self.server.child.poll())
        self.assertEqual([s["restarts"] for s in self.server.status()["stages"]], [0, 0])

    def header(self, **fields):
        return msgpack.packb({"v": 1, "k": REQUEST, "i": 1, "e": "/say", "t": "text.v1", "o": "ann",
                              **fields})

    def answer_to(self, *frames):
        self.socket.send_multipart(frames)
        self.assertTrue(self.socket.poll(10_000), "no answer")
        while True:
            frames = self.socket.recv_multipart()
            header = msgpack.unpackb(frames[0])
            if header["k"] in (REFUSED, ENDED):
                return header["k"], msgpack.unpackb(frames[1])

    def test_random_frames(self):
        numbers = random.Random(1)
        for _ in range(2000):
            frames = [numbers.randbytes(numbers.randrange(80)) for _ in range(numbers.randrange(1, 5))]
            self.socket.send_multipart(frames)

    def test_good_headers_with_changed_bytes(self):
        numbers = random.Random(2)
        for _ in range(2000):
            header = bytearray(self.header())
            header[numbers.randrange(len(header))] = numbers.randrange(256)
            self.socket.send_multipart([bytes(header), msgpack.packb({"text": "x"})])

    def test_every_kind_from_a_stranger(self):
        for kind in range(256):
            if kind in (4,):  # stop is a client's right
                continue
            self.socket.send(msgpack.packb({"v": 1, "k": kind, "i": 7, "j": "j-0", "s": 3, "c": 2**40}))

    def test_a_body_that_is_not_messagepack_is_refused(self):
        for body in (b"", b"\xc1", b"\x81\xa1a", b"\x81\xa4text\x01", msgpack.packb([1]),
                     msgpack.packb({"text": "x"}) + b"\x00", msgpack.packb({"text": float("nan")})):
            with self.subTest(body=body):
                kind, got = self.answer_to(self.header(), body)
                fault = got if kind == REFUSED else got["fault"]
                if body:  # an empty body is the message with every default
                    self.assertIn(fault["code"], ("bad_input", "protocol"), fault)

    def test_an_unknown_field_type_or_endpoint_is_named(self):
        body = msgpack.packb({"text": "x"})
        for frames, words in [((self.header(), msgpack.packb({"txet": "x"})), ["txet", "text"]),
                              ((self.header(t="texxt.v1"), body), ["texxt.v1", "text.v1"]),
                              ((self.header(e="/sya"), body), ["/sya", "/say"])]:
            with self.subTest(words=words):
                kind, got = self.answer_to(*frames)
                fault = got if kind == REFUSED else got["fault"]
                for word in words:
                    self.assertIn(word, fault["cause"] + fault["hint"])

    def test_a_body_past_its_limit_is_refused(self):
        kind, fault = self.answer_to(self.header(), b"\x81\xa4text\xda\xff\xff" + b"x" * (1024 * 1024))
        self.assertEqual(kind, REFUSED, fault)

    def test_too_many_blobs_are_refused(self):
        kind, fault = self.answer_to(self.header(), msgpack.packb({"text": "x"}), *[b"x"] * 65)
        self.assertEqual(kind, REFUSED, fault)


if __name__ == "__main__":
    unittest.main()
