"""Where a CA publishes what it has revoked: CRLs of a HandCa on a web server that can be silent, slow or lying.

    server = CrlServer(ca)
    ca.make("www.example.org", crl_url=server.url)
    server.revoke(certificate)
    server.mode = "silent"
"""

import datetime
import http.server
import threading

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

HOUR = datetime.timedelta(hours=1)
KEY_COMPROMISE, ON_HOLD = 1, 6


def der(tag, content):
    if len(content) < 128:
        return bytes([tag, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 128 + len(length)]) + length + content


def number(value):
    return der(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def moment(time):
    return der(0x17, time.strftime("%y%m%d%H%M%SZ").encode())


class CrlServer:
    def __init__(self, ca):
        self.ca = ca
        self.revoked = {}       # serial: reason
        self.padding = 0        # entries of others
        self.mode = "good"      # "silent", "slow", "error", "liar", "old"
        self.requests = 0
        self.done = threading.Event()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.answer(self)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/hand.crl"

    def revoke(self, certificate, reason=KEY_COMPROMISE):
        self.revoked[certificate.serial_number] = reason

    def list(self):
        """By hand: the builder of `cryptography` needs minutes for a list of 10 MB."""
        now = datetime.datetime.utcnow()
        made, until = (now - 48 * HOUR, now - 24 * HOUR) if self.mode == "old" else (now - HOUR, now + 24 * HOUR)
        algorithm = der(0x30, der(0x06, b"\x2a\x86\x48\xce\x3d\x04\x03\x02"))
        entries = [der(0x30, number(serial) + moment(made) + der(0x30, der(0x30, der(0x06, b"\x55\x1d\x15") + der(0x04, der(0x0a, bytes([reason]))))))
                   for serial, reason in self.revoked.items()]
        entries += [der(0x30, number((1 << 150) + one) + moment(made)) for one in range(self.padding)]
        body = der(0x30, number(1) + algorithm + self.ca.intermediate.subject.public_bytes() + moment(made) + moment(until)
                   + (der(0x30, b"".join(entries)) if entries else b""))
        key = ec.generate_private_key(ec.SECP256R1()) if self.mode == "liar" else self.ca.key
        return der(0x30, body + algorithm + der(0x03, b"\0" + key.sign(body, ec.ECDSA(hashes.SHA256()))))

    def answer(self, handler):
        self.requests += 1
        if self.mode == "silent":
            self.done.wait(300)
            return
        if self.mode == "error":
            handler.send_error(503)
            return
        body = self.list()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if self.mode == "slow":
            handler.wfile.write(body[:100])
            handler.wfile.flush()
            self.done.wait(300)
            return
        handler.wfile.write(body)

    def stop(self):
        self.done.set()
        self.server.shutdown()
        self.server.server_close()
