"""Certificates in every form in which CAs, Windows, Java and OpenSSL hand them out: imported, or one sentence says what the file is."""

import base64
import itertools
import json
import os
import pathlib
import pty
import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from conftest import CARILLON, until
from control import Connection
from hand_ca import HandCa, pem
from keeping import World, is_serial

NUMBERS = itertools.count(1)
WORD = "Straße 7"


@pytest.fixture(scope="module")
def ca(tmp_path_factory):
    return HandCa(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with World(tmp_path_factory.mktemp("forms")) as made:
        yield made


@pytest.fixture(scope="module")
def keeper(world):
    return world.keeper()


@pytest.fixture
def name(world, keeper):
    made = world.name(f"form-{next(NUMBERS)}.example.org")
    keeper.run("cert", "add", made, "--issuer", "manual")
    return made


class Files:
    """One certificate in the forms that openssl makes of it."""

    def __init__(self, ca, name, folder, key=None):
        self.folder = folder
        self.chain, self.key = ca.make(name, key)
        self.write("chain.pem", self.chain)
        self.write("key.pem", self.key)
        self.leaf = self.chain.split("-----END CERTIFICATE-----\n")[0] + "-----END CERTIFICATE-----\n"
        self.rest = self.chain[len(self.leaf):]
        self.write("leaf.pem", self.leaf)
        self.write("rest.pem", self.rest)

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def openssl(self, *arguments):
        done = subprocess.run(["openssl", *arguments], cwd=self.folder, capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def pfx(self, *arguments, word=WORD):
        self.openssl("pkcs12", "-export", "-inkey", "key.pem", "-in", "leaf.pem", "-certfile", "rest.pem", "-out", "made.pfx", "-passout", f"pass:{word}", *arguments)
        return (self.folder / "made.pfx").read_bytes()

    def key_as(self, *arguments):
        self.openssl(*arguments, "-out", "made.key", "-passout", f"pass:{WORD}")
        return (self.folder / "made.key").read_bytes()


def der(text):
    return base64.b64decode("".join(text.split("-----")[2].split()))


def in_utf16(text, mark=True, order="le"):
    return ({"le": b"\xff\xfe", "be": b"\xfe\xff"}[order] if mark else b"") + text.replace("\n", "\r\n").encode("utf-16-" + order)


ATTRIBUTES = ("Bag Attributes\n    localKeyID: 01 00 00 00 \n    friendlyName: te-WebServer: 1\n    Microsoft CSP Name: Microsoft Software Key Storage Provider\n"
              "Key Attributes\n    X509v3 Key Usage: 10 \nsubject=CN = x\n\nissuer=CN = y\n")

# what: (certificate file, key file or None, passphrase or None)
FORMS = {
    "PKCS#12": lambda f: (f.pfx(), None, WORD),
    "PKCS#12 of Windows, RC2 and 3DES": lambda f: (f.pfx("-legacy", "-certpbe", "PBE-SHA1-RC2-40", "-keypbe", "PBE-SHA1-3DES", "-macalg", "sha1", "-iter", "2000", "-CSP", "Microsoft Enhanced Cryptographic Provider v1.0"), None, WORD),
    "PKCS#12 of Java": lambda f: (f.pfx("-certpbe", "aes-256-cbc", "-keypbe", "aes-256-cbc", "-macalg", "sha256", "-iter", "10000", "-name", "tomcat", "-caname", "root"), None, WORD),
    "PKCS#12 without a MAC": lambda f: (f.pfx("-nomac"), None, WORD),
    "PKCS#12 with an empty passphrase": lambda f: (f.pfx(word=""), None, None),
    "PKCS#12 that encrypts nothing": lambda f: (f.pfx("-certpbe", "NONE", "-keypbe", "NONE"), None, WORD),
    "PKCS#12 as base64": lambda f: (base64.encodebytes(f.pfx()), None, WORD),
    "DER": lambda f: (der(f.leaf) + der(f.rest), der(f.key), None),
    "DER as base64": lambda f: (base64.encodebytes(der(f.leaf) + der(f.rest)), base64.b64encode(der(f.key)), None),
    "PKCS#7": lambda f: (f.openssl("crl2pkcs7", "-nocrl", "-certfile", "chain.pem"), f.key.encode(), None),
    "PKCS#7 as DER": lambda f: (f.openssl("crl2pkcs7", "-nocrl", "-certfile", "chain.pem", "-outform", "DER"), f.key.encode(), None),
    "PKCS#7 of Windows": lambda f: (in_utf16(f.openssl("crl2pkcs7", "-nocrl", "-certfile", "chain.pem").decode()), f.key.encode(), None),
    "UTF-16": lambda f: (in_utf16(f.chain), in_utf16(f.key, order="be"), None),
    "UTF-16 without a mark": lambda f: (in_utf16(f.chain, mark=False), in_utf16(f.key, mark=False, order="be"), None),
    "a UTF-8 mark and CRLF": lambda f: (b"\xef\xbb\xbf" + f.chain.replace("\n", "\r\n").encode(), f.key.replace("\n", "\r").encode(), None),
    "no line ends between blocks": lambda f: (f.chain.replace("-----\n-----", "----------"), f.key, None),
    "no line ends at all": lambda f: (f.chain.replace("\n", ""), f.key.replace("\n", " "), None),
    "line ends written out": lambda f: (f.chain.replace("\n", "\\n"), f.key.replace("\n", "\\r\\n"), None),
    "bag attributes": lambda f: (ATTRIBUTES + f.leaf + ATTRIBUTES + f.rest, ATTRIBUTES + f.key, None),
    "everything in one file": lambda f: (f.key + f.chain, None, None),
    "everything in one file, key last": lambda f: (f.chain + f.key, None, None),
    "an encrypted key": lambda f: (f.chain, f.key_as("pkcs8", "-topk8", "-v2", "aes-256-cbc", "-in", "key.pem"), WORD),
    "an encrypted key with scrypt": lambda f: (f.chain, f.key_as("pkcs8", "-topk8", "-scrypt", "-in", "key.pem"), WORD),
    "an encrypted key as DER": lambda f: (f.chain, f.key_as("pkcs8", "-topk8", "-v2", "aes-256-cbc", "-in", "key.pem", "-outform", "DER"), WORD),
    "an encrypted key, old": lambda f: (f.chain, f.key_as("ec", "-aes256", "-in", "key.pem"), WORD),
    "an encrypted key, old, on one line": lambda f: (f.chain, f.key_as("ec", "-aes256", "-in", "key.pem").replace(b"\n", b"  "), WORD),
    "an EC key with its parameters": lambda f: (f.chain, f.openssl("ecparam", "-name", "prime256v1") + f.openssl("ec", "-in", "key.pem"), None),
    "a trusted certificate": lambda f: (f.openssl("x509", "-in", "leaf.pem", "-trustout").decode() + f.rest, f.key, None),
    "what s_client prints": lambda f: ("CONNECTED(00000003)\n---\nCertificate chain\n 0 s:CN = x\n" + f.leaf + " 1 s:CN = y\n" + f.rest + "---\nServer certificate\n", f.key, None),
}


def import_files(keeper, folder, name, certificate, key=None, word=None):
    """(what the command said, the sentences of its checks)"""
    def file(called, content):
        (folder / called).write_bytes(content if isinstance(content, bytes) else content.encode())
        return folder / called
    more = ["--key", file("given.key", key)] if key else []
    more += ["--passphrase-file", file("word", word + "\r\n")] if word is not None else []
    said = keeper.run("cert", "import", name, "--cert", file("given", certificate), *more, "--json", check=False)
    return said, [check["what"] for check in json.loads(said.stdout)["checks"]] if said.stdout else []


@pytest.mark.parametrize("what", FORMS)
def test_every_form_is_imported(world, keeper, ca, name, tmp_path, what):
    files = Files(ca, name, tmp_path)
    said, sentences = import_files(keeper, tmp_path, name, *FORMS[what](files))
    assert said.returncode == 0, (said.stderr, sentences)
    assert "The key matches the certificate" in sentences
    served, _ = world.handshake(name, keeper.https_port, ca.root_file)
    assert is_serial(keeper.certificate(name)["serial"], served)


def test_rsa_keys_in_their_own_form(keeper, ca, name, tmp_path):
    files = Files(ca, name, tmp_path, rsa.generate_private_key(65537, 2048))
    old = files.openssl("rsa", "-in", "key.pem", "-traditional")
    for key, word in ((old, None), (der(old.decode()), None), (files.key_as("rsa", "-traditional", "-des3", "-in", "key.pem"), WORD)):
        said, sentences = import_files(keeper, tmp_path, name, files.chain, key, word)
        assert said.returncode == 0, (said.stderr, sentences)


REFUSED = {
    "nothing": (lambda f: ("", f.key, None), "The file is empty"),
    "a request": (lambda f: (f.openssl("req", "-new", "-key", "key.pem", "-subj", "/CN=x"), f.key, None), "This is a certificate signing request, not a certificate"),
    "a key alone": (lambda f: (f.key, None, None), "The file contains a private key, but no certificate"),
    "a certificate for a key": (lambda f: (f.chain, f.leaf, None), "The file contains a certificate, but no private key"),
    "a public key": (lambda f: (f.openssl("ec", "-in", "key.pem", "-pubout"), f.key, None), "This is a public key"),
    "a Java keystore": (lambda f: (b"\xfe\xed\xfe\xed\x00\x00\x00\x02" + bytes(100), None, WORD), "keytool -importkeystore"),
    "an archive": (lambda f: (b"PK\x03\x04" + bytes(100), None, None), "ZIP archive"),
    "a web page": (lambda f: ("\n<!doctype html><html><title>Sign in</title></html>", f.key, None), "web page"),
    "an SSH key": (lambda f: (f.chain, "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n-----END OPENSSH PRIVATE KEY-----\n", None), "SSH key"),
    "cut off": (lambda f: (f.leaf[:400], f.key, None), "has no END line"),
    "cut off DER": (lambda f: (der(f.leaf)[:-20], f.key, None), "It was cut off"),
    "damaged": (lambda f: (f.leaf.replace("MII", "M*I", 1), f.key, None), "isn't valid base64"),
    "other dashes": (lambda f: (f.leaf.replace("-----", "—"), f.key, None), "five hyphens"),
    "nonsense": (lambda f: ("hello", f.key, None), "This isn't a certificate"),
    "nonsense as a key": (lambda f: (f.chain, b"\x00\x01\x02\xff" * 8, None), "This isn't a private key"),
    "too large": (lambda f: (b"x" * 300_000, f.key, None), "larger than 262.1 kB"),
    "no passphrase": (lambda f: (f.pfx(), None, None), "This is a PKCS#12 file (.pfx, .p12) and needs its passphrase"),
    "a wrong passphrase": (lambda f: (f.pfx(), None, "Strasse 7"), "the passphrase is wrong"),
    "a wrong passphrase without a MAC": (lambda f: (f.pfx("-nomac"), None, "Strasse 7"), "the passphrase is wrong"),
    "an encrypted key and no passphrase": (lambda f: (f.chain, f.key_as("pkcs8", "-topk8", "-in", "key.pem"), None), "The private key is encrypted and needs its passphrase"),
    "an encrypted key and a wrong passphrase": (lambda f: (f.chain, f.key_as("ec", "-aes256", "-in", "key.pem"), "x"), "the passphrase is wrong"),
    "a slow passphrase": (lambda f: (f.pfx("-iter", "6000000", word="x"), None, "x"), "takes too long to check"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_imported_is_said_in_one_sentence(keeper, ca, name, tmp_path, what):
    files, sentence = REFUSED[what]
    said, _ = import_files(keeper, tmp_path, name, *files(Files(ca, name, tmp_path)))
    assert said.returncode == 1 and sentence in said.stderr, said.stderr
    assert "JSON" not in said.stderr and keeper.certificate(name)["state"] == "none"


def test_the_right_one_of_several_is_taken(world, keeper, ca, name, tmp_path):
    """Last year's certificate, another server's, roots of a Java truststore: the one for the name with its key, in an odd order."""
    files, other = Files(ca, name, tmp_path), HandCa(tmp_path / "other")
    old, old_key = ca.make(name, days=2)
    stranger, stranger_key = ca.make("other.example.org")
    text = pem(other.root) + pem(ca.root) + stranger + files.rest + old + files.leaf + pem(other.intermediate)
    said, sentences = import_files(keeper, tmp_path, name, text, old_key + stranger_key + files.key)
    assert said.returncode == 0, (said.stderr, sentences)
    assert any("was sorted" in sentence and "left out" in sentence for sentence in sentences)
    served, _ = world.handshake(name, keeper.https_port, ca.root_file)
    assert served.public_bytes is not None and pem(served) == files.leaf
    said, sentences = import_files(keeper, tmp_path, name, files.chain, stranger_key)
    assert said.returncode == 1 and "The key doesn't match the certificate" in sentences


def post(keeper, name, body, kind):
    connection = Connection(keeper)
    try:
        connection.request("POST", f"/api/v1/certificates/{name}/import", body, {"Content-Type": kind})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def test_a_program_may_send_the_file_itself(keeper, ca, name, tmp_path):
    files = Files(ca, name, tmp_path)
    status, said = post(keeper, name, files.pfx(), "application/x-pkcs12")
    assert status == 422 and said["field"] == "passphrase" and "Send JSON" in said["detail"]
    assert post(keeper, name, files.pfx(word=""), "application/octet-stream")[0] == 200
    assert post(keeper, name, in_utf16(files.key + files.chain), "application/x-pem-file")[0] == 200
    status, said = post(keeper, name, b'{"certificate": "\xff\xfe"}', "application/json")
    assert status == 422 and said["detail"].startswith("The request must be the certificate file itself, or JSON")


def test_the_passphrase_is_asked_for(keeper, ca, name, tmp_path):
    """On a terminal, unseen; without one, the sentence says how to give it. It never is an argument."""
    files = Files(ca, name, tmp_path)
    path = files.write("made.pfx", files.pfx())
    said = keeper.run("cert", "import", name, "--cert", path, check=False)
    assert said.returncode == 1 and "--passphrase-file" in said.stderr
    command = [CARILLON, "cert", "import", name, "--cert", path, "--data", keeper.data]
    done = subprocess.run([*command, "--passphrase-file", "-"], input=WORD.encode() + b"\n", capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    terminal, theirs = pty.openpty()
    process = subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    shown = b""

    def asked():
        nonlocal shown
        shown += os.read(terminal, 1000)
        return b"Passphrase: " in shown
    until(asked, "the passphrase is asked for")
    os.write(terminal, WORD.encode() + b"\n")
    output = process.communicate(timeout=60)[0]
    assert process.returncode == 0 and b"It is in use" in output
    while True:
        try:
            more = os.read(terminal, 1000)
        except OSError:
            break
        if not more:
            break
        shown += more
    os.close(terminal)
    assert WORD.encode() not in shown
