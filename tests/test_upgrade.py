"""An upgrade loses nothing: the present program on a data folder that an earlier one made.

tests/data holds the folders (make_data_folder.py made them) and, beside each, what the program that made it showed of it. The clock is set
to an hour after a folder was made, so that nothing in it grows old.
"""

import collections
import datetime
import json
import re
import sqlite3
import subprocess
from xml.etree import ElementTree

import pytest
import requests

import data_folder as folders
import request_log_v2
from api import CSRF
from conftest import PROGRAMS, until
from hand_ca import HandCa
from operations import totp
from test_wrong_clocks import LIBRARY
from workflow import Api

FOLDERS = sorted(path.stem for path in folders.FOLDER.glob("migration-*.json"))
RESUMABLE = {"Tus-Resumable": "1.0.0"}

# What was changed on purpose since a program made its folder.
MEANT = {"migration-18": [r"^/api/.*/(steward|deputy) was .*, is null$"]}  # no operator is in charge of a tenant's domain any more
ANEW = [r"/loudness was .+, is null$",                        # it was the master's, and the recording's was not kept
        r"^/public//(shows/[^/]*|[^/]*/)?/?ETag was ",            # pages show covers at the size that fits
        # Covers are made again, which changes their show and its feed; the old addresses are looked at on their own.
        r"/image was .+/pictures/.+, is .+/pictures/.+\.jpg\"?$", r"^/public//pictures/.*\.png is gone;",
        r"^/public/(/feeds/tide|podcast\.harbour\.test/feed\.xml)/(ETag|Last-Modified|sha256) was ", r"^/public/podcast\.harbour\.test//ETag was ",
        r"^/api//shows(/tide|\?[^/]*)/document/(items\[2\]/)?(changed|revision) was ",
        # The feed says more than before; what was deleted is gone (410); lines are clean.
        r"^/public//robots.txt/sha256 was ",  # another path that search engines have to leave alone
        r"^/public//(feeds|shows)/binned/status was 404, is 410$", r"/chapters\[\d\]/title was .*\u202e",
        ]
WORDING = r'/(detail|sentence) was ".+", is ".+"$'  # what people read may be said in other words; status, type and severity stay

pytestmark = [pytest.mark.skipif(LIBRARY is None, reason="libfaketime is not installed: tools/setup"),
              pytest.mark.filterwarnings("ignore:Unverified HTTPS request")]


def record_of(name):
    return {"name": name, **json.loads((folders.FOLDER / f"{name}.json").read_text())}


def elements_of(feed):
    """What apps read in a feed: the channel's elements and those of each item, by its guid. New ones may come."""
    def name_of(element, number):
        return " ".join([element.tag.rsplit("}", 1)[-1], *(f"{name.rsplit('}', 1)[-1]}={value}" for name, value in sorted(element.attrib.items())), *([str(number)] if number else [])])

    def children_of(parent):
        seen, read = collections.Counter(), {}
        for child in parent:
            if child.tag in ("item", "lastBuildDate", "generator"):
                continue
            name = name_of(child, seen[name_of(child, 0)])
            seen[name_of(child, 0)] += 1
            read[name] = {"text": (child.text or "").strip(), **children_of(child)}
        return read

    channel = ElementTree.fromstring(feed.encode()).find("channel")
    return {"channel": children_of(channel), "items": {item.findtext("guid"): children_of(item) for item in channel.iter("item")}}


def as_apps_read(reading):
    """Pages may look different, and of a feed its elements count, not its bytes."""
    read = json.loads(json.dumps(reading))
    for path, one in read["public"].items():
        if "html" in one.get("Content-Type", ""):
            one.pop("ETag", None)
        if "rss" in one.get("Content-Type", ""):
            one.pop("ETag", None)
            one.pop("sha256", None)
        if "text" in one and one["status"] == 200 and "rss" in one["Content-Type"]:
            one["text"] = elements_of(one["text"])
    return read


def lost_from(record, reading):
    """What the record has and the reading has not, as sentences."""
    return [line for line in folders.missing(as_apps_read(record["reading"]), as_apps_read(reading)) if not any(re.search(meant, line) for meant in (WORDING, *ANEW, *MEANT.get(record["name"], [])))]


@pytest.fixture(params=FOLDERS)
def upgraded(request, tmp_path):
    """(server, record): one of the folders, served by the present program an hour after it was made."""
    record = record_of(request.param)
    with folders.served_again(request.param, tmp_path / "upgraded", record["known"], 1) as server:
        yield server, record


def test_there_are_folders_of_earlier_programs():
    assert len(FOLDERS) >= 2


def test_everything_is_shown_as_before(upgraded):
    server, record = upgraded
    until(lambda: not raw_pictures(server.data), "the covers are made again", 300)
    lost = lost_from(record, folders.reading(server, record["known"]))
    assert not lost, "\n".join(lost)


def raw_pictures(data):
    """Covers that are still served as they came."""
    with sqlite3.connect(f"file:{data / 'carillon.db'}?mode=ro", uri=True) as database:
        return database.execute("SELECT count(*) FROM pictures WHERE sized = 0 AND replacement = ''").fetchone()[0]


def test_covers_of_before_lead_to_clean_ones(upgraded):
    server, record = upgraded
    until(lambda: not raw_pictures(server.data), "the covers are made again", 300)
    get = lambda path: requests.get(server.origin + path, verify=False, allow_redirects=False, timeout=60)  # noqa: E731
    before = re.findall(r"/pictures/[0-9a-f]{64}\.png", json.dumps(record["reading"]))
    assert before
    for address in set(before):
        moved = get(address)
        assert moved.status_code == 301 and re.search(r"/pictures/[0-9a-f]{64}\.jpg$", moved.headers["Location"]), (address, moved.status_code)
        path = "/pictures/" + moved.headers["Location"].rsplit("/", 1)[1]
        assert get(path).headers["Content-Type"] == "image/jpeg"
        assert get(path.replace(".jpg", "/300.webp")).headers["Content-Type"] == "image/webp"


@pytest.mark.parametrize("table", ("episode_texts", "watches", "roles", "certificate_history", "channel_orders", "audit", "waveforms", "uploads", "incidents"))
def test_what_is_lost_is_noticed(tmp_path, table):
    """The reading sees the loss of a table's newest row."""
    name = FOLDERS[-1]
    record = record_of(name)
    with folders.served_again(name, tmp_path / "upgraded", record["known"], 1, before=lambda data: lose_newest_of(data, table)) as server:
        assert lost_from(record, folders.reading(server, record["known"]))


def lose_newest_of(data, table):
    with sqlite3.connect(data / "carillon.db") as database:
        assert database.execute(f"DELETE FROM {table} WHERE rowid = (SELECT max(rowid) FROM {table})").rowcount == 1


def now_in(record):
    """The time that the server believes, an hour after the folder was made."""
    return record["known"]["made_at"] + 3600


def test_people_still_get_in(upgraded):
    server, record = upgraded
    known = record["known"]
    for role, person in known["people"].items():
        if role != "owner":
            assert server.caller().sign_in(person["email"], known["password"]).status_code == 201, role
        assert server.caller().sign_in(person["email"], "not the password").status_code == 401, role
    # The owner has a second factor: by the app, and by a recovery code, which works once.
    owner, second = known["people"]["owner"]["email"], known["second_factor"]
    assert server.caller().sign_in(owner, known["password"]).json()["type"].endswith("code-needed")
    # An app shows codes of its own time; a step may end between here and there.
    codes = [totp(second["secret"], now_in(record) + later) for later in (0, 30)]
    assert any(server.caller().sign_in(owner, known["password"], code).status_code == 201 for code in codes)
    code = second["recovery_codes"][-1]
    assert [server.caller().sign_in(owner, known["password"], code).status_code for _ in range(2)] == [201, 401]
    # Who was signed in still is, and may not write without the token of the session.
    browser = server.caller()
    browser.session.headers["Cookie"] = f"__Host-carillon={known['sessions']['owner']['cookie']}"
    assert browser.get("/people/me").json()["email"] == owner
    assert browser.patch("/people/me", {"name": "Without it"}).status_code == 401
    browser.session.headers[CSRF] = known["sessions"]["owner"]["csrf"]
    assert browser.patch("/people/me", {"name": "Another name"}).json()["name"] == "Another name"
    # A link that was given to somebody, and not used yet.
    guest = server.caller()
    assert guest.post(f"/links/{known['links']['guest']}", {"name": "Guest", "password": known["password"]}).ok
    assert guest.sign_in("guest@example.org", known["password"]).status_code == 201


def test_what_was_begun_goes_on(upgraded, tmp_path):
    server, record = upgraded
    known, api = record["known"], Api(server)
    manager = server.caller(token=known["tokens"]["manager"])
    half, episodes = known["uploads"]["half"], known["episodes"]
    # Half of an upload is there, the rest follows.
    offset = manager.call("HEAD", f"/uploads/{half}", headers=RESUMABLE)
    assert (offset.status_code, offset.headers["Upload-Offset"], offset.headers["Upload-Length"]) == (200, "4", "10")
    sent = manager.patch(f"/uploads/{half}", data=b" a loaf", headers={**RESUMABLE, "Upload-Offset": "4", "Content-Type": "application/offset+octet-stream"})
    assert sent.status_code == 413, "one byte too many"
    sent = manager.patch(f"/uploads/{half}", data=b" loaf.", headers={**RESUMABLE, "Upload-Offset": "4", "Content-Type": "application/offset+octet-stream"})
    assert sent.status_code == 204 and sent.headers["Upload-Offset"] == "10"
    # A certificate that somebody fetches is for the key that was made then.
    authority = HandCa(tmp_path / "by-hand", datetime.datetime.utcfromtimestamp(record["known"]["made_at"]))
    assert server.caller(token=known["tokens"]["operator"]).post("/certificates/by-hand.example.org/import", {"certificate": authority.sign(known["signing_request"])}).ok
    # The trash gives back what was put there.
    assert manager.post("/shows/binned/restore").ok
    assert manager.get(f"/episodes/{episodes['binned']}").json()["title"] == "With it"
    assert manager.post(f"/episodes/{episodes['trashed']}/restore").ok
    back = manager.get(f"/episodes/{episodes['trashed']}").json()
    assert (back["title"], back["state"]) == ("Trashed", "published") and back["bytes"] > 0
    # A job that failed is run again.
    before = manager.get(f"/jobs/{known['jobs']['failed']}").json()
    assert manager.post(f"/jobs/{before['id']}/retry").ok
    until(lambda: api.needed("GET", f"/jobs/{before['id']}")["finished"] not in (None, before["finished"]), "the job has been run again")
    # What is published again is the same recording.
    size = manager.get(f"/episodes/{episodes['unpublished']}").json()["bytes"]
    assert manager.post(f"/episodes/{episodes['unpublished']}/publish", {}).ok
    public = until(lambda: (found := api.needed("GET", f"/episodes/{episodes['unpublished']}"))["state"] == "published" and found, "it is published again")
    assert public["bytes"] == size
    assert server.plain(folders.urlpath(public["enclosure"]))[0] == 200
    # The link of a mail about an incident opens its page still, and a takedown is lifted.
    assert server.plain(known["acknowledge"])[0] == 200
    assert api.ask("POST", "/shows/order/resume")[0] < 300
    assert until(lambda: server.plain("/feeds/order")[0] == 200, "it is back")


@pytest.mark.parametrize("name", FOLDERS)
def test_what_was_scheduled_goes_out_when_it_is_due(tmp_path, name):
    record = record_of(name)
    with folders.served_again(name, tmp_path / "upgraded", record["known"], folders.SCHEDULED_HOURS + 1) as server:
        api = Api(server)
        episode = record["known"]["episodes"]["scheduled"]
        out = until(lambda: (found := api.needed("GET", f"/episodes/{episode}"))["state"] == "published" and found, "the schedule is kept")
        due = record["reading"]["api"][f"/episodes/{episode}"]["document"]["publish_at"]
        assert out["published"] == due, "it says the time that it was to go out"


def told(segment):
    """The records of a segment; one of version 1 is told by its bytes."""
    if segment[8:12] != (2).to_bytes(4, "little"):
        return segment
    read = request_log_v2.read(segment)
    assert read.records and not read.damage
    return read.records


@pytest.mark.parametrize("name", FOLDERS)
def test_the_request_log_is_carried_on(tmp_path, name):
    record = record_of(name)
    kept = {}

    def remember(data):
        kept.update({path.name: path.read_bytes() for path in (data / "requests").iterdir()})
    with folders.served_again(name, tmp_path / "upgraded", record["known"], 1, before=remember) as server:
        enclosure = next(path for path in record["reading"]["public"] if path.endswith("/second.mp3"))
        assert server.plain(enclosure)[0] == 200
        server.stop()
        after = {path.name: path.read_bytes() for path in (server.data / "requests").iterdir()}
    # A segment of version 2 is compressed once it is complete: what it says stays.
    assert kept and all(told(after[name]) == told(content) for name, content in kept.items())
    assert len(after) == len(kept) + 1


def schema_of(database):
    with sqlite3.connect(database) as opened:
        return opened.execute("SELECT max(number) FROM schema_migrations").fetchone()[0]


@pytest.mark.parametrize("name", FOLDERS)
def test_a_backup_changes_nothing_of_what_it_copies(tmp_path, name):
    """Whoever backs up before the upgrade, with the program that is there already, can go back to the old one."""
    data = folders.unpacked(name, tmp_path / "before")
    before = schema_of(data / "carillon.db")
    run = lambda *arguments: subprocess.run([PROGRAMS / "carillon", *arguments], check=True, capture_output=True, text=True).stdout
    made = json.loads(run("--data", data, "backup", tmp_path / "backup", "--json"))
    assert made["media"] > 0
    assert schema_of(data / "carillon.db") == before and schema_of(tmp_path / "backup" / "carillon.db") == before
    assert json.loads(run("--data", tmp_path / "restored", "restore", tmp_path / "backup", "--json"))["media"] == made["media"]
    assert schema_of(tmp_path / "restored" / "carillon.db") == before
    assert not list(tmp_path.rglob("*.reading*"))
