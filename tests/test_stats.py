"""Downloads as people see them: listeners with real and odd agents on one side, the publisher's figures on the other."""

import csv
import datetime
import io
import json
import os
import shutil
import subprocess

import pytest
import requests

from api import make_person, with_token
from conftest import Carillon, make_recording, until

OVERCAST = "Overcast/3.0 (+http://overcast.fm/; iOS podcast app)"
ANTENNAPOD = "AntennaPod/3.5.0"
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"


def today():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")


def listen(server, episode, agent, method="GET", first=None, last=None):
    headers = {"User-Agent": agent} | ({} if first is None else {"Range": f"bytes={first}-{'' if last is None else last}"})
    return requests.request(method, episode["enclosure"], headers=headers, verify=server.authority, timeout=60)


def counted(server, verdict, count, day=None):
    """The day, counted again until this verdict was given so often: the log is written a moment after a response."""
    def found():
        state = server.json("stats", "recount", day or today())
        return state["requests"][verdict] >= count and state
    return until(found, f"{count} × {verdict}")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stats")
    server = Carillon(folder / "data").start()
    server.make_show()
    server.episode = server.publish(make_recording(folder / "talk.wav", seconds=150))
    yield server
    server.stop()


def person(server, email, role, network="default"):
    make_person(server, email, role, network)
    return with_token(server, email)


def owner(server):
    if not hasattr(server, "owner"):
        server.owner = person(server, "ada@example.org", "owner")
    return server.owner


def downloads(server, *arguments):
    return sum(item["downloads"] for item in server.json("stats", "episode", server.episode["id"], *arguments)["items"])


def test_a_day_of_listeners(server):
    size = server.episode["bytes"]
    # Whole, twice: one download.
    for _ in range(2):
        assert len(listen(server, server.episode, OVERCAST).content) == size
    # In eight parts, out of order, after the question whether ranges are supported: one.
    listen(server, server.episode, ANTENNAPOD, first=0, last=1)
    step = -(-size // 8)
    for number in (3, 1, 0, 2, 7, 6, 5, 4):
        assert listen(server, server.episode, ANTENNAPOD, first=number * step, last=min(size, (number + 1) * step) - 1).status_code == 206
    # Somebody who leaves after half a minute, robots, a watch, a question for the headers: none.
    listen(server, server.episode, CHROME, first=0, last=500_000)
    for agent in ("curl/8.5.0", "python-requests/2.31.0", "Mozilla/5.0 (compatible; Googlebot/2.1)"):
        listen(server, server.episode, agent)
    listen(server, server.episode, "atc/1.0 watchOS/10.1 model/Watch6,9")
    listen(server, server.episode, "Castro 2024", method="HEAD")

    state = counted(server, "bot", 3)
    assert {verdict: count for verdict, count in state["requests"].items() if count} == {
        "download": 2, "same_download": 8, "not_a_get": 1, "two_bytes": 1, "bot": 3, "watch": 1, "too_little": 1}
    assert not state["final"] and state["day"] == today()
    assert downloads(server) == 2
    figure, = server.json("stats", "show", "demo")["items"]
    assert figure == {"from": today(), "key": "", "downloads": 2, "listeners": 2, "provisional": True, "rules": 2}
    assert {item["key"]: item["downloads"] for item in server.json("stats", "show", "demo", "--by", "app")["items"]} == {
        "Overcast": 1, "AntennaPod": 1}
    assert {item["key"] for item in server.json("stats", "show", "demo", "--by", "device")["items"]} == {"iPhone", "Android phone"}
    hour, = server.json("stats", "show", "demo", "--granularity", "hour")["items"]
    assert hour["downloads"] == 2 and hour["from"].endswith(":00:00Z") and hour["listeners"] is None
    month, = server.json("stats", "show", "demo", "--granularity", "month")["items"]
    assert month["from"] == today()[:7] and month["listeners"] == 2


def test_counting_again_gives_the_same(server):
    first = server.json("stats", "recount", today())
    again = server.json("stats", "recount", today())
    assert again["same"] and again["digest"] == first["digest"]
    text = server.run("stats", "recount", today()).stdout
    assert "the figures are the same as before" in text and "provisional" in text and "too_little" in text


def test_every_request_is_explained(server):
    text = server.run("stats", "explain", server.episode["id"], today()).stdout
    assert "two_bytes" in text and "download" in text and OVERCAST[:30] in text
    lines = [json.loads(line) for line in server.run("--json", "stats", "explain", server.episode["id"], today()).stdout.splitlines()]
    assert sum(line["verdict"] == "download" for line in lines) == downloads(server)
    assert all(line["why"].endswith(".") for line in lines)
    # Whose requests are one download's is said with a hash; an address is nowhere.
    assert "127.0.0.1" not in json.dumps(lines)


def test_a_network_is_all_its_shows_together(server):
    server.run("show", "create", "silent", "--title", "Silent")
    total, = server.json("stats", "network", "default", "--granularity", "period")["items"]
    show, = server.json("stats", "show", "demo", "--granularity", "period")["items"]
    assert (total["downloads"], total["listeners"]) == (show["downloads"], show["listeners"]) == (2, 2)
    by_show, = owner(server).get("/stats/downloads?network=default&by=show").json()["items"]
    assert by_show["key"] == "demo" and by_show["title"] and by_show["downloads"] == by_show["listeners"] == 2
    by_episode, = owner(server).get("/stats/downloads?network=default&by=episode&granularity=month").json()["items"]
    assert by_episode["key"] == server.episode["id"] and by_episode["title"] == server.json("episode", "show", server.episode["id"])["title"]
    assert by_episode["title"] in server.run("stats", "network", "default", "--by", "episode").stdout
    rows = list(csv.reader(io.StringIO(owner(server).get("/stats/downloads?show=demo&by=episode", headers={"Accept": "text/csv"}).text)))
    assert rows[0] == ["from", "episode", "title", "downloads", "listeners", "provisional", "rules"] and rows[1][1:] == [
        server.episode["id"], by_episode["title"], "2", "2", "yes", "2"]


def test_episodes_since_their_release(server):
    document = owner(server).get("/stats/since-release?show=demo").json()
    episode, = document["items"]
    assert episode["episode"] == server.episode["id"] and episode["downloads"] == 2 == episode["at_same_age"]
    assert episode["complete"] is True  # released on the first day that was counted
    assert episode["hours"] in (1, 2) and episode["first_hours"][-1] == 2 and episode["days"] == [] and episode["after"]["1"] is None
    assert document["typical"] == {"at_same_age": None, "after": {"1": None, "3": None, "7": None, "30": None, "90": None}}
    of_one = owner(server).get(f"/stats/since-release?episode={server.episode['id']}&limit=1").json()
    assert of_one["items"] == document["items"]
    assert "at that age" in server.run("stats", "since-release", "demo").stdout.lower()
    table = owner(server).get("/stats/since-release?show=demo", headers={"Accept": "text/csv"}).text
    assert table.startswith("episode,title,released,hours,downloads,at_same_age,after_1_days,") and server.episode["id"] in table
    for question, field in (("?network=default", "show"), ("?show=demo&limit=0", "limit"), ("?show=demo&limit=21", "limit"),
                            ("?show=demo&with=01k0a2b3c4d5e6f7g8h9j0kmnp", "with")):
        refused = owner(server).get("/stats/since-release" + question)
        assert refused.status_code == 422 and refused.json()["field"] == field


def test_hours_of_the_week(server):
    for zone in ("UTC", "Pacific/Auckland", "Asia/Kolkata"):
        week = owner(server).get(f"/stats/week?show=demo&tz={zone}").json()
        assert len(week["items"]) == 168 and sum(cell["downloads"] for cell in week["items"]) == 2 and week["provisional"]
        assert sum(cell["occurrences"] for cell in week["items"]) in range(29 * 24, 30 * 24 + 1)
    assert owner(server).get("/stats/week?show=demo&from=2020-01-01").status_code == 422
    assert owner(server).get("/stats/week?network=default").json()["items"] == owner(server).get("/stats/week?show=demo").json()["items"]


def test_tables_for_spreadsheets(server):
    answer = owner(server).get("/stats/downloads?show=demo&by=app", headers={"Accept": "text/csv"})
    assert answer.headers["Content-Type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert rows[0] == ["from", "app", "downloads", "listeners", "provisional", "rules"]
    assert [today(), "Overcast", "1", "", "yes", "2"] in rows
    # A table has all rows, whatever the limit of pages is.
    assert len(owner(server).get("/stats/downloads?show=demo&by=app&limit=1", headers={"Accept": "text/csv"}).text.splitlines()) == 3


def test_figures_come_in_pages(server):
    ada = owner(server)
    question = "/stats/downloads?show=demo&by=device"
    whole = ada.get(question).json()
    first = ada.get(question + "&limit=1").json()
    second = ada.get(f"{question}&limit=1&cursor={first['next']}").json()
    assert whole["next"] is None and second["next"] is None and len(whole["items"]) == 2
    assert first["items"] + second["items"] == whole["items"]
    for wrong, field in (("limit=0", "limit"), ("limit=10001", "limit"), ("cursor=x", "cursor")):
        refused = ada.get(f"{question}&{wrong}")
        assert refused.status_code == 422 and refused.json()["field"] == field


def test_how_far_downloads_went(server):
    """Apps that download whole files aren't part of it; a browser that was sent 85 % of it is."""
    def reach():
        server.run("stats", "recount", today())
        return owner(server).get("/stats/reach?show=demo").json()
    before = reach()
    assert before["streamed"] == 0 and before["downloads"] == 2 and [item["downloads"] for item in before["items"]] == [0] * 10
    listen(server, server.episode, CHROME, first=0, last=server.episode["bytes"] * 85 // 100)
    counted(server, "download", 3)
    after = reach()
    assert after["streamed"] == 1 and after["downloads"] == 3 and after["provisional"] is True
    assert [item["percent"] for item in after["items"]] == list(range(10, 101, 10))
    assert [item["downloads"] for item in after["items"]] == [1] * 8 + [0] * 2
    table = owner(server).get(f"/stats/reach?episode={server.episode['id']}", headers={"Accept": "text/csv"}).text.splitlines()
    assert table[0] == "percent,downloads" and table[1] == "0,1" and table[9] == "80,1" and table[10] == "90,0"
    assert owner(server).get("/stats/reach?show=demo&from=2026-11-24&to=2026-11-01").status_code == 422


def test_figures_are_for_those_who_may_see_them(server):
    server.run("network", "create", "other", "--name", "Other")
    stranger = person(server, "stranger@example.org", "owner", network="other")
    for question in ("/stats/downloads?show=demo", f"/stats/downloads?episode={server.episode['id']}",
                     f"/stats/requests?episode={server.episode['id']}&day={today()}",
                     "/stats/downloads?network=default", "/stats/rows?show=demo", "/stats/rows?network=default",
                     "/stats/weekly-mail?network=default", "/stats/week?show=demo", "/stats/since-release?show=demo", "/stats/reach?show=demo",
                     f"/stats/since-release?episode={server.episode['id']}"):
        assert stranger.get(question).status_code == 404
    analyst = person(server, "analyst@example.org", "analyst")
    assert analyst.get("/stats/downloads?show=demo").status_code == 200
    assert analyst.post(f"/stats/days/{today()}/recount").status_code == 403
    producer = person(server, "producer@example.org", "producer")
    for question in ("/stats/downloads?show=demo", "/stats/rows?show=demo", "/stats/week?show=demo", "/stats/since-release?show=demo", "/stats/reach?show=demo"):
        assert producer.get(question).status_code == 403
    assert analyst.get("/stats/weekly-mail?network=default").json() == {"network": "default", "person": "analyst@example.org", "subscribed": False}
    assert analyst.get("/stats/weekly-mail?network=default&person=ada@example.org").status_code == 403
    assert analyst.put("/stats/weekly-mail?network=default").status_code == 409  # no mail is set up here
    assert requests.get(f"https://localhost:{server.https_port}/api/v1/stats/downloads?show=demo", verify=server.authority, timeout=60).status_code == 401


@pytest.mark.parametrize("question, field, sentence", [
    ("", "show", "Choose a show"),
    ("?show=demo&episode=x", "show", "Choose a show"),
    ("?show=demo&network=default", "show", "Choose a show"),
    ("?show=demo&from=yesterday", "from", "a day such as"),
    ("?show=demo&from=2026-02-30", "from", "a day such as"),
    ("?show=demo&from=2026-11-24&to=2026-11-01", "from", "must not be after"),
    ("?show=demo&granularity=week", "granularity", "hour, day, month or period"),
    ("?show=demo&by=colour", "by", "app, device, country, region, show or episode"),
    ("?show=demo&by=app&granularity=hour", "granularity", "aren't broken down"),
    ("?show=demo&tz=Europe/Atlantis", "tz", "no time zone named"),
    ("?show=demo&granularity=hour&from=2020-01-01", "from", "at most 92 days"),
])
def test_a_wrong_question_gets_one_sentence(server, question, field, sentence):
    answer = owner(server).get("/stats/downloads" + question)
    assert answer.status_code == 422
    assert sentence in answer.json()["detail"] and answer.json().get("field", field) == field


def test_days_of_a_time_zone(server):
    for zone in ("Pacific/Auckland", "America/Los_Angeles", "Asia/Kolkata"):
        items = server.json("stats", "show", "demo", "--tz", zone)["items"]
        assert sum(item["downloads"] for item in items) == downloads(server)


def test_the_methodology_is_what_runs(server):
    methodology = owner(server).get("/stats/methodology").json()
    assert methodology["window"] == "calendar day (UTC)" and methodology["threshold_seconds"] == 60
    assert "compliant" not in json.dumps(methodology) and "certified" not in json.dumps(methodology)
    source, = methodology["lists"]["sources"]
    assert (source["list"], source["file"], source["attribution"]) == ("agents", None, None) and source["dated"] >= "2026-11"
    assert methodology["lists"]["files"] == [] and len(methodology["verdicts"]) == 13
    assert methodology["days"][-1]["day"] == today()


def test_lists_of_the_operator(server):
    before = server.json("stats", "recount", today())
    lists = server.data / "lists"
    lists.mkdir(exist_ok=True)
    (lists / "bots.json").write_text(json.dumps({"entries": [{"name": "Not an app", "pattern": "^Overcast/"}]}))
    # The day keeps the lists that it was counted with, unless somebody wants the current ones.
    assert server.json("stats", "recount", today())["digest"] == before["digest"]
    current = server.json("stats", "recount", today(), "--current-lists")
    assert current["digest"] != before["digest"] and current["requests"]["bot"] == 3  # Overcast twice, and a library; curl and Google aren't on this list
    (lists / "bots.json").write_text("no list")
    assert server.json("stats", "recount", today(), "--current-lists")["digest"] == current["digest"]
    until(lambda: "a list of agents can't be used" in server.log(), "the log")
    (lists / "bots.json").unlink()
    assert server.json("stats", "recount", today(), "--current-lists")["digest"] == before["digest"]


@pytest.mark.skipif(not shutil.which("aria2c"), reason="aria2c is missing")
def test_a_downloader_with_eight_connections(server):
    before = counted(server, "download", 1)["requests"]["download"]
    subprocess.run(["aria2c", "-x8", "-s8", "-k1M", "--user-agent=gPodder/3.11.1 (http://gpodder.org/) Linux", f"--ca-certificate={server.authority}",
                    "--allow-overwrite=true", "-d", server.data.parent, "-o", "aria.mp3", server.episode["enclosure"]], check=True, timeout=120,
                   stdout=subprocess.DEVNULL)
    assert counted(server, "download", before + 1)["requests"]["download"] == before + 1


def test_a_measuring_prefix_is_in_front_of_the_enclosure(server):
    ada = owner(server)
    plain = server.episode["enclosure"]
    feed = server.json("show", "show", "demo")["feed"]
    assert plain in server.get(feed).text
    revision = ada.get("/shows/demo").headers["ETag"]
    assert ada.patch("/shows/demo", {"measuring_prefix": "https://op3.dev/e/"}, headers={"If-Match": revision}).status_code == 200
    until(lambda: f'url="https://op3.dev/e/{plain.removeprefix("https://")}"' in server.get(feed).text, "the prefix")
    refused = ada.patch("/shows/demo", {"measuring_prefix": "https://op3.dev/e"})
    assert refused.status_code == 422 and "ends with" in refused.json()["detail"]
    assert ada.patch("/shows/demo", {"measuring_prefix": ""}).status_code == 200
    until(lambda: f'url="{plain}"' in server.get(feed).text, "no prefix")


def test_every_download_can_be_exported(server):
    total = counted(server, "download", 1)["requests"]["download"]
    ada = owner(server)
    rows = [json.loads(line) for line in ada.get("/stats/rows?show=demo").text.splitlines()]
    assert [json.loads(line) for line in server.run("stats", "rows", "--show", "demo").stdout.splitlines()] == rows
    assert {row["rules"] for row in rows} == {2}
    assert len(rows) == total and {row["episode"] for row in rows} == {server.episode["id"]} and {row["show"] for row in rows} == {"demo"}
    assert [row["cursor"] for row in rows] == [f"{today()}.{number + 1}" for number in range(total)]
    assert "127.0.0.1" not in json.dumps(rows) and len({row["listener"] for row in rows}) == total
    assert [json.loads(line) for line in ada.get(f"/stats/rows?network=default&cursor={rows[0]['cursor']}").text.splitlines()] == rows[1:]
    table = list(csv.reader(io.StringIO(ada.get(f"/stats/rows?episode={server.episode['id']}&from=2026-01-01", headers={"Accept": "text/csv"}).text)))
    assert table[0][:4] == ["cursor", "time", "show", "episode"] and [line[0] for line in table[1:]] == [row["cursor"] for row in rows]
    assert ada.get("/stats/rows?show=demo&to=2026-11-01&from=2026-10-01").text == ""
    for question, field in (("cursor=x", "cursor"), ("from=2026-11-24&to=2026-11-01", "from"), ("from=9999-01-01", "from")):
        refused = ada.get("/stats/rows?show=demo&" + question)
        assert refused.status_code == 422 and refused.json()["field"] == field


def test_figures_survive_a_kill_and_the_episode(server):
    before = downloads(server)
    server.kill()
    server.start()
    assert server.json("stats", "recount", today())["same"]
    assert downloads(server) == before
    server.run("episode", "delete", server.episode["id"])
    assert server.json("stats", "recount", today())["same"]
    assert downloads(server) == before
    assert sum(item["downloads"] for item in server.json("stats", "show", "demo")["items"]) == before


def test_counted_without_being_asked(tmp_path):
    server = Carillon(tmp_path / "data").start()
    try:
        server.make_show()
        episode = server.publish(make_recording(tmp_path / "short.wav", seconds=5))
        # Shorter than a minute: whole or nothing.
        assert len(listen(server, episode, OVERCAST).content) == episode["bytes"]
        listen(server, episode, ANTENNAPOD, first=0, last=episode["bytes"] - 2)
        until(lambda: [item["downloads"] for item in server.json("stats", "show", "demo")["items"]] == [1], "the figures", within=600)
        assert "No downloads in this period" in server.run("stats", "show", "demo", "--to", "2020-01-01").stdout
    finally:
        server.stop()


class From(requests.adapters.HTTPAdapter):
    """Requests from an address of this machine."""
    def __init__(self, address):
        self.address = address
        super().__init__()

    def init_poolmanager(self, *arguments, **more):
        super().init_poolmanager(*arguments, source_address=(self.address, 0), **more)


def test_data_centres_vpns_and_shared_addresses(tmp_path):
    lists = tmp_path / "data" / "lists"
    lists.mkdir(parents=True)
    (lists / "data-centres.csv").write_text("# ours\n127.0.0.0,127.0.0.63,Example,https://example.org/\n")
    (lists / "vpns.csv").write_text("127.0.0.64/26\n")
    (lists / "shared-addresses.csv").write_text("127.0.0.32/31,GB,GB-EN,London,\n127.0.0.96/32,DE,,,\n")
    shutil.copy("tests/data/places-nested.mmdb", lists / "places.mmdb")
    server = Carillon(tmp_path / "data").start()
    try:
        server.make_show()
        episode = server.publish(make_recording(tmp_path / "short.wav", seconds=5))
        place = episode["enclosure"].replace("localhost", "127.0.0.1")
        for last in (1, 33, 70, 96, 200):
            session = requests.Session()
            session.mount("https://", From(f"127.0.0.{last}"))
            session.get(place, headers={"User-Agent": OVERCAST, "Host": episode["enclosure"].split("/")[2]}, verify=False, timeout=60)
        state = counted(server, "download", 3)
        assert state["requests"]["download"] == 3 and state["requests"]["data_centre"] == 2
        text = server.run("stats", "explain", episode["id"], today()).stdout
        assert text.count("10 data_centre") == 2 and text.count("0 download") == 3
        lines = [json.loads(line) for line in server.run("--json", "stats", "explain", episode["id"], today()).stdout.splitlines()]
        assert sum(line["shared"] for line in lines) == 2 and {line["rule"] for line in lines if line["data_centre"]} == {10}
        assert all("data center or VPN" in line["why"] for line in lines if line["rule"] == 10)
        sources = {source["list"]: source for source in owner(server).get("/stats/methodology").json()["lists"]["sources"]}
        assert set(sources) == {"agents", "places", "data_centres", "vpns", "shared"} and sources["vpns"]["file"] == "vpns.csv"
        doctor = server.run("doctor", check=False).stdout
        assert "lists/shared-addresses.csv is 0 days old" in doctor and "Private Relay" not in doctor
        old = datetime.datetime.now().timestamp() - 91 * 86400
        os.utime(lists / "shared-addresses.csv", (old, old))
        (lists / "data-centres.csv").write_text("<html>")
        until(lambda: "lists/shared-addresses.csv is 91 days old" in server.run("doctor", check=False).stdout, "the list to be read again", within=150)
        until(lambda: "line 1 of the data center list" in server.log(), "the log", within=150)
        assert "data_centres" in {source["list"] for source in owner(server).get("/stats/methodology").json()["lists"]["sources"]}
    finally:
        server.stop()


def test_a_backup_has_the_figures(tmp_path):
    server = Carillon(tmp_path / "data").start()
    try:
        server.make_show()
        episode = server.publish(make_recording(tmp_path / "short.wav", seconds=5))
        listen(server, episode, OVERCAST)
        counted(server, "download", 1)
        server.run("backup", str(tmp_path / "backup"))
    finally:
        server.stop()
    # As when the log is older than it is kept.
    shutil.rmtree(tmp_path / "backup" / "requests")
    restored = Carillon(tmp_path / "restored")
    restored.run("restore", str(tmp_path / "backup"))
    restored.start()
    try:
        assert [item["downloads"] for item in restored.json("stats", "show", "demo")["items"]] == [1]
        refused = restored.run("stats", "recount", today(), check=False)
        assert refused.returncode == 1 and "0 of the 1 requests" in refused.stderr
        assert [item["downloads"] for item in restored.json("stats", "show", "demo")["items"]] == [1]
    finally:
        restored.stop()
