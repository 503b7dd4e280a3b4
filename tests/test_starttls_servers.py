"""Servers that start TLS on request, as Debian has them: Carillon sees the certificate of each, in a scan and in a watch."""

import contextlib
import getpass
import grp
import json
import os
import pathlib
import pwd
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading

import pytest
from cryptography import x509

from conftest import free_port, until
from hand_ca import HandCa
from keeping import Guard, World, is_serial

NAME = "mail.example.org"


class Place:
    """A folder with the certificate of a server, and the ports it listens on."""

    def __init__(self, folder, ca):
        self.folder = folder
        folder.mkdir()
        folder.chmod(0o755)
        chain, key = ca.make(NAME)
        self.certificate = x509.load_pem_x509_certificate(chain.encode())
        self.chain, self.key, self.both = folder / "chain.pem", folder / "key.pem", folder / "both.pem"
        self.chain.write_text(chain)
        self.key.write_text(key)
        self.both.write_text(key + chain)
        self.root = ca.root_file
        self.ports = {}

    def port(self, kind):
        return self.ports.setdefault(kind, free_port())

    def file(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def subfolder(self, name, user=None):
        path = self.folder / name
        path.mkdir()
        if user and os.getuid() == 0:
            shutil.chown(path, user)
        return path


def program(path, package):
    if not shutil.which(path):
        pytest.skip(f"{package} isn't installed")
    return path


def user_of(name):
    """The user as which a server runs: its own if root starts it."""
    return name if os.getuid() == 0 else getpass.getuser()


def readable_by(place, user):
    """Lets another user read what a test made."""
    if os.getuid() != 0:
        return
    for path in (place.key, place.both):
        shutil.chown(path, user)
        path.chmod(0o600)


@contextlib.contextmanager
def running(place, *command, **options):
    log = (place.folder / "log").open("w")
    process = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, **options)

    def listens():
        assert process.poll() is None, f"{command[0]} ended:\n{(place.folder / 'log').read_text()}"
        return all(accepts(port) for port in place.ports.values())
    try:
        until(listens, f"{command[0]} listens")
        yield
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(30)
        log.close()


def accepts(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 5):
        return True
    return False


@contextlib.contextmanager
def dovecot(place):
    command = program("/usr/sbin/dovecot", "dovecot-core")
    login, internal = user_of("dovenull"), user_of("dovecot")
    group = grp.getgrgid(pwd.getpwnam(internal).pw_gid).gr_name
    wanted = [("imap", "imap", "imap"), ("pop3", "pop3", "pop3"), ("submission", "submission", "smtp"), ("managesieve", "sieve", "sieve")]
    services = "".join(f"""
service {name}-login {{
  chroot =
  inet_listener {listener} {{
    port = {place.port(kind)}
  }}
}}""" for name, listener, kind in wanted)
    unwanted = "".join(f"""
service {name}-login {{
  inet_listener {listener} {{
    port = 0
  }}
}}""" for name, listener in (("imap", "imaps"), ("pop3", "pop3s"), ("submission", "submissions")))
    configuration = place.file("dovecot.conf", f"""
protocols = imap pop3 lmtp submission sieve
listen = 127.0.0.1
base_dir = {place.folder}/run
state_dir = {place.folder}/state
log_path = {place.folder}/dovecot.log
default_login_user = {login}
default_internal_user = {internal}
default_internal_group = {group}
ssl = yes
ssl_cert = <{place.chain}
ssl_key = <{place.key}
submission_relay_host = 127.0.0.1
hostname = {NAME}
passdb {{
  driver = static
  args = nopassword=y
}}
userdb {{
  driver = static
  args = uid={pwd.getpwnam(internal).pw_uid} gid={pwd.getpwnam(internal).pw_gid} home={place.folder}/home/%u
}}
{services}
{unwanted}
service lmtp {{
  inet_listener lmtp {{
    port = {place.port("lmtp")}
  }}
}}
""")
    with running(place, command, "-F", "-c", configuration):
        yield


@contextlib.contextmanager
def postfix(place):
    program("/usr/sbin/postfix", "postfix")
    if os.getuid() != 0:
        pytest.skip("Postfix can only be started by root")
    queue, data = place.subfolder("queue"), place.subfolder("data", "postfix")
    place.file("main.cf", f"""
compatibility_level = 3.6
queue_directory = {queue}
data_directory = {data}
maillog_file = {place.folder}/postfix.log
maillog_file_prefixes = {place.folder}
myhostname = {NAME}
inet_interfaces = 127.0.0.1
smtpd_tls_chain_files = {place.both}
smtpd_tls_security_level = may
""")
    place.file("master.cf", f"""
127.0.0.1:{place.port("smtp")} inet n - n - - smtpd
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
""")
    environment = {**os.environ, "MAIL_CONFIG": str(place.folder)}
    started = subprocess.run(["/usr/sbin/postfix", "-c", place.folder, "start"], env=environment, capture_output=True, text=True, timeout=120)
    try:
        until(lambda: accepts(place.port("smtp")), f"Postfix listens: {started.stderr}")
        yield
    finally:
        subprocess.run(["/usr/sbin/postfix", "-c", place.folder, "stop"], env=environment, capture_output=True, timeout=120)


@contextlib.contextmanager
def slapd(place):
    command = program("/usr/sbin/slapd", "slapd")
    data = place.subfolder("data")
    configuration = place.file("slapd.conf", f"""
include /etc/ldap/schema/core.schema
pidfile {place.folder}/slapd.pid
modulepath /usr/lib/ldap
moduleload back_mdb
TLSCertificateFile {place.chain}
TLSCertificateKeyFile {place.key}
TLSCACertificateFile {place.chain}
database mdb
suffix "dc=example,dc=org"
directory {data}
""")
    with running(place, command, "-d", "0", "-f", configuration, "-h", f"ldap://127.0.0.1:{place.port('ldap')}"):
        yield


@contextlib.contextmanager
def postgres(place):
    programs = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs:
        pytest.skip("postgresql isn't installed")
    user = user_of("postgres")
    readable_by(place, user)
    data = place.subfolder("data", user)
    as_user = {"user": user, "cwd": data} if os.getuid() == 0 else {}
    subprocess.run([programs[-1] / "initdb", "-D", data, "-A", "reject", "--no-sync"], check=True, capture_output=True, timeout=300, **as_user)
    settings = {"ssl": "on", "ssl_cert_file": place.chain, "ssl_key_file": place.key, "port": place.port("postgres"), "listen_addresses": "127.0.0.1",
                "unix_socket_directories": "", "fsync": "off"}
    with running(place, programs[-1] / "postgres", "-D", data, *(part for name, value in settings.items() for part in ("-c", f"{name}={value}")), **as_user):
        yield


@contextlib.contextmanager
def mariadb(place):
    command = program("/usr/sbin/mariadbd", "mariadb-server-core")
    user = getpass.getuser()
    data = place.subfolder("data")
    with running(place, command, "--no-defaults", f"--user={user}", f"--datadir={data}", f"--port={place.port('mysql')}", "--bind-address=127.0.0.1",
                 f"--socket={place.folder}/socket", f"--ssl-cert={place.chain}", f"--ssl-key={place.key}", "--innodb-use-native-aio=0", "--skip-grant-tables"):
        yield


@contextlib.contextmanager
def vsftpd(place):
    command = program("/usr/sbin/vsftpd", "vsftpd")
    empty = place.subfolder("empty")
    configuration = place.file("vsftpd.conf", f"""
listen=YES
listen_address=127.0.0.1
listen_port={place.port("ftp")}
background=NO
anonymous_enable=NO
local_enable=YES
ssl_enable=YES
rsa_cert_file={place.chain}
rsa_private_key_file={place.key}
secure_chroot_dir={empty}
run_as_launching_user={"NO" if os.getuid() == 0 else "YES"}
seccomp_sandbox=NO
""")
    with running(place, command, configuration):
        yield


@contextlib.contextmanager
def prosody(place):
    command = program("/usr/bin/prosody", "prosody")
    user = user_of("prosody")
    readable_by(place, user)
    data = place.subfolder("data", user)
    configuration = place.file("prosody.cfg.lua", f"""
daemonize = false
run_as_root = {"true" if os.getuid() == 0 else "false"}
pidfile = "{data}/prosody.pid"
data_path = "{data}"
plugin_paths = {{}}
modules_enabled = {{ "tls"; "saslauth"; "dialback"; "disco" }}
c2s_require_encryption = true
s2s_require_encryption = true
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {place.port("xmpp")} }}
s2s_ports = {{ {place.port("xmpp-server")} }}
c2s_direct_tls_ports = {{}}
log = {{ info = "*console" }}
VirtualHost "{NAME}"
  ssl = {{ certificate = "{place.chain}"; key = "{place.key}" }}
""")
    with running(place, command, "--config", configuration, cwd=data):
        yield


SERVERS = {"dovecot": (dovecot, ["imap", "pop3", "lmtp", "sieve", "smtp"]), "postfix": (postfix, ["smtp"]), "slapd": (slapd, ["ldap"]),
           "postgres": (postgres, ["postgres"]), "mariadb": (mariadb, ["mysql"]), "vsftpd": (vsftpd, ["ftp"]),
           "prosody": (prosody, ["xmpp", "xmpp-server"])}


@pytest.fixture
def ca(tmp_path):
    return HandCa(tmp_path / "ca")


@pytest.fixture
def world(tmp_path):
    with World(tmp_path / "world") as made:
        made.name(NAME)
        yield made


@pytest.fixture
def place(ca):
    """A short path, because servers have sockets below it, and one that other users can enter."""
    folder = tempfile.mkdtemp(prefix="tls")
    try:
        os.chmod(folder, 0o755)
        yield Place(pathlib.Path(folder) / "server", ca)
    finally:
        shutil.rmtree(folder)


def guard_in(world, ca):
    return world.keeper(Guard, issuers=[{**world.issuer(), "trust": ca.root_file}])


def scan(guard, target, kind):
    """The rows of a scan."""
    done = guard.run("cert", "scan", target, "--starttls", kind, "--config", guard.file, "--json", check=False)
    return json.loads(done.stdout or "[]")


@pytest.mark.parametrize("server", SERVERS)
def test_a_real_server_shows_its_certificate(world, ca, place, server):
    serve, kinds = SERVERS[server]
    guard = guard_in(world, ca)
    with serve(place):
        for kind in kinds:
            target = f"{NAME}:{place.ports[kind]}"
            row, = scan(guard, target, kind)
            assert row["findings"] == [] and row["name"] == NAME and is_serial(row["serial"], place.certificate), row
            guard.run("cert", "watch", target, "--starttls", kind)
        for kind in kinds:
            target = f"{NAME}:{place.ports[kind]}"

            def seen():
                watch, = [one for one in guard.json("cert", "list") if one["name"] == f"{target} ({kind})"]
                return watch["last_seen"] and watch
            watch = until(seen, f"{target} is watched")
            assert watch["state"] == "ok" and is_serial(watch["last_seen"][0]["serial"], place.certificate), watch
            until(lambda: f'name="{target}",starttls="{kind}"' in guard.ask("GET", "/metrics")[1], "the metrics name the protocol")


def test_a_server_says_why_it_starts_no_tls(world, ca, place):
    """The wrong domain, and the wrong protocol."""
    guard = guard_in(world, ca)
    world.name("other.example.org")
    with prosody(place):
        row, = scan(guard, f"other.example.org:{place.ports['xmpp']}", "xmpp")
        assert row["findings"] == ["not_tls"] and "host-unknown" in row["detail"], row
        guard.run("cert", "watch", f"other.example.org:{place.ports['xmpp']}", "--starttls", "xmpp", "--name", NAME)
        until(lambda: [one for one in guard.json("cert", "list") if one["name"].startswith("other.example.org:") and one["state"] == "ok"], "the domain decides")
        for kind in ("mysql", "ldap", "postgres"):
            row, = scan(guard, f"{NAME}:{place.ports['xmpp']}", kind)
            assert row["serial"] == "" and set(row["findings"]) <= {"not_tls", "unreachable"} and row["findings"], row


class Odd:
    """A server of a few lines: `serve` gets each connection."""

    def __init__(self, serve):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.serve = serve
        threading.Thread(target=self.work, daemon=True).start()

    def work(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                connection.settimeout(30)
                self.serve(connection)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()


ENDLESS = {"smtp": b"220-more\r\n", "pop3": b"+OK" + b"x" * 1000, "sieve": b'"A" "b"\r\n', "ftp": b"220-\r\n", "xmpp": b"<a>", "ldap": b"\x30\x84\x7f\xff\xff\xff",
           "mysql": b"\x00\x01\x00\x01", "postgres": b"x", "nntp": b"a" * 100}


@pytest.mark.parametrize("kind", ENDLESS)
def test_a_server_that_never_stops_is_left_soon(world, ca, kind):
    """Ten megabytes instead of a greeting: most of them are never read."""
    sent = []

    def flood(connection):
        count = 0
        try:
            while count < 10 << 20:
                count += connection.send(ENDLESS[kind] * 1000)
        finally:
            sent.append(count)
    guard = guard_in(world, ca)
    with Odd(flood) as server:
        row, = scan(guard, f"{NAME}:{server.port}", kind)
        assert row["findings"] == ["not_tls"], row
        assert len(row["detail"]) < 400
        until(lambda: sent, "the server is left")
        assert sent[0] < 10 << 20


def test_a_server_that_sends_single_bytes_is_understood(world, ca, place):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(place.both)

    def trickle(connection):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for reply in (b"220-mail\r\n220 ready\r\n", b"250-mail\r\n250 STARTTLS\r\n", b"220 go ahead\r\n"):
            for byte in reply:
                connection.sendall(bytes([byte]))
            if reply[3:7] != b" go ":
                connection.recv(1000)
        context.wrap_socket(connection, server_side=True).close()
    guard = guard_in(world, ca)
    with Odd(trickle) as server:
        row, = scan(guard, f"{NAME}:{server.port}", "smtp")
        assert row["findings"] == [] and row["name"] == NAME, row
