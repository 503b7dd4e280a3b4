"""Attacks that hold connections without asking for anything: the tests are short of it, bench/floods.py is long."""

import socket
import ssl
import threading
import time

CONTEXT = ssl.create_default_context()
CONTEXT.check_hostname, CONTEXT.verify_mode = False, ssl.CERT_NONE
PATIENCE = 180  # seconds


def connected(port, source=None):
    plain = socket.socket()
    plain.settimeout(PATIENCE)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if source:
        plain.bind((source, 0))
    plain.connect(("127.0.0.1", port))
    return plain


def shaken(port, source=None, name="localhost"):
    return CONTEXT.wrap_socket(connected(port, source), server_hostname=name)


def silent(port, source=None):
    """Connects and says nothing."""
    return connected(port, source)


def idle(port, source=None, target="/healthz"):
    """Asks once and stays."""
    peer = shaken(port, source)
    peer.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    assert peer.recv(4096).startswith(b"HTTP/1.1 200"), "the flood itself was not served"
    return peer


def half_a_head(port, source=None):
    peer = shaken(port, source)
    peer.sendall(b"GET /healthz HTTP/1.1\r\nHost: loc")
    return peer


def unwanted_body(port, source=None):
    """Announces a body that no handler reads, and sends a byte of it."""
    peer = shaken(port, source)
    peer.sendall(b"POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n\r\nx")
    return peer


def refused_body(port, source=None):
    """Has its answer before it has sent the body that it announced, and goes on."""
    peer = shaken(port, source)
    peer.sendall(b"POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000000\r\n\r\nx")
    return peer


def wanted_body(port, source=None):
    """Announces a body that a handler reads, and sends a byte of it."""
    peer = shaken(port, source)
    peer.sendall(b"POST /api/v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n{")
    return peer


KINDS = {"silent": silent, "idle": idle, "half a head": half_a_head, "unwanted body": unwanted_body, "refused body": refused_body,
         "wanted body": wanted_body}


class Drip:
    """Sends a byte on each connection now and then, as one who wants to look alive."""

    def __init__(self, peers, every):
        self.peers, self.every = peers, every
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.work, daemon=True)

    def work(self):
        while not self.stopping.wait(self.every):
            for peer in self.peers:
                try:
                    peer.send(b"x")
                except (OSError, ValueError):
                    pass

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.thread.join()


def flood(kind, port, count, sources=(None,)):
    """So many connections of a kind; those that the server ended meanwhile are among them."""
    peers = []
    for number in range(count):
        try:
            peers.append(KINDS[kind](port, sources[number % len(sources)]))
        except (OSError, AssertionError):
            pass
    return peers


def newcomers_served(port, count=20, target="/healthz", source=None):
    """How many of so many that come one after the other get an answer, and the longest time one waited."""
    served, longest = 0, 0.0
    for _ in range(count):
        began = time.monotonic()
        try:
            with shaken(port, source) as peer:
                peer.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
                served += peer.recv(4096).startswith(b"HTTP/1.1 200")
        except OSError:
            pass
        longest = max(longest, time.monotonic() - began)
    return served, longest


def close_all(peers):
    for peer in peers:
        peer.close()
