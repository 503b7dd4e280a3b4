"""One request of every operation of the API, each with fresh things. For tests that walk all of them.

    ask = CASES["deleteShow"](world)      # a show was made; ask.path names it, ask.by may delete it
"""

import base64
import dataclasses
import functools
import hashlib
import hmac
import itertools
import json
import struct
import time
import typing
import zlib

from api import Caller, with_token
from conftest import Carillon, make_recording, until
from hand_ca import HandCa
from keeping import Keeper
from mailbox_server import MailServer
from names import Names

ROLES = ("owner", "manager", "producer", "ads", "analyst")
SCOPES = ("view", "publish", "advertise", "analyse", "manage", "own", "operate", "metrics")
# As long as each other, so that answers about them can be compared byte for byte.
HOME, AWAY, NOWHERE = "harbour", "outside", "nothing"
PASSWORD = "the tide waits for nobody"


@dataclasses.dataclass
class Ask:
    """A request. `real` is the part of the path that names something of HOME's or of a person's own."""

    path: str
    document: dict | None = None
    data: bytes | None = None
    headers: dict = dataclasses.field(default_factory=dict)
    stream: bool = False                         # an answer without an end
    real: str | None = None
    by: Caller | None = None                     # who does it; else whoever the permission is made for
    after: typing.Callable | None = None         # puts back what must not stay
    refused: int | None = None                   # the status where this world has nothing it could be done to

    def send(self, method, caller, nothing=False):
        """`nothing`: about something that does not exist."""
        path = self.path.replace(self.real, nowhere(self.real)) if nothing else self.path
        answer = caller.call(method, path, self.document, data=self.data, headers=self.headers, stream=self.stream)
        if self.stream and answer.ok:
            answer.close()
        return answer


def nowhere(real):
    """A name as long as this, of nothing."""
    return NOWHERE if real == HOME else "0" * len(real) if real.isalnum() else "z" * len(real)


class World:
    """A server with two networks, somebody in every role of one, a stranger in the other, and something of everything."""

    def __init__(self, folder):
        self.folder = folder
        self.numbers = itertools.count(100)
        self.names = Names()
        self.mail = MailServer(folder / "mail", security="starttls")
        self.server = None

    def __enter__(self):
        self.names.start()
        self.names.set("localhost", a=["127.0.0.1"])
        self.mail.start()
        self.server = Keeper(self.folder / "data", {
            "dns": {"servers": [self.names.address]}, "certificates": {"steward": "ops@example.org"},
            "notify.smtp": {"host": "localhost", "port": self.mail.port, "security": "starttls", "from": "carillon@example.org", "ca_file": self.mail.ca_file}}).start()
        self.server.run("user", "create", "operator@example.org", "--role", "operator")
        self.operator = with_token(self.server, "operator@example.org")
        for network in (HOME, AWAY):
            self.made("/networks", {"slug": network, "name": network.title()})
        self.people = {role: self.person(role) for role in ROLES}
        self.stranger = self.person("owner", AWAY)
        self.owner = self.people["owner"]
        return self

    def __exit__(self, *_):
        self.server.stop()
        self.mail.stop()
        self.names.stop()

    def number(self):
        return next(self.numbers)

    def made(self, path, document=None, by=None, **options):
        answer = (by or self.operator).post(path, document, **options)
        assert answer.ok, f"POST {path}: {answer.text}"
        return answer.json()

    def token(self, email, scopes=()):
        return Caller(self.server, self.made("/tokens", {"name": "test", "user": email, "scopes": list(scopes)})["token"])

    def person(self, role, network=HOME):
        """A new person with a role, known by a token."""
        email = f"{role}-{self.number()}@example.org"
        self.made("/people", {"email": email, "role": role, "network": network})
        caller = self.token(email)
        caller.email = email
        return caller

    def nobody(self):
        """Somebody unknown. How often strangers may ask is counted by the network they come from, so each comes from another."""
        number = self.number()
        return Caller(self.server, address=f"127.{number // 250}.{number % 250}.1")

    def made_for(self, permission):
        """Who may do what needs this permission."""
        return {"everyone": self.nobody, "operate": lambda: self.operator}.get(permission, lambda: self.owner)()

    @functools.cache
    def without(self, permission, also=None):
        """The same with a token that is good for everything else, `also` excepted."""
        if permission == "operate":
            return self.token("operator@example.org", [scope for scope in SCOPES if scope != permission])
        return self.token(self.owner.email, [scope for scope in SCOPES if scope not in (permission, also, "operate", "metrics")])

    # What belongs to HOME.
    def show(self):
        return self.made(f"/shows?network={HOME}", {"slug": f"show-{self.number()}", "title": "A show", "author": "Ada"}, self.owner)["slug"]

    @functools.cached_property
    def kept_show(self):
        return self.show()

    def episode(self):
        return self.made(f"/shows/{self.kept_show}/episodes", {"title": "A talk"}, self.owner)["id"]

    def upload(self, recording):
        return self.made(f"/uploads?network={HOME}", by=self.owner, data=recording)["id"]

    def begun_upload(self):
        answer = self.owner.post(f"/uploads?network={HOME}", headers={**RESUMABLE, "Upload-Length": "10"})
        assert answer.status_code == 201, answer.text
        return answer.headers["Location"].rsplit("/", 1)[1]

    def job(self, recording=b"no recording at all"):
        answer = self.owner.put(f"/episodes/{self.episode()}/audio", {"upload": self.upload(recording)})
        assert answer.status_code == 202, answer.text
        return answer.json()

    @functools.cached_property
    def recording(self):
        return make_recording(self.folder / "talk.wav", seconds=1, rate=16000).read_bytes()

    @functools.cached_property
    def published(self):
        """The id of an episode that is out."""
        episode = self.job(self.recording)["subject"]
        answer = self.owner.post(f"/episodes/{episode}/publish", {})
        assert answer.ok, answer.text
        until(lambda: self.owner.get(f"/episodes/{episode}").json()["state"] == "published", "the episode is published")
        return episode

    def processed(self):
        """The id of a draft with audio."""
        job = self.job(self.recording)
        until(lambda: self.owner.get(f"/jobs/{job['id']}").json()["state"] == "done", "the recording is processed")
        return job["subject"]

    def advertiser(self):
        return self.made(f"/advertisers?network={HOME}", {"name": "Acme"}, self.owner)["id"]

    def campaign(self):
        return self.made(f"/campaigns?network={HOME}", {"name": "Spring", "advertiser": self.advertiser()}, self.owner)["id"]

    def order(self):
        return self.made(f"/campaigns/{self.campaign()}/orders", ORDER, self.owner)["id"]

    def creative(self):
        return self.made(f"/orders/{self.order()}/creatives", {"name": "Spot", "upload": self.upload(self.recording)}, self.owner)["creative"]

    @functools.cached_property
    def ready_order(self):
        """The ids of an order and its creative, which is ready."""
        order = self.order()
        creative = self.made(f"/orders/{order}/creatives", {"name": "Spot", "upload": self.upload(self.recording)}, self.owner)["creative"]
        until(lambda: self.owner.get(f"/creatives/{creative}").json()["state"] == "ready", "the creative is ready")
        return order, creative

    # What belongs to people.
    def link(self, role="analyst", network=HOME):
        email = f"invited-{self.number()}@example.org"
        return self.made("/people", {"email": email, "role": role, "network": network})["link"].rsplit("/", 1)[1], email

    def browser(self, role="owner"):
        """Somebody new with a session."""
        secret, email = self.link(role)
        browser = self.nobody()
        assert browser.post(f"/links/{secret}", {"password": PASSWORD}).ok
        assert browser.sign_in(email, PASSWORD).status_code == 201
        browser.email = email
        return browser

    def invitation(self):
        return self.made(f"/invitations?network={HOME}", {"email": f"guest-{self.number()}@example.org", "role": "analyst"}, self.owner)["id"]

    def member(self):
        """The id of somebody in HOME."""
        return self.made("/people", {"email": f"member-{self.number()}@example.org", "role": "analyst", "network": HOME})["person"]["id"]

    # What is the operator's.
    def certificate(self):
        return self.made("/certificates", {"name": f"by-hand-{self.number()}.example.org", "issuer": "manual"})["name"]

    @functools.cached_property
    def authority(self):
        return HandCa(self.folder / "ca")

    @functools.cached_property
    def watched(self):
        """An endpoint whose certificate nobody trusts: there is an incident about it."""
        return self.made("/watches", {"target": f"localhost:{self.mail.port}", "starttls": "smtp"})["target"]

    @functools.cached_property
    def incident(self):
        assert self.watched
        found = until(lambda: self.operator.get("/incidents").json()["items"], "an incident about the watched endpoint")
        return found[0]["id"]

    @functools.cached_property
    def drill(self):
        return self.made("/drills", {"scenario": "wrong-key"})["id"]


def picture(side=1400):
    """A grey square as PNG."""
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    rows = (b"\0" + b"\x80" * (3 * side)) * side
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def totp(secret, moment=None):
    """What an authenticator app shows now, or at a moment (seconds since 1970; RFC 6238)."""
    digest = hmac.new(base64.b32decode(secret + "=" * (-len(secret) % 8)), struct.pack(">Q", int(time.time() if moment is None else moment) // 30), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


CASES = {}


def case(operation):
    def keep(function):
        CASES[operation] = function
        return function
    return keep


def simple(operation, path, **more):
    """An operation that needs nothing made."""
    CASES[operation] = lambda world: Ask(path, **more)


of_home = {"real": HOME}

# Episodes, shows, uploads, jobs.
for _id, _path, _document in (("getEpisode", "", None), ("editEpisode", "", {"title": "Another title", "season": 2, "number": None, "explicit": True}), ("deleteEpisode", "", None),
                              ("unpublishEpisode", "/unpublish", None)):
    def _episode(world, path=_path, document=_document):
        episode = world.episode()
        return Ask(f"/episodes/{episode}{path}", document, real=episode)
    CASES[_id] = _episode


for _id, _path in (("listDownloads", "/stats/downloads?"), ("listAudioRequests", "/stats/requests?day=2026-11-24&"),
                   ("getDownloadsSinceRelease", "/stats/since-release?"), ("getHoursOfWeek", "/stats/week?"), ("getReach", "/stats/reach?"), ("exportDownloads", "/stats/rows?")):
    def _figures(world, path=_path):
        episode = world.episode()
        return Ask(f"{path}episode={episode}", real=episode)
    CASES[_id] = _figures


@case("setEpisodeAudio")
def set_episode_audio(world):
    episode = world.episode()
    return Ask(f"/episodes/{episode}/audio", {"upload": world.upload(b"no recording at all")}, real=episode)


@case("setEpisodeImage")
def set_episode_image(world):
    episode = world.episode()
    return Ask(f"/episodes/{episode}/image", {"upload": world.upload(picture())}, real=episode)


@case("setEpisodeImageFromRecording")
def set_episode_image_from_recording(world):
    # Silent frames behind a tag that has the picture (ID3v2.4 §4.14).
    frame = b"\0image/jpeg\0\3\0" + picture()
    size = lambda number: bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))
    tag = b"ID3\4\0\0" + size(len(frame) + 10) + b"APIC" + size(len(frame)) + b"\0\0" + frame
    episode = world.job(tag + (b"\xff\xfb\x90\0" + bytes(413)) * 100)["subject"]
    return Ask(f"/episodes/{episode}/image/from-recording", real=episode)


@case("getEpisodeImage")
def get_episode_image(world):
    return remove_episode_image(world)


@case("removeEpisodeImage")
def remove_episode_image(world):
    ask = set_episode_image(world)
    assert world.owner.put(ask.path, ask.document).status_code == 200
    return Ask(ask.path, real=ask.real)


@case("publishEpisode")
def publish_episode(world):
    episode = world.job(world.recording)["subject"]
    return Ask(f"/episodes/{episode}/publish", {"at": "2031-12-24T18:00:00+01:00"}, real=episode)


@case("getWaveform")
def get_waveform(world):
    return Ask(f"/episodes/{world.published}/waveform", real=world.published)


@case("getSilences")
def get_silences(world):
    return Ask(f"/episodes/{world.published}/silences", real=world.published)


@case("processAudioAgain")
def process_audio_again(world):
    episode = world.processed()
    return Ask(f"/episodes/{episode}/audio/again", real=episode)


@case("deleteOriginal")
def delete_original(world):
    episode = world.processed()
    return Ask(f"/episodes/{episode}/original", real=episode)


@case("getJob")
def get_job(world):
    job = world.job()["id"]
    return Ask(f"/jobs/{job}", real=job)


@case("retryJob")
def retry_job(world):
    job = world.job()["id"]
    until(lambda: world.owner.get(f"/jobs/{job}").json()["state"] == "failed", "the job has failed")
    return Ask(f"/jobs/{job}/retry", real=job)


@case("createShow")
def create_show(world):
    return Ask(f"/shows?network={HOME}", {"slug": f"new-{world.number()}", "title": "New", "format": {"channels": 1}, "category": {"name": "Arts"}, "type": "serial"}, **of_home)


for _id, _path, _document in (("getShow", "", None), ("editShow", "", {"title": "Another title", "explicit": True, "link": "https://example.org/"}), ("deleteShow", "?with_episodes=true", None),
                              ("listEpisodes", "/episodes", None), ("createEpisode", "/episodes", {"title": "New", "type": "bonus", "notes": "*Hear*"}),
                              ("suspendShow", "/suspend", {"reason": "Court order 1"}), ("resumeShow", "/resume", None)):
    def _show(world, path=_path, document=_document):
        show = world.show()
        return Ask(f"/shows/{show}{path}", document, real=show)
    CASES[_id] = _show


for _id, _add in (("addDomain", None), ("listDomains", ""), ("getDomain", "/{}"), ("removeDomain", "/{}")):
    def _domain(world, add=_add):
        show, name = world.show(), f"podcast-{world.number()}.example.test"
        if add is None:
            return Ask(f"/shows/{show}/domains", {"name": name}, real=show)
        world.made(f"/shows/{show}/domains", {"name": name}, world.owner)
        return Ask(f"/shows/{show}/domains{add.format(name)}", real=show)
    CASES[_id] = _domain


@case("setShowImage")
def set_show_image(world):
    show = world.show()
    return Ask(f"/shows/{show}/image", data=picture(), real=show)


RESUMABLE = {"Tus-Resumable": "1.0.0"}


@case("getUpload")
def get_upload(world):
    upload = world.upload(b"some bytes")
    return Ask(f"/uploads/{upload}", real=upload)


@case("appendToUpload")
def append_to_upload(world):
    upload = world.begun_upload()
    return Ask(f"/uploads/{upload}", data=b"some", headers={**RESUMABLE, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}, real=upload)


@case("removeUpload")
def remove_upload(world):
    upload = world.begun_upload()
    return Ask(f"/uploads/{upload}", headers=RESUMABLE, real=upload)


simple("listUploads", f"/uploads?network={HOME}&limit=1", **of_home)
simple("getUploadOptions", "/uploads")
simple("getUploadOptionsOfOne", "/uploads/any")
simple("listen", "/events", stream=True)
simple("listShows", f"/shows?network={HOME}&limit=1", **of_home)
simple("listCategories", "/categories")
simple("listJobs", f"/jobs?network={HOME}", **of_home)
simple("createUpload", f"/uploads?network={HOME}", data=b"some bytes", **of_home)
simple("getHealth", "/health")
simple("getMethodology", "/stats/methodology")
for _id in ("getWeeklyMail", "subscribeToWeeklyMail", "unsubscribeFromWeeklyMail"):
    simple(_id, f"/stats/weekly-mail?network={HOME}", **of_home)
simple("recountDay", "/stats/days/2026-01-01/recount")
simple("getDocument", "/openapi.json")

# Networks and people.
simple("listAudit", f"/audit?network={HOME}&limit=2", **of_home)
simple("listInvitations", f"/invitations?network={HOME}", **of_home)
simple("listPeople", f"/people?network={HOME}&limit=2", **of_home)
simple("listNetworks", "/networks")
simple("getNetwork", f"/networks/{HOME}", **of_home)
simple("getUsage", f"/networks/{HOME}/usage", **of_home)
simple("editNetwork", f"/networks/{HOME}", document={"name": "The harbour"}, **of_home)
simple("resumeNetwork", f"/networks/{HOME}/resume", **of_home)


@case("suspendNetwork")
def suspend_network(world):
    return Ask(f"/networks/{HOME}/suspend", {"reason": "Court order 2"}, real=HOME, after=lambda: world.made(f"/networks/{HOME}/resume"))


@case("createNetwork")
def create_network(world):
    return Ask("/networks", {"slug": f"network-{world.number()}", "name": "Another one"})


@case("createPerson")
def create_person(world):
    return Ask("/people", {"email": f"person-{world.number()}@example.org", "name": "Somebody", "role": "ads", "network": HOME})


for _id, _path, _document, _refused in (("editPerson", "", {"disabled": True}, None), ("deletePerson", "", None, None), ("resetSecondFactor", "/second-factor", None, 409),
                                        ("listSessionsOf", "/sessions", None, None), ("endSessionsOf", "/sessions", None, None), ("listTokensOf", "/tokens", None, None)):
    def _person(world, path=_path, document=_document, refused=_refused):
        member = world.member()
        return Ask(f"/people/{member}{path}", document, real=member, refused=refused)
    CASES[_id] = _person


@case("removeTokenOf")
def remove_token_of(world):
    email = f"member-{world.number()}@example.org"
    member = world.made("/people", {"email": email, "role": "analyst", "network": HOME})["person"]["id"]
    token = world.made("/tokens", {"name": "test", "user": email})["id"]
    return Ask(f"/people/{member}/tokens/{token}", real=member)


@case("setRole")
def set_role(world):
    return Ask(f"/networks/{HOME}/people/{world.member()}", {"role": "producer"}, real=HOME)


@case("removeRole")
def remove_role(world):
    return Ask(f"/networks/{HOME}/people/{world.member()}", real=HOME)


@case("invite")
def invite(world):
    return Ask(f"/invitations?network={HOME}", {"email": f"guest-{world.number()}@example.org", "role": "ads"}, real=HOME)


@case("withdrawInvitation")
def withdraw_invitation(world):
    invitation = world.invitation()
    return Ask(f"/invitations/{invitation}", real=invitation)


@case("makeInvitationLink")
def make_invitation_link(world):
    invitation = world.invitation()
    return Ask(f"/invitations/{invitation}/link", real=invitation)


@case("makePasswordLink")
def make_password_link(world):
    member = world.member()
    return Ask(f"/people/{member}/link", real=member)


# What is one's own.
@case("getLink")
def get_link(world):
    return Ask(f"/links/{world.link()[0]}")


@case("useLink")
def use_link(world):
    return Ask(f"/links/{world.link()[0]}", {"name": "New", "password": PASSWORD})


@case("signIn")
def sign_in(world):
    return Ask("/sessions", {"email": world.browser().email, "password": PASSWORD})


@case("beginInstallation")
def begin_installation(world):
    # Where there is nobody yet: a server of its own, for this alone.
    fresh = Carillon(world.folder / f"fresh-{world.number()}" / "data")
    fresh.data.parent.mkdir(parents=True)
    fresh.start()
    link = json.loads(fresh.run("welcome", "--json").stdout)["link"].rsplit("/", 1)[1]
    return Ask("/installation", {"link": link, "name": "First", "email": "first@example.org", "password": PASSWORD, "network_name": "First"},
               by=Caller(fresh), after=fresh.stop)


@case("makeFirstRunLink")
def make_first_run_link(world):
    return Ask("/installation/link")


@case("getCurrentSession")
def get_current_session(world):
    return Ask("/sessions/current", by=world.browser())


@case("endSession")
def end_session(world):
    browser = world.browser()
    session = browser.get("/sessions").json()["items"][0]["id"]
    return Ask(f"/sessions/{session}", real=session, by=browser)


@case("resetPassword")
def reset_password(world):
    return Ask("/password-resets", {"email": world.owner.email})


@case("setSecondFactor")
def set_second_factor(world):
    browser = world.browser()
    secret = browser.post("/people/me/second-factor").json()["secret"]
    return Ask("/people/me/second-factor", {"secret": secret, "code": totp(secret), "current_password": PASSWORD}, by=browser)


@case("removeSecondFactor")
def remove_second_factor(world):
    browser = world.browser()
    return Ask("/people/me/second-factor", {"current_password": PASSWORD}, by=browser)


@case("removeToken")
def remove_token(world):
    token = world.made("/tokens", {"name": "short-lived", "scopes": ["view"]}, world.owner)["id"]
    return Ask(f"/tokens/{token}", real=token)


simple("getSelf", "/people/me")
simple("editSelf", "/people/me", document={"name": "Another name"})
simple("proposeSecondFactor", "/people/me/second-factor")
simple("listSessions", "/sessions")
simple("listTokens", "/tokens")
simple("createToken", "/tokens", document={"name": "a program", "scopes": ["view", "publish"], "ends": "2031-01-01T00:00:00Z"})

# What is the operator's.
simple("getCalendar", "/calendar.ics")
simple("getCalendarAddress", "/calendar")
simple("getCertificate", "/certificates/localhost", real="localhost")
simple("getCertificateHistory", "/certificates/localhost/history", real="localhost")
simple("renewCertificate", "/certificates/localhost/renew", real="localhost")
simple("useSpare", "/certificates/localhost/use-spare", real="localhost", refused=409)  # the local CA gives no spares; test_keeper.py has two CAs
simple("rollOverAccountKey", "/issuers/none/rollover", real="none", refused=404)  # this world has no CA; test_acme_extras.py has Pebble
simple("listChannels", "/channels")
simple("orderChannels", "/channels", document={"order": ["smtp"]})
simple("getQuietTimes", "/channels/quiet")
simple("chooseQuietTimes", "/channels/quiet", document={"zone": "Europe/Berlin", "hours": ["mon-fri 22:00-07:00"], "absences": ["2027-05-01"]})
simple("testChannel", "/channels/smtp/test", document={"to": "ops@example.org"}, real="smtp")
simple("runDrill", "/drills", document={"scenario": "wrong-key"})


@case("listCertificates")
def list_certificates(world):
    assert world.watched
    return Ask("/certificates")


@case("addCertificate")
def add_certificate(world):
    return Ask("/certificates", {"name": f"added-{world.number()}.example.org", "issuer": "manual", "steward": "ada@example.org"})


for _id, _path in (("removeCertificate", ""), ("requestSignature", "/csr")):
    def _certificate(world, path=_path):
        name = world.certificate()
        return Ask(f"/certificates/{name}{path}", real=name)
    CASES[_id] = _certificate


@case("importCertificate")
def import_certificate(world):
    name = world.certificate()
    chain, key = world.authority.make(name)
    return Ask(f"/certificates/{name}/import", {"certificate": chain, "key": key}, real=name)


@case("getDrill")
def get_drill(world):
    return Ask(f"/drills/{world.drill}", real=world.drill)


@case("listIncidents")
def list_incidents(world):
    assert world.incident
    return Ask("/incidents?solved=true")


@case("getIncident")
def get_incident(world):
    return Ask(f"/incidents/{world.incident}", real=world.incident)


@case("acknowledgeIncident")
def acknowledge_incident(world):
    return Ask(f"/incidents/{world.incident}/acknowledge", {"for": "2h"}, real=world.incident)


@case("listWatches")
def list_watches(world):
    assert world.watched
    return Ask("/watches")


@case("addWatch")
def add_watch(world):
    target = f"localhost:{world.number()}"
    return Ask("/watches", {"target": target, "steward": "ada@example.org"}, after=lambda: world.operator.delete(f"/watches/{target}"))


@case("removeWatch")
def remove_watch(world):
    target = world.made("/watches", {"target": f"localhost:{world.number()}"})["target"]
    return Ask(f"/watches/{target}", real=target)


for _id, _path in (("getWatch", ""), ("listWatchHistory", "/history")):
    def _watch(world, path=_path):
        return Ask(f"/watches/{world.watched}{path}", real=world.watched)
    CASES[_id] = _watch


CHAPTERS = {"version": "1.2.0", "chapters": [{"startTime": 0, "title": "Hello"}]}
VTT = "WEBVTT\n\n00:00.000 --> 00:01.000\nHello.\n".encode()


@case("getEpisodeAudio")
def get_episode_audio(world):
    episode = world.published
    return Ask(f"/episodes/{episode}/audio", real=episode)


@case("previewNotes")
def preview_notes(world):
    return Ask("/notes-preview", {"notes": "**Hello**"})


@case("getChapters")
def get_chapters(world):
    episode = world.episode()
    assert world.owner.put(f"/episodes/{episode}/chapters", CHAPTERS).ok
    return Ask(f"/episodes/{episode}/chapters", real=episode)


@case("getChaptersInNotes")
def get_chapters_in_notes(world):
    episode = world.episode()
    assert world.owner.patch(f"/episodes/{episode}", {"notes": "0:00 Hello\n0:01 The bell"}).ok
    return Ask(f"/episodes/{episode}/chapters/in-notes", real=episode)


@case("getChaptersInRecording")
def get_chapters_in_recording(world):
    episode = world.job(world.recording)["subject"]
    return Ask(f"/episodes/{episode}/chapters/in-recording", real=episode)


@case("setChapters")
def set_chapters(world):
    episode = world.episode()
    return Ask(f"/episodes/{episode}/chapters", CHAPTERS, real=episode)


ORDER = {"name": "Spring", "starts": "2026-01-01", "ends": "2099-12-31"}

# Advertisers, campaigns, orders, creatives.
for _id, _kind, _path, _document in (
        ("getAdvertiser", "advertiser", "/advertisers/{}", None), ("editAdvertiser", "advertiser", "/advertisers/{}", {"name": "Other"}),
        ("deleteAdvertiser", "advertiser", "/advertisers/{}", None), ("getCampaign", "campaign", "/campaigns/{}", None), ("editCampaign", "campaign", "/campaigns/{}", {"name": "Other"}),
        ("deleteCampaign", "campaign", "/campaigns/{}", None), ("listOrders", "campaign", "/campaigns/{}/orders", None), ("createOrder", "campaign", "/campaigns/{}/orders", ORDER),
        ("getOrder", "order", "/orders/{}", None), ("editOrder", "order", "/orders/{}", {"priority": 2, "cap": None}), ("deleteOrder", "order", "/orders/{}", None),
        ("getOrderReport", "order", "/orders/{}/report", None), ("listCreatives", "order", "/orders/{}/creatives", None), ("getCreative", "creative", "/creatives/{}", None),
        ("editCreative", "creative", "/creatives/{}", {"name": "Other", "expires": "2099-12-31"}), ("deleteCreative", "creative", "/creatives/{}", None)):
    def _booked(world, kind=_kind, path=_path, document=_document):
        made = getattr(world, kind)()
        return Ask(path.format(made), document, real=made)
    CASES[_id] = _booked

simple("listAdvertisers", f"/advertisers?network={HOME}", **of_home)
simple("listCampaigns", f"/campaigns?network={HOME}", **of_home)
simple("createAdvertiser", f"/advertisers?network={HOME}", document={"name": "Acme"}, **of_home)


@case("createCampaign")
def create_campaign(world):
    return Ask(f"/campaigns?network={HOME}", {"name": "Spring", "advertiser": world.advertiser()}, **of_home)


@case("addCreative")
def add_creative(world):
    order = world.order()
    return Ask(f"/orders/{order}/creatives", {"name": "Spot", "upload": world.upload(world.recording)}, real=order)


@case("approveOrder")
def approve_order(world):
    return Ask(f"/orders/{world.ready_order[0]}/approve", real=world.ready_order[0])


@case("getCreativeAudio")
def get_creative_audio(world):
    return Ask(f"/creatives/{world.ready_order[1]}/audio", real=world.ready_order[1])


@case("getAdRules")
def get_ad_rules(world):
    show = world.show()
    return Ask(f"/shows/{show}/ad-rules", real=show)


@case("setAdRules")
def set_ad_rules(world):
    show = world.show()
    return Ask(f"/shows/{show}/ad-rules", {"blocked_categories": ["alcohol"]}, real=show)


CUE_POINTS = [{"at_seconds": 0, "kind": "preroll", "slots": 2}]


@case("getCuePoints")
def get_cue_points(world):
    episode = world.episode()
    assert world.owner.put(f"/episodes/{episode}/cue-points", CUE_POINTS).ok
    return Ask(f"/episodes/{episode}/cue-points", real=episode)


@case("setCuePoints")
def set_cue_points(world):
    episode = world.episode()
    return Ask(f"/episodes/{episode}/cue-points", CUE_POINTS, real=episode)


@case("restoreEpisode")
def restore_episode(world):
    episode = world.episode()
    assert world.owner.delete(f"/episodes/{episode}").status_code == 204
    return Ask(f"/episodes/{episode}/restore", real=episode)


def transcribed(world):
    episode = world.episode()
    assert world.owner.put(f"/episodes/{episode}/transcripts/en", data=VTT, headers={"Content-Type": "text/vtt"}).ok
    return Ask(f"/episodes/{episode}/transcripts/en", real=episode)


CASES["getTranscript"] = CASES["deleteTranscript"] = transcribed


@case("setTranscript")
def set_transcript(world):
    episode = world.episode()
    return Ask(f"/episodes/{episode}/transcripts/en", data=VTT, headers={"Content-Type": "text/vtt"}, real=episode)


@case("checkShow")
def check_show(world):
    return Ask(f"/shows/{world.kept_show}/check", real=world.kept_show)


@case("restoreShow")
def restore_show(world):
    show = world.show()
    assert world.owner.delete(f"/shows/{show}").status_code == 204
    return Ask(f"/shows/{show}/restore", real=show)
