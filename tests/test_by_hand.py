"""Certificates that a person fetches: request, import, and one sentence for everything that can be wrong."""

import http.server
import itertools
import json
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from conftest import until
from hand_ca import HandCa, pem
from keeping import STEPS, World, is_serial

NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def ca(tmp_path_factory):
    return HandCa(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with World(tmp_path_factory.mktemp("by-hand")) as made:
        yield made


@pytest.fixture(scope="module")
def keeper(world):
    return world.keeper()


@pytest.fixture
def name(world, keeper, request):
    """A name of this test's own, kept by hand."""
    made = world.name(f"{request.node.name.split('[')[0].replace('_', '-')[:50].strip('-')}-{next(NUMBERS)}.example.org")
    keeper.run("cert", "add", made, "--issuer", "manual")
    return made


def bring_in(keeper, tmp_path, name, chain, key=None):
    """(exit status, {sentence: advice} of what was wrong, all sentences)"""
    (tmp_path / "chain.pem").write_text(chain)
    more = []
    if key:
        (tmp_path / "key.pem").write_text(key)
        more = ["--key", tmp_path / "key.pem"]
    said = keeper.run("cert", "import", name, "--cert", tmp_path / "chain.pem", *more, "--json", check=False)
    checks = json.loads(said.stdout)["checks"] if said.stdout else []
    return said, {check["what"]: check["advice"] for check in checks if not check["passed"]}, [check["what"] for check in checks]


def test_request_and_answer(world, keeper, ca, name, tmp_path):
    said = keeper.run("cert", "csr", name, "--out", tmp_path / "request.pem")
    assert f"carillon cert import {name}" in said.stderr and "PRIVATE" not in (tmp_path / "request.pem").read_text()
    request = (tmp_path / "request.pem").read_text()
    # Asked again, the same key waits: an answer that comes late still fits.
    again = json.loads(keeper.run("cert", "csr", name, "--json").stdout)["request"]
    key_of = [x509.load_pem_x509_csr(text.encode()).public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
              for text in (request, again)]
    assert key_of[0] == key_of[1]
    done, wrong, sentences = bring_in(keeper, tmp_path, name, ca.sign(request))
    assert done.returncode == 0 and not wrong, done
    assert f"It is valid for {name}" in sentences
    certificate, _ = world.handshake(name, keeper.https_port, ca.root_file)
    assert keeper.certificate(name)["state"] == "ok", "nobody renews it"
    kept = keeper.wait_seen(name)
    assert kept["issuer"] == "manual" and is_serial(kept["serial"], certificate)
    assert keeper.steps(name) == ["stored", "loaded", "seen"]
    assert keeper.run("cert", "renew", name, check=False).returncode == 1, "nobody but a person renews it"
    text = keeper.run("cert", "import", name, "--cert", tmp_path / "chain.pem", check=False)
    assert text.returncode == 1 and "No pending key" in text.stderr


def test_for_people_each_check_is_a_line(keeper, ca, name, tmp_path):
    chain, key = ca.make(name)
    (tmp_path / "chain.pem").write_text(chain)
    (tmp_path / "key.pem").write_text(key)
    said = keeper.run("cert", "import", name, "--cert", tmp_path / "chain.pem", "--key", tmp_path / "key.pem")
    assert said.stdout.count("ok    ") >= 7 and "It is in use" in said.stdout


def wrong_inputs(ca, name):
    good = ca.make(name)
    weak = HandCa.weak_key()
    return {
        "wrong key": (good[0], ca.make(name)[1], "The key doesn't match the certificate", "Provide the key that was used to create the request."),
        "wrong name": (*ca.make("other.example.org"), f"It isn't valid for {name}, but for other.example.org", f"includes {name}"),
        "expired": (*ca.make(name, days=-0.5, begins=-30), "It expired on ", "new one"),
        "SHA-1": (*ca.make(name, digest=hashes.SHA1()), "is signed with SHA-1 or MD5", "SHA-256"),
        "weak key": (*ca.make(name, key=weak), "Its key is too weak", "new key"),
    }


@pytest.mark.parametrize("what", ["wrong key", "wrong name", "expired", "SHA-1", "weak key"])
def test_what_is_wrong_is_one_sentence_and_changes_nothing(world, keeper, ca, name, tmp_path, what):
    first = ca.make(name)
    assert bring_in(keeper, tmp_path, name, *first)[0].returncode == 0
    before = keeper.wait_seen(name)
    chain, key, sentence, advice = wrong_inputs(ca, name)[what]
    done, wrong, _ = bring_in(keeper, tmp_path, name, chain, key)
    assert done.returncode == 1 and "nothing was changed" in done.stderr and done.stderr.count("\n") == 1
    (said, advised), = wrong.items()
    assert said.startswith(sentence) or sentence in said, said
    assert advice in advised
    assert keeper.certificate(name)["serial"] == before["serial"]
    assert is_serial(before["serial"], world.handshake(name, keeper.https_port, ca.root_file)[0])


def test_what_is_not_valid_yet_is_kept_until_it_is(world, keeper, ca, name, tmp_path):
    assert bring_in(keeper, tmp_path, name, *ca.make(name))[0].returncode == 0
    before = keeper.wait_seen(name)
    chain, key = ca.make(name, begins=2)
    done, wrong, sentences = bring_in(keeper, tmp_path, name, chain, key)
    assert done.returncode == 0 and not wrong, done
    assert any(said.startswith("It isn't valid before ") and "will be installed then" in said for said in sentences)
    found = keeper.certificate(name)
    assert (found["serial"], found["state"], found["findings"], found["next_step"]) == (before["serial"], "renewing", [], "loaded")
    assert is_serial(before["serial"], world.handshake(name, keeper.https_port, ca.root_file)[0])
    (tmp_path / "chain.pem").write_text(chain)
    (tmp_path / "key.pem").write_text(key)
    said = keeper.run("cert", "import", name, "--cert", tmp_path / "chain.pem", "--key", tmp_path / "key.pem").stdout
    assert "will be installed once it's valid" in said and "It is in use" not in said


def test_no_gap_is_left_before_the_next_one(world, keeper, ca, name, tmp_path):
    assert bring_in(keeper, tmp_path, name, *ca.make(name, days=30))[0].returncode == 0
    before = keeper.wait_seen(name)
    done, wrong, _ = bring_in(keeper, tmp_path, name, *ca.make(name, begins=31))
    assert done.returncode == 1 and "nothing was changed" in done.stderr
    (said, advised), = wrong.items()
    assert said.startswith("It isn't valid before ") and "but the active certificate is valid only until " in said
    assert "Get one that is valid before the active certificate expires" in advised
    found = keeper.certificate(name)
    assert (found["serial"], found["state"]) == (before["serial"], "ok")


def test_a_certificate_that_is_not_valid_yet_is_not_ok(keeper, ca, name, tmp_path):
    assert bring_in(keeper, tmp_path, name, *ca.make(name, begins=2))[0].returncode == 0
    found = keeper.certificate(name)
    assert (found["state"], found["findings"]) == ("late", ["not_yet_valid"])


def test_what_is_no_certificate_or_no_key_is_said(keeper, ca, name, tmp_path):
    chain, key = ca.make(name)
    for given_chain, given_key, word in (("nonsense", key, "isn't a certificate"), (chain, "nonsense", "isn't a private key"), ("", key, "file is empty")):
        done, _, _ = bring_in(keeper, tmp_path, name, given_chain, given_key)
        assert done.returncode == 1 and word in done.stderr, done.stderr
    assert bring_in(keeper, tmp_path, "unknown.example.org", chain, key)[0].returncode == 1


def test_a_reversed_chain_is_put_right(world, keeper, ca, name, tmp_path):
    chain, key = ca.make(name)
    parts = [part + "-----END CERTIFICATE-----\n" for part in chain.split("-----END CERTIFICATE-----\n")[:-1]]
    done, wrong, sentences = bring_in(keeper, tmp_path, name, pem(ca.root) + "".join(reversed(parts)), key)
    assert done.returncode == 0 and not wrong
    assert "The chain was in the wrong order and was sorted" in sentences
    world.handshake(name, keeper.https_port, ca.root_file)


class Shelf:
    """Where a certificate says that its issuer can be had."""

    def __init__(self, certificate):
        der = certificate.public_bytes(serialization.Encoding.DER)

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "application/pkix-cert")
                self.send_header("Content-Length", str(len(der)))
                self.end_headers()
                self.wfile.write(der)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/intermediate.cer"


@pytest.fixture
def shelf(ca):
    made = Shelf(ca.intermediate)
    yield made
    made.server.shutdown()
    made.server.server_close()


def alone(chain):
    return chain.split("-----END CERTIFICATE-----\n")[0] + "-----END CERTIFICATE-----\n"


def test_an_incomplete_chain_that_cannot_be_completed_is_refused(keeper, ca, name, tmp_path, shelf):
    """An address that somebody wrote into a certificate does not reach this machine's own network."""
    chain, key = ca.make(name, issuer_url=shelf.url)
    done, wrong, _ = bring_in(keeper, tmp_path, name, alone(chain), key)
    assert done.returncode == 1
    (said, advised), = wrong.items()
    assert "lacks the certificate of “Hand intermediate”" in said and "below yours" in advised
    assert keeper.certificate(name)["state"] == "none"


def test_an_incomplete_chain_is_completed_where_that_is_allowed(world, ca, tmp_path, shelf):
    keeper = world.keeper(data="allowed", start=False, **{"outgoing": {"allow": ["127.0.0.0/8"]}})
    keeper.start()
    name = world.name("completed.example.org")
    keeper.run("cert", "add", name, "--issuer", "manual")
    chain, key = ca.make(name, issuer_url=shelf.url)
    done, wrong, sentences = bring_in(keeper, tmp_path, name, alone(chain), key)
    assert done.returncode == 0 and not wrong, (done, sentences)
    assert "The chain was missing 1 certificate, which was downloaded" in sentences
    world.handshake(name, keeper.https_port, ca.root_file)


def test_a_certificate_that_came_alone_says_what_may_be_missing(keeper, ca, name, tmp_path):
    chain, key = ca.make(name)
    done, wrong, sentences = bring_in(keeper, tmp_path, name, alone(chain), key)
    assert done.returncode == 0 and not wrong
    assert not any("complete" in sentence for sentence in sentences), sentences
    assert any("Hand intermediate" in sentence for sentence in sentences), sentences


def test_a_person_is_reminded_before_it_ends(world, keeper, ca, name, tmp_path):
    chain, key = ca.make(name, days=3, begins=-60)
    assert bring_in(keeper, tmp_path, name, chain, key)[0].returncode == 0
    keeper.wait_seen(name)
    incident = keeper.wait_incident("manual-renewal", name)
    assert "renewed manually" in incident["what"] and f"cert csr {name}" in incident["remedy"]
    # A new one closes it.
    assert bring_in(keeper, tmp_path, name, *ca.make(name))[0].returncode == 0
    until(lambda: keeper.incidents("manual-renewal", name)[-1]["state"] == "solved", "it is solved")


def test_by_hand_to_acme_and_back(world, keeper, ca, name, tmp_path):
    chain, key = ca.make(name)
    assert bring_in(keeper, tmp_path, name, chain, key)[0].returncode == 0
    by_hand = keeper.wait_seen(name)
    keeper.run("cert", "add", name, "--issuer", "test-ca")
    keeper.run("cert", "renew", name)
    by_acme = keeper.wait_seen(name, times=2)
    assert by_acme["issuer"] == "test-ca" and by_acme["serial"] != by_hand["serial"]
    assert keeper.steps(name)[3:] == STEPS
    world.handshake(name, keeper.https_port)
