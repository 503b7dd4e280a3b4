"""The name server and the mail server that other tests rely on do what they are told."""

import email.message
import random
import smtplib
import socket
import ssl
import struct

import pytest

from mailbox_server import MailServer
from names import TYPES, Names, encoded_name

PATIENCE = 180


def query(name, kind):
    return struct.pack(">HHHHHH", random.randrange(65536), 0x0100, 1, 0, 0, 0) + encoded_name(name) + struct.pack(">HH", TYPES[kind], 1)


def parse(message):
    """(code, truncated, [data…]) of an answer without compression."""
    _, flags, _, answers, _, _ = struct.unpack(">HHHHHH", message[:12])

    def past_name(at):
        while message[at]:
            at += 1 + message[at]
        return at + 1

    at, data = past_name(12) + 4, []
    for _ in range(answers):
        at = past_name(at)
        length = struct.unpack(">H", message[at + 8:at + 10])[0]
        data.append(message[at + 10:at + 10 + length])
        at += 10 + length
    return flags & 15, bool(flags & 0x0200), data


def ask(names, name, kind, timeout=PATIENCE):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.settimeout(timeout)
        udp.sendto(query(name, kind), ("127.0.0.1", names.port))
        return parse(udp.recv(4096))


def ask_over_tcp(names, name, kind):
    with socket.create_connection(("127.0.0.1", names.port), PATIENCE) as tcp, tcp.makefile("rwb") as stream:
        message = query(name, kind)
        stream.write(struct.pack(">H", len(message)) + message)
        stream.flush()
        return parse(stream.read(struct.unpack(">H", stream.read(2))[0]))


@pytest.fixture
def names():
    with Names() as server:
        yield server


def test_answers_what_was_set(names):
    names.set("a.example.org", a=["127.0.0.1", "127.0.0.2"], aaaa=["::1"], txt=["hello"], caa=[(128, "issue", "ca.test")])
    assert ask(names, "a.example.org", "a") == (0, False, [b"\x7f\0\0\1", b"\x7f\0\0\2"])
    assert ask(names, "A.Example.ORG", "aaaa") == (0, False, [b"\0" * 15 + b"\1"])
    assert ask(names, "a.example.org", "txt") == (0, False, [b"\5hello"])
    assert ask(names, "a.example.org", "caa") == (0, False, [b"\x80\x05issueca.test"])
    assert ask(names, "example.org", "a") == (0, False, []), "what has names below it exists"
    assert ask(names, "b.example.org", "a") == (3, False, [])
    assert names.asked[:2] == [("a.example.org", "a"), ("a.example.org", "aaaa")]


def test_fails_as_told_and_heals(names):
    names.set("a.example.org", a=["127.0.0.1"])
    for how, code in (("SERVFAIL", 2), ("NXDOMAIN", 3), ("REFUSED", 5)):
        names.fail("a.example.org", how)
        assert ask(names, "a.example.org", "a")[0] == code
    names.fail("a.example.org", "silent")
    with pytest.raises(TimeoutError):
        ask(names, "a.example.org", "a", timeout=0.2)
    names.heal("a.example.org")
    assert ask(names, "a.example.org", "a")[2] == [b"\x7f\0\0\1"]


def test_follows_aliases_and_wildcards(names):
    names.set("*.example.org", a=["127.0.0.3"])
    names.set("www.example.net", cname=["any.example.org"])
    assert ask(names, "any.example.org", "a")[2] == [b"\x7f\0\0\3"]
    assert ask(names, "www.example.net", "a")[2] == [encoded_name("any.example.org"), b"\x7f\0\0\3"]


def test_sends_long_answers_over_tcp(names):
    names.set("long.example.org", txt=["x" * 255, "y" * 255, "z" * 255])
    assert ask(names, "long.example.org", "txt") == (0, True, [])
    assert len(ask_over_tcp(names, "long.example.org", "txt")[2]) == 3


def message(subject="A bell"):
    made = email.message.EmailMessage()
    made["Subject"], made["From"], made["To"] = subject, "bell@example.org", "ops@example.org"
    made.set_content("It rings.\n")
    made.add_alternative("<p>It rings.</p>\n", subtype="html")
    return made


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
def test_keeps_mail_however_it_is_secured(tmp_path, security):
    with MailServer(tmp_path, security, user="carillon" if security != "none" else None, password="secret") as server:
        context = ssl.create_default_context(cafile=server.ca_file)
        connect = smtplib.SMTP_SSL if security == "tls" else smtplib.SMTP
        with connect("localhost", server.port, timeout=PATIENCE, **({"context": context} if security == "tls" else {})) as client:
            if security == "starttls":
                client.starttls(context=context)
            if security != "none":
                with pytest.raises(smtplib.SMTPException):
                    client.login("carillon", "wrong")
                client.login("carillon", "secret")
            client.send_message(message("Grüße"))
        kept, = server.wait(1)
        assert (kept.to, kept.subject, kept.text, kept.html) == (["ops@example.org"], "Grüße", "It rings.\n", "<p>It rings.</p>\n")


def test_refuses_and_defers_as_told(tmp_path):
    with MailServer(tmp_path) as server:
        server.refuse("gone@example.org")
        server.defer("ops@example.org", times=2)
        with smtplib.SMTP("localhost", server.port, timeout=PATIENCE) as client:
            codes = []
            for address in ("gone@example.org", "ops@example.org", "ops@example.org", "ops@example.org"):
                try:
                    client.sendmail("bell@example.org", address, message().as_bytes())
                    codes.append(250)
                except smtplib.SMTPRecipientsRefused as refused:
                    codes.append(refused.recipients[address][0])
        assert codes == [550, 451, 451, 250]
        assert server.attempts[0] == ("gone@example.org", 550)
        assert len(server.wait(1)) == 1
