"""People who are put out: at once, in every way they came in, and nobody else with them. And what an attack leaves behind."""

import datetime
import itertools
import json
import re
import socket
import sqlite3
import ssl
import threading
import time
import urllib.parse

import pytest
from api import CSRF, Caller, make_person, with_token
from conftest import Carillon, leads, until
from control import call
from operations import totp

PASSWORD = "the tide waits for nobody"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    made = Carillon(tmp_path_factory.mktemp("leaving") / "data").start()
    made.run("user", "create", "root@example.org", "--role", "operator")
    yield made
    made.stop()


def problem_of(answer):
    return answer.json()["type"].removeprefix("urn:carillon:problem:")


def browser_of(server, email, role="producer", network="default"):
    secret = make_person(server, email, role, network)
    browser = Caller(server)
    assert browser.post(f"/links/{secret}", {"password": PASSWORD}).ok
    assert browser.sign_in(email, PASSWORD).status_code == 201
    return browser


def id_of(server, email):
    return next(one["id"] for one in server.json("user", "list") if one["email"] == email)


class Stream:
    """GET /events over HTTPS, read on a thread of its own."""

    def __init__(self, caller):
        self.events, self.ended = [], threading.Event()
        self.answer = caller.session.get(f"{caller.server.origin}/api/v1/events", stream=True, timeout=60)
        assert self.answer.status_code == 200, self.answer.text
        self.lines = self.answer.iter_lines(chunk_size=1)
        while next(self.lines) != b"":
            pass  # the greeting: it is subscribed
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        kind = None
        try:
            for line in self.lines:
                if line.startswith(b"event: "):
                    kind = line[7:].decode()
                elif line.startswith(b"data: "):
                    self.events.append((kind, json.loads(line[6:])))
        except Exception:
            pass
        self.ended.set()

    def kinds(self):
        return {kind for kind, _ in list(self.events)}


def test_whoever_is_disabled_is_out_at_once(server):
    browser = browser_of(server, "out@example.org")
    program = with_token(server, "out@example.org")
    streams = [Stream(browser), Stream(program)]
    server.run("user", "disable", "out@example.org")
    for stream in streams:
        assert stream.ended.wait(60), "an open stream ends at once"
    assert browser.get("/shows").status_code == 401
    assert problem_of(program.get("/shows")) == "token-unknown"
    wrong, disabled = (Caller(server).sign_in(email, password) for email, password in (("nobody@example.org", PASSWORD), ("out@example.org", PASSWORD)))
    assert (wrong.status_code, wrong.text) == (disabled.status_code, disabled.text), "the answer says nothing of the account"
    listed = next(one for one in server.json("user", "list") if one["email"] == "out@example.org")
    assert listed["disabled"]
    server.run("user", "enable", "out@example.org")
    assert Caller(server).sign_in("out@example.org", PASSWORD).status_code == 201
    assert program.get("/shows").status_code == 401, "tokens must be created again"


def test_whoever_is_deleted_leaves_what_they_made(server):
    browser = browser_of(server, "gone@example.org")
    assert browser.post("/shows", {"slug": "legacy", "title": "Legacy"}).status_code == 201
    stream = Stream(browser)
    server.run("user", "delete", "gone@example.org")
    assert stream.ended.wait(60)
    assert browser.get("/shows").status_code == 401
    assert "gone@example.org" not in [one["email"] for one in server.json("user", "list")]
    assert [one["slug"] for one in server.json("show", "list") if one["slug"] == "legacy"]
    acts = [(line["act"], line["actor"]) for line in server.json("audit")]
    assert ("show.create", "gone@example.org") in acts
    assert any(act == "person.delete" and re.fullmatch(r"operator \(uid \d+\)", actor) for act, actor in acts), "who did it at the machine is told"
    assert server.run("user", "delete", "gone@example.org", check=False).returncode == 1


def test_a_stream_ends_with_what_let_it_in(server):
    browser = browser_of(server, "streams@example.org", "owner")
    person = id_of(server, "streams@example.org")
    other = Caller(server)
    other.sign_in("streams@example.org", PASSWORD)
    token = server.json("token", "create", "--user", "streams@example.org", "--name", "a program")
    program = Caller(server, token["token"])
    kept, by_session, by_token = Stream(browser), Stream(other), Stream(program)
    assert other.delete("/sessions/current").status_code == 204
    assert by_session.ended.wait(60), "a session that was ended"
    listed = server.json("token", "list", "--user", "streams@example.org")
    server.run("token", "remove", next(one["id"] for one in listed if one["name"] == "a program"))
    assert by_token.ended.wait(60), "a token that was removed"
    assert not kept.ended.is_set()
    browser_of(server, "second-owner@example.org", "owner")
    server.run("user", "role", "streams@example.org", "none")
    assert kept.ended.wait(60), "a role that was taken away"
    server.run("user", "role", "streams@example.org", "owner")
    again = Stream(browser)
    server.run("user", "sign-out", "streams@example.org")
    assert again.ended.wait(60) and browser.get("/shows").status_code == 401
    assert person


class Interrupted:
    """A body in the middle of which something else happens."""

    def __init__(self, size, then):
        self.left, self.size, self.then = size, size, then

    def __len__(self):
        return self.size

    def read(self, most):
        if self.left <= self.size // 2 and self.then:
            then, self.then = self.then, None
            then()
        most = min(most, self.left)
        self.left -= most
        return bytes(most)


def test_an_upload_goes_no_further_than_its_person(server):
    make_person(server, "uploader@example.org", "producer")
    uploader = with_token(server, "uploader@example.org")
    size = 4 << 20
    begun = uploader.post("/uploads", headers={"Tus-Resumable": "1.0.0", "Upload-Length": str(size)})
    path = begun.headers["Location"].removeprefix("/api/v1")
    answer = uploader.call("PATCH", path, data=Interrupted(size, lambda: server.run("user", "disable", "uploader@example.org")), headers={
        "Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"})
    assert answer.status_code == 403, answer.text
    upload = with_token(server, "root@example.org").get(path).json()
    assert upload["arrived"] < size and not upload["finished"], upload


def test_a_token_that_ends_ends_its_stream(server):
    make_person(server, "short@example.org", "owner")
    for lead in leads(5):
        ends = int(time.time()) + lead
        try:
            made = server.json("token", "create", "--user", "short@example.org", "--name", "short", "--ends", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ends)))
            program = Caller(server, made["token"])
            stream = Stream(program)
            break
        except AssertionError:
            if time.time() < ends:
                raise
    assert stream.ended.wait(lead + 60)
    assert time.time() >= ends
    assert program.get("/shows").status_code == 401


def test_a_stream_tells_what_its_token_may_read(server):
    server.run("user", "role", "root@example.org", "producer", "--network", "default")  # else a token without “operate” reads nothing
    narrow, wide = with_token(server, "root@example.org", "view"), with_token(server, "root@example.org", "view", "operate")
    hears_little, hears_all = Stream(narrow), Stream(wide)
    server.run("cert", "renew", "localhost")
    server.run("show", "create", f"heard-{time.time_ns()}", "--title", "Heard")
    until(lambda: {"certificate", "show"} <= hears_all.kinds(), "who may read everything hears everything")
    until(lambda: "show" in hears_little.kinds(), "shows are heard")
    assert "certificate" not in hears_little.kinds(), hears_little.events
    assert narrow.get("/certificates").status_code == 403


def test_the_last_operator_and_the_last_owner_stay(tmp_path):
    server = Carillon(tmp_path / "data").start()
    try:
        make_person(server, "only@example.org", "operator")
        make_person(server, "owner@example.org", "owner")
        for command, email, word in ((["disable"], "only@example.org", "only operator"), (["delete"], "only@example.org", "only operator"),
                                     (["disable"], "owner@example.org", "only owner of the network “default”"), (["delete"], "owner@example.org", "only owner")):
            refused = server.run("user", *command, email, check=False)
            assert refused.returncode == 1 and refused.stderr.count("\n") == 1 and word in refused.stderr, refused.stderr
        assert server.run("user", "role", "only@example.org", "no-operator", check=False).returncode == 1
        make_person(server, "next@example.org", "operator")
        server.run("user", "role", "only@example.org", "no-operator")
        assert not next(one for one in server.json("user", "list") if one["email"] == "only@example.org")["operator"]
    finally:
        server.stop()


def test_an_account_that_nobody_got_into_is_not_the_one_who_stays(tmp_path):
    server = Carillon(tmp_path / "data").start()
    try:
        operator = browser_of(server, "op@example.org", "operator")
        owner = browser_of(server, "own@example.org", "owner")
        make_person(server, "ghost-operator@example.org", "operator")
        make_person(server, "ghost-owner@example.org", "owner")
        itself = f"/people/{id_of(server, 'op@example.org')}"
        assert operator.patch(itself, {"operator": False}).status_code == 409
        assert operator.patch(itself, {"disabled": True}).status_code == 409
        assert owner.put(f"/networks/default/people/{id_of(server, 'own@example.org')}", {"role": "analyst"}).status_code == 409
        browser_of(server, "op2@example.org", "operator")
        assert operator.patch(itself, {"operator": False}).status_code == 200
    finally:
        server.stop()


def test_what_somebody_was_answered_is_not_repeated_to_who_may_less(server):
    make_person(server, "was-operator@example.org", "operator")
    make_person(server, "victim@example.org", "analyst")
    caller, key = with_token(server, "was-operator@example.org"), {"Idempotency-Key": "a link"}
    path = f"/people/{id_of(server, 'victim@example.org')}/link"
    first = caller.post(path, headers=key)
    assert first.status_code == 201 and caller.post(path, headers=key).json() == first.json()
    server.run("user", "role", "was-operator@example.org", "no-operator")
    again = caller.post(path, headers=key)
    assert again.status_code == 422 and problem_of(again) == "key-used" and "link" not in again.json(), again.text
    fresh = caller.post(path, headers={"Idempotency-Key": "another"})
    assert fresh.status_code in (403, 404), fresh.text


def test_an_invitation_ends_with_who_sent_it(server):
    inviter = browser_of(server, "inviter@example.org", "owner")
    sent = inviter.post("/invitations", {"email": "mallory@example.org", "role": "owner"}).json()["id"]
    link = server.json("invitation", "link", sent)["link"].rsplit("/", 1)[1]
    assert Caller(server).get(f"/links/{link}").status_code == 200
    browser_of(server, "another-owner@example.org", "owner")
    server.run("user", "disable", "inviter@example.org")
    assert Caller(server).post(f"/links/{link}", {"password": PASSWORD}).status_code == 404
    assert sent not in [one["id"] for one in server.json("invitation", "list")]


def test_a_manager_takes_back_no_invitation_of_an_owner(server):
    owner = browser_of(server, "inviting-owner@example.org", "owner")
    manager = browser_of(server, "inviting-manager@example.org", "manager")
    sent = owner.post("/invitations", {"email": "next-owner@example.org", "role": "owner"}).json()["id"]
    assert manager.delete(f"/invitations/{sent}").status_code == 403
    assert manager.post("/invitations", {"email": "next-owner@example.org", "role": "analyst"}).status_code == 403
    assert owner.delete(f"/invitations/{sent}").status_code == 204


def test_a_lost_second_factor_is_reset(server):
    browser = browser_of(server, "phone@example.org")
    secret = browser.post("/people/me/second-factor").json()["secret"]
    assert browser.put("/people/me/second-factor", {"secret": secret, "code": totp(secret), "current_password": PASSWORD}).ok
    assert problem_of(Caller(server).sign_in("phone@example.org", PASSWORD)) == "code-needed"
    server.run("user", "reset-second-factor", "phone@example.org")
    assert browser.get("/people/me").status_code == 401
    assert Caller(server).sign_in("phone@example.org", PASSWORD).status_code == 201


def test_a_calendar_ends_with_its_operator(server):
    make_person(server, "calendar@example.org", "operator")
    operator = with_token(server, "calendar@example.org")
    address = operator.get("/calendar").json()["address"]
    own = server.json("cert", "calendar")["address"]
    assert address != own and server.get(address).status_code == server.get(own).status_code == 200
    server.run("user", "disable", "calendar@example.org")
    assert server.get(address).status_code == 401 and server.get(own).status_code == 200
    token = urllib.parse.parse_qs(urllib.parse.urlsplit(address).query)["token"][0]
    person = token.split("-")[0]
    forged = address.replace(token, f"{person}-{'0' * 32}")
    assert server.get(forged).status_code == 401


def test_a_steward_who_left_is_named(tmp_path):
    (tmp_path / "carillon.toml").write_text('[certificates]\nsteward = "Steward@example.org"\ndeputy = "deputy@example.org"\n')
    server = Carillon(tmp_path / "data").start("--config", tmp_path / "carillon.toml")
    try:
        make_person(server, "steward@example.org", "analyst")
        server.run("user", "disable", "steward@example.org")
        incidents = until(lambda: [one for one in server.json("incident", "list") if one["kind"] == "steward-departed"], "an incident about the steward")
        assert incidents[0]["subject"] == "steward@example.org" and "localhost" in incidents[0]["what"]
        said = server.run("doctor", "--config", tmp_path / "carillon.toml", check=False).stdout
        assert "steward@example.org” is still the steward" in said, said
        server.run("user", "enable", "steward@example.org")
        until(lambda: not [one for one in server.json("incident", "list") if one["kind"] == "steward-departed"], "it is solved")
    finally:
        server.stop()


# What an attack leaves behind.

def audit_of(server, act):
    return [line for line in server.json("audit") if line["act"] == act]


def test_failed_sign_ins_leave_their_trace_and_no_secret(server):
    make_person(server, "target@example.org", "producer")
    attacker = Caller(server, address="127.9.1.1")
    typed = "my-password-in-the-wrong-field"
    for email in ("target@example.org", typed):
        assert attacker.sign_in(email, "guess-of-an-attacker").status_code == 401
    lines = until(lambda: [line for line in audit_of(server, "refused.sign_in") if line["address_prefix"] == "127.9.1.0/24"][1:] and audit_of(server, "refused.sign_in"), "two lines")
    assert {"target@example.org", "no account"} <= {line["subject"] for line in lines if line["address_prefix"] == "127.9.1.0/24"}
    assert "event=refused.sign_in" in server.log()
    everything = server.log() + json.dumps(server.json("audit"))
    assert typed not in everything and "guess-of-an-attacker" not in everything and "127.9.1.1" not in everything


def test_refusals_and_forgeries_leave_their_trace(server):
    browser = browser_of(server, "curious@example.org")
    for _ in range(5):
        assert browser.get("/certificates").status_code == 403
    del browser.session.headers[CSRF]
    assert browser.patch("/people/me", {"name": "Forged"}).status_code == 401
    lines = until(lambda: [line for line in audit_of(server, "refused.permission") if line["subject"] == "curious@example.org"], "the refusal is told")
    assert lines[-1]["became"]["first"] == "GET certificates"
    until(lambda: [line for line in audit_of(server, "refused.csrf") if line["subject"] == "curious@example.org"], "the forgery is told")
    assert "event=refused.csrf" in server.log()


def test_every_way_to_guess_leaves_its_trace(server):
    """A stolen session, a stolen password, a token that was copied, a calendar's address."""
    browser = browser_of(server, "prodded@example.org")
    assert browser.patch("/people/me", {"password": "another long sentence", "current_password": "a guess of mine"}).status_code == 422
    secret = browser.post("/people/me/second-factor").json()["secret"]
    assert browser.put("/people/me/second-factor", {"secret": secret, "code": totp(secret), "current_password": PASSWORD}).ok
    attacker = Caller(server, address="127.9.3.1")
    assert problem_of(attacker.sign_in("prodded@example.org", PASSWORD)) == "code-needed"
    assert Caller(server, "crl_a-guess-of-mine", address="127.9.3.1").get("/shows").status_code == 401
    assert attacker.session.get(f"{server.origin}/api/v1/calendar.ics?token={'0' * 32}").status_code == 401
    for act, subject in (("refused.confirm", "prodded@example.org"), ("refused.second_factor", "prodded@example.org"), ("refused.token", ""), ("refused.calendar", "")):
        lines = until(lambda: [line for line in audit_of(server, act) if line["subject"] == subject], f"{act} is told")
        assert lines[-1]["became"]["count"] >= 1 and f"event={act}" in server.log()
    assert "guess-of-mine" not in server.log() + json.dumps(server.json("audit"))


def test_a_flood_of_guesses_is_a_few_lines(server):
    make_person(server, "flooded@example.org", "producer")
    attacker = Caller(server, address="127.9.2.1")
    for number in range(40):
        attacker.sign_in("flooded@example.org", f"guess {number}")
    until(lambda: [line for line in audit_of(server, "refused.sign_in") if line["subject"] == "flooded@example.org"], "it is told")
    for act in ("refused.sign_in", "refused.sign_in_throttled"):
        times = sorted(datetime.datetime.fromisoformat(line["at"].replace("Z", "+00:00")) for line in audit_of(server, act) if line["subject"] == "flooded@example.org")
        assert all(later - earlier > datetime.timedelta(seconds=59) for earlier, later in itertools.pairwise(times)), "at most one line a minute"


def test_retries_and_removed_uploads_are_in_the_trail(server):
    make_person(server, "traces@example.org", "owner")
    owner = with_token(server, "traces@example.org")
    assert owner.post("/shows", {"slug": "traces", "title": "Traces"}).ok
    episode = owner.post("/shows/traces/episodes", {"title": "One"}).json()["id"]
    upload = owner.post("/uploads", data=b"no recording at all").json()["id"]
    job = owner.put(f"/episodes/{episode}/audio", {"upload": upload}).json()["id"]
    until(lambda: owner.get(f"/jobs/{job}").json()["state"] == "failed", "the job has failed")
    assert owner.post(f"/jobs/{job}/retry").ok
    # Trying it again is no other answer, and not none either.
    assert until(lambda: (now := owner.get(f"/jobs/{job}").json())["state"] in ("failed", "done") and now, "it has ended again")["state"] == "failed"
    assert owner.get(f"/episodes/{episode}").json()["state"] == "draft"
    begun = owner.post("/uploads", headers={"Tus-Resumable": "1.0.0", "Upload-Length": "10"}).headers["Location"].rsplit("/", 1)[1]
    assert owner.delete(f"/uploads/{begun}", headers={"Tus-Resumable": "1.0.0"}).status_code == 204
    told = {(line["act"], line["subject"], line["actor"]) for line in owner.get("/audit").json()["items"]}
    assert {("job.retry", job, "traces@example.org"), ("upload.remove", begun, "traces@example.org")} <= told


def test_backups_are_in_the_trail(server, tmp_path):
    server.run("backup", tmp_path / "backup")
    assert audit_of(server, "backup.make")[0]["subject"] == str(tmp_path / "backup")
    restored = Carillon(tmp_path / "restored")
    restored.run("restore", tmp_path / "backup")
    restored.start()
    try:
        assert audit_of(restored, "backup.restore")
    finally:
        restored.stop()


# Repeated writes.

def test_two_bodies_in_pieces_under_one_key_are_two_requests(server):
    make_person(server, "pieces@example.org", "owner")
    owner = with_token(server, "pieces@example.org")
    key = {"Idempotency-Key": "pieces", "Content-Type": "application/json"}

    def post(title):
        return owner.call("POST", "/shows", data=iter([b'{"slug": "pieces-', title.encode(), b'", "title": "T"}']), headers=key)
    first = post("one")
    assert first.status_code == 201, first.text
    assert post("one").headers["Idempotency-Replayed"] == "true"
    other = post("two")
    assert (other.status_code, problem_of(other)) == (422, "key-used"), other.text


def test_two_long_bodies_that_begin_alike_are_two_requests(server):
    make_person(server, "long@example.org", "owner")
    owner = with_token(server, "long@example.org")
    key = {"Idempotency-Key": "long"}
    long = bytes(3 << 20)
    first = owner.post("/uploads", data=long + b"a", headers=key)
    assert first.status_code == 201, first.text
    again = owner.post("/uploads", data=long + b"a", headers=key)
    assert again.headers.get("Idempotency-Replayed") == "true" and again.json()["id"] == first.json()["id"]
    other = owner.post("/uploads", data=long + b"b", headers=key)
    assert (other.status_code, problem_of(other)) == (422, "key-used")


def test_a_key_of_nobody_keeps_nothing(server):
    """Strangers behind one address do not get each other's sessions."""
    browser_of(server, "shared@example.org")
    key = {"Idempotency-Key": "a key of everybody"}
    document = {"email": "shared@example.org", "password": PASSWORD}
    answers = [Caller(server).post("/sessions", document, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["session"]["id"] != answers[1].json()["session"]["id"]
    assert "Idempotency-Replayed" not in answers[1].headers


# A database that fails.

def test_a_database_that_fails_says_nothing_of_itself(tmp_path):
    server = Carillon(tmp_path / "data").start()
    try:
        make_person(server, "o@example.org", "owner")
        owner = with_token(server, "o@example.org")
        with sqlite3.connect(server.data / "carillon.db", timeout=60) as other:
            other.execute("ALTER TABLE shows RENAME TO elsewhere")
        answers = [owner.get("/shows"), owner.post("/shows", {"slug": "a", "title": "A"})]
        answers += [server.get("/feeds/any"), server.get("/status"), server.get("/")]
        said = "".join(answer.text for answer in answers) + server.run("show", "list", check=False).stderr
        assert answers[0].status_code == answers[1].status_code == 500
        for word in ("SELECT", "INSERT", "no such table", "sqlite", str(server.data)):
            assert word not in said, said
        assert "event=database.failed" in server.log() and "no such table" in server.log()
    finally:
        server.stop()


def test_a_database_that_is_busy_is_503_and_says_when(tmp_path):
    server = Carillon(tmp_path / "data").start()
    try:
        make_person(server, "o@example.org", "owner")
        owner = with_token(server, "o@example.org")
        other = sqlite3.connect(server.data / "carillon.db", timeout=60, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        try:
            answer = owner.post("/shows", {"slug": "a", "title": "A"})
        finally:
            other.execute("ROLLBACK")
            other.close()
        assert answer.status_code == 503 and int(answer.headers["Retry-After"]) > 0, answer.text
        assert "busy" in answer.json()["detail"] and "database is locked" not in answer.text
        assert owner.post("/shows", {"slug": "a", "title": "A"}).status_code == 201
    finally:
        server.stop()
