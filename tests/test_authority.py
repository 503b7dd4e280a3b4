"""The authority over the wire, met with nothing but Python: what its own unit tests cannot show."""

import base64
import datetime
import email.utils
import http.server
import json
import ssl
import subprocess
import threading
import time

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.x509.oid import NameOID

from authority import Authority

PATIENCE = 180


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Client:
    """As little of RFC 8555 as gets a certificate."""

    def __init__(self, authority):
        self.authority = authority
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = str(authority.root_file)
        self.key = ec.generate_private_key(ec.SECP256R1())
        numbers = self.key.public_key().public_numbers()
        self.jwk = {"crv": "P-256", "kty": "EC", "x": b64(numbers.x.to_bytes(32, "big")), "y": b64(numbers.y.to_bytes(32, "big"))}
        digest = hashes.Hash(hashes.SHA256())
        digest.update(json.dumps(self.jwk, separators=(",", ":"), sort_keys=True).encode())
        self.thumbprint = b64(digest.finalize())
        self.account = None
        self.directory = self.session.get(authority.directory, timeout=PATIENCE).json()

    def post(self, url, payload):
        nonce = self.session.head(self.directory["newNonce"], timeout=PATIENCE).headers["Replay-Nonce"]
        header = {"alg": "ES256", "nonce": nonce, "url": url, **({"kid": self.account} if self.account else {"jwk": self.jwk})}
        protected = b64(json.dumps(header).encode())
        content = "" if payload is None else b64(json.dumps(payload).encode())
        r, s = utils.decode_dss_signature(self.key.sign(f"{protected}.{content}".encode(), ec.ECDSA(hashes.SHA256())))
        body = {"protected": protected, "payload": content, "signature": b64(r.to_bytes(32, "big") + s.to_bytes(32, "big"))}
        return self.session.post(url, data=json.dumps(body), headers={"Content-Type": "application/jose+json"}, timeout=PATIENCE)

    def register(self):
        answer = self.post(self.directory["newAccount"], {"contact": ["mailto:ops@example.org"]})
        assert answer.status_code == 201, answer.text
        self.account = answer.headers["Location"]
        return self

    def order(self, name):
        answer = self.post(self.directory["newOrder"], {"identifiers": [{"type": "dns", "value": name}]})
        assert answer.status_code == 201, answer.text
        return answer.headers["Location"], answer.json()

    def challenge(self, order, kind):
        authorization = self.post(order["authorizations"][0], None).json()
        return next(challenge for challenge in authorization["challenges"] if challenge["type"] == kind)

    def settled(self, url):
        """Waits until what is at `url` is no longer in progress."""
        deadline = time.monotonic() + PATIENCE
        while (document := self.post(url, None).json())["status"] in ("pending", "processing"):
            assert time.monotonic() < deadline, document
            time.sleep(0.02)
        return document

    def finalize(self, order, name):
        key = ec.generate_private_key(ec.SECP256R1())
        request = (x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
                   .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False).sign(key, hashes.SHA256()))
        answer = self.post(order["finalize"], {"csr": b64(request.public_bytes(serialization.Encoding.DER))})
        assert answer.status_code == 200, answer.text
        return key, answer.json()


class Proofs:
    """Answers http-01: a path, a text."""

    def __init__(self):
        proofs = self
        self.texts = {}

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                text = proofs.texts.get((self.headers["Host"], self.path))
                self.send_response(200 if text else 404)
                self.send_header("Content-Length", str(len(text or "")))
                self.end_headers()
                self.wfile.write((text or "").encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.port = self.server.server_port


@pytest.fixture(scope="module")
def proofs():
    made = Proofs()
    yield made
    made.server.shutdown()


@pytest.fixture(scope="module")
def running(tmp_path_factory, proofs):
    with Authority(tmp_path_factory.mktemp("authority"), proofs.port, 1, "--profile", "minute=60", "--without-limits") as authority:
        yield authority


@pytest.fixture
def authority(running):
    running.clear_faults()
    running.settings(bad_nonce_share=0, validation_seconds=0, processing_seconds=0, clock_offset_seconds=0)
    return running


@pytest.fixture
def client(authority):
    return Client(authority).register()


def prove(client, proofs, name):
    url, order = client.order(name)
    challenge = client.challenge(order, "http-01")
    proofs.texts[(name, "/.well-known/acme-challenge/" + challenge["token"])] = f"{challenge['token']}.{client.thumbprint}"
    client.post(challenge["url"], {})
    return url, order, client.settled(order["authorizations"][0])


def test_issues_what_openssl_verifies(authority, client, proofs, tmp_path):
    url, order, authorization = prove(client, proofs, "a.example.org")
    assert authorization["status"] == "valid", authorization
    key, order = client.finalize(order, "a.example.org")
    assert order["status"] == "valid"
    answer = client.post(order["certificate"], None)
    assert answer.headers["Content-Type"] == "application/pem-certificate-chain"
    assert 'rel="alternate"' in answer.headers["Link"]
    leaf, _, rest = answer.text.partition("-----END CERTIFICATE-----\n")
    (tmp_path / "leaf.pem").write_text(leaf + "-----END CERTIFICATE-----\n")
    (tmp_path / "rest.pem").write_text(rest)
    done = subprocess.run(["openssl", "verify", "-CAfile", authority.trust_file, "-untrusted", tmp_path / "rest.pem", "-verify_hostname", "a.example.org", tmp_path / "leaf.pem"],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    certificate = x509.load_pem_x509_certificate((tmp_path / "leaf.pem").read_bytes())
    assert certificate.public_key().public_numbers() == key.public_key().public_numbers()
    assert certificate.not_valid_after - certificate.not_valid_before == datetime.timedelta(days=90)
    assert [entry["names"] for entry in authority.ledger(act="issuance")][-1] == ["a.example.org"]

    info = client.session.get(client.directory["renewalInfo"] + "/" + authority.certificates("a.example.org")[-1]["identifier"], timeout=PATIENCE)
    assert info.json()["suggestedWindow"]["start"] < info.json()["suggestedWindow"]["end"]
    authority.revoke("a.example.org")
    assert authority.certificates("a.example.org")[-1]["revoked"]


def test_a_name_that_does_not_prove_itself_is_refused(authority, client, proofs):
    _, order = client.order("liar.example.org")
    client.post(client.challenge(order, "http-01")["url"], {})
    refused = client.settled(order["authorizations"][0])
    assert refused["status"] == "invalid"
    assert refused["challenges"][0]["error"]["type"] == "urn:ietf:params:acme:error:unauthorized"
    assert authority.ledger(act="authorization_failure")[-1]["names"] == ["liar.example.org"]


def test_a_name_fails_and_heals_on_command(authority, client, proofs):
    authority.fail_name("broken.example.org", "caa", "CAA forbids it")
    _, _, refused = prove(client, proofs, "broken.example.org")
    assert refused["challenges"][0]["error"]["type"].endswith(":caa")
    authority.heal_name("broken.example.org")
    assert prove(client, proofs, "broken.example.org")[2]["status"] == "valid"


def tls_proof(folder, name, digest):
    """A listener that shows the certificate of RFC 8737 to who asks with acme-tls/1; its port."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.utcnow()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key()).serial_number(1)
                   .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
                   .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
                   .add_extension(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.5.5.7.1.31"), b"\x04\x20" + digest), critical=True)
                   .sign(key, hashes.SHA256()))
    pem = folder / "proof.pem"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) +
                    key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    context.set_alpn_protocols(["acme-tls/1"])
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.handle_request, daemon=True).start()
    return server.server_port


@pytest.mark.parametrize("right", [True, False])
def test_reads_the_proof_inside_a_tls_handshake(authority, client, tmp_path, right):
    name = f"tls-{right}.example.org".lower()
    _, order = client.order(name)
    challenge = client.challenge(order, "tls-alpn-01")
    digest = hashes.Hash(hashes.SHA256())
    digest.update(f"{challenge['token']}.{client.thumbprint if right else 'somebody else'}".encode())
    authority.settings(tls_port=tls_proof(tmp_path, name, digest.finalize()))
    client.post(challenge["url"], {})
    settled = client.settled(order["authorizations"][0])
    assert settled["status"] == ("valid" if right else "invalid"), settled


def test_faults_reach_the_wire(authority):
    def directory(timeout=PATIENCE):
        return requests.get(authority.directory, verify=str(authority.root_file), timeout=timeout)

    whole = directory().content
    authority.fault("rate_limited", at="directory", count=1, retry_after_seconds=7)
    refused = directory()
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "7")
    authority.fault("no_answer", count=1)
    with pytest.raises(requests.ConnectionError):
        directory()
    authority.fault("truncated_body", count=1)
    cut = directory()  # requests takes what came; the length that was promised tells
    assert (int(cut.headers["Content-Length"]), len(cut.content)) == (len(whole), len(whole) // 2)
    authority.fault("slow_body", count=1, delay_seconds=0.4)
    began = time.monotonic()
    assert directory().content == whole
    assert time.monotonic() - began > 0.3
    assert [fault["struck"] for fault in authority.faults()] == [1, 1, 1, 1]
    authority.fault("date_off", delay_seconds=86400)
    shown = email.utils.parsedate_to_datetime(directory().headers["Date"])
    assert abs((shown - datetime.datetime.now(datetime.timezone.utc)).total_seconds() - 86400) < 3600


def test_the_clock_can_be_moved(authority):
    authority.settings(clock_offset_seconds=3 * 86400)
    answer = requests.get(authority.directory, verify=str(authority.root_file), timeout=PATIENCE)
    shown = email.utils.parsedate_to_datetime(answer.headers["Date"])
    assert shown - datetime.datetime.now(datetime.timezone.utc) > datetime.timedelta(days=2)


def test_a_wrong_command_is_refused(authority):
    answer = requests.post(authority.management + "/faults", json={"kind": "bad_weather"}, timeout=PATIENCE)
    assert answer.status_code == 400
    assert "bad_weather" in answer.json()["error"]


def test_forgets_everything_on_command(authority, client):
    authority.forget()
    assert client.post(client.account, None).json()["type"].endswith(":accountDoesNotExist")
    assert authority.ledger(act="forgotten")
