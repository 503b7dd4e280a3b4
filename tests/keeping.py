"""A keeper of certificates with the world around it: an authority, a name server, a configuration. For tests of whole programs.

    with World(tmp_path) as world:
        keeper = world.keeper()                   # `carillon serve`; world.keeper(Guard) is `carillon guard`
        keeper.keep("a.example.org")              # the configuration names it, SIGHUP
        keeper.wait_seen("a.example.org")
        world.handshake("a.example.org", keeper.https_port)   # verified with the authority's root
"""

import json
import pathlib
import signal
import socket
import ssl

from cryptography import x509

from authority import Authority
from conftest import PATIENCE, Carillon, until
from control import Connection
from names import Names

STEPS = ["due", "ordered", "validated", "issued", "stored", "loaded", "seen"]


def toml(value):
    return json.dumps(value, ensure_ascii=False) if not isinstance(value, pathlib.Path) else json.dumps(str(value))


def as_toml(configuration):
    """{"section": {key: value}, "section.list": [{…}]} as TOML."""
    lines = []
    for section, content in configuration.items():
        for table in content if isinstance(content, list) else [content]:
            lines.append(f"[[{section}]]" if isinstance(content, list) else f"[{section}]")
            lines += [f"{key} = {toml(value)}" for key, value in table.items()]
    return "\n".join(lines) + "\n"


class Keeper(Carillon):
    """`carillon serve`, with a configuration that can change while it runs."""

    def __init__(self, data, configuration):
        super().__init__(data)
        self.configuration = configuration
        self.file = data.parent / f"{data.name}.toml"

    def start(self, *extra, environment=None):
        self.file.write_text(as_toml(self.configuration))
        return super().start("--config", self.file, *extra, environment=environment)

    def reread(self):
        """As an operator does it: change the file, SIGHUP."""
        said = self.log().count("configuration reloaded")
        self.file.write_text(as_toml(self.configuration))
        self.process.send_signal(signal.SIGHUP)
        until(lambda: self.log().count("configuration reloaded") > said, "the configuration is re-read")

    def keep(self, *names):
        self.configuration["certificates"].setdefault("names", []).extend(names)
        self.reread()

    def ask(self, method, path, document=None):
        """(status, document) of the API on the control socket."""
        connection = Connection(self)
        try:
            connection.request(method, "/api/v1" + path if path != "/metrics" else path, json.dumps(document) if document is not None else None,
                               {"Content-Type": "application/json"} if document is not None else {})
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        return answer.status, json.loads(text) if path != "/metrics" and text else text

    def certificate(self, name):
        status, document = self.ask("GET", f"/certificates/{name}")
        assert status == 200, document
        return document

    def history(self, name):
        """Oldest first."""
        status, document = self.ask("GET", f"/certificates/{name}/history")
        assert status == 200, document
        return sorted(document["items"], key=lambda line: line["at"])

    def steps(self, name):
        """The steps of all renewals so far, in their order, without what else was noted."""
        return [line["step"] for line in self.history(name) if line["step"] in STEPS]

    def incidents(self, kind=None, subject=None):
        items = self.ask("GET", "/incidents")[1]["items"]
        return [one for one in items if kind in (None, one["kind"]) and subject in (None, one["subject"])]

    def wait_seen(self, name, times=1, within=PATIENCE):
        def seen():
            return self.steps(name).count("seen") >= times
        try:
            until(seen, f"{name} is seen", within)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.story(name)}") from None
        return self.certificate(name)

    def story(self, name):
        """What happened to a name, for the message of a failed test."""
        return "\n".join(f"{line['at']} {line['step']} {line['issuer']} {line['detail']}" for line in self.history(name)) + f"\n{self.log()[-3000:]}"

    def wait_failures(self, name, count, within=PATIENCE):
        """Waits until the renewal under way has failed so often; who is in a hurry asks for the next try, as an operator would."""
        for wanted in range(1, count + 1):
            until(lambda: self.certificate(name)["failures"] >= wanted, f"{name} has failed {wanted} times\n{self.story(name)}", within)
            if wanted < count:
                self.ask("POST", f"/certificates/{name}/renew")

    def wait_incident(self, kind, subject, within=PATIENCE):
        found = until(lambda: self.incidents(kind, subject), f"an incident {kind} about {subject}", within)
        return found[-1]


class Guard(Keeper):
    """`carillon guard`."""

    command = "guard"
    doing = "guarding"


class World:
    def __init__(self, folder: pathlib.Path, *extra):
        self.folder = pathlib.Path(folder)
        self.names = Names()
        self.extra = extra or ("--without-limits", "--profile", "seconds=60")
        self.authority = Authority(self.folder / "authority", 1, 1, *self.extra)
        self.keepers = []

    def __enter__(self):
        self.names.start()
        self.names.set("localhost", a=["127.0.0.1"])
        self.authority.start()
        return self

    def __exit__(self, *_):
        for keeper in self.keepers:
            if keeper.process is not None:
                keeper.stop()
        self.authority.stop()
        self.names.stop()

    def issuer(self, name="test-ca", authority=None, **more):
        authority = authority or self.authority
        return {"name": name, "directory": authority.directory, "contact": "ops@example.org", "directory_ca_file": authority.root_file, "trust": authority.trust_file, **more}

    def configuration(self, issuers=None, **more):
        return {"dns": {"servers": [self.names.address]}, "certificates": {"steward": "ops@example.org", "deputy": "second@example.org"},
                "certificates.issuers": issuers if issuers is not None else [self.issuer()], **more}

    def keeper(self, kind=Keeper, issuers=None, data="data", start=True, **more):
        """A keeper that runs, and an authority that finds its proofs there."""
        made = kind(self.folder / data, self.configuration(issuers, **more))
        self.keepers.append(made)
        if start:
            made.start()
            self.point(made)
        return made

    def point(self, keeper, authority=None):
        (authority or self.authority).settings(http_port=keeper.http_port, tls_port=keeper.https_port)

    def name(self, name, *addresses):
        """`name` exists from now on, on this machine."""
        self.names.set(name, a=list(addresses) or ["127.0.0.1"])
        return name

    def handshake(self, name, port, trust=None):
        """What `name` serves, as a client sees it that trusts the authority: (certificate, TLS version). Raises what a client would."""
        return handshake(name, port, trust or self.authority.trust_file)


def handshake(name, port, trust, address="127.0.0.1"):
    context = ssl.create_default_context(cafile=str(trust))
    with socket.create_connection((address, port), PATIENCE) as plain, context.wrap_socket(plain, server_hostname=name) as tls:
        return x509.load_der_x509_certificate(tls.getpeercert(binary_form=True)), tls.version()


def served(name, port, address="127.0.0.1"):
    """The certificate that is served, whatever it is."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection((address, port), PATIENCE) as plain, context.wrap_socket(plain, server_hostname=name) as tls:
        return x509.load_der_x509_certificate(tls.getpeercert(binary_form=True))


def is_serial(text, certificate):
    return int(text, 16) == certificate.serial_number
