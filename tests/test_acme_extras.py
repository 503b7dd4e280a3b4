"""What CAs offer beyond the basics, with Pebble and the whole program: several chains."""

import re
import ssl
import subprocess
import urllib.request

import pytest
from cryptography import x509

import pebble
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
