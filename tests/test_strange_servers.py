"""Servers of other people that send more than they need, choose suites oddly or have keys on rare curves: each is seen, and judged by what its
clients need."""

import contextlib
import datetime
import json
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from conftest import free_port, until
from hand_ca import DAY, HandCa, key_pem, named, pem
from keeping import Guard, World

NAME = "www.example.org"


@pytest.fixture
def world(tmp_path):
    with World(tmp_path) as made:
        yield made


@contextlib.contextmanager
def openssl_server(folder, chain, key, *flags):
    """`openssl s_server`, and the port it listens on."""
    folder.mkdir(exist_ok=True)
    leaf, end, others = chain.partition("-----END CERTIFICATE-----\n")
    (folder / "leaf.pem").write_text(leaf + end)
    (folder / "more.pem").write_text(others)
    (folder / "key.pem").write_text(key)
    port = free_port()
    command = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", folder / "leaf.pem", "-key", folder / "key.pem", "-cert_chain", folder / "more.pem",
               "-quiet", *flags]
    process = subprocess.Popen([str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        yield port
    finally:
        process.terminate()
        process.wait(30)


def scanned(guard, target):
    """The row of an endpoint, as soon as it listens."""
    def row():
        rows = json.loads(guard.run("cert", "scan", target, "--config", guard.file, "--json", check=False).stdout or "[]")
        return rows[0] if rows and "unreachable" not in rows[0]["findings"] else None
    return until(row, "it is looked at")


def again(certificate, key, issuer_name, issuer_key, now, days):
    """Another certificate for the subject and key of an authority, that ends `days` from now."""
    return (x509.CertificateBuilder().subject_name(certificate.subject).issuer_name(named(issuer_name)).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now - 400 * DAY).not_valid_after(now + days * DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(issuer_key, hashes.SHA256()))


def test_an_expired_certificate_that_no_client_needs_hides_no_end(world, tmp_path):
    """A server still sends the cross-signed copy of its root, which ended last year. Its leaf ends in three days."""
    ca = HandCa(tmp_path / "ca")
    world.names.set(NAME, a=["127.0.0.1"])
    old_key = ec.generate_private_key(ec.SECP256R1())
    crossed = again(ca.root, ca.root_key, "Old root", old_key, ca.now, days=-300)
    guard = world.keeper(Guard, issuers=[{**world.issuer(), "trust": ca.root_file}])
    chain, key = ca.make(NAME, days=3, begins=-87)
    with openssl_server(tmp_path / "server", chain + pem(crossed), key) as port:
        row = scanned(guard, f"{NAME}:{port}")
        assert row["findings"] == [] and "clients don't need" in row["detail"] and "expired" in row["detail"], row
        guard.run("cert", "watch", f"{NAME}:{port}", "--steward", "ada@example.org")
        incident = guard.wait_incident("watched-expiring", f"{NAME}:{port}")
        assert "expires in" in incident["what"]
        watch, = [one for one in guard.json("cert", "list") if one["name"] == f"{NAME}:{port}"]
        assert "expired" in watch["last_seen"][0]["remark"], watch


def test_an_unneeded_certificate_near_its_end_raises_no_alarm(world, tmp_path):
    ca = HandCa(tmp_path / "ca")
    world.names.set(NAME, a=["127.0.0.1"])
    crossed = again(ca.root, ca.root_key, "Old root", ec.generate_private_key(ec.SECP256R1()), ca.now, days=2)
    guard = world.keeper(Guard, issuers=[{**world.issuer(), "trust": ca.root_file}])
    chain, key = ca.make(NAME, days=80)
    with openssl_server(tmp_path / "server", chain + pem(crossed), key) as port:
        guard.run("cert", "watch", f"{NAME}:{port}")
        watch = until(lambda: [one for one in guard.json("cert", "list") if one["name"] == f"{NAME}:{port}" and one["last_seen"]], "it is looked at")[0]
        assert watch["state"] == "ok" and "expires in" in watch["last_seen"][0]["remark"], watch
        assert not guard.incidents(subject=f"{NAME}:{port}")


def test_a_server_that_prefers_suites_without_a_certificate_shows_one(world, tmp_path):
    """Postfix with tls_preempt_cipherlist picks an anonymous suite for whoever offers one."""
    ca = HandCa(tmp_path / "ca")
    world.names.set(NAME, a=["127.0.0.1"])
    guard = world.keeper(Guard, issuers=[{**world.issuer(), "trust": ca.root_file}])
    flags = ["-tls1_2", "-serverpref", "-cipher", "AECDH-AES256-SHA:ADH-AES256-GCM-SHA384:ECDHE-ECDSA-AES256-GCM-SHA384:@SECLEVEL=0"]
    with openssl_server(tmp_path / "server", *ca.make(NAME), *flags) as port:
        row = scanned(guard, f"{NAME}:{port}")
        assert row["name"] == NAME and row["findings"] == [], row


@pytest.mark.parametrize("curve", [ec.BrainpoolP256R1(), ec.BrainpoolP384R1(), ec.BrainpoolP512R1(), ec.SECP256K1(), ec.SECP224R1(), ec.SECT571R1()], ids=lambda curve: curve.name)
def test_a_key_on_a_rare_curve_is_seen(world, tmp_path, curve):
    ca = HandCa(tmp_path / "ca")
    world.names.set(NAME, a=["127.0.0.1"])
    guard = world.keeper(Guard, issuers=[{**world.issuer(), "trust": ca.root_file}])
    with openssl_server(tmp_path / "server", *ca.make(NAME, key=ec.generate_private_key(curve)), "-tls1_2") as port:
        row = scanned(guard, f"{NAME}:{port}")
        assert row["name"] == NAME and row["findings"] == [], row
