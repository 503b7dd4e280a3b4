"""`carillon guard` as a newcomer meets it: the steps are those of the README's "Quick start: guard", with ports that are free here."""

import os
import pathlib
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import threading
import time

import pytest
import requests

from conftest import CARILLON, ROOT, free_port, until
from hand_ca import HandCa
from keeping import Guard, World, handshake, is_serial
from mailbox_server import MailServer

NAME = "www.example.org"
STEWARD = "ada@example.org"
MOST_MEMORY = 35 << 20  # bytes, resident; 28 MB of it are pages of the program and its libraries, which its processes share
READY_WITHIN = 0.2      # seconds of its own work: the machine may be busy with others
EVERY = 0.1             # seconds between two handshakes of the listener who must not notice


class Visitor:
    """Shakes hands with a server again and again, as a browser that knows both CAs; notes whatever it would not accept."""

    def __init__(self, name, port, trust):
        self.name, self.port, self.trust = name, port, trust
        self.trouble, self.serials, self.visits = [], [], 0
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.work, daemon=True)

    def work(self):
        while not self.stopping.wait(EVERY):
            try:
                certificate, _ = handshake(self.name, self.port, self.trust)
            except OSError as error:  # ssl.SSLError is one
                self.trouble.append(f"{time.strftime('%H:%M:%S')} {error}")
                continue
            self.visits += 1
            if certificate.serial_number not in self.serials:
                self.serials.append(certificate.serial_number)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.thread.join()


def written_whole(file, text):
    """Whole or not at all: the export's own reload may read it at this very moment."""
    fresh = file.with_suffix(".fresh")
    fresh.write_text(text)
    fresh.rename(file)


class Nginx:
    """Debian's nginx with one site, on ports of its own."""

    program = "/usr/sbin/nginx"

    def __init__(self, folder, chain, key, guard_http):
        self.folder = folder
        folder.mkdir()
        self.http_port, self.https_port, self.guard_http = free_port(), free_port(), guard_http
        (folder / "site.pem").write_text(chain)
        (folder / "site.key").write_text(key)
        self.file = folder / "nginx.conf"
        self.use(folder / "site.pem", folder / "site.key")

    def use(self, certificate, key):
        written_whole(self.file, f"""
user root;
worker_processes 1;
error_log {self.folder}/error.log;
pid {self.folder}/nginx.pid;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {self.folder}/body; proxy_temp_path {self.folder}/proxy; fastcgi_temp_path {self.folder}/fastcgi;
  uwsgi_temp_path {self.folder}/uwsgi; scgi_temp_path {self.folder}/scgi;
  server {{
    listen 127.0.0.1:{self.http_port};
    server_name {NAME};
    location /.well-known/acme-challenge/ {{ proxy_pass http://127.0.0.1:{self.guard_http}; proxy_set_header Host $host; }}
    location / {{ return 301 https://$host$request_uri; }}
  }}
  server {{
    listen 127.0.0.1:{self.https_port} ssl;
    server_name {NAME};
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    location / {{ return 200 "hello\\n"; }}
  }}
}}
""")

    def command(self, *more):
        return [self.program, "-p", str(self.folder), "-c", str(self.file), *more]

    @property
    def reload(self):
        return self.command("-s", "reload")

    def export_paths(self, folder):
        return folder / f"{NAME}.pem", folder / f"{NAME}.key"

    def start(self):
        self.process = subprocess.Popen(self.command("-g", "daemon off;"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(lambda: (self.folder / "nginx.pid").exists() and (self.folder / "nginx.pid").read_text().strip(), "nginx runs")

    def stop(self):
        self.process.send_signal(signal.SIGQUIT)
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.terminate()
            self.process.wait()


class Haproxy:
    """Debian's HAProxy with one site: certificate and key in one file."""

    program = "/usr/sbin/haproxy"

    def __init__(self, folder, chain, key, guard_http):
        self.folder = folder
        folder.mkdir()
        self.http_port, self.https_port, self.guard_http = free_port(), free_port(), guard_http
        (folder / "site.pem").write_text(key + chain)
        self.file = folder / "haproxy.cfg"
        self.process = None
        self.use(folder / "site.pem")

    def use(self, combined):
        written_whole(self.file, f"""
global
  maxconn 256
  stats socket {self.folder}/admin.sock mode 600 level admin expose-fd listeners
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend plain
  bind 127.0.0.1:{self.http_port}
  acl proof path_beg /.well-known/acme-challenge/
  use_backend guard if proof
  http-request redirect scheme https unless proof
frontend site
  bind 127.0.0.1:{self.https_port} ssl crt {combined}
  http-request return status 200 content-type text/plain string "hello"
backend guard
  server guard 127.0.0.1:{self.guard_http}
""")

    @property
    def reload(self):
        return ["kill", "-USR2", str(self.process.pid)]

    def export_paths(self, folder):
        return (folder / f"{NAME}.combined.pem",)

    def start(self):
        self.process = subprocess.Popen([self.program, "-W", "-f", str(self.file)], stdout=subprocess.DEVNULL, stderr=(self.folder / "log").open("w"))

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=30)


@pytest.fixture
def world(tmp_path):
    with World(tmp_path / "world") as made:
        made.name(NAME)
        yield made


@pytest.fixture
def mail(tmp_path):
    with MailServer(tmp_path / "mail", security="starttls", user="guard", password="secret") as server:
        yield server


def rss(process):
    return int(re.search(r"VmRSS:\s+(\d+) kB", pathlib.Path(f"/proc/{process.pid}/status").read_text()).group(1)) << 10


@pytest.mark.parametrize("server", [Nginx, Haproxy])
def test_a_server_is_found_watched_reminded_of_and_moved_to_acme(world, mail, tmp_path, server):
    if not os.path.exists(server.program):
        pytest.skip(f"{server.program} is not installed (tools/setup)")
    ca = HandCa(tmp_path / "ca")
    trust = tmp_path / "trust.pem"
    trust.write_text(world.authority.trust_file.read_text() + ca.root_file.read_text())
    (tmp_path / "password").write_text("secret\n")
    guard = world.keeper(Guard, issuers=[{**world.issuer(profile="seconds"), "trust": trust}], **{
        "certificates": {"steward": STEWARD, "deputy": "deputy@example.org"},
        "notify.smtp": {"host": "localhost", "port": mail.port, "user": "guard", "password_file": tmp_path / "password", "from": "guard@example.org", "ca_file": mail.ca_file}})
    # Somebody got this certificate by hand, long ago: three days are left of ninety.
    site = server(tmp_path / "site", *ca.make(NAME, days=3, begins=-87), guard.http_port)
    site.start()
    try:
        until(lambda: reachable(site.https_port), "it listens")
        with Visitor(NAME, site.https_port, trust) as visitor:
            # 1. What is there? The guard reads the server's own configuration.
            found = guard.json("cert", "scan", site.file, "--config", guard.file)
            endpoint, = [row for row in found if row["where"] == f"{NAME}:{site.https_port}" or row["where"].startswith(f"{NAME}:{site.https_port}")]
            assert endpoint["name"] == NAME and endpoint["findings"] == []
            assert any(row["where"].endswith("site.pem") for row in found), "the file, too"
            # 2. Under watch, with somebody in charge.
            said = guard.run("cert", "scan", site.file, "--config", guard.file, "--add", "--steward", STEWARD)
            assert "now being watched" in said.stdout and "Nothing has changed since" in said.stdout
            # 3. The reminder.
            reminder = mail.wait(1)[0]
            assert reminder.to == [STEWARD] and NAME in reminder.subject and "expires in" in reminder.text
            # 4. From now on a CA does it: proofs come through the server's plain port, the certificate goes where the server finds it.
            world.authority.settings(http_port=site.http_port, tls_port=1)
            exported = tmp_path / "exported"
            guard.stop()
            guard.configuration["certificates.exports"] = [{"name": NAME, "folder": exported, "command": site.reload, "port": site.https_port}]
            guard.start()
            paths = site.export_paths(exported)
            until(lambda: all(path.exists() for path in paths), f"it is exported\n{guard.story(NAME)}")
            assert all(path.stat().st_mode & 0o077 == 0 for path in paths if "key" in path.name or "combined" in path.name), "keys are nobody else's"
            # 5. The server is told to use it; the guard sees that it does.
            site.use(*paths)
            subprocess.run(site.reload, check=True, stderr=subprocess.DEVNULL)
            guard.wait_seen(NAME)
            # 6. What is kept is looked at anyway: the watch has done its work. Who was reminded hears that it is over.
            guard.run("cert", "unwatch", f"{NAME}:{site.https_port}")
            closing = until(lambda: [one for one in mail.wait(2) if one.subject.startswith("Resolved: ")], "who was reminded hears that it is over")[0]
            assert closing.to == [STEWARD]
            # 7. And it goes on by itself.
            guard.wait_seen(NAME, times=3, within=600)
            # A certificate of a minute may be followed by the next one between the two looks.
            until(lambda: is_serial(guard.certificate(NAME)["serial"], handshake(NAME, site.https_port, trust)[0]), "what is kept is what is served")
        assert not visitor.trouble, "\n".join(visitor.trouble[:10]) + "\n" + guard.story(NAME)
        assert len(visitor.serials) >= 3 and visitor.visits > 20
        # On a busy machine the guard may look between the export and the server's reload, and rightly says what it sees.
        told = [one.subject for one in mail.mails[1:] if not one.subject.startswith("A check of")]
        assert told and all(subject.startswith("Resolved: ") for subject in told), [one.subject for one in mail.mails]
        assert not [one for one in guard.incidents() if one["kind"] in ("renewal-failed", "export-failed")]
    finally:
        site.stop()


def reachable(port):
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
        return True
    except OSError:
        return False


def test_an_export_that_fails_is_an_incident_and_is_tried_again(world, tmp_path):
    guard = world.keeper(Guard)
    guard.stop()
    flag = tmp_path / "mended"
    guard.configuration["certificates.exports"] = [{"name": NAME, "folder": tmp_path / "exported", "command": ["/bin/sh", "-c", f"echo no such unit; test -e {flag}"],
                                                    "port": guard.https_port}]
    guard.start()
    incident = guard.wait_incident("export-failed", NAME)
    assert "no such unit" in incident["what"] and str(tmp_path / "exported") in incident["what"]
    flag.touch()
    guard.wait_seen(NAME)
    assert len(world.authority.ledger(act="order")) == 1, "what was issued is not ordered again"
    until(lambda: guard.incidents("export-failed", NAME)[-1]["state"] == "solved", "the incident is solved")


def test_it_is_small_and_quick_and_knows_no_podcasts(world, tmp_path):
    guard = world.keeper(Guard)
    guard.keep(NAME)
    guard.wait_seen(NAME)
    guard.stop()
    # Quick: from its start to its `ready`, in time of the processor where the machine is busy, else by the clock.
    wall, own = [], []
    for _ in range(5):
        began = time.monotonic()
        guard.start()
        wall.append(time.monotonic() - began)
        used = [int(number) for number in pathlib.Path(f"/proc/{guard.process.pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]]
        own.append(sum(used) / os.sysconf("SC_CLK_TCK"))
        if len(own) < 5:
            guard.stop()
    print(f"\nready after {min(wall) * 1000:.0f} ms, {min(own) * 1000:.0f} ms of them its own")
    assert min(own) <= READY_WITHIN
    guard.wait_seen(NAME)
    until(lambda: guard.certificate(NAME)["last_seen"], "it has looked")
    memory = rss(guard.process)
    print(f"resident: {memory / (1 << 20):.1f} MiB")
    assert memory <= MOST_MEMORY

    # No podcast table, no podcast command, no podcast page.
    with sqlite3.connect(f"file:{guard.data}/guard.db?mode=ro", uri=True) as database:
        tables = {row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert "certificates" in tables or any("certificate" in table for table in tables)
    assert not [table for table in tables if re.search("show|episode|job|upload|picture|media", table)], tables
    assert not (guard.data / "carillon.db").exists() and not (guard.data / "media").exists()
    assert guard.run("show", "list", check=False).returncode == 1
    assert guard.get("/feeds/demo").status_code == 404


def test_behind_a_web_server_it_leaves_the_origins_certificate_alone_and_says_when_there_is_no_origin(world, mail, tmp_path):
    (tmp_path / "password").write_text("secret\n")
    guard = world.keeper(Guard, **{"notify.smtp": {"host": "localhost", "port": mail.port, "user": "guard", "password_file": tmp_path / "password",
                                                   "from": "guard@example.org", "ca_file": mail.ca_file}})
    said = guard.run("doctor", "--config", guard.file, check=False).stdout
    assert "note  server.origin isn't set, so links in emails" in said and "Set `origin` under [server]" in said and "systemctl restart carillon-guard" in said, said
    guard.stop()
    guard.configuration["server"] = {"origin": "https://localhost:8443"}
    guard.start()
    said = guard.run("doctor", "--config", guard.file, check=False).stdout
    assert "note  server.origin is https://localhost:8443, so links in emails" in said, said
    guard.stop()
    guard.configuration["server"] = {"origin": f"https://{NAME}"}
    guard.start()
    said = guard.run("doctor", "--config", guard.file, check=False).stdout
    assert "links in emails" not in said, said
    assert [one["name"] for one in guard.json("cert", "list")] == ["localhost"], "the web server in front has that certificate"
    plain = requests.get(f"http://127.0.0.1:{guard.http_port}/any", allow_redirects=False, timeout=60)
    assert plain.headers["Location"] == f"https://{NAME}/any"


def test_what_it_shows(world):
    guard = world.keeper(Guard)
    guard.keep(NAME)
    guard.wait_seen(NAME)
    page = guard.get("/status")
    assert page.status_code == 200 and "All is well" in page.text and "<script" not in page.text
    assert NAME not in page.text, "names are for operators"
    plain = requests.get(f"http://127.0.0.1:{guard.http_port}/any?where=1", allow_redirects=False, timeout=60)
    assert plain.status_code in (301, 308) and plain.headers["Location"] == guard.origin + "/any?where=1"
    assert requests.get(f"http://127.0.0.1:{guard.http_port}/.well-known/acme-challenge/nothing", timeout=60).status_code == 404
    assert guard.get("/healthz").status_code == guard.get("/readyz").status_code == 200
    status, metrics = guard.ask("GET", "/metrics")
    assert status == 200
    left = float(re.search(rf'carillon_certificate_seconds_left{{[^}}]*name="{NAME}"[^}}]*}} (\S+)', metrics).group(1))
    assert 89 * 86400 < left < 90 * 86400
    for metric in ("carillon_certificate_state", "carillon_certificate_failures", "carillon_certificate_last_seen_seconds", "carillon_keeper_seconds_since_last_round"):
        assert re.search(rf"^{metric}", metrics, re.M), metric
    assert guard.get("/metrics").status_code == 404, "not for the public"
    # The alerts that are shipped speak of metrics that there are, in states that there are; some only of what is watched or exported.
    guard.configuration["certificates.exports"] = [{"name": NAME, "folder": guard.data.parent / "exported", "port": guard.https_port}]
    guard.reread()
    guard.run("cert", "watch", f"{NAME}:{guard.https_port}")
    until(lambda: "carillon_certificate_export_state" in (text := guard.ask("GET", "/metrics")[1]) and "carillon_watched_certificate_seconds_left" in text, "both are told")
    metrics = guard.ask("GET", "/metrics")[1]
    rules = (ROOT / "packaging" / "prometheus" / "carillon.rules.yml").read_text().split("name: carillon-server")[0]
    asked = set(re.findall(r"\bcarillon_[a-z_]+", rules))
    assert asked and asked <= set(re.findall(r"^(carillon_[a-z_]+)", metrics, re.M)), asked
    assert set(re.findall(r'state="([a-z]+)"', rules)) <= {"ok", "renewing", "late", "expired", "none", "failed"}


def test_doctor_knows_a_guard(world):
    guard = world.keeper(Guard)
    guard.keep(NAME)
    guard.wait_seen(NAME)
    said = guard.run("doctor", "--config", guard.file, check=False)
    assert "podcast" not in said.stdout.lower() and "carillon-media" not in said.stdout
    assert "no channel" in said.stdout and "certificates are fine" in said.stdout


def test_commands_of_a_publishing_server_are_told_that_this_is_a_guard(world):
    guard = world.keeper(Guard)
    for command in (("welcome",), ("show", "list"), ("user", "create", "ada@example.org")):
        said = guard.run(*command, check=False)
        assert said.returncode == 1 and "This is a guard" in said.stderr and "carillon serve" in said.stderr, said.stderr
    unknown = guard.run("cert", "show", "nobody.example.org", check=False)
    assert unknown.returncode == 1 and "guard" not in unknown.stderr, unknown.stderr


def test_a_backup_of_a_guard_brings_it_back(world, tmp_path):
    guard = world.keeper(Guard)
    guard.keep(NAME)
    before = guard.wait_seen(NAME)
    guard.run("cert", "watch", f"localhost:{guard.https_port}", "--steward", STEWARD)
    guard.run("cert", "scan", f"localhost:{guard.https_port}")
    said = guard.run("backup", tmp_path / "backup")
    assert "private keys" in said.stdout and (tmp_path / "backup" / "guard.db").exists()
    assert (tmp_path / "backup" / "secrets" / "master.key").read_bytes() == (guard.data / "secrets" / "master.key").read_bytes()
    guard.stop()
    again = world.keeper(Guard, data="restored", start=False)
    assert "carillon guard" in again.run("restore", tmp_path / "backup").stdout
    again.configuration["certificates"]["names"] = [NAME]
    again.start()
    assert is_serial(before["serial"], world.handshake(NAME, again.https_port)[0])
    assert f"localhost:{guard.https_port}" in {one["name"] for one in again.json("cert", "list")}
    assert again.certificate(NAME)["serial"] == before["serial"]


def test_a_master_key_from_elsewhere_is_used_and_not_in_the_backup(world, tmp_path):
    key = tmp_path / "elsewhere" / "master.key"
    key.parent.mkdir()
    key.write_bytes(os.urandom(32))
    key.chmod(0o600)
    guard = world.keeper(Guard, start=False)
    guard.configuration["certificates"]["master_key_file"] = key
    guard.start()
    world.point(guard)
    guard.keep(NAME)
    before = guard.wait_seen(NAME)
    assert not (guard.data / "secrets" / "master.key").exists()
    assert b"PRIVATE KEY" not in (guard.data / "guard.db").read_bytes()
    assert "elsewhere" in guard.run("backup", tmp_path / "backup").stdout
    guard.stop()
    guard.start()
    assert is_serial(before["serial"], world.handshake(NAME, guard.https_port)[0])
    assert "beside the data" not in guard.run("doctor", "--config", guard.file, check=False).stdout


def test_a_lost_master_key_costs_new_certificates_and_not_the_service(world):
    guard = world.keeper(Guard)
    guard.keep(NAME)
    before = guard.wait_seen(NAME)
    guard.stop()
    (guard.data / "secrets" / "master.key").unlink()
    guard.start()
    after = guard.wait_seen(NAME, times=2)
    assert after["serial"] != before["serial"]
    world.handshake(NAME, guard.https_port)


def test_two_guards_on_one_folder(world):
    guard = world.keeper(Guard)
    second = subprocess.run([CARILLON, "guard", "--data", guard.data, "--http", "127.0.0.1:0", "--https", "127.0.0.1:0"], capture_output=True, text=True, timeout=300)
    assert second.returncode == 1 and "already" in second.stderr
