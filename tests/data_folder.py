"""A data folder with something of everything in it, and what can be read of it from outside.

`fill` makes one with a running server, `reading` asks a server on it for everything that must survive an upgrade. make_data_folder.py keeps
both as test data; test_upgrade.py starts the present program on what an earlier one made.
"""

import contextlib
import datetime
import hashlib
import http.client
import json
import os
import pathlib
import re
import socket
import ssl
import struct
import subprocess
import tarfile
import time
import zlib

import requests
import urllib3

from api import CSRF, Caller
from authority import Authority
from conftest import CARILLON, Carillon, make_recording, until
from keeping import as_toml
from names import Names
from operations import totp
from test_wrong_clocks import off_by
from workflow import Api

urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

FOLDER = pathlib.Path(__file__).resolve().parent / "data"
NAME, DOMAIN, WATCHED, GONE = "pod.example.org", "podcast.harbour.test", "elsewhere.example.org:7444", "gone.example.org"
STEWARD, DEPUTY = "ops@example.org", "second@example.org"
# Nothing listens there: what is to be announced goes on waiting.
HUB = "http://127.83.11.9:9/"
PASSWORD = "the tide waits for nobody"
SCHEDULED_HOURS = 48  # until the scheduled episode is due
LONG_STRING = 600  # characters: longer ones are kept as their digest
ODD = "  Ebbe & Flut <3 „漢字“ ‮ \U0001f30a a\u0301 \\ ' \" %s ${x} ]]>"
CHAPTERS = {"version": "1.2.0", "chapters": [{"startTime": 0, "title": "Anfang"}, {"startTime": 0.75, "endTime": 1.5, "title": "漢字", "toc": False}, {"startTime": 1.5, "title": ODD.strip()}]}
VTT = "WEBVTT\n\n00:00.000 --> 00:01.000\n<v Zoë>Guten Morgen & alles\n".encode()


class ByName(requests.adapters.HTTPAdapter):
    """Connects to an address and asks for the server's name there."""

    def init_poolmanager(self, *arguments, **options):
        super().init_poolmanager(*arguments, server_hostname=NAME, assert_hostname=False, **options)


class Program(Caller):
    """Somebody who calls an earlier program, too: no answer is held to the present document."""

    def call(self, method, path, document=None, **options):
        return self.session.request(method, f"{self.server.origin}/api/v1{path}", json=document, timeout=60, **options)


class Elsewhere(Carillon):
    """A server that has an address of the machine to itself, with a port that is always the same: what it says of itself never differs."""

    PORT, HTTP_PORT = 7443, 7080  # used by nobody, and no port that the system gives out

    def __init__(self, data, address, configuration):
        super().__init__(data)
        self.address, self.configuration = address, configuration

    def start(self, environment=None):
        file = self.data.parent / f"{self.data.name}.toml"
        file.write_text(as_toml(self.configuration))
        self.log_path = self.data.parent / f"{self.data.name}.log"
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [CARILLON, "serve", "--data", self.data, "--config", file, "--http", f"{self.address}:{self.HTTP_PORT}", "--https", f"{self.address}:{self.PORT}"],
                stdout=subprocess.PIPE, stderr=log, env={**os.environ, "TZ": "UTC", **(environment or {})})
        line = self.process.stdout.readline().decode()
        assert line.startswith("ready "), f"the server did not become ready:\n{self.log()[-4000:]}"
        self.origin = f"https://{self.address}:{self.PORT}"
        return self

    def caller(self, **more):
        caller = Program(self, **more)
        caller.session.mount("https://", ByName())
        caller.session.headers["Host"] = f"{NAME}:{self.PORT}"
        caller.session.verify = False  # certificates are compared on their own, and their time may be over where this runs
        return caller

    def plain(self, path, name=NAME, method="GET"):
        """(status, fields, bytes) of what anybody sees at this name."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection(name, self.PORT, timeout=60, context=context)
        connection.sock = context.wrap_socket(socket.create_connection((self.address, self.PORT), 60), server_hostname=name)
        try:
            connection.request(method, path, headers={"Host": f"{name}:{self.PORT}"})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def fingerprint(self, name):
        """SHA-256 of the certificate that is served for a name."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with socket.create_connection((self.address, self.PORT), 60) as plain, context.wrap_socket(plain, server_hostname=name) as tls:
            return hashlib.sha256(tls.getpeercert(binary_form=True)).hexdigest()


def free_address():
    """One of the machine's own addresses that no other run of this test uses."""
    number = os.getpid()
    return f"127.{90 + (number >> 14) % 100}.{(number >> 7) % 128}.{1 + number % 128}"


class Surroundings:
    """The name server and, where certificates are to be issued, the authority; the configuration that goes with them."""

    def __init__(self, folder, with_authority=False):
        self.address, self.names = "127.0.0.1" if with_authority else free_address(), Names()  # the authority looks for every name at 127.0.0.1
        self.authority = Authority(folder / "authority", Elsewhere.HTTP_PORT, Elsewhere.PORT, "--without-limits") if with_authority else None

    def __enter__(self):
        self.names.start()
        for name in ("localhost", NAME, DOMAIN):
            self.names.set(name, a=[self.address])
        host, port = WATCHED.split(":")
        self.names.set(host, a=["127.0.0.1" if self.authority else "127.83.11.10"])
        if self.authority:
            self.authority.start(int(port))  # it is what is watched, too: nobody trusts its certificate
        return self

    def __exit__(self, *_):
        if self.authority:
            self.authority.stop()
        self.names.stop()

    def server(self, data, directory, trust, root, **more):
        issuer = {"name": "test-ca", "directory": directory, "contact": STEWARD, "directory_ca_file": root, "trust": trust}
        return Elsewhere(data, self.address, {
            "server": {"origin": f"https://{NAME}:{Elsewhere.PORT}"}, "dns": {"servers": [self.names.address]},
            "outgoing": {"allow": ["127.0.0.0/8"]}, "announce": {"hubs": [HUB]},
            "certificates": {"steward": STEWARD, "deputy": DEPUTY}, "certificates.issuers": [issuer], **more})


def picture(side, shade):
    """A square of one grey as PNG."""
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    rows = (b"\0" + bytes([shade]) * (3 * side)) * side
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


def finished(api, job):
    return until(lambda: (found := api.needed("GET", f"/jobs/{job['id']}"))["state"] in ("done", "failed") and found, f"the job {job} is over", 600)


def fill(server, hook, folder):
    """Something of everything, by the ways that people have. Answers what only they know: passwords, secrets, tokens, links."""
    api = Api(server)
    recording = make_recording(folder / "talk.wav", seconds=2, rate=16000).read_bytes()
    known = {"password": PASSWORD, "people": {}, "tokens": {}, "sessions": {}, "links": {}}

    until(lambda: api.needed("GET", f"/certificates/{NAME}")["state"] == "ok", f"{NAME} has its certificate\n{server.log()[-3000:]}")

    # Networks, people, how they get in.
    api.needed("PATCH", "/networks/default", {"name": "Hafen & Söhne", "storage_quota": 5_000_000_000, "show_quota": 7, "upload_quota": 9})
    api.needed("POST", "/networks", {"slug": "away", "name": "Away"})
    api.needed("POST", "/networks", {"slug": "taken", "name": "Taken down"})
    for role in ("operator", "owner", "manager", "producer", "ads", "analyst"):
        network = {} if role == "operator" else {"network": "default"}
        email = f"{role}@example.org"
        made = api.needed("POST", "/people", {"email": email, "name": f"{role.title()} Ødegård", "role": role, **network})
        browser = server.caller()
        assert browser.post(f"/links/{made['link'].rsplit('/', 1)[1]}", {"password": PASSWORD}).ok
        known["people"][role] = {"id": made["person"]["id"], "email": email}
        scopes = ["view", "publish"] if role == "producer" else []
        known["tokens"][role] = api.needed("POST", "/tokens", {"name": f"program of {role}", "user": email, "scopes": scopes})["token"]
    stranger = api.needed("POST", "/people", {"email": "stranger@example.org", "role": "owner", "network": "away"})
    api.ask("PUT", f"/networks/away/people/{known['people']['analyst']['id']}", {"role": "manager"})
    known["tokens"]["stranger"] = api.needed("POST", "/tokens", {"name": "abroad", "user": "stranger@example.org", "ends": "2125-01-01T00:00:00Z", "scopes": []})["token"]
    known["links"]["stranger"] = stranger["link"].rsplit("/", 1)[1]
    invitation = api.needed("POST", "/invitations?network=default", {"email": "guest@example.org", "role": "ads"})
    link = invitation.get("link") or api.needed("POST", f"/invitations/{invitation['id']}/link")["link"]  # an earlier program says it at once
    known["links"]["guest"] = link.rsplit("/", 1)[1]
    owner = server.caller()
    assert owner.sign_in("owner@example.org", PASSWORD).status_code == 201
    secret = owner.post("/people/me/second-factor").json()["secret"]
    proof = {"secret": secret, "code": totp(secret), "current_password": PASSWORD}
    proven = owner.put("/people/me/second-factor", proof)
    if proven.status_code == 422:  # an earlier program does not ask for the password again
        proven = owner.put("/people/me/second-factor", {name: proof[name] for name in ("secret", "code")})
    assert proven.ok, proven.text
    known["second_factor"] = {"secret": secret, "recovery_codes": proven.json()["recovery_codes"]}
    known["sessions"]["owner"] = {"cookie": owner.session.cookies["__Host-carillon"], "csrf": owner.session.headers[CSRF]}
    disabled = api.needed("POST", "/people", {"email": "disabled@example.org", "role": "ads", "network": "default"})["person"]["id"]
    api.ask("PATCH", f"/people/{disabled}", {"disabled": True})  # an earlier program cannot do this, and the next
    left = api.needed("POST", "/people", {"email": "left@example.org", "role": "producer", "network": "default"})["person"]["id"]
    api.ask("DELETE", f"/people/{left}")

    # Shows.
    manager = server.caller(token=known["tokens"]["manager"])

    def made(method, path, document=None, **options):
        answer = manager.call(method, path, document, **options)
        assert answer.ok, f"{method} {path}: {answer.text}"
        return answer.json() if answer.content else None

    made("POST", "/shows", {"slug": "tide", "title": ODD, "author": "Zoë & Ada", "owner_email": "zoe@example.org", "language": "de-AT", "description": "**Salz** & <b>Wind</b>",
                            "category": {"name": "Arts", "sub": "Books"}, "type": "serial", "copyright": "© Zoë"})
    made("PATCH", "/shows/tide", {"persons": [{"name": "Zoë <3", "role": "host", "group": "cast", "img": "https://example.org/z.jpg", "href": "https://example.org/z"}],
                                  "locations": [{"name": "Wien", "rel": "creator", "geo": "geo:48.2010,16.3695", "osm": "R109166", "country": "AT"}],
                                  "license": {"name": "cc-by-4.0", "url": ""}, "funding": [{"url": "https://example.org/give?a=1&b=2", "text": "Läuten helfen & mehr"}],
                                  "seasons": [{"number": 2, "name": "Die See"}], "complete": True})
    made("PUT", "/shows/tide/image", data=picture(1400, 0x60))
    made("POST", "/shows", {"slug": "plain", "title": "Plain"})
    made("POST", "/shows", {"slug": "binned", "title": "In the trash"})
    binned = made("POST", "/shows/binned/episodes", {"title": "With it"})["id"]
    made("DELETE", "/shows/binned?with_episodes=true")
    api.needed("POST", "/shows?network=taken", {"slug": "court", "title": "Court", "network": "taken"})
    api.needed("POST", "/shows", {"slug": "order", "title": "Order"})
    abroad = server.caller(token=known["tokens"]["stranger"])
    assert abroad.post("/shows", {"slug": "abroad", "title": "Abroad"}).status_code == 201

    # Episodes in every state.
    def episode(title, show="tide", audio=recording, **fields):
        one = made("POST", f"/shows/{show}/episodes", {"title": title, **fields})["id"]
        if audio:
            upload = made("POST", "/uploads", data=audio)["id"]
            assert finished(api, made("PUT", f"/episodes/{one}/audio", {"upload": upload}))["state"] == "done"
        return one

    first = episode(ODD, notes="# Salz\n\n* [a](https://example.org/?a=1&b=2)\n* <script>x</script>\n", season=2, number=3, type="bonus", explicit=True)
    made("PATCH", f"/episodes/{first}", {"soundbites": [{"start_seconds": 0.25, "duration_seconds": 1.5, "title": "Das Nebelhorn"}], "number_display": "Kapitel Drei",
                                         "persons": [{"name": "Gast", "role": "guest", "group": "", "img": "", "href": ""}]})
    made("PUT", f"/episodes/{first}/chapters", CHAPTERS)
    assert manager.put(f"/episodes/{first}/transcripts/de", data=VTT, headers={"Content-Type": "text/vtt"}).ok
    cover = made("POST", "/uploads", data=picture(1500, 0xa0))["id"]
    made("PUT", f"/episodes/{first}/image", {"upload": cover})
    made("POST", f"/episodes/{first}/publish", {})
    second = episode("Second", number=4)
    made("POST", f"/episodes/{second}/publish", {})
    scheduled = episode("Scheduled", audio=recording)
    made("POST", f"/episodes/{scheduled}/publish", {"at": rfc3339(time.time() + SCHEDULED_HOURS * 3600)})
    draft = episode("Draft", audio=None, notes="Not yet")
    unpublished = episode("Unpublished")
    made("POST", f"/episodes/{unpublished}/publish", {})
    made("POST", f"/episodes/{unpublished}/unpublish")
    trashed = episode("Trashed")
    made("POST", f"/episodes/{trashed}/publish", {})
    made("DELETE", f"/episodes/{trashed}")
    plain = episode("Plain", "plain")
    made("POST", f"/episodes/{plain}/publish", {})
    failed = made("POST", "/shows/plain/episodes", {"title": "No recording"})["id"]
    broken = made("POST", "/uploads", data=b"no recording at all")["id"]
    job = made("PUT", f"/episodes/{failed}/audio", {"upload": broken})
    assert finished(api, job)["state"] == "failed"
    api.needed("POST", "/shows/order/suspend", {"reason": "Court order 7"})
    api.needed("POST", "/networks/taken/suspend", {"reason": "Court order 8"})
    known["episodes"] = {"first": first, "second": second, "scheduled": scheduled, "draft": draft, "unpublished": unpublished, "trashed": trashed, "plain": plain,
                         "failed": failed, "binned": binned}
    known["jobs"] = {"failed": job["id"]}

    # Uploads: one that waits to be used, one that is half-way.
    whole = made("POST", "/uploads", data=b"waits to be used")["id"]
    begun = manager.post("/uploads", headers={"Tus-Resumable": "1.0.0", "Upload-Length": "10"})
    assert begun.status_code == 201
    half = begun.headers["Location"].rsplit("/", 1)[1]
    assert manager.patch(f"/uploads/{half}", data=b"half", headers={"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}).status_code == 204
    known["uploads"] = {"whole": whole, "half": half}

    # Listeners.
    for episode_id, agent in ((first, "AntennaPod/3.4"), (second, "Overcast/2024"), (first, "curl/8")):
        status, _, _ = server.plain(urlpath(api.needed("GET", f"/episodes/{episode_id}")["enclosure"]))
        assert status == 200

    # Names, watches, incidents, channels.
    until(lambda: [one["step"] for one in api.needed("GET", f"/certificates/{NAME}/history")["items"]].count("seen") >= 1, f"{NAME} is seen\n{server.log()[-3000:]}")
    answer = manager.post("/shows/tide/domains", {"name": DOMAIN})
    assert answer.ok, answer.text
    until(lambda: api.needed("GET", f"/shows/tide/domains/{DOMAIN}")["state"] == "ready", "the domain is ready")
    until(lambda: [one["step"] for one in api.needed("GET", f"/certificates/{DOMAIN}/history")["items"]].count("seen") >= 1, "the domain is seen")
    api.needed("POST", "/certificates", {"name": "by-hand.example.org", "issuer": "manual", "steward": "ada@example.org"})
    known["signing_request"] = api.needed("POST", "/certificates/by-hand.example.org/csr")["request"]
    api.needed("POST", "/watches", {"target": WATCHED, "steward": "ada@example.org"})
    incident = until(lambda: [one for one in api.needed("GET", "/incidents")["items"] if one["subject"] == WATCHED], "an incident about the watched endpoint")[0]
    heard = until(lambda: [body for _, _, _, body in hook.heard if WATCHED in body and "/acknowledge/" in body], "the steward is told")
    known["acknowledge"] = re.search(r"/acknowledge/[^\s\"\\]+", heard[0]).group()
    api.needed("POST", f"/incidents/{incident['id']}/acknowledge", {"for": "14d"})
    known["incident"] = incident["id"]
    api.needed("PUT", "/channels", {"order": ["webhook"], "person": STEWARD})
    return known


def rfc3339(moment):
    return datetime.datetime.fromtimestamp(moment, datetime.timezone.utc).isoformat(timespec="seconds")


def urlpath(url):
    return re.sub(r"^https?://[^/]+", "", url)


# What is read. ---------------------------------------------------------------------------------------------------------------------------------

AGED = "~"  # in a record: differs between two readings of the same folder
# What goes on while it is read, so that nothing follows from it: looks from outside, and tries of what waits.
MOVING = {"last_seen", "next_step", "next_step_at", "points_here", "addresses", "instead"}
MOVING_OF_WATCHED = {"state", "findings", "issuer", "serial", "not_after", "not_before", "problem"}
MOVING_OF_INCIDENTS = {"what", "consequence", "remedy", "next", "next_message_at"}
MOVING_OF_WAITING_JOBS = {"attempts", "run_at", "error", "doing", "progress", "state"}


def kept(value):
    """Long texts as their digest."""
    if isinstance(value, str) and len(value) > LONG_STRING:
        return "sha256 " + hashlib.sha256(value.encode()).hexdigest()
    if isinstance(value, dict):
        moving = set(MOVING)
        if value.get("watched") or value.get("target"):
            moving |= MOVING_OF_WATCHED
        if "opened_at" in value:
            moving |= MOVING_OF_INCIDENTS
        if {"attempts", "run_at"} <= value.keys() and value["state"] in ("waiting", "running"):
            moving |= MOVING_OF_WAITING_JOBS
        return {key: kept(one) for key, one in value.items() if key not in moving}
    if isinstance(value, list):
        return "sha256 " + hashlib.sha256(json.dumps(value).encode()).hexdigest() if len(value) > 200 else [kept(one) for one in value]
    return value


def published_files(feed):
    return sorted({urlpath(url) for url in re.findall(r'(?:url|href)="([^"]+)"', feed.decode()) if NAME in url})


def reading(server, known):
    """Everything that can be seen from outside and must be the same after an upgrade. Changes nothing."""
    seen = {"public": {}, "api": {}, "certificates": {}, "people": {}}

    def public(path, name=NAME, whole=False):
        status, fields, body = server.plain(path, name)
        one = {"status": status, **{field: fields[field] for field in ("Content-Type", "Location", "ETag", "Last-Modified") if fields[field]}}
        if status == 200 and "html" not in fields["Content-Type"]:  # pages may look different
            if "json" in fields["Content-Type"]:
                one["document"] = json.loads(body)  # numbers may be written otherwise
                one.pop("ETag", None)
            else:
                one["sha256"] = hashlib.sha256(body).hexdigest()
            if whole:
                one["text"] = body.decode()
        seen["public"][path if name == NAME else f"{name}{path}"] = one
        return body

    for show in ("tide", "plain", "order", "abroad", "court", "binned"):
        feed = public(f"/feeds/{show}", whole=True)
        public(f"/shows/{show}")
        for path in published_files(feed):
            public(path)
    for path in ("/", "/feed.xml"):
        public(path, DOMAIN)
    public("/healthz")
    public("/robots.txt")
    operator = server.caller(token=known["tokens"]["operator"])
    addresses = [operator.get(f"/episodes/{one}").json().get("enclosure") for one in known["episodes"].values()]
    for address in filter(None, addresses):
        public(urlpath(address))
        public(urlpath(address).rsplit("/", 1)[0] + "/another-name.mp3")

    def api(path, caller=operator):
        answer = caller.get(path)
        kind = answer.headers.get("Content-Type", "")
        seen["api"][path] = {"status": answer.status_code, "document": kept(answer.json()) if "json" in kind else "sha256 " + hashlib.sha256(answer.content).hexdigest()}
        return answer.json() if "json" in kind else None

    for path in ("/networks", "/networks/default", "/networks/away", "/networks/taken", "/certificates", "/watches", "/incidents?solved=true", f"/channels?person={STEWARD}", "/audit?limit=100",
                 f"/incidents/{known['incident']}"):
        api(path)
    for name in (NAME, DOMAIN, "localhost", "by-hand.example.org"):
        api(f"/certificates/{name}")
        api(f"/certificates/{name}/history")
    for network in ("default", "away", "taken"):
        for what in ("people", "invitations", "audit", "shows", "jobs", "uploads"):
            path = f"/{what}?network={network}&limit=100"
            while path:
                following = api(path).get("next")
                path = following and f"/{what}?network={network}&limit=100&cursor={following}"
    for show in ("tide", "plain", "order", "court"):
        for part in ("", "/domains", "/episodes", "/check"):
            api(f"/shows/{show}{part}")
    api("/shows/tide/episodes?state=draft,scheduled,unpublished")
    api(f"/shows/tide/domains/{DOMAIN}")
    for episode in known["episodes"].values():
        for part in ("", "/audio", "/waveform", "/chapters", "/transcripts/de"):
            api(f"/episodes/{episode}{part}")
    for upload in known["uploads"].values():
        api(f"/uploads/{upload}")
    api(f"/jobs/{known['jobs']['failed']}")
    for role, token in known["tokens"].items():
        caller = server.caller(token=token)
        seen["people"][role] = {path: kept(caller.get(path).json()) for path in ("/people/me", "/tokens", "/networks")}
    for name, link in known["links"].items():
        answer = server.caller().get(f"/links/{link}")
        seen["people"][f"link of {name}"] = {"status": answer.status_code, "document": answer.json()}
    for name in (NAME, DOMAIN, "localhost"):
        seen["certificates"][name] = server.fingerprint(name)
    return seen


def without_aged(first, second):
    """What two readings of the same folder, an hour apart, have in common; the rest grows old by itself, and says nothing of an upgrade."""
    if isinstance(first, dict) and isinstance(second, dict):
        return {key: without_aged(value, second[key]) for key, value in first.items() if key in second}
    if isinstance(first, list) and isinstance(second, list):
        return [without_aged(*pair) for pair in zip(first, second)] if len(first) == len(second) else [one for one in first if one in second]
    return first if first == second else AGED


def missing(recorded, found, where=""):
    """What of a record is not found again, as sentences. Additions are free: more fields, more lines of a list."""
    if recorded == AGED:
        return []
    if isinstance(recorded, dict) and isinstance(found, dict):
        return [line for key, value in recorded.items()
                for line in (missing(value, found[key], f"{where}/{key}") if key in found else [f"{where}/{key} is gone; it was {json.dumps(value, ensure_ascii=False)[:300]}"])]
    if isinstance(recorded, list) and isinstance(found, list):
        lines, at = [], 0
        for number, value in enumerate(recorded):
            fitting = next((index for index in range(at, len(found)) if not missing(value, found[index])), None)
            if fitting is None:
                nearest = missing(value, found[number], f"{where}[{number}]") if number < len(found) else []
                lines += nearest or [f"{where}[{number}] is gone; it was {json.dumps(value, ensure_ascii=False)[:300]}"]
            else:
                at = fitting + 1
        return lines
    return [] if recorded == found else [f"{where} was {json.dumps(recorded, ensure_ascii=False)[:300]}, is {json.dumps(found, ensure_ascii=False)[:300]}"]


def at(moment):
    """The environment in which a program thinks that it is `moment` (seconds since 1970) now, and time goes on."""
    return off_by(f"{round(moment - time.time()):+d}s")


def unpacked(name, folder):
    folder.mkdir(parents=True)
    with tarfile.open(FOLDER / f"{name}.tar.xz") as archive:
        archive.extractall(folder)
    for path in folder.rglob("*"):
        os.utime(path)  # libfaketime shifts the times of files, too: those of today look as if they were of that day
    return folder / "data"


@contextlib.contextmanager
def served_again(name, folder, known, hours, before=lambda data: None):
    """A server on a copy of the folder, so long after it was made; `before` does something to the copy first."""
    data = unpacked(name, folder)
    before(data)
    trust = folder / "roots.pem"
    trust.write_text(known["trust"])
    with Surroundings(folder) as around:
        # The authority is away: what was issued is there, and nothing new comes.
        server = around.server(data, "https://127.83.11.11:9/directory", trust, trust, **{"notify.webhook": {"url": HUB, "secret": "between us"}})
        server.start(environment=at(known["made_at"] + hours * 3600))
        try:
            yield server
        finally:
            server.stop()


def read_again(name, folder, known, hours):
    with served_again(name, folder, known, hours) as server:
        return reading(server, known)
