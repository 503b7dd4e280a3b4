#!/usr/bin/env python3
"""A real mail server for the tests of SmtpChannel: says on stdout, one JSON object a line, what it was given.

smtp_server.py starttls|tls|none CERTIFICATE KEY [no-starttls] [no-login]

Takes user "carillon" with password "größe". The local part of a recipient says what happens to a mail: "defer" and "reject" at RCPT,
"later" and "spam" after the content, "cut" closes the connection before the last reply. The sender "stranger" is refused at MAIL.
"""
import asyncio
import base64
import email
import email.policy
import json
import logging
import ssl
import sys
import threading
import warnings

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

logging.disable()  # handshakes that are broken off are what some of the tests are about
warnings.simplefilter("ignore")  # that a login without TLS is dangerous is what some of the tests are about
mode, certificate, key, *switches = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)


def say(**facts):
    print(json.dumps(facts), flush=True)


class Handler:
    async def handle_MAIL(self, server, session, envelope, address, options):
        if address.startswith("stranger@"):
            return "550 5.7.1 you may not send as stranger"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("defer@"):
            return "451 4.3.0 try again in a while"
        if address.startswith("reject@"):
            return "550-5.1.1 nobody here\r\n550 5.1.1 by that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        local = envelope.rcpt_tos[0].split("@")[0]
        if local == "later":
            return "452 4.2.2 the mailbox is full"
        if local == "spam":
            return "554 5.7.1 this looks like spam"
        raw = envelope.original_content
        mail = email.message_from_bytes(raw, policy=email.policy.default)
        parts = [part for part in mail.walk() if not part.is_multipart()]
        say(sender=envelope.mail_from, to=envelope.rcpt_tos, hello=session.host_name, encrypted=session.ssl is not None or mode == "tls",
            login=bool(session.authenticated), headers={name.lower(): str(value) for name, value in mail.items()},
            defects=[str(defect) for part in mail.walk() for defect in part.defects], parts={part.get_content_type(): part.get_content().replace("\r\n", "\n") for part in parts},
            longest_line=max(len(line) for line in raw.split(b"\r\n")), bare=raw.replace(b"\r\n", b"").count(b"\n") + raw.replace(b"\r\n", b"").count(b"\r"),
            raw=base64.b64encode(raw).decode())
        if local == "cut":
            server.transport.abort()
        return "250 2.0.0 taken as 4711"


def authenticate(server, session, envelope, mechanism, data):
    good = isinstance(data, LoginPassword) and data.login == b"carillon" and data.password == "größe".encode()
    return AuthResult(success=good, handled=good)  # not handled: the server itself answers 535


def protocol():
    login = "no-login" not in switches
    starttls = mode == "starttls" and "no-starttls" not in switches
    return SMTP(Handler(), hostname="mail.test", loop=loop, tls_context=context if starttls else None, require_starttls=starttls, authenticator=authenticate,
                auth_required=login, auth_require_tls=starttls)


loop = asyncio.new_event_loop()
listening = loop.run_until_complete(loop.create_server(protocol, "127.0.0.1", 0, ssl=context if mode == "tls" else None))
say(port=listening.sockets[0].getsockname()[1])
# It ends with whoever started it, however that ends: the pipe closes.
threading.Thread(target=lambda: (sys.stdin.read(), loop.call_soon_threadsafe(loop.stop)), daemon=True).start()
loop.run_forever()
