"""Channels come from the configuration; who is notified through which, and in which order, people choose."""

import datetime
import json

import pytest

from api import Caller, make_person, with_token
from conftest import until
from hand_ca import HandCa
from keeping import Guard, Keeper, World
from mailbox_server import MailServer
from test_announce import Hub
from test_watching import TlsServer

NAME = "pod.example.org"
STEWARD = "ops@example.org"


@pytest.fixture
def hook():
    one = Hub()
    yield one
    one.close()


@pytest.fixture
def mail(tmp_path):
    with MailServer(tmp_path / "mail", security="starttls") as server:
        yield server


def channels(mail, hook):
    return {"notify.smtp": {"host": "localhost", "port": mail.port, "from": "carillon@example.org", "ca_file": mail.ca_file},
            "notify.webhook": {"url": hook.url, "secret": "between us"}}


@pytest.mark.parametrize("kind", (Keeper, Guard))
def test_an_incident_is_told_through_the_channel_that_was_chosen_first(tmp_path, mail, hook, kind):
    with World(tmp_path / "world") as world:
        world.name(NAME)
        keeper = world.keeper(kind, **channels(mail, hook))
        status, told = keeper.ask("PUT", "/channels", {"order": ["webhook", "smtp"], "person": STEWARD})
        assert (status, told["order"], told["chosen"]) == (200, ["webhook", "smtp"], True)
        # It is kept.
        keeper.kill()
        keeper.start()
        world.point(keeper)
        assert keeper.ask("GET", f"/channels?person={STEWARD}")[1]["order"] == ["webhook", "smtp"]
        assert keeper.ask("GET", "/channels")[1] == {"items": [{"id": "smtp"}, {"id": "webhook"}], "order": ["smtp", "webhook"], "chosen": False, "person": None, "held": []}
        world.authority.fail_name(NAME, "unauthorized", "The proof was another one.")
        keeper.keep(NAME)
        keeper.wait_failures(NAME, 3)
        incident = keeper.wait_incident("renewal-failed", NAME)
        until(lambda: keeper.incidents(subject=NAME)[-1]["messages"], "the steward is told")
        message, = keeper.incidents(subject=NAME)[-1]["messages"]
        assert (message["to"], message["channel"], message["result"].split(":")[0]) == (STEWARD, "webhook", "delivered")
        heard, = [json.loads(body) for _, _, _, body in hook.heard]
        assert heard["to"] == STEWARD and NAME in heard["subject"]
        assert not mail.mails
        # Where the first one refuses, the next one has it: the closing message.
        hook.status = 404
        world.authority.heal_name(NAME)
        keeper.ask("POST", f"/certificates/{NAME}/renew")
        closing, = mail.wait(1)
        assert closing.to == [STEWARD] and NAME in closing.subject
        assert keeper.incidents(subject=NAME)[-1]["id"] == incident["id"]


def test_people_choose_for_themselves_and_operators_for_everybody(tmp_path, mail, hook):
    server = Keeper(tmp_path / "data", {"certificates": {"steward": STEWARD}, **channels(mail, hook)}).start()
    try:
        make_person(server, "boss@example.org", "operator")
        make_person(server, "Ada@example.org", "producer")
        operator, ada = with_token(server, "boss@example.org"), with_token(server, "ada@example.org")
        assert ada.get("/channels").json() == {"items": [{"id": "smtp"}, {"id": "webhook"}], "order": ["smtp", "webhook"], "chosen": False, "person": "ada@example.org", "held": []}
        assert ada.put("/channels", {"order": ["webhook"]}).json()["order"] == ["webhook"]
        assert operator.get("/channels").json()["chosen"] is False, "what one chooses is one's own"
        for document, status, field in (({"order": ["webhook", "pager"]}, 422, "order"), ({"order": ["smtp", "smtp"]}, 422, "order"), ({"order": "smtp"}, 422, "order"),
                                        ({}, 422, "order"), ({"order": [], "person": "nobody"}, 422, "person"), ({"order": [], "secret": "x"}, 422, "secret"),
                                        ({"order": ["smtp"], "person": "boss@example.org"}, 403, "person")):
            answer = ada.session.put(f"{server.origin}/api/v1/channels", json=document, timeout=60)
            assert (answer.status_code, answer.json()["field"]) == (status, field), answer.text
        assert "smtp and webhook" in ada.put("/channels", {"order": ["pager"]}).json()["detail"]
        assert ada.get("/channels?person=boss@example.org").status_code == 403
        assert ada.put("/channels", {"order": ["webhook", "smtp"], "person": "ADA@example.org"}).status_code == 200, "that is herself"
        assert with_token(server, "ada@example.org", "view").put("/channels", {"order": []}).status_code == 403
        assert Caller(server).get("/channels").status_code == 401
        program = with_token(server, "boss@example.org", "operate")
        assert program.get("/channels").ok and program.put("/channels", {"order": ["smtp"], "person": STEWARD}).ok
        assert with_token(server, "boss@example.org", "metrics").get("/channels").status_code == 403
        assert operator.put("/channels", {"order": ["smtp"], "person": "Ada@example.org"}).json()["person"] == "ada@example.org"
        assert ada.get("/channels").json()["order"] == ["smtp"]
        lines = [line for line in operator.get("/audit").json()["items"] if line["act"] == "channel.order"]
        assert (lines[0]["subject"], lines[0]["was"], lines[0]["became"]) == ("ada@example.org", {"order": "webhook, smtp"}, {"order": "smtp"})
        # Whoever sits at the machine is nobody in particular.
        status, problem = server.ask("PUT", "/channels", {"order": ["smtp"]})
        assert (status, problem["field"]) == (422, "person")
        refused = server.run("channel", "order", "smtp", check=False)
        assert refused.returncode == 1 and "person" in refused.stderr
        assert server.run("channel", "order", "webhook", "smtp", "--person", STEWARD).stdout == f"{STEWARD} is notified through webhook, then smtp.\n"
        assert server.run("channel", "order", "--person", STEWARD).stdout == f"{STEWARD} is notified through smtp, then webhook, as configured.\n"

        # A channel that is configured no longer is passed over, and nobody is left without any.
        assert ada.put("/channels", {"order": ["webhook"]}).ok
        server.stop()
        hidden = server.configuration.pop("notify.webhook")
        server.start()
        assert ada.session.get(f"{server.origin}/api/v1/channels", timeout=60).json() | {"person": 0} == {"items": [{"id": "smtp"}], "order": ["smtp"], "chosen": False, "person": 0, "held": []}
        server.stop()
        server.configuration["notify.webhook"] = hidden
        server.start()
        assert ada.get("/channels").json()["order"] == ["webhook"], "what was chosen is not forgotten"
        assert ada.put("/channels", {"order": []}).json()["chosen"] is False
    finally:
        server.stop()


def test_quiet_hours_hold_messages_back_and_people_set_them(tmp_path, hook):
    ca = HandCa(tmp_path / "ca")
    (tmp_path / "watched").mkdir()
    (tmp_path / "ended").mkdir()
    watched, ended = TlsServer(tmp_path / "watched"), TlsServer(tmp_path / "ended")
    with World(tmp_path / "world") as world:
        world.name(NAME)
        keeper = world.keeper(Keeper, issuers=[{**world.issuer(), "trust": ca.root_file}], **{"notify.webhook": {"url": hook.url, "secret": "between us"}})
        make_person(keeper, "boss@example.org", "operator")
        make_person(keeper, "ada@example.org", "producer")
        operator, ada = with_token(keeper, "boss@example.org"), with_token(keeper, "ada@example.org")
        nothing = {"person": "ada@example.org", "zone": "UTC", "hours": [], "absences": [], "quiet_until": None, "held": 0}
        assert ada.get("/channels/quiet").json() == nothing
        chosen = ada.put("/channels/quiet", {"zone": "Europe/Berlin", "hours": ["Mon-Fri 22:00-07:00"], "absences": ["2027-05-01", "2026-12-24..2027-01-06"]}).json()
        assert chosen | {"quiet_until": None} == {**nothing, "zone": "Europe/Berlin", "hours": ["mon-fri 22:00-07:00"], "absences": ["2026-12-24..2027-01-06", "2027-05-01"]}
        for document, status, field in (({"zone": "Mars/Olympus"}, 422, "zone"), ({"hours": ["always"]}, 422, "hours"), ({"hours": ["00:00-24:00"]}, 422, "hours"),
                                        ({"absences": ["tomorrow"]}, 422, "absences"), ({"hours": "22:00-07:00"}, 422, "hours"), ({"nights": []}, 422, "nights"),
                                        ({"hours": ["mon 22:00-23:00"] * 22}, 413, "hours"), ({"person": "boss@example.org"}, 403, "person")):
            answer = ada.session.put(f"{keeper.origin}/api/v1/channels/quiet", json=document, timeout=60)
            assert (answer.status_code, answer.json()["field"]) == (status, field), answer.text
        assert ada.get("/channels/quiet?person=boss@example.org").status_code == 403 and Caller(keeper).get("/channels/quiet").status_code == 401
        assert with_token(keeper, "ada@example.org", "view").put("/channels/quiet", {}).status_code == 403
        assert operator.get("/channels/quiet?person=ADA@example.org").json()["hours"] == ["mon-fri 22:00-07:00"]
        line = next(line for line in operator.get("/audit").json()["items"] if line["act"] == "channel.quiet")
        assert line["subject"] == "ada@example.org" and line["became"]["zone"] == "Europe/Berlin"

        # On the command line, what isn't mentioned stays.
        assert "Set “person”" in keeper.run("channel", "quiet", check=False).stderr
        said = keeper.run("channel", "quiet", "--person", STEWARD, "--absent", "2020-01-01..2020-12-31", "--hours", "sat 12:00-13:00").stdout
        assert "sat 12:00-13:00" in said and "2020-01-01..2020-12-31" in said
        assert "sat 12:00-13:00" in keeper.run("channel", "quiet", "--person", STEWARD, "--absent", "2021-01-01").stdout
        assert "isn't a time zone" in keeper.run("channel", "quiet", "--person", STEWARD, "--zone", "Nowhere", check=False).stderr
        assert keeper.run("channel", "quiet", "--person", STEWARD, "--clear").stdout == f"{STEWARD} has no quiet hours.\n"

        # Away for most of the year: nothing arrives until the absence is over.
        today = datetime.date.today()
        away = f"{today - datetime.timedelta(days=100)}..{today + datetime.timedelta(days=100)}"
        assert "Quiet now, until " in keeper.run("channel", "quiet", "--person", STEWARD, "--absent", away).stdout
        watched.show(*ca.make(NAME, days=5, begins=-85))
        keeper.run("cert", "watch", f"{NAME}:{watched.port}", "--steward", STEWARD)
        keeper.wait_incident("watched-expiring", f"{NAME}:{watched.port}")
        until(lambda: "a message is held back" in keeper.log(), "the message is held back")
        assert not hook.heard
        # It is visible everywhere.
        incident, = keeper.incidents("watched-expiring")
        held, = incident["held"]
        end = keeper.ask("GET", f"/channels/quiet?person={STEWARD}")[1]
        assert held["to"] == STEWARD and end["held"] == 1
        assert f"Held until {held['until']}, because {STEWARD} has quiet hours." in keeper.run("incident", "show", incident["id"]).stdout
        assert "1 message is held until then.\n" in keeper.run("channel", "quiet", "--person", STEWARD).stdout
        assert f"1 message to {STEWARD} is held until " in keeper.run("channel", "list").stdout
        assert [one["person"] for one in keeper.ask("GET", "/channels")[1]["held"]] == [STEWARD] and ada.get("/channels").json()["held"] == []
        # Another certificate has ended already: that can't wait.
        ended.show(*ca.make(NAME, days=-1, begins=-85))
        keeper.run("cert", "watch", f"{NAME}:{ended.port}", "--steward", STEWARD)
        until(lambda: hook.heard, "what is down already is reported")
        assert f"{NAME}:{ended.port}" in hook.heard[0][3] and f"{NAME}:{watched.port}" not in hook.heard[0][3]
        hook.heard.clear()
        keeper.run("channel", "quiet", "--person", STEWARD, "--clear")
        until(lambda: hook.heard, "it arrives")
        assert json.loads(hook.heard[0][3])["to"] == STEWARD and f"{NAME}:{watched.port}" in hook.heard[0][3]
    watched.close()
    ended.close()
