"""What CAs revoke: noticed from CRLs and OCSP responders, told to somebody, replaced where Carillon can. Silence and lies alarm nobody."""

import datetime
import itertools
import subprocess

import pytest
from cryptography import x509

from authority import Authority
from conftest import free_port, until
from crl_server import ON_HOLD, CrlServer
from hand_ca import HandCa
from keeping import Guard, World, is_serial
from test_watching import TlsServer, wait_state

NUMBERS = itertools.count(1)
#: Half an hour: checked every 90 seconds, and not renewed by its dates within a test.
MANAGED = ("--without-limits", "--with-crl", "--profile", "seconds=1800")
#: The same in days, but checked every 20 seconds.
SHORT = 400 / 86400
REACHABLE = {"outgoing": {"allow": ["127.0.0.0/8"]}}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with World(tmp_path_factory.mktemp("revocation"), *MANAGED) as made:
        yield made


@pytest.fixture(scope="module")
def keeper(world):
    return world.keeper(issuers=[world.issuer(profile="seconds")], **REACHABLE)


def revoke(authority, name):
    """By the CRL alone: its renewal information says nothing about it."""
    now = datetime.datetime.utcnow()
    window = [(now + datetime.timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ") for minutes in (20, 22)]
    authority.call("POST", "/renewal-info", name=name, start=window[0], end=window[1])
    authority.call("POST", "/revoke", name=name)


def wait_status(keeper, name, status):
    return until(lambda: (one := keeper.certificate(name)["revocation"]) and one["status"] == status and one, f"{name} is {status}\n{keeper.story(name)}")


def wait_solved(keeper, kind, subject):
    until(lambda: keeper.incidents(kind, subject)[-1]["state"] == "solved", f"{kind} of {subject} is resolved\n{keeper.log()[-2000:]}")


def test_a_managed_certificate_is_replaced(world, keeper):
    name = world.name("revoked.example.org")
    keeper.run("cert", "add", name)
    before = keeper.wait_seen(name)
    assert wait_status(keeper, name, "good")["source"] == world.authority.management + "/crl"
    assert f'carillon_certificate_revoked{{name="{name}"}} 0' in keeper.ask("GET", "/metrics")[1]
    assert "good, as of" in keeper.run("cert", "show", name).stdout
    revoke(world.authority, name)
    incident = keeper.wait_incident("revoked", name)
    assert "was revoked" in incident["what"] and "/crl" in incident["what"] and incident["steward"] == "ops@example.org"
    after = keeper.wait_seen(name, times=2)
    assert after["serial"] != before["serial"]
    assert is_serial(after["serial"], world.handshake(name, keeper.https_port)[0])
    wait_solved(keeper, "revoked", name)
    assert [line["step"] for line in keeper.history(name)].count("revoked") == 1
    wait_status(keeper, name, "good")
    assert keeper.certificate(name)["findings"] == []


def test_the_spare_takes_over_and_a_revoked_spare_is_replaced(tmp_path):
    with World(tmp_path, *MANAGED) as world, Authority(tmp_path / "second", 1, 1, *MANAGED) as second:
        issuers = [world.issuer("first", profile="seconds"), world.issuer("second", second, profile="seconds")]
        keeper = world.keeper(issuers=issuers, **REACHABLE)
        world.point(keeper, second)
        name = world.name("spared.example.org")
        keeper.run("cert", "add", name)
        keeper.wait_seen(name)
        until(lambda: (keeper.certificate(name)["spare"] or {}).get("issuer") == "second", f"there is a spare\n{keeper.story(name)}")

        def given_up():
            return [line for line in keeper.history(name) if line["step"] == "spare" and "was discarded" in line["detail"]]

        def spares():
            return [line for line in keeper.history(name) if line["step"] == "spare" and line["detail"].startswith("ready")]
        revoke(second, name)
        until(given_up, f"the revoked spare is discarded\n{keeper.story(name)}")
        until(lambda: len(spares()) == 2, f"there is another spare\n{keeper.story(name)}")
        assert not keeper.incidents("revoked", name) and keeper.steps(name).count("seen") == 1
        revoke(world.authority, name)
        keeper.wait_incident("revoked", name)
        after = keeper.wait_seen(name, times=2)
        assert after["issuer"] == "second"
        assert any("now active" in line["detail"] and "was revoked" in line["detail"] for line in keeper.history(name) if line["step"] == "spare")
        wait_solved(keeper, "revoked", name)


@pytest.fixture
def ca(tmp_path):
    return HandCa(tmp_path / "ca")


@pytest.fixture
def crl(ca):
    made = CrlServer(ca)
    yield made
    made.stop()


def import_into(keeper, folder, name, chain, key):
    (folder / "chain.pem").write_text(chain)
    (folder / "key.pem").write_text(key)
    keeper.run("cert", "import", name, "--cert", folder / "chain.pem", "--key", folder / "key.pem")


@pytest.mark.parametrize("mode", ["silent", "slow", "error", "liar", "old"])
def test_a_list_that_cannot_be_believed_alarms_nobody(world, keeper, ca, crl, tmp_path, mode):
    name = world.name(f"{mode}-{next(NUMBERS)}.example.org")
    keeper.run("cert", "add", name, "--issuer", "manual")
    chain, key = ca.make(name, days=SHORT, begins=-0.0001, crl_url=crl.url)
    crl.revoke(x509.load_pem_x509_certificate(chain.encode()))
    crl.mode = mode
    import_into(keeper, tmp_path, name, chain, key)
    state = until(lambda: (one := keeper.certificate(name)["revocation"]) and one["unanswered_since"] and one, f"nobody knows\n{keeper.log()[-2000:]}")
    assert state["status"] == "unknown" and state["problem"] and state["known"] is None
    assert keeper.certificate(name)["findings"] == [] and not keeper.incidents("revoked", name)
    shown = keeper.run("cert", "show", name).stdout
    assert "unknown; no answer since" in shown
    if mode == "silent":
        # The same list, once it can be believed.
        crl.mode = "good"
        crl.done.set()
        keeper.wait_incident("revoked", name)
    keeper.run("cert", "remove", name)


def test_a_manual_certificate_is_told_until_a_person_replaces_it(world, keeper, ca, crl, tmp_path):
    name = world.name("by-hand.example.org")
    keeper.run("cert", "add", name, "--issuer", "manual")
    chain, key = ca.make(name, days=SHORT, begins=-0.0001, crl_url=crl.url)
    import_into(keeper, tmp_path, name, chain, key)
    wait_status(keeper, name, "good")
    certificate = x509.load_pem_x509_certificate(chain.encode())
    crl.revoke(certificate)
    incident = keeper.wait_incident("revoked", name)
    assert f"cert csr {name}" in incident["remedy"] and "compromised" in incident["remedy"]
    found = keeper.certificate(name)
    assert (found["state"], found["findings"], found["revocation"]["reason"]) == ("late", ["revoked"], "keyCompromise")
    assert "revoked on" in keeper.run("cert", "show", name).stdout
    import_into(keeper, tmp_path, name, *ca.make(name, days=SHORT, begins=-0.0001, crl_url=crl.url))
    wait_solved(keeper, "revoked", name)
    assert keeper.certificate(name)["findings"] == []


def test_a_suspension_ends(world, keeper, ca, crl, tmp_path):
    name = world.name("suspended.example.org")
    keeper.run("cert", "add", name, "--issuer", "manual")
    chain, key = ca.make(name, days=SHORT, begins=-0.0001, crl_url=crl.url)
    crl.revoke(x509.load_pem_x509_certificate(chain.encode()), ON_HOLD)
    import_into(keeper, tmp_path, name, chain, key)
    keeper.wait_incident("revoked", name)
    crl.revoked.clear()
    wait_solved(keeper, "revoked", name)
    assert keeper.certificate(name)["findings"] == []


class Responder:
    """`openssl ocsp` for a HandCa."""

    def __init__(self, ca, folder):
        from hand_ca import key_pem, pem
        self.folder, self.port = folder, free_port()
        (folder / "ca.pem").write_text(pem(ca.intermediate))
        (folder / "ca.key").write_text(key_pem(ca.key))
        self.process = None
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self, certificate, revoked):
        self.stop()
        status = "R\t400101000000Z\t261101000000Z,keyCompromise" if revoked else "V\t400101000000Z\t"
        (self.folder / "index.txt").write_text(f"{status}\t{certificate.serial_number:032X}\tunknown\t/CN=x\n")
        self.process = subprocess.Popen(["openssl", "ocsp", "-port", str(self.port), "-index", "index.txt", "-CA", "ca.pem", "-rsigner", "ca.pem", "-rkey", "ca.key", "-ndays", "1"],
                                        cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(60)


def test_an_ocsp_responder_is_asked_where_there_is_no_list(world, keeper, ca, tmp_path):
    name = world.name("ocsp.example.org")
    responder = Responder(ca, tmp_path)
    keeper.run("cert", "add", name, "--issuer", "manual")
    chain, key = ca.make(name, days=SHORT, begins=-0.0001, ocsp_url=responder.url)
    certificate = x509.load_pem_x509_certificate(chain.encode())
    try:
        responder.start(certificate, False)
        import_into(keeper, tmp_path, name, chain, key)
        assert wait_status(keeper, name, "good")["source"] == responder.url
        responder.start(certificate, True)
        keeper.wait_incident("revoked", name)
        assert keeper.certificate(name)["revocation"]["reason"] == "keyCompromise"
    finally:
        responder.stop()


@pytest.fixture
def server(tmp_path):
    (tmp_path / "tls").mkdir()
    made = TlsServer(tmp_path / "tls")
    yield made
    made.close()


def memory(process):
    """The most that it has ever used, in MB."""
    with open(f"/proc/{process.pid}/status") as status:
        return int(next(line for line in status if line.startswith("VmHWM")).split()[1]) / 1024


def test_a_watched_endpoint_and_a_list_of_10_mb(world, ca, crl, server, tmp_path):
    name = world.name("watched.example.org")
    guard = world.keeper(Guard, data="guard", start=False, **REACHABLE)
    guard.start(environment={"SSL_CERT_FILE": str(ca.root_file)})
    target = f"{name}:{server.port}"
    chain, key = ca.make(name, days=SHORT, begins=-0.0001, crl_url=crl.url)
    server.show(chain, key)
    guard.run("cert", "watch", target, "--steward", "ada@example.org")
    wait_state(guard, target, "ok")
    until(lambda: crl.requests > 0, "the list is fetched")
    before = memory(guard.process)
    crl.padding = 270_000
    crl.revoke(x509.load_pem_x509_certificate(chain.encode()))
    assert len(crl.list()) > 10_000_000
    incident = guard.wait_incident("watched-revoked", target)
    assert incident["steward"] == "ada@example.org" and "its CA has revoked" in incident["what"] and "keyCompromise" in incident["what"]
    assert "its CA has revoked it" in guard.run("cert", "show", target).stdout
    assert not guard.incidents("watched-broken", target), "told once"
    grown = memory(guard.process) - before
    assert grown < 60, f"a list of 10 MB took {grown} MB"
    server.show(*ca.make(name, days=SHORT, begins=-0.0001, crl_url=crl.url))
    wait_solved(guard, "watched-revoked", target)
