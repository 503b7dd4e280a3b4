"""Certificates for IP addresses (RFC 8738): ordered, verified, and served to clients that send no name."""

import socket
import ssl

import pytest

import pebble
from conftest import free_port, until
from cryptography import x509
from keeping import Guard, World

ADDRESS = "127.0.0.1"
LIMITS = ("--without-limits", "--profile", "shortlived=600", "--profile", "long=86400")


@pytest.fixture
def world(tmp_path):
    with World(tmp_path / "world", *LIMITS) as made:
        yield made


def served_to(address, port, trust, name=None):
    """What a client gets that connects to an address, and verifies it: without a server name, as the standards ask."""
    context = ssl.create_default_context(cafile=str(trust))
    with socket.create_connection((address, port), 30) as plain, context.wrap_socket(plain, server_hostname=name or address) as tls:
        certificate = x509.load_der_x509_certificate(tls.getpeercert(binary_form=True))
    return [str(one) for one in certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(x509.IPAddress)]


@pytest.mark.parametrize("challenge", ["http-01", "tls-alpn-01"])
def test_an_address_gets_a_certificate_and_serves_it(world, challenge):
    keeper = world.keeper(Guard, issuers=[world.issuer(profile="shortlived", challenge=challenge)])
    keeper.run("cert", "add", ADDRESS, "--issuer", "test-ca")
    keeper.wait_seen(ADDRESS)
    assert served_to(ADDRESS, keeper.https_port, world.authority.trust_file) == [ADDRESS]
    assert [entry["detail"] for entry in world.authority.ledger(act="authorization")] == [challenge]
    # Names are served as before, also after a start.
    name = world.name("www.example.org")
    keeper.keep(name)
    keeper.wait_seen(name)
    keeper.stop()
    keeper.start()
    world.handshake(name, keeper.https_port)
    assert served_to(ADDRESS, keeper.https_port, world.authority.trust_file) == [ADDRESS]


def test_an_ipv6_address_has_one_notation(world):
    keeper = world.keeper(Guard, issuers=[world.issuer(profile="shortlived")])
    keeper.run("cert", "add", "2001:DB8:0:0::1", "--issuer", "test-ca")
    keeper.run("cert", "add", "[2001:db8::1]", "--issuer", "test-ca")
    assert [one["name"] for one in keeper.json("cert", "list") if ":" in one["name"]] == ["2001:db8::1"]
    until(lambda: "loaded" in keeper.steps("2001:db8::1"), f"it has a certificate\n{keeper.story('2001:db8::1')}")
    assert keeper.json("cert", "show", "2001:DB8::0001")["serial"]
    assert world.authority.certificates("2001:db8::1")


def test_an_address_in_a_group(world):
    name = world.name("www.example.org")
    keeper = world.keeper(Guard, issuers=[world.issuer(profile="shortlived")])
    keeper.configuration["certificates.groups.site"] = {"names": [name, "8.8.8.8"]}
    keeper.reread()
    until(lambda: "loaded" in keeper.steps("site"), f"one certificate for both\n{keeper.story('site')}")
    assert served_to(ADDRESS, keeper.https_port, world.authority.trust_file, name) == ["8.8.8.8"]


def test_a_missing_profile_is_said(world):
    keeper = world.keeper(Guard, issuers=[world.issuer(profile="long")])
    keeper.run("cert", "add", ADDRESS, "--issuer", "test-ca")
    said = until(lambda: [line["detail"] for line in keeper.history(ADDRESS) if line["step"] == "self-check"], "the cause is said")
    assert said[0] == "“test-ca” may issue certificates for IP addresses only with the profile “shortlived”: set `profile = \"shortlived\"` for this issuer and restart the server."
    keeper.run("cert", "renew", ADDRESS)
    until(lambda: "profile = \"shortlived\"" in (keeper.certificate(ADDRESS)["last_error"] or ""), "and in the error")


def test_pebble_issues_for_an_address(tmp_path):
    try:
        programs = pebble.binaries()
    except pebble.Unavailable as why:
        pytest.skip(str(why))
    ca = pebble.Pebble(tmp_path / "pebble", programs).start()
    keeper = None
    try:
        keeper = Guard(tmp_path / "data", {
            "dns": {"servers": [f"127.0.0.1:{ca.dns_port}"]}, "certificates": {"steward": "ops@example.org"},
            "certificates.issuers": [{"name": "pebble", "directory": ca.directory, "contact": "ops@example.org", "directory_ca_file": ca.trust, "profile": "shortlived"}]})
        keeper.http_port, keeper.https_port = ca.http_port, ca.tls_port
        keeper.start()
        keeper.run("cert", "add", ADDRESS, "--issuer", "pebble")
        keeper.wait_seen(ADDRESS)
        assert keeper.certificate(ADDRESS)["issuer"] == "pebble"
    finally:
        if keeper and keeper.process:
            keeper.stop()
        ca.stop()
