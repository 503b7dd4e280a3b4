#!/usr/bin/python3
"""Carillon beside nginx, in the same run: server CPU for downloads, small answers and handshakes over TLS 1.3.

Both serve the same bytes with a certificate of the same kind (P-256) from one core; the client has the other. Rounds alternate, what counts is the median of
the rounds' ratios. The CPU is the server's own, from the scheduler's accounts: what the client can take does not matter.

bench/serving.py [ROUNDS] [OTHER …]    OTHER: another build of Carillon, measured in the same rounds: what a change costs
"""

import concurrent.futures
import os
import pathlib
import re
import shutil
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent
CARILLON = ROOT / "build" / "release" / "carillon"
ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 5
OTHERS = [pathlib.Path(other).resolve() for other in sys.argv[2:]]
SECONDS_OF_AUDIO = 2520  # 40 MB at 128 kbit/s
CONNECTIONS = 16
SMALL_SECONDS = 2
HANDSHAKES = 300
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, CLIENT_CORE = str(CORES[0]), str(CORES[-1])


def until_listening(port, process):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server ended"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit("the server does not listen")


class Server:
    def __init__(self, name, process, port, targets):
        self.name, self.process, self.port, self.targets = name, process, port, targets

    def cpu(self):
        """Seconds of CPU so far, of the process and its children, all threads."""
        pids = [self.process.pid]
        for pid in pids:
            pids += [int(child) for path in pathlib.Path(f"/proc/{pid}/task").glob("*/children") for child in path.read_text().split()]
        return sum(int(path.read_text().split()[0]) for pid in pids for path in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


def start_carillon(folder, name, program):
    folder = folder / name
    folder.mkdir()
    data = folder / "data"
    said = open(folder / "carillon.log", "w")
    process = subprocess.Popen(["taskset", "-c", SERVER_CORE, program, "serve", "--data", data, "--http", "127.0.0.1:0", "--https", "127.0.0.1:0"],
                               stdout=subprocess.PIPE, stderr=said, text=True)
    origin = process.stdout.readline().split()[1]
    run = lambda *arguments: subprocess.run([program, "--data", data, *arguments], check=True, capture_output=True, text=True).stdout
    run("show", "create", "demo", "--title", "Bench")
    recording = folder / "recording.wav"
    subprocess.run(["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", f"sine=220:sample_rate=16000:duration={SECONDS_OF_AUDIO}", recording], check=True)
    run("publish", recording, "--show", "demo", "--title", "Forty megabytes", "--notes", ROOT / "packaging" / "sample" / "welcome.md")
    recording.unlink()
    feed = subprocess.run(["curl", "-fsS", "--cacert", data / "ca" / "root.pem", f"{origin}/feeds/demo"], check=True, capture_output=True).stdout
    enclosure = ElementTree.fromstring(feed).find("channel/item/enclosure").get("url")
    return Server(name, process, int(origin.rsplit(":", 1)[1]), {"large": enclosure[len(origin):], "small": "/feeds/demo"}), data, origin, feed


def start_nginx(folder, data, origin, feed, enclosure):
    files = folder / "files"
    files.mkdir()
    (files / "small.xml").write_bytes(feed)
    subprocess.run(["curl", "-fsS", "--cacert", data / "ca" / "root.pem", "-o", files / "large.mp3", origin + enclosure], check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    leaf, key = folder / "nginx.pem", folder / "nginx.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "7", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost", "-out", leaf, "-keyout", key], check=True, capture_output=True)
    (folder / "nginx.conf").write_text(f"""
user root;
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections 1024; }}
http {{
  include /etc/nginx/mime.types;
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_certificate {leaf};
    ssl_certificate_key {key};
    root {files};
  }}
}}
""")
    process = subprocess.Popen(["taskset", "-c", SERVER_CORE, shutil.which("nginx") or "/usr/sbin/nginx", "-p", folder, "-c", folder / "nginx.conf"])
    until_listening(port, process)
    return Server("nginx", process, port, {"large": "/large.mp3", "small": "/small.xml"})


CONTEXT = ssl.create_default_context()
CONTEXT.check_hostname, CONTEXT.verify_mode = False, ssl.CERT_NONE


def asked(server, target):
    raw = socket.create_connection(("127.0.0.1", server.port), timeout=60)
    peer = CONTEXT.wrap_socket(raw, server_hostname="localhost")
    peer.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    return peer


def sink(server, target):
    """Downloads to nowhere: after the handshake the ciphertext is thrown away by the kernel, unread."""
    with asked(server, target) as peer:
        room, total = bytearray(1 << 20), 0
        while got := socket.socket.recv_into(peer, room, len(room), socket.MSG_TRUNC):
            total += got
    return total


def large(server):
    before = server.cpu()
    with concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as pool:
        total = sum(pool.map(lambda _: sink(server, server.targets["large"]), range(2 * CONNECTIONS)))
    assert total > 2 * CONNECTIONS * 40_000_000, "the downloads are whole"
    return (server.cpu() - before) / (total / 1e9)


def small(server, *fields):
    before = server.cpu()
    said = subprocess.run(["taskset", "-c", CLIENT_CORE, "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SMALL_SECONDS}s", *(part for field in fields for part in ("-H", field)),
                           f"https://localhost:{server.port}{server.targets['small']}"], check=True, capture_output=True, text=True).stdout
    assert "Non-2xx" not in said and "Socket errors" not in said, said
    return (server.cpu() - before) / int(re.search(r"(\d+) requests in", said).group(1)) * 1e6


def etag_of(server):
    with asked(server, server.targets["small"]) as peer:
        head = b""
        while piece := peer.recv(65536):
            head += piece
    return re.search(rb"(?i)\r\netag: ([^\r]+)", head).group(1).decode()


def unchanged(server):
    return small(server, f"If-None-Match: {etag_of(server)}")


def handshakes(server):
    before = server.cpu()
    for _ in range(HANDSHAKES):
        with asked(server, server.targets["small"]) as peer:
            while peer.recv(65536):
                pass
    return (server.cpu() - before) / HANDSHAKES * 1e3


MEASUREMENTS = [
    (f"40 MB, {CONNECTIONS} connections, sink", "CPU s/GB", large),
    ("a feed of 2 KB, keep-alive", "CPU µs/request", small),
    ("the same unchanged: 304", "CPU µs/request", unchanged),
    ("new handshake and 2 KB", "CPU ms/request", handshakes),
]


def main():
    os.sched_setaffinity(0, {int(CLIENT_CORE)})
    servers = []
    with tempfile.TemporaryDirectory(prefix="carillon-bench-") as name:
        folder = pathlib.Path(name)
        try:
            carillon, data, origin, feed = start_carillon(folder, "carillon", CARILLON)
            servers.append(carillon)
            for number, other in enumerate(OTHERS, 1):
                servers.append(start_carillon(folder, f"other {number}", other)[0])
                print(f"other {number}: {other}")
            servers.append(start_nginx(folder, data, origin, feed, carillon.targets["large"]))
            beside = [server.name for server in servers[1:]]
            print(f"== serving, one core each ({ROUNDS} rounds, medians)\n{'':40} {'':16} {'Carillon':>9}" + "".join(f" {name:>9} {'ratio':>7}" for name in beside))
            for what, unit, measure in MEASUREMENTS:
                for server in servers:
                    measure(server)  # warm
                rounds = []
                for number in range(ROUNDS):
                    rounds.append({server.name: measure(server) for server in (servers if number % 2 else servers[::-1])})
                columns = "".join(f" {statistics.median(each[name] for each in rounds):9.2f} {statistics.median(each['carillon'] / each[name] for each in rounds):7.2f}"
                                  for name in beside)
                print(f"{what:40} {unit:16} {statistics.median(each['carillon'] for each in rounds):9.2f}{columns}", flush=True)
        finally:
            for server in servers:
                server.process.terminate()
                server.process.wait()


main()
