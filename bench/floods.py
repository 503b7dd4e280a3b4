#!/usr/bin/python3
"""Attacks on the places for connections, Carillon beside nginx in the same run: how many of 20 newcomers are served while every place is taken, and what memory
stays behind.

Both get the same number of places. nginx is configured as it comes, but for that number.

bench/floods.py [PLACES]
"""

import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from floods import KINDS, Drip, close_all, flood, newcomers_served  # noqa: E402

CARILLON = ROOT / "build" / "release" / "carillon"
PLACES = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
MANY = 10_000  # idle TLS connections whose memory is looked at


def resident(process):
    """Bytes, of the process and its children."""
    pids = [process.pid]
    for pid in pids:
        pids += [int(child) for path in pathlib.Path(f"/proc/{pid}/task").glob("*/children") for child in path.read_text().split()]
    return sum(int(line.split()[1]) << 10 for pid in pids for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))


def start_carillon(folder, places):
    data = folder / "data"
    data.mkdir(parents=True)
    (data / "carillon.toml").write_text(f'[limits]\nconnections = {places}\nexempt = ["127.0.0.0/8"]\n')
    process = subprocess.Popen([CARILLON, "serve", "--data", data, "--http", "127.0.0.1:0", "--https", "127.0.0.1:0"], stdout=subprocess.PIPE,
                               stderr=open(folder / "carillon.log", "w"), text=True)
    return process, int(process.stdout.readline().rsplit(":", 1)[1])


def start_nginx(folder, places):
    import socket
    folder.mkdir(parents=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "7", "-subj", "/CN=localhost",
                    "-out", folder / "nginx.pem", "-keyout", folder / "nginx.key"], check=True, capture_output=True)
    (folder / "nginx.conf").write_text(f"""
user root;
daemon off;
worker_processes 1;
worker_rlimit_nofile {places + 500};
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections {places}; }}
http {{
  access_log off;
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {folder}/nginx.pem;
    ssl_certificate_key {folder}/nginx.key;
    location / {{ return 200 "ok"; }}
    location /api/ {{ proxy_pass http://127.0.0.1:1; }}
  }}
}}
""")
    process = subprocess.Popen([shutil.which("nginx") or "/usr/sbin/nginx", "-p", folder, "-c", folder / "nginx.conf"], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    return process, port


def stop(process):
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=60)


def main():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        print(f"newcomers served of 20 while {PLACES} places are taken (longest wait)")
        for kind in KINDS:
            for server, start in (("carillon", start_carillon), ("nginx", start_nginx)):
                process, port = start(folder / f"{kind.replace(' ', '-')}-{server}", PLACES)
                peers = flood(kind, port, PLACES + 100)
                with Drip(peers if kind != "silent" and kind != "idle" else [], every=1):
                    if kind == "wanted body":
                        time.sleep(6)  # what a handler waits for may stand still for 5 s
                    served, longest = newcomers_served(port)
                print(f"  {kind:14} {server:9} {served:2} of 20   {longest * 1000:5.0f} ms   {resident(process) >> 20} MB", flush=True)
                close_all(peers)
                stop(process)
        many = min(MANY, hard - 500)
        print(f"memory with {many} idle TLS connections, and when they have gone")
        for server, start in (("carillon", start_carillon), ("nginx", start_nginx)):
            process, port = start(folder / f"many-{server}", min(many + 200, 20_000))
            before = resident(process)
            peers = flood("idle", port, many)
            during = resident(process)
            close_all(peers)
            deadline = time.monotonic() + 45
            while resident(process) > before + (during - before) / 4 and time.monotonic() < deadline:
                time.sleep(1)
            print(f"  {server:9} before {before >> 20} MB, with {len(peers)} of them {during >> 20} MB ({(during - before) / len(peers) / 1024:.1f} KB each), "
                  f"after {resident(process) >> 20} MB", flush=True)
            stop(process)


main()
