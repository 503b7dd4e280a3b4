"""The weekly mail from end to end: subscribed to, sent by a server whose week has passed, read, and unsubscribed from by a link or a mail program's button."""

import datetime
import re

import pytest
import requests

from api import make_person, with_token
from conftest import Carillon, make_recording, until
from mailbox_server import MailServer
from test_stats import OVERCAST, counted, listen
from test_wrong_clocks import LIBRARY, off_by

pytestmark = [pytest.mark.skipif(LIBRARY is None, reason="libfaketime is not installed: tools/setup"),
              pytest.mark.filterwarnings("ignore:Unverified HTTPS request")]


def at_noon_of_next_monday():
    now = datetime.datetime.now(datetime.timezone.utc)
    monday = (now + datetime.timedelta(days=7 - now.weekday())).replace(hour=12, minute=0, second=0, microsecond=0)
    return off_by(f"+{int((monday - now).total_seconds())}s")


def test_a_week_in_a_mail(tmp_path):
    with MailServer(tmp_path / "mail") as mail:
        (tmp_path / "carillon.toml").write_text(f"""
[notify.smtp]
host = "127.0.0.1"
port = {mail.port}
security = "none"
from = "Carillon <carillon@example.org>"
""")
        server = Carillon(tmp_path / "data").start("--config", tmp_path / "carillon.toml")
        try:
            server.make_show(title="Harbour Bells")
            episode = server.publish(make_recording(tmp_path / "short.wav", seconds=5), title="The first bell")
            server.run("network", "create", "other", "--name", "Other")
            people = {}
            for name, role, network in (("ada", "owner", "default"), ("ben", "analyst", "default"), ("cyd", "producer", "default"), ("eve", "owner", "other")):
                make_person(server, f"{name}@example.org", role, network)
                people[name] = with_token(server, f"{name}@example.org")
            question = "/stats/weekly-mail?network=default"
            for name in ("ada", "ben"):
                assert people[name].put(question).json()["subscribed"] is True
                assert people[name].put(question).json()["subscribed"] is True
            # Not who may not see the figures, nor anyone for somebody else.
            assert people["cyd"].put(question).status_code == 403
            assert people["eve"].put(question).status_code == 404
            assert people["eve"].put("/stats/weekly-mail?network=other&person=ada@example.org").status_code == 403
            assert people["ben"].delete(question + "&person=ada@example.org").status_code == 403
            listen(server, episode, OVERCAST)
            counted(server, "download", 1)
            server.stop()

            server.start("--config", tmp_path / "carillon.toml", environment=at_noon_of_next_monday())
            mails = {one.to[0]: one for one in mail.wait(2)}
            assert set(mails) == {"ada@example.org", "ben@example.org"}
            links = {}
            for address, one in mails.items():
                assert "The first bell: 1 download" in one.text and one.subject.startswith("Default: 1 download last week")
                links[address] = re.search(r"https://\S+/unsubscribe/\S+", one.text)[0]
                assert one.message["List-Unsubscribe"] == f"<{links[address]}>"
                assert one.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
            ada, ben = links["ada@example.org"], links["ben@example.org"]
            assert ada != ben

            # Its certificate is of next week, which this test's own clock doesn't accept.
            for caller in people.values():
                caller.session.close()
                caller.session.verify = False

            def ask(method, url, **more):
                return requests.request(method, url, verify=False, timeout=60, **more)
            # A scanner that follows every link changes nothing.
            for method in ("GET", "HEAD", "GET"):
                assert ask(method, ada).status_code == 200
            page = ask("GET", ada)
            assert "Unsubscribe" in page.text and page.headers["Cache-Control"] == "no-store" and "ada@example.org" not in page.text
            # The signature of somebody else's link, and none.
            forged = ada.rsplit("-", 1)[0] + "-" + ben.rsplit("-", 1)[1]
            for wrong in (forged, ada[:-1], ada.rsplit("-", 1)[0]):
                assert ask("POST", wrong).status_code == 404 and ask("GET", wrong).status_code == 404
            assert ask("DELETE", ada).status_code == 405
            assert people["ada"].get(question).json()["subscribed"] is True
            # The button of a mail program (RFC 8058 §3.2): a POST without cookies, from another site.
            done = ask("POST", ada, data={"List-Unsubscribe": "One-Click"}, headers={"Origin": "null"})
            assert done.status_code == 200 and "Unsubscribed" in done.text
            assert people["ada"].get(question).json()["subscribed"] is False
            assert people["ben"].get(question).json()["subscribed"] is True, "nobody else's"
            assert ask("POST", ada).status_code == 404, "it works once"
            assert people["ben"].delete(question).json()["subscribed"] is False
            acts = [(line["act"], line["subject"], line["actor"]) for line in people["ada"].get("/audit").json()["items"] if line["act"].startswith("weekly_mail")]
            assert acts == [("weekly_mail.unsubscribe", "ben@example.org", "ben@example.org"), ("weekly_mail.unsubscribe", "ada@example.org", "ada@example.org"),
                            ("weekly_mail.subscribe", "ben@example.org", "ben@example.org"), ("weekly_mail.subscribe", "ada@example.org", "ada@example.org")]
        finally:
            server.stop()
