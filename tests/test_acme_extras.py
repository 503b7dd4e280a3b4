"""What CAs offer beyond the basics, with Pebble and the whole program: several chains, new account keys."""

import http.client
import http.server
import re
import sqlite3
import ssl
import subprocess
import threading
import urllib.request

import pytest
from cryptography import x509

import pebble
from conftest import CARILLON, PATIENCE
from keeping import Guard

NAME = "www.example.org"


@pytest.fixture(scope="module")
def programs():
    try:
        return pebble.binaries()
    except pebble.Unavailable as why:
        pytest.skip(str(why))


@pytest.fixture
def ca(programs, tmp_path):
    made = pebble.Pebble(tmp_path / "pebble", programs).start()
    yield made
    made.stop()


@pytest.fixture
def make_guard(ca, tmp_path):
    """A guard that Pebble finds; `issuer` adds keys to its issuer."""
    made = []

    def make(exports=(), **issuer):
        (tmp_path / "roots.pem").write_text(roots(ca, 0) + roots(ca, 1))
        guard = Guard(tmp_path / "data", {
            "dns": {"servers": [f"127.0.0.1:{ca.dns_port}"]}, "certificates": {"steward": "ops@example.org", "names": [NAME]},
            "certificates.issuers": [{"name": "pebble", "directory": ca.directory, "directory_ca_file": ca.trust, "trust": tmp_path / "roots.pem", **issuer}],
            "certificates.exports": list(exports)})
        guard.http_port, guard.https_port = ca.http_port, ca.tls_port
        made.append(guard)
        guard.start()
        return guard

    yield make
    for guard in made:
        guard.stop()


def roots(ca, number):
    return urllib.request.urlopen(f"{ca.management}/roots/{number}", context=ssl.create_default_context(cafile=ca.trust)).read().decode()


def common_name(name):
    return name.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value


def root_name(ca, number):
    return common_name(x509.load_pem_x509_certificate(roots(ca, number).encode()).subject)


def served_chain(port):
    """What a client gets, without any check: [certificate]."""
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", NAME, "-showcerts"], input="", capture_output=True, text=True, timeout=60)
    return [x509.load_pem_x509_certificate(block.encode()) for block in re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", done.stdout, re.DOTALL)]


@pytest.mark.parametrize("number", [0, 1])
def test_the_preferred_chain_is_served(ca, make_guard, number):
    guard = make_guard(preferred_chain=root_name(ca, number))
    guard.wait_seen(NAME)
    chain = served_chain(guard.https_port)
    assert len(chain) == 2 and common_name(chain[-1].issuer) == root_name(ca, number)
    assert "preferred chain" not in guard.log()


def test_a_chain_that_is_not_offered_is_said_and_the_default_is_served(ca, make_guard):
    guard = make_guard(preferred_chain="ISRG Root X9")
    guard.wait_seen(NAME)
    assert common_name(served_chain(guard.https_port)[-1].issuer) == root_name(ca, 0)
    line, = [line for line in guard.log().splitlines() if "preferred chain" in line]
    assert root_name(ca, 0) in line and root_name(ca, 1) in line and "ISRG Root X9" in line


def accounts(guard):
    """(the account's URL, whether a change of its key is under way), as stored."""
    with sqlite3.connect(f"file:{guard.data}/guard.db?mode=ro", uri=True) as database:
        (url, next_key), = database.execute("SELECT url, next_key FROM acme_accounts WHERE issuer = 'pebble'").fetchall()
    return url, bool(next_key)


def order(guard, name):
    guard.keep(name)
    guard.wait_seen(name)


def test_the_accounts_key_is_replaced_and_the_account_stays(ca, make_guard):
    guard = make_guard()
    guard.wait_seen(NAME)
    account, _ = accounts(guard)
    said = guard.run("issuer", "rollover", "pebble").stdout
    assert "has a new key" in said and account in said
    assert accounts(guard) == (account, False)
    order(guard, "second.example.org")          # the running guard
    guard.stop()
    guard.start()
    order(guard, "third.example.org")           # with what it stored
    assert accounts(guard)[0] == account and guard.log().count("CA account registered") == 1
    unknown = guard.run("issuer", "rollover", "nothing", check=False)
    assert unknown.returncode != 0 and "There is no issuer named “nothing”" in unknown.stderr


class Between:
    """A relay in front of the CA that stops requests to change a key on one side of it: the CA never hears, or nobody hears the CA."""

    def __init__(self, ca, folder, heard):
        relay, self.held, self.release = self, threading.Event(), threading.Event()
        inside = ssl.create_default_context(cafile=ca.trust)

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"

            def relayed(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                changes = "rollover" in self.path
                if changes and not heard:
                    relay.hold()
                    return
                # The CA signs URLs with the host that it is asked for.
                connection = http.client.HTTPSConnection("127.0.0.1", ca.port, context=inside)
                connection.request(self.command, self.path, body, {name: self.headers[name] for name in ("Content-Type", "Host", "User-Agent") if name in self.headers})
                answer = connection.getresponse()
                content = answer.read()
                if changes:
                    relay.status = answer.status
                    relay.hold()
                    return
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("content-length", "connection", "transfer-encoding"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content if self.command != "HEAD" else b"")

            do_GET = do_POST = do_HEAD = relayed

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(ca.folder / "server.pem", ca.folder / "server.key")
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.directory = f"https://127.0.0.1:{self.server.server_address[1]}/dir"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def hold(self):
        self.held.set()
        self.release.wait(PATIENCE)

    def stop(self):
        self.release.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.mark.parametrize("heard", [True, False])
def test_a_kill_while_the_ca_changes_the_key_loses_no_account(ca, make_guard, tmp_path, heard):
    relay = Between(ca, tmp_path, heard)
    try:
        guard = make_guard(directory=relay.directory)
        guard.wait_seen(NAME)
        account, _ = accounts(guard)
        asking = subprocess.Popen([CARILLON, "--data", guard.data, "issuer", "rollover", "pebble"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert relay.held.wait(PATIENCE), "the change is on its way"
        assert accounts(guard) == (account, True), "the new key was stored before"
        assert not heard or relay.status == 200
        guard.kill()
        asking.wait(PATIENCE)
        guard.start()
        order(guard, "second.example.org")
        # A key that the CA doesn't have stays stored: another node's request may be on its way.
        assert accounts(guard) == (account, not heard) and guard.log().count("CA account registered") == 1
        line, = [line for line in guard.log().splitlines() if "key was interrupted" in line]
        assert f"the CA has the {'new' if heard else 'old'} key" in line
    finally:
        relay.stop()
