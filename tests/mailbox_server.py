"""A mail server that keeps what it gets: for tests of reminders.

    with MailServer(folder, security="starttls", user="carillon", password="secret") as mail:
        mail.port, mail.ca_file
        mail.refuse("gone@example.org")           # 550 at RCPT
        mail.defer("busy@example.org", times=2)   # 451 at RCPT, so often; None: always
        first, = mail.wait(1)
        first.to, first.subject, first.text, first.html
"""

import asyncio
import datetime
import email
import email.policy
import pathlib
import ssl
import threading
import time
import warnings

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PATIENCE = 180  # seconds


class Mail:
    """One message as it came: envelope and content."""

    def __init__(self, sender, recipients, content: bytes):
        self.sender, self.to, self.content = sender, recipients, content
        self.at = time.time()
        self.message = email.message_from_bytes(content, policy=email.policy.default)

    @property
    def subject(self):
        return self.message["Subject"]

    def part(self, kind):
        body = self.message.get_body(preferencelist=(kind,))
        return body.get_content().replace("\r\n", "\n") if body is not None else None

    @property
    def text(self):
        return self.part("plain")

    @property
    def html(self):
        return self.part("html")


def make_certificate(folder: pathlib.Path):
    """A self-signed certificate for localhost and 127.0.0.1: (certificate file, key file)."""
    import ipaddress
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.utcnow()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    certificate = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(x509.random_serial_number())
                   .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=30))
                   .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
                   .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True).sign(key, hashes.SHA256()))
    certificate_file, key_file = folder / "mail.pem", folder / "mail.key"
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return certificate_file, key_file


class MailServer:
    def __init__(self, folder, security="none", user=None, password=None, port=0):
        assert security in ("none", "starttls", "tls"), security
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.security, self.user, self.password, self.wanted_port = security, user, password, port
        self.mails = []
        self.attempts = []      # (recipient, code) of every RCPT
        self.refused = set()
        self.deferred = {}      # address -> how often still; None = always
        self.changed = threading.Condition()
        self.ca_file, self.key_file = make_certificate(self.folder)

    def refuse(self, address):
        self.refused.add(address)

    def accept(self, address):
        self.refused.discard(address)
        self.deferred.pop(address, None)

    def defer(self, address, times=None):
        self.deferred[address] = times

    def wait(self, count, within=PATIENCE):
        """The messages, once there are `count` of them or more."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.mails) >= count, within), f"{len(self.mails)} messages instead of {count}: {[mail.subject for mail in self.mails]}"
            return list(self.mails)

    # What aiosmtpd calls.
    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = self.verdict(address)
        self.attempts.append((address, int(answer[:3])))
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    def verdict(self, address):
        if address in self.refused:
            return "550 5.1.1 no such user"
        if address not in self.deferred:
            return "250 2.1.5 welcome"
        left = self.deferred[address]
        if left is not None:
            if left <= 1:
                del self.deferred[address]
            else:
                self.deferred[address] = left - 1
        return "451 4.3.0 try later"

    async def handle_DATA(self, server, session, envelope):
        with self.changed:
            self.mails.append(Mail(envelope.mail_from, list(envelope.rcpt_tos), envelope.content))
            self.changed.notify_all()
        return "250 2.0.0 kept"

    def authenticate(self, server, session, envelope, mechanism, data):
        right = isinstance(data, LoginPassword) and (data.login.decode(), data.password.decode()) == (self.user, self.password)
        return AuthResult(success=right, handled=False)  # not handled: the server answers 535 itself

    def start(self):
        # aiosmtpd does not know that it is inside TLS already where the listener itself does it.
        warnings.filterwarnings("ignore", message="Requiring AUTH while not requiring TLS", module="aiosmtpd")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.ca_file, self.key_file)
        secured = self.security != "none"
        self.loop = asyncio.new_event_loop()

        def connection():
            return SMTP(self, hostname="localhost", loop=self.loop, tls_context=context if self.security == "starttls" else None, require_starttls=self.security == "starttls",
                        authenticator=self.authenticate if self.user else None, auth_required=bool(self.user), auth_require_tls=secured and self.security != "tls")

        self.server = self.loop.run_until_complete(
            self.loop.create_server(connection, "127.0.0.1", self.wanted_port, ssl=context if self.security == "tls" else None))
        self.port = self.server.sockets[0].getsockname()[1]
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        return self

    def stop(self):
        async def end():
            self.server.close()
            for task in asyncio.all_tasks(self.loop) - {asyncio.current_task()}:
                task.cancel()

        asyncio.run_coroutine_threadsafe(end(), self.loop).result(PATIENCE)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(PATIENCE)
        self.loop.close()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()
