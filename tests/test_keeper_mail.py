"""How people hear of it: mail over STARTTLS with a login, links that scanners follow, addresses that do not exist."""

import re

import pytest
import requests

from conftest import until
from keeping import World
from mailbox_server import MailServer

NAME = "pod.example.org"
STEWARD, DEPUTY = "ops@example.org", "second@example.org"


@pytest.fixture
def mail(tmp_path):
    with MailServer(tmp_path / "mail", security="starttls", user="carillon", password="a secret") as server:
        yield server


@pytest.fixture
def world(tmp_path):
    with World(tmp_path / "world") as made:
        made.name(NAME)
        yield made


def smtp(mail, tmp_path, **more):
    (tmp_path / "password").write_text("a secret\n")
    return {"notify.smtp": {"host": "localhost", "port": mail.port, "security": "starttls", "user": "carillon", "password_file": tmp_path / "password",
                            "from": "Carillon <carillon@example.org>", "ca_file": mail.ca_file, **more}}


def fail(world, keeper):
    """A name that the CA does not believe: an incident."""
    world.authority.fail_name(NAME, "unauthorized", "The proof was another one.")
    keeper.keep(NAME)
    keeper.wait_failures(NAME, 3)
    return keeper.wait_incident("renewal-failed", NAME)


def link_in(text):
    return re.search(r"https://\S+/acknowledge/\S+", text).group()


def test_a_reload_changes_who_is_told(world, mail, tmp_path):
    """Nobody is steward, so the operators of the configuration are told: those of today."""
    keeper = world.keeper(**smtp(mail, tmp_path), certificates={"operators": ["before@example.org"]})
    keeper.configuration["certificates"] = {"operators": ["duty@example.org"]}
    keeper.reread()
    fail(world, keeper)
    first, = mail.wait(1)
    assert first.to == ["duty@example.org"]


def test_the_steward_reads_what_is_wrong_and_says_mine(world, mail, tmp_path):
    keeper = world.keeper(**smtp(mail, tmp_path))
    incident = fail(world, keeper)
    first, = mail.wait(1)
    assert first.to == [STEWARD] and first.sender == "carillon@example.org"
    assert NAME in first.subject
    for body in (first.text, first.html):
        assert NAME in body and "The proof was another one" in body and "carillon cert" in body
    assert "<html" in first.html and "<script" not in first.html and "http://" not in first.html, "nothing is loaded from anywhere"
    assert all(len(line) <= 998 for line in first.content.split(b"\r\n"))
    assert first.message["Message-ID"] and first.message["Auto-Submitted"]
    assert DEPUTY in first.text, "who is told next"

    # A scanner follows the link, twice, with GET and HEAD: nothing is silenced.
    link = link_in(first.text)
    assert link in first.html
    assert link.startswith(keeper.origin)
    for method in ("GET", "HEAD", "GET"):
        looked = requests.request(method, link, verify=keeper.authority, timeout=60)
        assert looked.status_code == 200 and looked.headers["Cache-Control"] == "no-store"
    assert "<form" in looked.text and 'method="post"' in looked.text and NAME in looked.text
    assert keeper.incidents(subject=NAME)[-1]["state"] == "open"
    assert requests.get(link[:-4] + "AAAA", verify=keeper.authority, timeout=60).status_code == 404

    # The button.
    pressed = requests.post(link, data={"for": "8h"}, verify=keeper.authority, timeout=60)
    assert pressed.status_code == 200
    taken = keeper.incidents(subject=NAME)[-1]
    assert (taken["state"], taken["owner"], taken["id"]) == ("acknowledged", STEWARD, incident["id"])
    told, = taken["messages"]
    assert (told["to"], told["channel"]) == (STEWARD, "smtp") and "delivered" in told["result"]
    assert STEWARD in keeper.run("incident", "show", incident["id"]).stdout

    # Mended: one closing message, to who was told; the link is good for nothing any more.
    world.authority.heal_name(NAME)
    keeper.run("cert", "renew", NAME)
    keeper.wait_seen(NAME)
    closing = mail.wait(2)[1]
    assert closing.to == [STEWARD] and closing.subject.startswith("Resolved: ") and "You don't need to do anything" in closing.text
    assert closing.message["In-Reply-To"] == first.message["Message-ID"]
    assert requests.get(link, verify=keeper.authority, timeout=60).status_code == 410
    assert len(mail.mails) == 2


def test_a_link_ends_with_its_person_and_leaves_its_line(world, mail, tmp_path):
    """A steward needs no account; whoever had one and was put out silences nothing, and neither does who gets the address later."""
    keeper = world.keeper(**smtp(mail, tmp_path))
    incident = fail(world, keeper)
    link = link_in(mail.wait(1)[0].text)

    def state():
        return next(one["state"] for one in keeper.json("incident", "list") if one["id"] == incident["id"])

    def press():
        return requests.post(link, data={"for": "8h"}, verify=keeper.authority, timeout=60).status_code
    keeper.run("user", "create", STEWARD, "--role", "analyst")
    keeper.run("user", "disable", STEWARD)
    assert requests.get(link, verify=keeper.authority, timeout=60).status_code == 404
    assert press() == 404 and state() == "open"
    keeper.run("user", "enable", STEWARD)
    assert press() == 200 and state() == "acknowledged"
    line, = [line for line in keeper.json("audit") if line["act"] == "incident.acknowledge"]
    assert (line["actor"], line["subject"], line["became"]) == (STEWARD, incident["id"], {"by": "link"}) and line["address_prefix"]
    keeper.run("user", "disable", STEWARD)
    until(lambda: state() == "open", "what they took care of is open again")
    keeper.run("user", "delete", STEWARD)
    keeper.run("user", "create", STEWARD, "--role", "analyst")
    assert press() == 404 and state() == "open"


def test_an_operator_says_mine_on_the_server(world, mail, tmp_path):
    keeper = world.keeper(**smtp(mail, tmp_path))
    incident = fail(world, keeper)
    mail.wait(1)
    assert keeper.run("incident", "ack", incident["id"], "--for", "nonsense", check=False).returncode == 1
    said = keeper.json("incident", "ack", incident["id"], "--for", "30m")
    assert said["state"] == "acknowledged" and said["owner"] == "operator"
    assert keeper.run("incident", "ack", "nothing", check=False).returncode == 1
    listed, = [one for one in keeper.json("incident", "list") if one["subject"] == NAME]
    assert listed["state"] == "acknowledged"
    assert NAME in keeper.run("incident", "list").stdout


def test_a_restart_sends_nothing_twice_and_links_stay_good(world, mail, tmp_path):
    keeper = world.keeper(**smtp(mail, tmp_path))
    fail(world, keeper)
    first, = mail.wait(1)
    until(lambda: keeper.incidents(subject=NAME)[-1]["messages"], "it is written down that it was sent")
    keeper.kill()
    keeper.start()
    link = link_in(first.text)
    assert requests.post(link, data={"for": "1h"}, verify=keeper.authority, timeout=60).status_code == 200
    until(lambda: keeper.incidents(subject=NAME)[-1]["state"] == "acknowledged", "it is acknowledged")
    keeper.run("channel", "test", "smtp", "--to", "ada@example.org")
    assert [one.to for one in mail.wait(2)] == [[STEWARD], ["ada@example.org"]], "the test came last, and nothing in between"


def test_an_address_that_is_refused_is_an_incident_of_its_own_and_the_next_one_hears(world, mail, tmp_path):
    mail.refuse(STEWARD)
    keeper = world.keeper(**smtp(mail, tmp_path))
    fail(world, keeper)
    unreachable = keeper.wait_incident("unreachable", STEWARD)
    assert STEWARD in unreachable["what"]
    reached = mail.wait(1)[0]
    assert reached.to == [DEPUTY] and STEWARD in reached.text
    refused = keeper.incidents("renewal-failed", NAME)[-1]["messages"]
    assert any(one["to"] == STEWARD and "550" in one["result"] for one in refused), refused
    assert mail.attempts.count((STEWARD, 550)) == 1, "no is no"


def test_a_server_that_defers_is_asked_again(world, mail, tmp_path):
    mail.defer(STEWARD, times=1)
    keeper = world.keeper(**smtp(mail, tmp_path))
    fail(world, keeper)
    first, = mail.wait(1, within=600)
    assert first.to == [STEWARD] and [code for _, code in mail.attempts] == [451, 250]


def test_the_channel_can_be_tried(world, mail, tmp_path):
    keeper = world.keeper(**smtp(mail, tmp_path))
    assert [one["id"] for one in keeper.json("channel", "list")] == ["smtp"]
    assert keeper.json("channel", "test", "smtp")["delivered"] is True
    assert mail.wait(1)[0].to == [STEWARD]
    mail.refuse("gone@example.org")
    said = keeper.run("channel", "test", "smtp", "--to", "gone@example.org", check=False)
    assert said.returncode == 1 and "550" in said.stderr
    assert keeper.run("channel", "test", "pigeon", check=False).returncode == 1


@pytest.mark.parametrize("wrong, words", [({"password_file": None, "password": "wrong"}, "535"), ({"ca_file": None}, "certificate"), ({"port": 1}, "connect")])
def test_a_channel_that_cannot_work_says_why(world, mail, tmp_path, wrong, words):
    section = smtp(mail, tmp_path)["notify.smtp"]
    section = {key: value for key, value in {**section, **wrong}.items() if value is not None}
    keeper = world.keeper(**{"notify.smtp": section})
    said = keeper.run("channel", "test", "smtp", check=False)
    assert said.returncode == 1 and words in said.stderr.lower(), said.stderr
    assert not mail.mails


def test_an_endpoint_that_is_not_ours_is_watched(world, mail, tmp_path):
    """The mail server's own certificate, by STARTTLS: signed by itself."""
    keeper = world.keeper(**smtp(mail, tmp_path))
    keeper.run("cert", "watch", f"localhost:{mail.port}", "--starttls", "smtp", "--steward", "ada@example.org")
    incident = keeper.wait_incident("watched-broken", f"localhost:{mail.port} (smtp)")
    assert "itself" in incident["what"] or "self" in incident["what"], incident["what"]
    assert mail.wait(1)[0].to == ["ada@example.org"]
    watched = {one["name"]: one for one in keeper.json("cert", "list")}[f"localhost:{mail.port} (smtp)"]
    assert watched["steward"] == "ada@example.org" and watched["last_seen"][0]["serial"] and watched["not_after"]
    keeper.run("cert", "unwatch", f"localhost:{mail.port}")
    assert f"localhost:{mail.port} (smtp)" not in {one["name"] for one in keeper.json("cert", "list")}
    until(lambda: keeper.incidents("watched-broken")[-1]["state"] == "solved", "its incident is closed")
