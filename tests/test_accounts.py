"""People, networks, sessions, tokens: over HTTPS against the real server."""

import concurrent.futures
import itertools
import json
import re
import signal
import subprocess
import threading
import time

import pytest
from api import CSRF, Caller, make_person, with_token
from conftest import CARILLON, Carillon, make_recording, until
from operations import totp
from control import call
from mailbox_server import MailServer

PASSWORD = "the tide waits for nobody"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    made = Carillon(tmp_path_factory.mktemp("accounts") / "data").start()
    yield made
    made.stop()


def problem(answer, status, kind):
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["type"].endswith(kind), answer.text
    return answer.json()


def test_the_way_from_a_link_to_a_session_and_out_again(server):
    secret = make_person(server, "way@example.org", "producer")
    browser = Caller(server)
    assert browser.get(f"/links/{secret}").json()["needs_password"] is True
    assert problem(browser.post(f"/links/{secret}", {"password": "short"}), 422, "invalid")["field"] == "password"
    assert browser.post(f"/links/{secret}", {"password": PASSWORD, "name": "Way"}).json()["name"] == "Way"
    problem(browser.post(f"/links/{secret}", {"password": PASSWORD}), 404, "not-found")

    problem(browser.sign_in("way@example.org", "not the password"), 401, "wrong-credentials")
    answer = browser.sign_in("way@example.org", PASSWORD)
    assert answer.status_code == 201
    cookie = answer.headers["Set-Cookie"]
    assert all(part in cookie for part in ("__Host-carillon=", "Secure", "HttpOnly", "SameSite=Lax", "Path=/")) and "Domain" not in cookie
    assert browser.get("/people/me").json()["email"] == "way@example.org"
    assert sorted(one["current"] for one in browser.get("/sessions").json()["items"]) == [False, True], "and the one that the link began"

    # A foreign page has the cookie, but not the other secret.
    csrf = browser.session.headers.pop(CSRF)
    problem(browser.patch("/people/me", {"name": "Forged"}), 401, "sign-in-needed")
    browser.session.headers[CSRF] = csrf
    assert browser.patch("/people/me", {"name": "Way Again"}).json()["name"] == "Way Again"

    assert browser.delete("/sessions/current").status_code == 204
    problem(browser.get("/people/me"), 401, "sign-in-needed")


def test_sessions_and_tokens_outlive_a_kill(tmp_path):
    server = Carillon(tmp_path / "data").start()
    secret = make_person(server, "o@example.org", "owner")
    browser = Caller(server)
    browser.post(f"/links/{secret}", {"password": PASSWORD})
    browser.sign_in("o@example.org", PASSWORD)
    program = with_token(server, "o@example.org", "view")
    server.kill()
    server.start()
    assert browser.get("/people/me").status_code == 200
    assert program.get("/shows").status_code == 200
    server.stop()


def test_a_token_does_what_its_scopes_say(server):
    make_person(server, "scoped@example.org", "owner")
    reader = with_token(server, "scoped@example.org", "view")
    assert reader.get("/shows").status_code == 200
    assert "scope “publish”" in problem(reader.post("/shows", {"slug": "x", "title": "X"}), 403, "scope-missing")["detail"]
    problem(reader.post("/tokens", {"name": "more"}), 403, "scope-missing")
    problem(Caller(server, "crl_nonsense").get("/shows"), 401, "token-unknown")
    problem(Caller(server).get("/shows"), 401, "sign-in-needed")
    operator = with_token(server, make_operator(server))
    assert operator.get("/certificates").status_code == 200
    problem(with_token(server, "scoped@example.org").get("/certificates"), 403, "not-allowed")


def test_a_token_acts_as_operator_or_owner_only_with_that_scope(server):
    operator = make_operator(server)
    for email, role in (("scoped-owner@example.org", "owner"), ("scoped-two@example.org", "owner"), ("scoped-analyst@example.org", "analyst")):
        make_person(server, email, role)
    people = {one["email"]: one["id"] for one in server.json("user", "list")}
    analyst = people["scoped-analyst@example.org"]
    for scopes in (["own"], ["own", "manage"], ["manage", "publish", "view", "advertise", "analyse"]):
        narrow = with_token(server, operator, "metrics", *scopes)
        assert narrow.patch(f"/people/{analyst}", {"operator": True}).status_code == 403, scopes
        assert narrow.patch(f"/people/{people[operator]}", {"disabled": True}).status_code == 403, scopes
        assert narrow.patch("/networks/default", {"storage_quota": 5}).status_code == 403, scopes
        assert narrow.post(f"/people/{analyst}/link").status_code == 403, scopes
    for email in ("scoped-owner@example.org",):
        manages = with_token(server, email, "manage")
        assert manages.put(f"/networks/default/people/{analyst}", {"role": "owner"}).status_code == 403, email
        assert manages.put(f"/networks/default/people/{analyst}", {"role": "manager"}).status_code == 403, email
        assert manages.put(f"/networks/default/people/{people['scoped-two@example.org']}", {"role": "analyst"}).status_code == 403, email
        assert manages.post("/invitations", {"email": "by-token@example.org", "role": "owner"}).status_code == 403, email
        assert manages.put(f"/networks/default/people/{analyst}", {"role": "producer"}).status_code == 200, email
        assert manages.put(f"/networks/default/people/{analyst}", {"role": "analyst"}).status_code == 200, email
    # Without “operate” it's a token of somebody who belongs to no network: the same answer for what is there and what isn't.
    narrow = with_token(server, operator, "manage", "own", "view", "publish", "metrics")
    answers = [narrow.put(f"/networks/{network}/people/{analyst}", {"role": "producer"}) for network in ("default", "nowhere")]
    answers += [narrow.delete(f"/people/{analyst}/second-factor"), narrow.get("/shows"), narrow.get("/shows/none/episodes"), narrow.get("/jobs"),
                narrow.get("/people"), narrow.post("/shows", {"slug": "by-token", "title": "X"})]
    assert {(answer.status_code, "lacks the scope “operate”" in answer.text) for answer in answers} == {(403, True)}, [one.text for one in answers]
    refused = server.run("token", "create", "--user", operator, "--name", "program", "--scope", "publish", check=False)
    assert refused.returncode != 0 and "needs the scope “operate”" in refused.stderr, refused.stderr
    refused = server.run("token", "create", "--user", "scoped-analyst@example.org", "--name", "program", "--scope", "view", "--scope", "own", check=False)
    assert refused.returncode != 0 and "“own”" in refused.stderr and "choose from view, analyse" in refused.stderr, refused.stderr
    # With a role of their own, the token has that role and nothing more.
    server.run("user", "role", operator, "producer", "--network", "default")
    publishes = with_token(server, operator, "publish", "view", "own")
    assert publishes.get("/shows").status_code == 200
    assert publishes.delete(f"/people/{analyst}/second-factor").status_code == 403
    server.run("user", "role", operator, "none", "--network", "default")
    whole = with_token(server, "scoped-owner@example.org", "manage", "own")
    assert whole.put(f"/networks/default/people/{analyst}", {"role": "owner"}).status_code == 200


def test_a_token_makes_none_that_outlasts_it(server):
    make_person(server, "brief@example.org", "owner")
    ends = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
    brief = Caller(server, server.json("token", "create", "--user", "brief@example.org", "--name", "brief", "--ends", ends)["token"])
    assert problem(brief.post("/tokens", {"name": "endless"}), 403, "refused")["field"] == "ends"
    assert brief.post("/tokens", {"name": "longer", "ends": "2999-01-01T00:00:00Z"}).status_code == 403
    assert brief.post("/tokens", {"name": "as long", "ends": ends}).status_code == 201


def make_operator(server):
    email = f"operator{threading.get_ident()}@example.org"
    server.run("user", "create", email, "--role", "operator", check=False)
    return email


def test_a_stranger_meets_what_does_not_exist(server):
    server.run("network", "create", "harbour", "--name", "Harbour")
    make_person(server, "in@example.org", "owner", "harbour")
    make_person(server, "out@example.org", "owner", "default")
    insider, outsider = with_token(server, "in@example.org"), with_token(server, "out@example.org")
    assert insider.post("/shows", {"slug": "secret", "title": "Secret"}).json()["network"] == "harbour"
    episode = insider.post("/shows/secret/episodes", {"title": "One"}).json()["id"]
    assert [show["slug"] for show in insider.get("/shows").json()["items"]] == ["secret"]
    assert "secret" not in [show["slug"] for show in outsider.get("/shows").json()["items"]]
    for method, path, nothing in (
            ("GET", "/shows/secret", "/shows/nothing"), ("PATCH", "/shows/secret", "/shows/nothing"), ("DELETE", "/shows/secret", "/shows/nothing"),
            ("GET", "/shows/secret/episodes", "/shows/nothing/episodes"),
            ("GET", f"/episodes/{episode}", f"/episodes/{episode[::-1]}"), ("POST", f"/episodes/{episode}/publish", f"/episodes/{episode[::-1]}/publish"),
            *((method, f"/episodes/{episode}/{rest}", f"/episodes/{episode[::-1]}/{rest}")
              for method, rest in (("GET", "chapters"), ("PUT", "chapters"), ("GET", "transcripts/de"), ("PUT", "transcripts/de"), ("DELETE", "transcripts/de"), ("POST", "restore"))),
            ("GET", "/shows/secret/check", "/shows/nothing/check"), ("POST", "/shows/secret/restore", "/shows/nothing/restore"),
            ("GET", "/networks/harbour", "/networks/nothing"), ("GET", "/people?network=harbour", "/people?network=nothing"),
            ("GET", "/audit?network=harbour", "/audit?network=nothing")):
        there, not_there = outsider.call(method, path), outsider.call(method, nothing)
        assert there.status_code == not_there.status_code == 404, (method, path)
        words = path.split("?network=")[-1] if "?" in path else path.split("/")[2]
        others = nothing.split("?network=")[-1] if "?" in nothing else nothing.split("/")[2]
        assert there.text.replace(words, "X") == not_there.text.replace(others, "X"), (method, path)


def test_two_networks_need_to_say_which(server):
    server.run("network", "create", "north", "--name", "North")
    server.run("network", "create", "south", "--name", "South")
    make_person(server, "both@example.org", "owner", "north")
    owner_of_south = make_operator(server)
    invitation = with_token(server, owner_of_south).post("/invitations?network=south", {"email": "both@example.org", "role": "producer"})
    assert invitation.status_code == 201, invitation.text
    link = invitation.json()["link"].rsplit("/", 1)[1]
    both = with_token(server, "both@example.org")
    assert both.post(f"/links/{link}", {}).status_code == 200
    problem(both.get("/shows"), 422, "invalid")
    assert both.get("/shows?network=south").status_code == 200
    assert [network["slug"] for network in both.get("/networks").json()["items"]] == ["north", "south"]
    problem(both.get("/people?network=default"), 404, "not-found")
    # A recording of one network is none of the other's, even for somebody of both.
    assert both.post("/shows?network=north", {"slug": "northern", "title": "N"}).status_code == 201
    episode = both.post("/shows/northern/episodes", {"title": "One"}).json()["id"]
    upload = both.call("POST", "/uploads?network=south", data=b"no recording").json()["id"]
    problem(both.put(f"/episodes/{episode}/audio", {"upload": upload}), 404, "not-found")


def test_the_same_key_twice_has_one_effect(server):
    make_person(server, "twice@example.org", "owner")
    someone = with_token(server, "twice@example.org")
    key = {"Idempotency-Key": "a-key"}
    first = someone.post("/shows", {"slug": "once", "title": "Once"}, headers=key)
    again = someone.post("/shows", {"slug": "once", "title": "Once"}, headers=key)
    assert first.status_code == again.status_code == 201 and first.json() == again.json()
    assert again.headers["Idempotency-Replayed"] == "true" and "Idempotency-Replayed" not in first.headers
    problem(someone.post("/shows", {"slug": "other", "title": "Other"}, headers=key), 422, "key-used")
    # Twenty at once: one effect, everybody else the same answer, or is asked to come again.
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: with_same_key(someone), range(20)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
    assert len(someone.get("/shows/once/episodes").json()["items"]) == 1
    # What another person does with the same key is their own.
    make_person(server, "thrice@example.org", "owner")
    assert with_token(server, "thrice@example.org").post("/shows", {"slug": "thrice", "title": "T"}, headers=key).status_code == 201


def with_same_key(someone):
    return with_token_of(someone).post("/shows/once/episodes", {"title": "One"}, headers={"Idempotency-Key": "episode-key"})


def test_a_takedown_is_451_everywhere_and_can_be_lifted(server, tmp_path):
    server.make_show("taken")
    episode = server.publish(make_recording(tmp_path / "t.wav", seconds=2), "taken")
    chapters = call(server, "PUT", f"/episodes/{episode['id']}/chapters", {"chapters": [{"startTime": 0, "title": "One"}]})[1]["chapters"]
    public = [f"{server.origin}/feeds/taken", episode["page"], episode["enclosure"], f"{server.origin}/shows/taken", chapters]
    assert {server.get(url).status_code for url in public} == {200}
    for what in (["show", "suspend", "taken"], ["network", "suspend", "default"]):
        server.run(*what, "--reason", "Court order 1-2026")
        for url in public:
            answer = server.get(url)
            assert answer.status_code == 451 and "Court order 1-2026" in answer.text, url
        assert "taken" not in server.get("/").text
        make_person(server, f"{what[0]}@example.org", "owner")
        answer = with_token(server, f"{what[0]}@example.org").patch("/shows/taken", {"title": "Other"})
        assert "Court order" in problem(answer, 403, "suspended")["detail"]
        answer = with_token(server, f"{what[0]}@example.org").patch(f"/episodes/{episode['id']}", {"title": "Other"})
        assert "Court order" in problem(answer, 403, "suspended")["detail"]
        server.stop()
        server.start()
        public = [url.replace(url.split("/")[2], server.origin.split("/")[2]) for url in public]
        assert server.get(public[0]).status_code == 451, "also after a restart"
        server.run(what[0], "resume", what[2])
        assert {server.get(url).status_code for url in public} == {200}


def until_slowed(guess):
    """The first answer that says “too many”. On a busy machine a share fills again meanwhile, and it takes more guesses."""
    numbers = itertools.count()
    return until(lambda: (answer := guess(next(numbers))).status_code == 429 and [answer], "guessing is slowed", 600)[0]


def test_guessing_is_slowed_and_says_for_how_long(server):
    secret = make_person(server, "slow@example.org", "producer")
    browser = Caller(server)
    browser.post(f"/links/{secret}", {"password": PASSWORD})
    late = until_slowed(lambda number: browser.sign_in("slow@example.org", f"guess number {number}"))
    assert 0 < int(late.headers["Retry-After"]) <= 60


def test_many_requests_are_slowed_and_told_before(server):
    make_person(server, "many@example.org", "producer")
    someone = with_token(server, "many@example.org")
    first = someone.get("/shows")
    assert first.headers["RateLimit-Policy"] == '"default";q=1200;w=60' and first.headers["RateLimit"].startswith('"default";r=')
    strangers = [Caller(server).get("/links/x") for _ in range(3)]
    assert strangers[0].headers["RateLimit-Policy"] == '"default";q=60;w=60'


def test_every_act_is_in_the_audit_trail(server):
    make_person(server, "traced@example.org", "owner")
    someone = with_token(server, "traced@example.org")
    someone.patch("/networks/default", {"name": "Renamed"})
    lines = server.json("audit", "--network", "default")
    line = next(one for one in lines if one["act"] == "network.edit")
    assert line["actor"] == "traced@example.org" and line["became"]["name"] == "Renamed" and line["address_prefix"].startswith("127.0.0.0")
    assert any(one["act"] == "person.create" and one["subject"] == "traced@example.org" for one in lines)


def test_what_changes_nothing_leaves_no_line(server):
    make_person(server, "steady@example.org", "owner")
    owner = with_token(server, "steady@example.org")
    assert owner.patch("/people/me", {"name": "Steady"}).status_code == 200
    network = owner.get("/networks/default").json()["name"]

    def lines():
        items = owner.get("/audit?limit=100").json()["items"] + server.json("audit")
        # What was refused before is told when its minute is over.
        return [line["act"] for line in items if not line["act"].startswith("refused.")]

    before = lines()
    for _ in range(3):
        assert owner.patch("/people/me", {"name": "Steady"}).status_code == 200
        assert owner.patch("/people/me", {}).status_code == 200
        assert owner.patch("/networks/default", {"name": network}).status_code == 200
    assert lines() == before


def test_unknown_fields_and_wrong_types_are_named(server):
    operator = with_token(server, make_operator(server))
    assert problem(operator.post("/networks", {"slug": "x", "name": "X", "colour": "red"}), 422, "invalid")["field"] == "colour"
    assert problem(operator.post("/people", {"email": "nobody"}), 422, "invalid")["field"] == "email"
    assert problem(operator.post("/people", {"email": "a@example.org", "role": "king"}), 422, "invalid")["field"] == "role"
    assert problem(operator.get("/shows?limit=0"), 422, "invalid")["field"] == "limit"
    assert problem(operator.get("/shows?cursor=%00"), 422, "invalid")["field"] == "cursor"


def test_the_command_line_works_from_another_machine(server, tmp_path):
    make_person(server, "remote@example.org", "owner")
    token = server.json("token", "create", "--user", "remote@example.org", "--name", "laptop")["token"]

    def run(*words, check=True):
        import subprocess
        from conftest import CARILLON
        done = subprocess.run([CARILLON, "--server", server.origin, "--token", token, "--ca", server.authority, *map(str, words)], capture_output=True, text=True,
                              timeout=120, cwd=tmp_path)
        assert not check or done.returncode == 0, done.stderr
        return done

    run("show", "create", "far", "--title", "Far away")
    said = run("publish", make_recording(tmp_path / "far.wav", seconds=2), "--show", "far", "--title", "From afar")
    assert "/shows/far/from-afar" in said.stdout
    assert "From afar" in server.get("/feeds/far").text
    refused = run("cert", "list", check=False)
    assert refused.returncode == 1 and refused.stderr.count("\n") == 1 and "role" in refused.stderr
    assert run("backup", tmp_path / "b", check=False).returncode == 2
    assert not (tmp_path / "var").exists()


def test_quotas_hold_and_say_what_is_left(server, tmp_path):
    server.run("network", "create", "small", "--name", "Small")
    make_person(server, "small@example.org", "owner", "small")
    owner = with_token(server, "small@example.org")
    operator = with_token(server, make_operator(server))
    problem(owner.patch("/networks/small", {"show_quota": 99}), 403, "not-allowed")
    assert operator.patch("/networks/small", {"show_quota": 1, "storage_quota": 100_000, "upload_quota": 1}).status_code == 200
    assert owner.post("/shows", {"slug": "small-one", "title": "One"}).status_code == 201
    assert "1 of at most 1 show." in problem(owner.post("/shows", {"slug": "small-two", "title": "Two"}), 403, "quota-exceeded")["detail"]
    large = owner.session.post(f"{server.origin}/api/v1/uploads", data=b"x" * 200_000)
    assert "of its 100.0 kB" in problem(large, 413, "quota-exceeded")["detail"]
    tus = {"Tus-Resumable": "1.0.0", "Upload-Length": "1000"}
    assert owner.call("POST", "/uploads", headers=tus).status_code == 201
    problem(owner.call("POST", "/uploads", headers=tus), 403, "quota-exceeded")


def test_a_link_is_a_page_that_works_without_javascript(server):
    made = server.json("user", "create", "page@example.org", "--role", "producer")
    address = made["link"]
    for _ in range(3):  # whatever scanners do
        page = server.get(address)
    assert page.status_code == 200 and "page@example.org" in page.text and "<form" in page.text and "<script" not in page.text
    assert page.headers["Cache-Control"] == "no-store" and page.headers["Referrer-Policy"] == "no-referrer"

    def post(**form):
        import requests
        return requests.post(address, data=form, verify=server.authority, timeout=60)

    refused = post(name="<b>Page</b> & Söhne", password="short")
    assert refused.status_code == 422 and "at least 12 characters" in refused.text and "&lt;b&gt;Page&lt;/b&gt; &amp; Söhne" in refused.text
    done = post(name="Page Söhne", password=PASSWORD)
    assert done.status_code == 200 and "signed in as" in done.text
    cookie = next(one for one in done.headers["Set-Cookie"].split(", ") if one.startswith("__Host-carillon="))
    import requests
    now = requests.get(f"{server.origin}/api/v1/sessions/current", headers={"Cookie": cookie.split(";")[0]}, verify=server.authority, timeout=60)
    assert now.json()["person"]["email"] == "page@example.org", "whoever chose a first password need not type it again"
    assert post(name="x", password=PASSWORD).status_code == 404
    assert server.get(address).status_code == 404
    browser = Caller(server)
    assert browser.sign_in("page@example.org", PASSWORD).json()["person"]["name"] == "Page Söhne"
    # A link that resets a password signs nobody in: there may be a second factor, and the sessions of before have ended.
    again = server.json("user", "link", "page@example.org")["link"].rsplit("/", 1)[1]
    reset = Caller(server).post(f"/links/{again}", {"password": PASSWORD + " again"})
    assert reset.status_code == 200 and "__Host-carillon=" not in reset.headers.get("Set-Cookie", "")


def with_mail(tmp_path, mail):
    """A server that sends through `mail`."""
    (tmp_path / "password").write_text("a secret\n")
    (tmp_path / "carillon.toml").write_text(f"""
[notify.smtp]
host = "localhost"
port = {mail.port}
security = "starttls"
user = "carillon"
password_file = "{tmp_path / 'password'}"
from = "Carillon <carillon@example.org>"
ca_file = "{mail.ca_file}"
""")
    return Carillon(tmp_path / "data").start("--config", tmp_path / "carillon.toml")


def test_a_mail_server_that_is_away_for_a_moment_loses_no_invitation(tmp_path):
    with MailServer(tmp_path / "mail", security="starttls", user="carillon", password="a secret") as mail:
        mail.defer("new@example.org", times=1)
        server = with_mail(tmp_path, mail)
        try:
            make_person(server, "owner@example.org", "owner")
            answer = with_token(server, "owner@example.org").post("/invitations", {"email": "new@example.org", "role": "producer"})
            assert answer.json()["mailed"] is True
            invitation, = mail.wait(1)
            assert invitation.to == ["new@example.org"]
            assert [code for _, code in mail.attempts] == [451, 250]
            assert Caller(server).post(f"/links/{secret_in(invitation)}", {"password": PASSWORD}).status_code == 200
        finally:
            server.stop()


def test_an_invitation_says_what_the_network_is_called(tmp_path):
    with MailServer(tmp_path / "mail", security="starttls", user="carillon", password="a secret") as mail:
        server = with_mail(tmp_path, mail)
        try:
            server.run("network", "create", "hb", "--name", "Harbour Media")
            make_person(server, "boss@example.org", "owner", "hb")
            made = with_token(server, "boss@example.org").post("/invitations?network=hb", {"email": "guest@example.org", "role": "producer"})
            assert made.status_code == 201, made.text
            invitation, = mail.wait(1)
            assert "Harbour Media" in invitation.subject and "the network “Harbour Media”" in invitation.text
            link = secret_in(invitation)
            note = Caller(server).get(f"/links/{link}").json()
            assert (note["network"], note["network_name"]) == ("hb", "Harbour Media")
            assert "joining the network “Harbour Media”" in server.get(f"/welcome/{link}").text
        finally:
            server.stop()


def test_whoever_runs_the_server_hears_that_no_mail_gets_through(tmp_path):
    with MailServer(tmp_path / "mail", security="starttls", user="carillon", password="another secret") as mail:
        server = with_mail(tmp_path, mail)
        try:
            make_person(server, "owner@example.org", "owner")
            assert with_token(server, "owner@example.org").post("/invitations", {"email": "new@example.org", "role": "producer"}).status_code == 201
            until(lambda: [one for one in server.json("incident", "list") if one["kind"] == "channel-failed" and one["subject"] == "smtp"], "the incident is open")
        finally:
            server.stop()


def test_an_address_that_no_mail_can_reach_is_refused(server):
    make_person(server, "inviter@example.org", "owner")
    owner = with_token(server, "inviter@example.org")
    operator = with_token(server, make_operator(server))
    for email in ("kím@x.org", "k\u202em3@x.org", "kim@x..org", "new@x.org.", "k\u200bim@x.org", "ким@x.org", "ｋim@x.org", "kim@bücher.example"):
        for answer in (owner.post("/invitations", {"email": email, "role": "analyst"}), operator.post("/people", {"email": email, "role": "analyst"})):
            assert problem(answer, 422, "invalid")["field"] == "email", email
        assert problem(operator.post("/certificates", {"name": "steward.example.org", "steward": email}), 422, "invalid")["field"] == "steward"
        assert problem(operator.post("/watches", {"target": "example.org:443", "deputy": email}), 422, "invalid")["field"] == "deputy"


def test_invitations_and_resets_arrive_by_mail_and_tell_nobody_else(tmp_path):
    with MailServer(tmp_path / "mail", security="starttls", user="carillon", password="a secret") as mail:
        (tmp_path / "password").write_text("a secret\n")
        server = with_mail(tmp_path, mail)
        try:
            make_person(server, "owner@example.org", "owner")
            owner = with_token(server, "owner@example.org")
            answer = owner.post("/invitations", {"email": "New@Example.org", "role": "producer"})
            invitation, = mail.wait(1)
            assert invitation.to == ["new@example.org"] and "Default" in invitation.subject and "owner@example.org has invited you" in invitation.text
            assert answer.json()["mailed"] is True and answer.json()["link"] is None, "it is for whoever reads that mail"
            secret = secret_in(invitation)
            assert Caller(server).post(f"/links/{secret}", {"password": PASSWORD}).status_code == 200
            known = Caller(server).post("/password-resets", {"email": "new@example.org"})
            unknown = Caller(server).post("/password-resets", {"email": "nobody@example.org"})
            assert (known.status_code, known.text) == (unknown.status_code, unknown.text) and known.status_code == 202
            reset = mail.wait(2)[1]
            assert reset.to == ["new@example.org"]
            address = next(word for word in reset.text.split() if "/welcome/" in word)
            assert server.get(address).status_code == 200
            assert len(mail.mails) == 2, "nobody hears of an account that is not there"
            # Whoever has a new password hears of it: it may not have been them.
            assert Caller(server).post(f"/links/{secret_in(reset)}", {"password": "another long sentence"}).status_code == 200
            assert "have changed" in mail.wait(3)[2].subject
            assert secret not in server.log() and address.rsplit("/", 1)[1] not in server.log()
        finally:
            server.stop()


def secret_in(mail):
    return next(word for word in mail.text.split() if "/welcome/" in word).rsplit("/", 1)[1]


def test_an_invitation_makes_nobody_an_operator(server):
    """A manager invites an operator who has not chosen a password yet, and opens the link themselves."""
    first = make_person(server, "late@example.org", "operator")
    make_person(server, "manager@example.org", "manager")
    manager = with_token(server, "manager@example.org")
    answer = manager.post("/invitations", {"email": "Late@example.org", "role": "analyst"})
    assert answer.status_code == 201 and answer.json()["link"] is None and answer.json()["mailed"] is False
    assert "can't send email" in answer.json()["sentence"] and f"carillon invitation link {answer.json()['id']}" in answer.json()["sentence"]
    problem(manager.post(f"/invitations/{answer.json()['id']}/link"), 403, "not-allowed")
    # The operator's own way: also with the link in hand it sets nobody's password.
    link = server.json("invitation", "link", answer.json()["id"])["link"].rsplit("/", 1)[1]
    called = next(one["name"] for one in server.json("network", "list") if one["slug"] == "default")
    assert Caller(server).get(f"/links/{link}").json() == {"kind": "invitation", "email": "late@example.org", "network": "default", "network_name": called, "needs_password": False,
                                                                 "needs_sign_in": True}
    page = server.get(f"/welcome/{link}")
    assert f"/studio/welcome/{link}" in page.text and "<form" not in page.text
    for by in (Caller(server), manager):
        problem(by.post(f"/links/{link}", {"password": PASSWORD}), 403, "refused")
    assert post_form(server, f"/welcome/{link}", {"password": PASSWORD}).status_code == 403
    problem(Caller(server).sign_in("late@example.org", PASSWORD), 401, "wrong-credentials")
    # The one whose address it is: the first link still works, and then so does the invitation.
    browser = Caller(server)
    assert browser.post(f"/links/{first}", {"password": "bells over the quay"}).status_code == 200
    assert browser.sign_in("late@example.org", "bells over the quay").status_code == 201
    assert browser.post(f"/links/{link}", {}).json()["roles"]["default"] == "analyst"
    assert not server.json("invitation", "list", "--network", "default") or "late@example.org" not in {one["email"] for one in server.json("invitation", "list")}


def test_nobody_sits_in_an_account_under_anothers_address(server):
    """An owner invites an address that is not theirs and would accept it themselves."""
    make_person(server, "squatter@example.org", "owner")
    owner = with_token(server, "squatter@example.org")
    made = owner.post("/invitations", {"email": "victim@example.org", "role": "owner"}).json()
    assert made["link"] is None
    listed = owner.get("/invitations").text
    link = server.json("invitation", "link", made["id"])["link"]
    assert link.rsplit("/", 1)[1] not in listed + owner.get("/invitations").text + owner.get("/audit?limit=3").text


def test_who_is_signed_in_as_somebody_else_is_told_whose_invitation_it_is(server):
    browsers = {}
    for name in ("one", "other"):
        secret = make_person(server, f"{name}@example.org", "producer", "default")
        browsers[name] = Caller(server)
        browsers[name].post(f"/links/{secret}", {"password": PASSWORD})
        browsers[name].sign_in(f"{name}@example.org", PASSWORD)
    server.run("network", "create", "island", "--name", "Island")
    invitation = with_token(server, make_operator(server)).post("/invitations?network=island", {"email": "one@example.org", "role": "analyst"}).json()
    link = invitation["link"].rsplit("/", 1)[1]
    assert "signed in as “other@example.org”" in problem(browsers["other"].post(f"/links/{link}", {}), 403, "refused")["detail"]
    csrf = browsers["one"].session.headers.pop(CSRF)
    problem(browsers["one"].post(f"/links/{link}", {}), 403, "refused")
    browsers["one"].session.headers[CSRF] = csrf
    # Ten times at once: once.
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: browsers["one"].post(f"/links/{link}", {}).status_code, range(10)))
    assert sorted(answers) == [200] + [404] * 9


def test_without_mail_a_reset_says_so_and_takes_no_link_away(server):
    first = make_person(server, "unused@example.org", "operator")
    answers = [Caller(server).post("/password-resets", {"email": email}) for email in ("unused@example.org", "nobody@example.org")]
    assert answers[0].text == answers[1].text
    assert "can't send email" in problem(answers[0], 409, "no-mail")["detail"] and "carillon user link" in answers[0].text
    assert Caller(server).get(f"/links/{first}").status_code == 200
    handed = server.run("user", "link", "Unused@example.org").stdout.strip().rsplit("/", 1)[1]
    assert Caller(server).get(f"/links/{first}").status_code == 200
    assert Caller(server).post(f"/links/{handed}", {"password": PASSWORD}).status_code == 200
    assert Caller(server).get(f"/links/{first}").status_code == 404
    refused = server.run("user", "link", "nobody@example.org", check=False)
    assert refused.returncode == 1 and "has no account" in refused.stderr


def test_a_stranger_keeps_nobody_out(tmp_path):
    server = Carillon(tmp_path / "data").start()
    try:
        secret = make_person(server, "kept@example.org", "operator")
        home, away = Caller(server, address="127.0.7.1"), Caller(server, address="127.0.8.1")
        assert "__Host-carillon-device=" in home.post(f"/links/{secret}", {"password": PASSWORD}).headers["Set-Cookie"]
        late = until_slowed(lambda number: away.sign_in("kept@example.org", f"guess number {number}"))
        assert 0 < int(late.headers["Retry-After"]) <= 60
        assert Caller(server, address="127.0.9.1").sign_in("kept@example.org", PASSWORD).status_code == 201, "from where no stranger is"
        # From everywhere at once: a device that was here before comes in all the same.
        # On a busy machine the account's share fills again meanwhile: as many at once as it takes.
        rounds = itertools.count(1)

        def stranger_kept_out():
            network = next(rounds)
            with concurrent.futures.ThreadPoolExecutor(16) as pool:
                list(pool.map(lambda prefix: Caller(server, address=f"127.{network}.{prefix}.1").sign_in("kept@example.org", "spread guesses"), range(20, 52)))
            return Caller(server, address=f"127.{network}.10.1").sign_in("kept@example.org", PASSWORD).status_code == 429
        until(stranger_kept_out, "the account's share is used up", 600)
        answer = home.sign_in("kept@example.org", PASSWORD)
        assert answer.status_code == 201
        assert "__Host-carillon-device" not in answer.headers["Set-Cookie"], "what it has stays good"
        assert home.delete("/sessions/current").status_code == 204
        assert home.sign_in("kept@example.org", PASSWORD).status_code == 201, "signing out does not forget the device"
    finally:
        server.stop()


def test_a_neighbour_uses_up_nothing_of_who_was_here_before(tmp_path):
    """Somebody in the same network asks as often as strangers may."""
    server = Carillon(tmp_path / "data").start()
    try:
        secret = make_person(server, "kept@example.org", "operator")
        home = Caller(server, address="127.0.7.1")
        home.post(f"/links/{secret}", {"password": PASSWORD})
        # All at once: on a slow machine the share would fill again meanwhile.
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            until(lambda: 429 in [one.status_code for one in pool.map(lambda _: neighbour_of(server).get("/links/x"), range(128))],
                  "the strangers of this network have had their share")
        # What is left of a second or two is not enough for so many.
        assert home.sign_in("kept@example.org", PASSWORD).status_code == 201
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            assert 429 in [one.status_code for one in pool.map(lambda _: neighbour_of(server).sign_in("kept@example.org", "no"), range(64))]
        assert [home.sign_in("kept@example.org", PASSWORD).status_code for _ in range(3)] == [201] * 3
    finally:
        server.stop()


def neighbour_of(server):
    return Caller(server, address="127.0.7.9")


def test_who_invites_without_end_is_slowed_down(server):
    make_person(server, "spammer@example.org", "owner")
    owner = with_token(server, "spammer@example.org")

    def invite(_):
        return with_token_of(owner).post("/invitations", {"email": f"victim{next(numbers)}@example.org", "role": "analyst"})

    numbers = itertools.count()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        held = until(lambda: [one for one in pool.map(invite, range(32)) if one.status_code == 429], "no more invitations for now")
    assert 0 < int(held[0].headers["Retry-After"]) <= 60


def test_one_mailbox_gets_five_invitations_in_an_hour(server):
    server.run("network", "create", "second", "--name", "Second")
    people = []
    for number, network in enumerate(("default", "second")):
        make_person(server, f"inviter{number}@example.org", "owner", network)
        people.append(with_token(server, f"inviter{number}@example.org"))
    answers = [people[number % 2].post("/invitations", {"email": "Flooded@Example.org", "role": "analyst"}) for number in range(7)]
    assert [answer.status_code for answer in answers] == [201] * 5 + [429] * 2
    assert "5 times within an hour" in answers[5].json()["detail"] and 0 < int(answers[5].headers["Retry-After"]) <= 3600
    assert people[0].post("/invitations", {"email": "other-mailbox@example.org", "role": "analyst"}).status_code == 201


def test_what_is_known_of_people_is_kept_by_no_browser(server):
    secret = make_person(server, "private@example.org", "owner")
    browser = Caller(server)
    browser.post(f"/links/{secret}", {"password": PASSWORD})
    browser.sign_in("private@example.org", PASSWORD)
    for path in ("/people", "/people/me", "/sessions", "/sessions/current", "/tokens", "/audit", "/invitations"):
        assert browser.get(path).headers["Cache-Control"] == "no-store", path


def test_a_missing_csrf_field_is_named(server):
    secret = make_person(server, "fieldless@example.org", "owner")
    browser = Caller(server)
    browser.post(f"/links/{secret}", {"password": PASSWORD})
    browser.sign_in("fieldless@example.org", PASSWORD)
    del browser.session.headers[CSRF]
    assert CSRF in problem(browser.patch("/people/me", {"name": "X"}), 401, "sign-in-needed")["detail"]
    assert CSRF not in problem(Caller(server).patch("/people/me", {"name": "X"}), 401, "sign-in-needed")["detail"]


def test_a_factor_that_was_reset_or_gone_round_is_told_by_mail(tmp_path):
    with MailServer(tmp_path / "mail", security="starttls", user="carillon", password="a secret") as mail:
        server = with_mail(tmp_path, mail)
        try:
            browser = Caller(server)
            browser.post(f"/links/{make_person(server, 'factor@example.org', 'producer')}", {"password": PASSWORD})
            browser.sign_in("factor@example.org", PASSWORD)
            proposed = browser.post("/people/me/second-factor").json()["secret"]
            codes = browser.put("/people/me/second-factor", {"secret": proposed, "code": totp(proposed), "current_password": PASSWORD}).json()["recovery_codes"]
            assert "was set up" in mail.wait(1)[0].text
            assert Caller(server).sign_in("factor@example.org", PASSWORD, codes[0].replace("-", "")).status_code == 201
            assert "recovery code" in mail.wait(2)[1].text
            server.run("user", "reset-second-factor", "factor@example.org")
            last = mail.wait(3)[2]
            assert last.to == ["factor@example.org"] and "turned off for your account by operator" in last.text
        finally:
            server.stop()


def test_whoever_is_disabled_gets_no_invitation_and_their_owner_does_not_learn_why(tmp_path):
    with MailServer(tmp_path / "mail", security="starttls", user="carillon", password="a secret") as mail:
        server = with_mail(tmp_path, mail)
        try:
            server.run("network", "create", "elsewhere", "--name", "Elsewhere")
            for email in ("gone@example.org", "there@example.org"):
                make_person(server, email, "producer", "elsewhere")
            server.run("user", "disable", "gone@example.org")
            make_person(server, "owner@example.org", "owner")
            owner = with_token(server, "owner@example.org")
            answers = [owner.post("/invitations", {"email": email, "role": "analyst"}) for email in ("gone@example.org", "there@example.org")]
            assert [answer.status_code for answer in answers] == [201, 201]
            told = [{**answer.json(), "id": "", "ends": "", "email": "", "sentence": answer.json()["sentence"].replace(answer.json()["email"], "")} for answer in answers]
            assert told[0] == told[1]
            assert mail.wait(1)[0].to == ["there@example.org"], "a mail with a link that cannot work helps nobody"
            operator = with_token(server, make_operator(server))
            assert "carillon user enable gone@example.org" in problem(operator.post("/invitations", {"email": "gone@example.org", "role": "analyst"}), 409, "conflict")["detail"]
            assert "carillon user enable gone@example.org" in server.run("user", "link", "gone@example.org", check=False).stderr
            assert len(mail.mails) == 1
            assert "can sign in again" in server.run("user", "enable", "gone@example.org").stdout
            assert "isn't disabled" in server.run("user", "enable", "gone@example.org").stdout
        finally:
            server.stop()


def test_a_command_that_is_none_is_named(server):
    for words, said in ((["user", "bogus"], "“bogus” isn't a valid command for “carillon user”"), (["user", "enabel", "a@example.org"], "did you mean “enable”?"),
                        (["--json", "usr", "list"], "did you mean “user”?"), (["bogus"], "“bogus” isn't a valid command for “carillon”")):
        refused = server.run(*words, check=False)
        assert refused.returncode == 2 and said in refused.stderr and refused.stderr.count("\n") == 1, refused.stderr


def with_token_of(caller):
    """The same caller with a connection of its own: they are one thread's."""
    return Caller(caller.server, caller.session.headers["Authorization"].split()[1])


def test_the_second_factor_is_changed_with_password_and_code_only(server):
    secret = make_person(server, "factor@example.org", "producer")
    browser = Caller(server)
    browser.post(f"/links/{secret}", {"password": PASSWORD})
    browser.sign_in("factor@example.org", PASSWORD)
    path = "/people/me/second-factor"

    def proposal(**more):
        proposed = browser.post(path).json()["secret"]
        return {"secret": proposed, "code": totp(proposed), **more}

    assert problem(browser.put(path, proposal()), 422, "invalid")["field"] == "current_password"
    assert problem(browser.put(path, proposal(current_password="not the password")), 422, "invalid")["field"] == "current_password"
    codes = browser.put(path, proposal(current_password=PASSWORD)).json()["recovery_codes"]
    # A session that was left open on a library's computer, or was stolen: without the phone it changes nothing.
    assert problem(browser.put(path, proposal(current_password=PASSWORD)), 422, "code-needed")["field"] == "current_code"
    assert problem(browser.delete(path, document={"current_password": PASSWORD}), 422, "code-needed")["field"] == "current_code"
    assert problem(browser.put(path, proposal(current_password=PASSWORD, current_code="00000-00000")), 422, "invalid")["field"] == "current_code"
    more = browser.put(path, proposal(current_password=PASSWORD, current_code=codes[0])).json()["recovery_codes"]
    assert problem(browser.delete(path, document={"current_password": PASSWORD, "current_code": codes[1]}), 422, "invalid")["field"] == "current_code", "the old ones are gone"
    assert browser.delete(path, document={"current_password": PASSWORD, "current_code": more[0]}).status_code == 204


def test_the_current_password_is_not_guessed_at_full_speed(server):
    secret = make_person(server, "guessed@example.org", "producer")
    browser = Caller(server)
    browser.post(f"/links/{secret}", {"password": PASSWORD})
    browser.sign_in("guessed@example.org", PASSWORD)
    tries = [lambda guess: browser.patch("/people/me", {"password": "another long sentence", "current_password": guess}),
             lambda guess: browser.delete("/people/me/second-factor", document={"current_password": guess}),
             lambda guess: browser.put("/people/me/second-factor", {"secret": "A" * 32, "code": "000000", "current_password": guess})]
    assert {tries[i % 3](f"guess number {i}").status_code for i in range(5)} == {422}
    late = until_slowed(lambda number: tries[number % 3](f"guess number {5 + number}"))
    assert 0 < int(late.headers["Retry-After"]) <= 60
    assert browser.patch("/people/me", {"name": "Still Here"}).status_code == 200


def test_passwords_that_are_guessed_first_are_refused(server):
    secret = server.json("user", "create", "ada.tide@example.org", "--name", "Ada Waterside", "--role", "producer")["link"].rsplit("/", 1)[1]
    stranger = Caller(server)
    for password, words in (("eleven 1234", "at least 12 characters"), ("ä" * 11, "at least 12 characters"), ("x" * 129, "at most 128 characters"),
                            ("1qaz2wsx3edc", "attackers try"), ("Password2026!", "attackers try"), ("qwertyuiopas", "attackers try"),
                            ("ada.tide@example.org", "little more than your name"), ("Waterside-2026", "little more than your name"), ("carillon-carillon", "little more than your name")):
        answer = problem(stranger.post(f"/links/{secret}", {"password": password}), 422, "invalid")
        assert answer["field"] == "password" and words in answer["detail"], (password, answer)
    assert stranger.post(f"/links/{secret}", {"password": "Fähre um fünf Uhr"}).status_code == 200
    assert stranger.sign_in("ada.tide@example.org", "Fähre um fünf Uhr").status_code == 201


def test_what_is_too_long_is_refused_before_it_is_hashed(server):
    stranger = Caller(server)
    assert problem(stranger.sign_in("a" * 300 + "@example.org", PASSWORD), 422, "invalid")["field"] == "email"
    assert problem(stranger.sign_in("nobody@example.org", "x" * 100_000), 422, "invalid")["field"] == "password"
    assert problem(stranger.sign_in("way@example.org", "x" * 100_000), 422, "invalid")["field"] == "password"


def test_a_form_on_another_site_signs_nobody_in(server):
    """Login CSRF: a page of another site has a visitor's browser sign in as the attacker."""
    secret = make_person(server, "attacker@example.org", "producer")
    Caller(server).post(f"/links/{secret}", {"password": PASSWORD})
    document = json.dumps({"email": "attacker@example.org", "password": PASSWORD})
    link = make_person(server, "target@example.org", "producer")
    first_run = json.dumps({"link": "x", "name": "X", "email": "x@example.org", "password": PASSWORD, "network_name": "X"})
    for path, body in (("/sessions", document), (f"/links/{link}", json.dumps({"password": PASSWORD})), ("/password-resets", '{"email": "x@example.org"}'), ("/installation", first_run)):
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", None, "text/plain; x=application/json"):
            for site in ("cross-site", "none", None):
                fields = {name: value for name, value in (("Content-Type", kind), ("Sec-Fetch-Site", site)) if value}
                answer = Caller(server, address=f"127.1.{hash((path, kind, site)) % 250}.1").call("POST", path, data=body, headers=fields)
                assert "Set-Cookie" not in problem(answer, 415, "wrong-type") and "Set-Cookie" not in answer.headers, (path, fields)
    for fields in ({"Content-Type": "Application/JSON; charset=utf-8"}, {"Content-Type": "text/plain", "Sec-Fetch-Site": "same-origin"}):
        assert Caller(server, address="127.2.1.1").call("POST", "/sessions", data=document, headers=fields).status_code == 201
    page = f"/welcome/{link}"
    form = {"password": PASSWORD}
    for fields in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}):
        answer = post_form(server, page, form, fields)
        assert answer.status_code == 403 and "Set-Cookie" not in answer.headers, fields
    assert post_form(server, page, form, {"Sec-Fetch-Site": "same-origin", "Origin": "null"}).status_code == 200


def post_form(server, path, form, fields=None):
    import requests
    return requests.post(f"{server.origin}{path}", data=form, headers=fields, verify=server.authority, timeout=60)


def test_metrics_are_for_operators_and_their_tokens(server):
    email = make_operator(server)
    make_person(server, "curious@example.org", "owner")

    def status(caller):
        return caller.session.get(f"{server.origin}/metrics", timeout=60).status_code

    assert status(Caller(server)) == 401
    for scope in ("metrics", "operate"):
        refused = server.run("token", "create", "--user", "curious@example.org", "--name", "program", "--scope", scope, check=False)
        assert refused.returncode != 0 and f"no role with the permission “{scope}”" in refused.stderr, refused.stderr
    assert status(with_token(server, "curious@example.org")) == 403, "it's an operator's business"
    assert status(with_token(server, email, "operate")) == 403
    answer = with_token(server, email, "metrics").session.get(f"{server.origin}/metrics", timeout=60)
    assert answer.status_code == 200 and "carillon_" in answer.text


def test_the_first_person_comes_in_by_a_link_that_works_once(tmp_path):
    server = Carillon(tmp_path / "data")
    server.start()
    try:
        first, second = (json.loads(server.run("welcome", "--json").stdout)["link"].rsplit("/", 1)[1] for _ in range(2))
        wish = {"name": "Ada", "email": "Ada@example.org", "password": PASSWORD, "network_name": "Harbour"}
        nobody = Caller(server)
        assert nobody.post("/installation", {**wish, "link": first}).status_code == 404, "a newer link was made"
        for field, value in (("email", "no address"), ("password", "short"), ("name", ""), ("network_name", ""), ("steward", "nobody")):
            answer = nobody.post("/installation", {**wish, "link": second, field: value})
            assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text
        # Twenty at once: one comes in.
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(lambda number: Caller(server).post("/installation", {**wish, "email": f"ada{number}@example.org", "link": second}), range(20)))
        statuses = sorted(answer.status_code for answer in answers)
        assert statuses[0] == 201 and set(statuses[1:]) <= {404, 503}, "the others find the link used, or too many in the line"
        made = next(answer for answer in answers if answer.ok).json()["person"]
        assert made["operator"] and made["roles"] == {"default": "owner"}
        assert json.loads(server.run("welcome", "--json").stdout)["link"] is None
        until(lambda: {one["steward"] for one in json.loads(server.run("cert", "list", "--json").stdout)} == {made["email"]}, "the steward is in charge")
        server.kill()
        server.start()
        assert {one["steward"] for one in json.loads(server.run("cert", "list", "--json").stdout)} == {made["email"]}
    finally:
        server.stop()


def test_the_first_person_is_in_charge_at_once_and_the_configuration_is_left_alone(tmp_path):
    """Ada sets a server up, adds names before and after that, and edits the configuration meanwhile without reloading it."""
    file = tmp_path / "carillon.toml"
    file.write_text("")
    server = Carillon(tmp_path / "data")
    server.start("--config", str(file))
    try:
        def in_charge():
            return {one["name"]: (one["steward"], one["deputy"]) for one in server.json("cert", "list")}

        server.run("cert", "add", "before.example.org", "--issuer", "manual")
        server.run("cert", "watch", "localhost:1")
        assert set(in_charge().values()) == {(None, None)}, "nobody is in charge yet"
        link = json.loads(server.run("welcome", "--json").stdout)["link"].rsplit("/", 1)[1]
        file.write_text('[certificates]\nnames = ["unread.localhost"]\n')
        answer = Caller(server).post("/installation", {"name": "Ada", "email": "ada@example.org", "password": PASSWORD, "network_name": "Harbour", "link": link})
        assert answer.status_code == 201, answer.text
        ada = ("ada@example.org", None)
        assert set(in_charge().values()) == {ada}, "of what was there, too"
        server.run("cert", "add", "after.example.org", "--issuer", "manual")
        server.run("cert", "add", "delegated.example.org", "--issuer", "manual", "--steward", "ben@example.org")
        assert "ada@example.org" in server.run("cert", "watch", "localhost:2").stdout
        assert in_charge()["after.example.org"] == in_charge()["localhost:2"] == ada
        assert in_charge()["delegated.example.org"] == ("ben@example.org", None)
        server.json("user", "create", "cleo@example.org", "--role", "operator")
        said = server.run("doctor", "--config", str(file), check=False).stdout
        assert "No steward" not in said and re.search(r"^certificates\.steward +ada@example\.org +set during setup$", said, re.M), said
        assert not {"unread.localhost"} & set(in_charge()) and "re-read" not in server.log(), "nobody asked for that"

        # A reload puts others in charge of everything that nobody in particular has.
        file.write_text('[certificates]\nsteward = "ops@example.org"\ndeputy = "second@example.org"\n')
        server.process.send_signal(signal.SIGHUP)
        until(lambda: in_charge()["localhost"] == ("ops@example.org", "second@example.org"), "the configuration is re-read")
        assert {in_charge()[name] for name in ("before.example.org", "after.example.org", "localhost:1", "localhost:2")} == {("ops@example.org", "second@example.org")}
        assert in_charge()["delegated.example.org"] == ("ben@example.org", "second@example.org")
        server.run("cert", "add", "late.example.org", "--issuer", "manual")
        assert in_charge()["late.example.org"] == ("ops@example.org", "second@example.org")

        # What no mail can reach is in charge of nothing: the old configuration stays, and a start with the new one is refused.
        file.write_text('[certificates]\nsteward = "not an address"\n')
        server.process.send_signal(signal.SIGHUP)
        until(lambda: "configuration could not be reloaded" in server.log(), "the configuration is refused")
        assert "“not an address” isn't a valid email address" in server.log() and "carillon.toml:2" in server.log()
        assert in_charge()["localhost"] == ("ops@example.org", "second@example.org")
        refused = subprocess.run([CARILLON, "serve", "--data", tmp_path / "other", "--config", file, "--http", "127.0.0.1:0", "--https", "127.0.0.1:0"],
                                 capture_output=True, text=True, timeout=60)
        assert refused.returncode == 1 and "certificates.steward" in refused.stderr and "carillon.toml:2" in refused.stderr, refused.stderr
    finally:
        server.stop()
