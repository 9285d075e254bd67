"""A slow line: an address in front of a server's own, which passes so many bytes a second to it."""
import socket
import threading
import time

PORTION_S = 0.05       # between two portions
BUFFER_BYTES = 16_384  # of this end, and packets as small as those of a real line: the sender feels the pace
PACKET_BYTES = 1_400


class SlowLine:
    def __init__(self, port, bytes_per_s):
        self.to = ("127.0.0.1", port)
        self.portion = int(bytes_per_s * PORTION_S)
        self.passed = 0
        self.ends = []
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        self.listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, PACKET_BYTES)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen()
        self.address = f"tcp://127.0.0.1:{self.listener.getsockname()[1]}"

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()

    def cut(self):
        """Ends the connections that there are; new ones are taken."""
        for end in self.ends:
            self._end(end)
        self.ends = []

    def _accept(self):
        while True:
            try:
                near = self.listener.accept()[0]
            except OSError:
                return
            far = socket.create_connection(self.to)
            self.ends += [near, far]
            threading.Thread(target=self._pass, args=(near, far, self.portion), daemon=True).start()
            threading.Thread(target=self._pass, args=(far, near, 1 << 16), daemon=True).start()

    def _pass(self, source, target, portion):
        is_slow = portion == self.portion
        try:
            while data := source.recv(portion):
                target.sendall(data)
                if is_slow:
                    self.passed += len(data)
                    time.sleep(PORTION_S * len(data) / portion)  # the pace of this line
        except OSError:
            pass
        for end in (source, target):
            self._end(end)
        source.close()  # the other direction closes its own

    @staticmethod
    def _end(end):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
