"""A name server for tests: authoritative for everything, over UDP and TCP, with answers that change at run time. Plain sockets.

    with Names() as names:
        names.set("a.example.org", a=["127.0.0.1"], caa=[(0, "issue", "ca.test")])
        names.fail("b.example.org")               # SERVFAIL; or "NXDOMAIN", "REFUSED", "silent"
        names.address                             # for `[dns] servers`
        names.asked                               # [(name, type)…], oldest first

A name that was never set does not exist, unless something below it does; "*.example.org" answers for whatever has no entry of its own below it.
"""

import ipaddress
import socket
import socketserver
import struct
import threading

TYPES = {"a": 1, "ns": 2, "cname": 5, "soa": 6, "txt": 16, "aaaa": 28, "caa": 257}
NAMES_OF_TYPES = {number: name for name, number in TYPES.items()}
CODES = {"NOERROR": 0, "FORMERR": 1, "SERVFAIL": 2, "NXDOMAIN": 3, "REFUSED": 5}
TIME_TO_LIVE = 0  # seconds: nothing is to be remembered
LARGEST_DATAGRAM = 512
MOST_ALIASES = 8


def encoded_name(name: str) -> bytes:
    labels = [label.encode() for label in name.rstrip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def encoded_data(kind: str, value) -> bytes:
    if kind in ("a", "aaaa"):
        return ipaddress.ip_address(value).packed
    if kind in ("cname", "ns"):
        return encoded_name(value)
    if kind == "txt":
        text = value.encode()
        return b"".join(bytes([len(text[i:i + 255])]) + text[i:i + 255] for i in range(0, max(len(text), 1), 255))
    flags, tag, text = value  # CAA (RFC 8659 §4.1)
    return bytes([flags, len(tag)]) + tag.encode() + text.encode()


def record(name: str, kind: str, data: bytes) -> bytes:
    return encoded_name(name) + struct.pack(">HHIH", TYPES[kind], 1, TIME_TO_LIVE, len(data)) + data


def read_question(message: bytes):
    """(name, type number, the question's bytes) of a query with one question."""
    at, labels = 12, []
    while message[at] != 0:
        labels.append(message[at + 1:at + 1 + message[at]].decode("ascii").lower())
        at += 1 + message[at]
    return ".".join(labels), struct.unpack(">H", message[at + 1:at + 3])[0], message[12:at + 5]


class Names:
    def __init__(self, port=0):
        self.records = {}   # name -> {type: [values]}
        self.failures = {}  # name -> code or "silent"
        self.asked = []
        self.lock = threading.Lock()
        self.wanted_port = port
        self.servers = []

    def set(self, name, **by_type):
        """Replaces everything known of `name`; types are a, aaaa, caa, txt, cname, ns."""
        assert set(by_type) <= set(TYPES), f"unknown types: {set(by_type) - set(TYPES)}"
        with self.lock:
            self.failures.pop(name.lower(), None)
            self.records[name.lower()] = {kind: list(values) for kind, values in by_type.items()}

    def remove(self, name):
        with self.lock:
            self.records.pop(name.lower(), None)
            self.failures.pop(name.lower(), None)

    def fail(self, name, how="SERVFAIL"):
        assert how == "silent" or how in CODES, how
        with self.lock:
            self.failures[name.lower()] = how

    def heal(self, name):
        with self.lock:
            self.failures.pop(name.lower(), None)

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def entry(self, name):
        """The records of `name`: its own, a wildcard's, {} for one that only has others below it; None when it does not exist."""
        if name in self.records:
            return self.records[name]
        if any(known.endswith("." + name) for known in self.records):
            return {}
        parts = name.split(".")
        return next((self.records[wild] for i in range(1, len(parts)) if (wild := "*." + ".".join(parts[i:])) in self.records), None)

    def answer(self, message: bytes, over_udp: bool):
        """The answer to a query; None stays silent."""
        identifier, flags = struct.unpack(">HH", message[:4])
        try:
            name, number, question = read_question(message)
        except (IndexError, UnicodeDecodeError, struct.error):
            return struct.pack(">HHHHHH", identifier, 0x8000 | CODES["FORMERR"], 0, 0, 0, 0)
        kind = NAMES_OF_TYPES.get(number, "")
        answers, authority, code = [], [], "NOERROR"
        with self.lock:
            self.asked.append((name, kind or str(number)))
            wanted = name
            for _ in range(MOST_ALIASES):
                code = self.failures.get(wanted, "NOERROR")
                entry = self.entry(wanted)
                if code != "NOERROR" or entry is None:
                    break
                answers += [record(wanted, kind, encoded_data(kind, value)) for value in entry.get(kind, [])]
                alias = entry.get("cname", []) if kind != "cname" else []
                if not alias:
                    break
                answers.append(record(wanted, "cname", encoded_data("cname", alias[0])))
                wanted = alias[0].lower()
        if code == "silent":
            return None
        if code == "NOERROR" and entry is None:
            code = "NXDOMAIN"
        if code in ("NOERROR", "NXDOMAIN") and not answers:
            soa = encoded_name("ns.invalid") + encoded_name("hostmaster.invalid") + struct.pack(">IIIII", 1, 60, 60, 60, 0)
            authority.append(record(name.split(".", 1)[-1], "soa", soa))
        head = 0x8400 | (flags & 0x0100) | CODES[code]  # an answer, authoritative, "recursion desired" as it was
        body = question + b"".join(answers) + b"".join(authority)
        if over_udp and 12 + len(body) > LARGEST_DATAGRAM:
            return struct.pack(">HHHHHH", identifier, head | 0x0200, 1, 0, 0, 0) + question
        return struct.pack(">HHHHHH", identifier, head, 1, len(answers), len(authority), 0) + body

    def start(self):
        names = self

        class Datagrams(socketserver.BaseRequestHandler):
            def handle(self):
                message, where = self.request
                answer = names.answer(message, over_udp=True) if len(message) >= 12 else None
                if answer:
                    where.sendto(answer, self.client_address)

        class Streams(socketserver.BaseRequestHandler):
            def handle(self):
                self.request.settimeout(10)
                stream = self.request.makefile("rwb")
                try:
                    while length := stream.read(2):
                        message = stream.read(struct.unpack(">H", length)[0])
                        answer = names.answer(message, over_udp=False)
                        if answer is None:
                            return
                        stream.write(struct.pack(">H", len(answer)) + answer)
                        stream.flush()
                except (OSError, struct.error):
                    return

        class Udp(socketserver.ThreadingUDPServer):
            daemon_threads = True

        class Tcp(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        # Both protocols on one port: TCP picks it, UDP follows; where somebody else has that one, the next is tried.
        for attempt in range(20):
            tcp = Tcp(("127.0.0.1", self.wanted_port), Streams)
            try:
                udp = Udp(("127.0.0.1", tcp.server_address[1]), Datagrams)
            except OSError:
                tcp.server_close()
                continue
            self.servers, self.port = [tcp, udp], tcp.server_address[1]
            break
        else:
            raise OSError("no port is free for both UDP and TCP")
        for server in self.servers:
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def stop(self):
        for server in self.servers:
            server.shutdown()
            server.server_close()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()
