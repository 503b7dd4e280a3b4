"""`carillon cert scan` as an operator uses it: whatever it can't look at, it says so and exits with 1. It never finds nothing, says nothing and
exits with 0."""

import base64
import contextlib
import json
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import threading
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from conftest import CARILLON, free_port
from hand_ca import HandCa
from keeping import Guard, World

NAME = "www.example.org"
NOBODY = 65534
POSTSCREEN_WAIT = 6.5  # seconds; postscreen_greet_wait is six


@pytest.fixture(scope="module")
def ca(tmp_path_factory):
    return HandCa(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def scan(tmp_path, ca):
    def run(*targets, user=None, environment=None):
        command = [CARILLON, "--data", tmp_path / "data", "cert", "scan", *targets, "--json"]
        options = {"user": user, "group": user, "extra_groups": []} if user else {}
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=120,
                              env={**os.environ, "SSL_CERT_FILE": str(ca.root_file), **(environment or {})}, **options)
        done.rows = json.loads(done.stdout) if done.stdout else None
        return done
    return run


def places(done, folder):
    return {str(pathlib.PurePath(row["where"]).relative_to(folder)) for row in done.rows}


def test_lets_encrypts_folder_is_read_through_its_links(scan, ca, tmp_path):
    folder = tmp_path / "letsencrypt"
    chain, _ = ca.make(NAME)
    for part in ("archive", "live"):
        (folder / part / NAME).mkdir(parents=True)
    (folder / "archive" / NAME / "fullchain1.pem").write_text(chain)
    (folder / "live" / NAME / "fullchain.pem").symlink_to(f"../../archive/{NAME}/fullchain1.pem")
    (tmp_path / "tls").mkdir()
    (tmp_path / "tls" / "all").symlink_to(folder / "live")
    for target in (folder, folder / "live"):
        done = scan(target)
        assert done.returncode == 0 and done.stderr == "", done.stderr
        assert places(done, folder) == {f"live/{NAME}/fullchain.pem"}
    done = scan(tmp_path / "tls")
    assert done.returncode == 0 and places(done, tmp_path / "tls") == {f"all/{NAME}/fullchain.pem"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_what_another_user_may_not_read_is_named(scan, ca, tmp_path):
    folder = tmp_path / "tls"
    (folder / "private").mkdir(parents=True)
    (folder / "a.pem").write_text(ca.make(NAME)[0])
    (folder / "b.pem").write_text(ca.make(NAME)[0])
    (folder / "b.pem").chmod(0o600)
    (folder / "nginx.conf").write_text(f"http {{ include {folder}/private/*.conf; server {{ listen 443 ssl; server_name x.invalid; ssl_certificate b.pem; }} }}")
    (folder / "private").chmod(0o700)
    (folder / "a.pem").chmod(0o644)
    (folder / "nginx.conf").chmod(0o644)
    for parent in [folder, *folder.parents][:-1]:
        if os.stat(parent).st_uid == os.geteuid() and str(parent) not in ("/", "/tmp"):
            parent.chmod(parent.stat().st_mode | 0o055)
    (folder / "private").chmod(0o700)
    done = scan(folder, user=NOBODY)
    assert done.returncode == 1
    assert f"{folder}/private was not read, because this user may not read it; run the scan as root." in done.stderr
    assert f"{folder}/b.pem was not read, because this user may not read it" in done.stderr
    assert f"{folder}/a.pem" in {row["where"] for row in done.rows}, "the rest is read all the same"
    # The same from the configuration.
    done = scan(folder / "nginx.conf", user=NOBODY)
    assert done.returncode == 1 and f"nginx.conf:1: {folder}/private was not read" in done.stderr and f"{folder}/b.pem was not read" in done.stderr
    # And a target itself.
    done = scan(folder / "private", user=NOBODY)
    assert done.returncode == 1 and "was not read, because this user may not read it" in done.stderr
    done = scan(folder / "private" / "x.pem", user=NOBODY)
    assert done.returncode == 1 and "this user may not read it" in done.stderr


def test_nothing_found_is_said(scan, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "plain.conf").write_text("server { listen 80; server_name a.invalid; }\n")
    for target, said in ((tmp_path / "empty", "contains neither a certificate"), (tmp_path / "plain.conf", "configures no server with TLS"),
                         (tmp_path / "gone", "doesn't exist")):
        done = scan(target)
        assert done.returncode == 1 and said in done.stderr, done.stderr


def test_every_kind_of_container_is_read_or_named(scan, ca, tmp_path):
    folder = tmp_path / "stores"
    folder.mkdir()
    chain, key = ca.make(NAME)
    end = "-----END CERTIFICATE-----\n"
    leaf, intermediate = (x509.load_pem_x509_certificate((part + end).encode()) for part in chain.split(end)[:2])
    private = serialization.load_pem_private_key(key.encode(), None)
    (folder / "open.p12").write_bytes(pkcs12.serialize_key_and_certificates(None, None, leaf, [intermediate], serialization.NoEncryption()))
    (folder / "closed.pfx").write_bytes(pkcs12.serialize_key_and_certificates(b"www", private, leaf, [intermediate], serialization.BestAvailableEncryption(b"secret")))
    (folder / "chain.pem").write_text(chain)
    subprocess.run(["openssl", "crl2pkcs7", "-nocrl", "-certfile", folder / "chain.pem", "-out", folder / "chain.p7b"], check=True)
    subprocess.run(["openssl", "crl2pkcs7", "-nocrl", "-certfile", folder / "chain.pem", "-outform", "DER", "-out", folder / "chain.p7c"], check=True)
    (folder / "many.pem").write_text("".join(ca.make(f"n{number}.example.org")[0] for number in range(11)))
    encoded = base64.b64encode(chain.encode()).decode()
    (folder / "config").write_text(f"apiVersion: v1\nkind: Config\nclusters: []\nusers:\n- name: ada\n  user:\n    client-certificate-data: {encoded}\n"
                                   "- name: bob\n  user:\n    client-certificate: bob.crt\n")
    (folder / "old.bks").write_bytes(b"\0\0\0\2")
    expected = {"open.p12", "chain.pem", "chain.p7b", "chain.p7c", "config: client-certificate-data", *(f"many.pem: n{number}.example.org" for number in range(11))}
    if shutil.which("keytool"):
        (folder / "www.p12").write_bytes(pkcs12.serialize_key_and_certificates(b"www", private, leaf, [intermediate], serialization.BestAvailableEncryption(b"secret")))
        subprocess.run(["keytool", "-importkeystore", "-srckeystore", folder / "www.p12", "-srcstoretype", "PKCS12", "-srcstorepass", "secret", "-destkeystore", folder / "java.jks",
                        "-deststoretype", "JKS", "-deststorepass", "changeit", "-destkeypass", "changeit"], check=True, capture_output=True)
        (folder / "www.p12").unlink()
        expected.add("java.jks: www")
    done = scan(folder)
    assert {place.removesuffix(": www") + (": www" if place.startswith("java") else "") for place in places(done, folder)} == expected
    assert all(row["findings"] == [] for row in done.rows), done.rows
    assert done.returncode == 1
    for name, why in (("closed.pfx", "it is protected by a password"), ("old.bks", "its format isn't supported"), ("bob.crt", "it doesn't exist")):
        assert f"{folder}/{name} was not read, because {why}" in done.stderr


def test_variables_of_haproxy_come_from_the_environment(scan, ca, tmp_path):
    (tmp_path / "site.pem").write_text("".join(reversed(ca.make("env.invalid"))))
    file = tmp_path / "haproxy.cfg"
    file.write_text('frontend x\n  bind :443 ssl crt "${SITE_FOLDER}/site.pem"\n')
    done = scan(file)
    assert done.returncode == 1 and "the variable SITE_FOLDER isn't set here" in done.stderr
    done = scan(file, environment={"SITE_FOLDER": str(tmp_path)})
    assert {row["where"] for row in done.rows} == {str(tmp_path / "site.pem"), "env.invalid:443"} and "isn't set" not in done.stderr


def test_an_endpoint_that_is_unreachable_is_no_success(scan):
    done = scan(f"127.0.0.1:{free_port()}")
    assert done.rows[0]["findings"] == ["unreachable"]
    assert done.returncode == 1 and "The scan is incomplete: 1 endpoint is unreachable." in done.stderr
    done = scan(f"127.0.0.2/31:{free_port()}")
    assert len(done.rows) == 2 and done.returncode == 0, "nobody expects every address of a range to answer"


@contextlib.contextmanager
def slow_mail_server(folder, chain, key):
    """Speaks SMTP once a client has waited, as Postfix's postscreen does."""
    (folder / "mail.pem").write_text(key + chain)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "mail.pem")
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(connection):
        with contextlib.suppress(OSError), connection:
            connection.settimeout(60)
            time.sleep(POSTSCREEN_WAIT)
            connection.sendall(b"220 mail.example.org ESMTP\r\n")
            connection.recv(1000)
            connection.sendall(b"250-mail.example.org\r\n250 STARTTLS\r\n")
            connection.recv(1000)
            connection.sendall(b"220 go ahead\r\n")
            with context.wrap_socket(connection, server_side=True) as secure:
                secure.recv(1000)

    def accept():
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()


def test_a_mail_server_that_lets_clients_wait_is_seen(scan, ca, tmp_path):
    folder = tmp_path / "postfix"
    folder.mkdir()
    with slow_mail_server(folder, *ca.make("mail.example.org")) as port:
        (folder / "main.cf").write_text("myhostname = mail.example.org\nsmtpd_tls_security_level = may\n")
        (folder / "master.cf").write_text(f"127.0.0.1:{port} inet n - y - - smtpd\n")
        begin = time.monotonic()
        done = scan(folder / "main.cf")
        assert time.monotonic() - begin >= POSTSCREEN_WAIT
        assert [(row["where"], row["findings"]) for row in done.rows] == [(f"127.0.0.1:{port} as mail.example.org", [])], done.rows
        assert done.returncode == 0, done.stderr
        # Whoever is in a hurry says so: the greeting comes after this deadline.
        done = scan(folder / "main.cf", "--deadline", "1")
        assert done.returncode == 1 and done.rows[0]["findings"] == ["unreachable"]


@pytest.mark.parametrize("deadline", ["0", "-1", "601", "soon"])
def test_a_deadline_is_a_number_of_seconds(scan, deadline):
    done = scan("127.0.0.1:1", "--deadline", deadline)
    assert done.returncode == 2 and "--deadline" in done.stderr


def test_a_server_behind_another_is_watched_under_its_own_address(tmp_path):
    """Its name leads elsewhere, so that the watch must go where the scan went."""
    with World(tmp_path) as world:
        ca = HandCa(tmp_path / "hand")
        world.names.set("inner.example.org", a=["192.0.2.1"])
        guard = world.keeper(Guard, issuers=[{**world.issuer(), "trust": ca.root_file}])
        chain, key = ca.make("inner.example.org")
        (tmp_path / "inner.pem").write_text(key + chain)
        port = free_port()
        server = subprocess.Popen(["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", tmp_path / "inner.pem", "-cert_chain", tmp_path / "inner.pem", "-quiet"],
                                  stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            (tmp_path / "nginx.conf").write_text(f"server {{ listen 127.0.0.1:{port} ssl; server_name inner.example.org; ssl_certificate $c; }}")
            for _ in range(50):
                done = guard.run("cert", "scan", tmp_path / "nginx.conf", "--config", guard.file, "--add", "--steward", "ada@example.org", check=False)
                if done.returncode == 0:
                    break
            assert done.returncode == 0 and "1 endpoint is now being watched" in done.stdout, done.stdout + done.stderr
            assert f"127.0.0.1:{port} as inner.example.org" in [one["name"] for one in guard.json("cert", "list")]
        finally:
            server.terminate()
            server.wait(30)
