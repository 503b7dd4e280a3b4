"""Advertisements in downloads: who hears them, that a listener's file never changes, and that what was delivered is counted."""

import itertools
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time

import pytest
import requests

from conftest import Carillon, make_recording, until
from workflow import Api

PLACES = [{"at_seconds": 0, "kind": "preroll", "slots": 1}, {"at_seconds": 20, "kind": "midroll", "slots": 2}, {"at_seconds": 200, "kind": "postroll", "slots": 1}]
AGENTS = (f"AntennaPod/3.5.{number}" for number in itertools.count())
DAY = 86_400


def seconds_of(file):
    """As a decoder counts them, which must have nothing to complain about."""
    done = subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-i", file, "-f", "s16le", "-ac", "1", "-ar", "44100", "-"], capture_output=True, check=True)
    assert done.stderr == b""
    return len(done.stdout) / 2 / 44_100


class Market:
    """A server with an episode of three minutes that has places for advertisements, and short recordings to be heard there."""

    def __init__(self, folder):
        self.folder = folder
        self.server = Carillon(folder / "data").start()
        self.server.make_show()
        self.numbers = itertools.count()
        self.api = Api(self.server)
        self.episode = self.publish("Talk", 200)
        self.api.needed("PUT", f"/episodes/{self.episode['id']}/cue-points", PLACES)
        self.spots = [self.publish(f"Spot {number}", 5 + number) for number in range(3)]

    def publish(self, title, seconds):
        episode = self.api.needed("POST", "/shows/demo/episodes", {"title": title})
        path = f"/episodes/{episode['id']}"
        recording = make_recording(self.folder / f"{title}.wav", seconds=seconds).read_bytes()
        self.api.needed("PUT", path + "/audio", {"upload": self.api.upload(recording)})
        self.api.needed("POST", path + "/publish", {})
        until(lambda: self.api.needed("GET", path)["state"] == "published", f"{title} is out", 300)
        return self.api.needed("GET", path)

    def sql(self, text, *values):
        with sqlite3.connect(self.server.data / "carillon.db", timeout=60) as database:
            return database.execute(text, values).fetchall()

    def book(self, spots=(0,), **terms):
        """An approved order; it counts from the next start on."""
        name = f"{next(self.numbers):026}"
        now = int(time.time() * 1e6)
        frames = [self.sql("SELECT frames, frames_length, duration FROM episodes WHERE id = ?", self.spots[spot]["id"])[0] for spot in spots]
        starts, ends = now - DAY * 1_000_000, now + 30 * DAY * 1_000_000
        stamp = lambda time_: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time_ / 1e6))
        terms = {"goal": 10_000_000, "pacing": "fast", **terms, "starts": stamp(starts), "ends": stamp(ends)}
        self.sql("INSERT INTO advertisers VALUES (?, 'default', ?, ?, 0)", name, f"Advertiser {name}", now)
        self.sql("INSERT INTO campaigns VALUES (?, 'default', ?, 'Campaign', ?, 0)", name, name, now)
        self.sql("INSERT INTO ad_orders (id, campaign, network, name, state, starts, ends, terms, created, changed, revision, deleted) VALUES "
                 "(?, ?, 'default', 'Order', 'approved', ?, ?, ?, ?, ?, 1, 0)", name, name, starts, ends, json.dumps({"name": "Order", **terms}), now, now)
        for number, (digest, length, duration) in enumerate(frames):
            creative = f"{'abcdefghjk'[number]}{name[1:]}"
            self.sql("INSERT INTO creatives (id, order_id, network, name, kind, categories, expires, state, error, original, original_length, approved, tried, "
                     "created, changed, revision, deleted) VALUES (?, ?, 'default', 'Spot', 'produced', '[]', 0, 'ready', '', '', 0, ?, 0, ?, ?, 1, 0)",
                     creative, name, now, now, now)
            self.sql("INSERT INTO creative_files VALUES (?, 128000, 2, 44100, -160, ?, ?, ?, -16, -1)", creative, digest, length, duration)
        return name

    def restart(self, kill=False):
        if kill:
            os.kill(self.server.process.pid, signal.SIGKILL)
            self.server.process.wait()
        else:
            self.server.stop()
        self.server.start()
        self.api = Api(self.server)

    def ask(self, agent, method="GET", follow=False, **fields):
        return requests.request(method, self.episode["enclosure"], headers={"User-Agent": agent, **fields}, allow_redirects=follow, verify=self.server.authority, timeout=60)

    def get(self, url, agent="AntennaPod/3.5.0", **fields):
        return requests.get(url, headers={"User-Agent": agent, **fields}, verify=self.server.authority, timeout=60)


@pytest.fixture(scope="module")
def market(tmp_path_factory):
    market = Market(tmp_path_factory.mktemp("market"))
    market.plain = market.ask(next(AGENTS))
    assert market.plain.status_code == 200, "without orders, the episode is served as it is"
    market.order = market.book(spots=(0, 1), most_per_download=2)
    market.restart()
    yield market
    market.server.stop()


def test_from_the_booking_to_the_report(market, tmp_path):
    """An order and its creative through the API are heard within seconds, without a restart; the report has what was delivered."""
    api, today, next_year = market.api, *(time.strftime("%Y-%m-%d", time.gmtime(time.time() + days * DAY)) for days in (0, 365))
    campaign = api.needed("POST", "/campaigns", {"name": "Spring", "advertiser": api.needed("POST", "/advertisers", {"name": "Acme"})["id"]})["id"]
    order = api.needed("POST", f"/campaigns/{campaign}/orders", {"name": "Spring", "starts": today, "ends": next_year, "tier": "exclusive", "pacing": "fast",
                                                                 "goal": 1_000_000, "positions": ["preroll"]})["id"]
    upload = api.upload(make_recording(tmp_path / "spot.wav", seconds=8).read_bytes())
    job = api.needed("POST", f"/orders/{order}/creatives", {"name": "Spot", "upload": upload})
    until(lambda: api.needed("GET", f"/jobs/{job['id']}")["state"] == "done", "the creative is ready", 300)
    assert seconds_with(market, tmp_path) == pytest.approx(11, abs=0.2), "only what is approved is heard"
    api.needed("POST", f"/orders/{order}/approve", {})
    # Exclusive, so it's in front of everything; the others keep two of the other slots.
    until(lambda: abs(seconds_with(market, tmp_path) - 11 - 8) < 0.2, "the order is heard", 60)

    def report():
        market.server.json("stats", "recount", today)
        return api.needed("GET", f"/orders/{order}/report")
    until(lambda: report()["delivered"] > 0, "a delivery is counted", 60)
    before = report()
    assert before == {"delivered": before["delivered"], "downloads": before["delivered"], "listeners": before["delivered"],
                      "by_day": [{"day": today, "delivered": before["delivered"]}], "provisional_from": today}
    for agent in (next(AGENTS), next(AGENTS)):
        market.ask(agent, follow=True)
        market.ask(agent, follow=True)
    market.ask(next(AGENTS))
    until(lambda: report()["delivered"] == before["delivered"] + 2, "two more, each once", 60)
    answer = requests.get(f"{market.server.origin}/api/v1/orders/{order}/report", verify=market.server.authority, timeout=60)
    assert answer.status_code == 401, "strangers learn nothing"
    api.needed("PATCH", f"/orders/{order}", {"state": "done"})
    until(lambda: abs(seconds_with(market, tmp_path) - 11) < 0.2, "an order that was ended is no longer heard", 60)


def seconds_with(market, folder):
    """How much longer the episode is for a new listener."""
    files = []
    for name, content in (("with", market.ask(next(AGENTS), follow=True).content), ("plain", market.plain.content)):
        files.append(folder / f"{name}.mp3")
        files[-1].write_bytes(content)
    return seconds_of(files[0]) - seconds_of(files[1])


def test_an_advertisement_is_heard(market, tmp_path):
    agent = next(AGENTS)
    answer = market.ask(agent)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (302, "private, no-store")
    head = market.ask(agent, "HEAD")
    assert (head.status_code, head.headers["Location"]) == (302, answer.headers["Location"])
    whole = market.get(answer.headers["Location"])
    assert whole.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    file = tmp_path / "with.mp3"
    file.write_bytes(whole.content)
    plain = tmp_path / "plain.mp3"
    plain.write_bytes(market.plain.content)
    assert seconds_of(file) - seconds_of(plain) == pytest.approx(5 + 6, abs=0.2)
    said = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", file], capture_output=True, check=True, text=True)
    assert float(said.stdout) == pytest.approx(seconds_of(file), abs=0.06), "the Info frame is right"
    part = market.ask(agent, follow=True, Range="bytes=1000-200000")
    assert (part.status_code, part.content) == (206, whole.content[1000:200_001]), "an app that continues at the enclosure gets the same file"


def test_a_listener_gets_the_same_file_whatever_changes(market):
    agent = next(AGENTS)
    first = market.ask(agent).headers["Location"]
    content = market.get(first).content
    path = f"/episodes/{market.episode['id']}"

    def same(why):
        answer = market.ask(agent)
        assert answer.status_code == 302, why
        # The name of the file follows the episode's; the arrangement doesn't.
        assert answer.headers["Location"].split("/")[4] == first.split("/")[4], why
        assert market.get(answer.headers["Location"]).content == content, why
        assert market.get(first).content == content, why

    name = first.split("/")[4]
    until(lambda: market.sql("SELECT 1 FROM ad_decisions JOIN ad_arrangements ON digest = arrangement WHERE name = ?", name), "the decision is stored")
    market.restart(kill=True)
    same("after a crash")
    market.book(spots=(2,), tier="exclusive", priority=1)
    market.restart()
    same("with a new order")
    market.sql("UPDATE ad_orders SET terms = json_set(terms, '$.cap', 1, '$.goal', 1) WHERE id = ?", market.order)
    market.restart()
    same("with a cap that is reached")
    market.sql("UPDATE creatives SET deleted = ? WHERE order_id = ?", int(time.time() * 1e6), market.order)
    market.restart()
    same("without its creatives")
    market.api.needed("PATCH", path, {"title": "Another title"})
    same("with another title")
    market.api.needed("PUT", path + "/cue-points", PLACES[:1])
    same("with other cue points")
    other = market.ask(next(AGENTS)).headers["Location"]
    assert other.split("/")[4] != first.split("/")[4], "somebody else hears what is booked now"
    market.api.needed("PUT", path + "/cue-points", PLACES)
    market.sql("UPDATE creatives SET deleted = 0 WHERE order_id = ?", market.order)
    market.sql("UPDATE ad_orders SET terms = json_remove(json_set(terms, '$.goal', 10000000), '$.cap') WHERE id = ?", market.order)
    market.restart()


def test_who_began_without_goes_on_without(market):
    agent = next(AGENTS)
    market.sql("UPDATE ad_orders SET state = 'done'")
    market.restart()
    whole = market.ask(agent)
    assert whole.status_code == 200
    market.sql("UPDATE ad_orders SET state = 'approved'")
    market.restart()
    rest = market.ask(agent, Range="bytes=1000-")
    assert (rest.status_code, rest.content) == (206, whole.content[1000:])
    assert market.ask(next(AGENTS)).status_code == 302


def test_any_range_is_of_one_file(market):
    dice = random.Random(7)
    for _ in range(3):
        agent = next(AGENTS)
        address = market.ask(agent).headers["Location"]
        whole = market.get(address)
        tag, size = whole.headers["ETag"], len(whole.content)
        for _ in range(25):
            first = dice.randrange(size)
            last = min(size - 1, first + dice.choice([0, 1, 417, 5_000, size]))
            fields = {"Range": f"bytes={first}-{last}"}
            if dice.random() < 0.5:
                fields["If-Range"] = tag
            part = market.ask(agent, follow=True, **fields) if dice.random() < 0.3 else market.get(address, agent, **fields)
            assert (part.status_code, part.content) == (206, whole.content[first:last + 1])
            assert part.headers["ETag"] == tag
        assert market.get(address, agent, Range="bytes=5-10", **{"If-Range": '"other"'}).content == whole.content
        assert market.ask(agent, "HEAD", follow=True).headers["Content-Length"] == str(size)


@pytest.mark.parametrize("client", ["curl", "aria2c", "wget"])
def test_real_clients_get_whole_files(market, client, tmp_path):
    if not shutil.which(client):
        pytest.skip(f"{client} isn't installed")
    url, authority = market.episode["enclosure"], market.server.authority
    agent = next(AGENTS)
    whole = market.ask(agent, follow=True).content
    file = tmp_path / "talk.mp3"
    if client == "aria2c":
        subprocess.run(["aria2c", "-q", "-x8", "-s8", "-k1M", f"--ca-certificate={authority}", "-U", agent, "-d", tmp_path, "-o", "talk.mp3", url], check=True, timeout=120)
        assert file.read_bytes() == whole
        return
    # The first half, a restart with another order, the rest.
    file.write_bytes(whole[:len(whole) // 2])
    market.book(spots=(2,), tier="exclusive")
    market.restart()
    if client == "curl":
        subprocess.run(["curl", "-sSfL", "-C", "-", "--cacert", authority, "-A", agent, "-o", file, url], check=True, timeout=120)
    else:
        subprocess.run(["wget", "-q", "-c", f"--ca-certificate={authority}", "-U", agent, "-O", file, url], check=True, timeout=120)
    assert file.read_bytes() == whole
    market.sql("UPDATE ad_orders SET state = 'done' WHERE id <> ?", market.order)
    market.restart()


def test_what_was_delivered_is_counted(market):
    order = market.book(spots=(2,), tier="exclusive", positions=["preroll"])
    market.restart()
    first, second, third = next(AGENTS), next(AGENTS), next(AGENTS)
    whole = market.ask(first, follow=True)
    # In two parts, one of them twice.
    address = market.ask(second).headers["Location"]
    size = len(whole.content)
    for part in (f"bytes=0-{size // 2}", f"bytes={size // 2}-", f"bytes={size // 2}-"):
        assert market.get(address, second, Range=part).status_code == 206
    # Everything but the advertisement in front: a download, but nothing delivered.
    assert market.get(market.ask(third).headers["Location"], third, Range="bytes=60000-").status_code == 206
    market.ask(next(AGENTS))  # only the redirect
    today = time.strftime("%Y-%m-%d", time.gmtime())

    def counted():
        market.server.json("stats", "recount", today)
        with sqlite3.connect(market.server.data / "statistics.db", timeout=60) as database:
            return database.execute("SELECT position, SUM(count) FROM ad_deliveries WHERE order_id = ? GROUP BY position", (order,)).fetchall()
    until(lambda: sum(count for _, count in counted()) >= 2, "two deliveries are counted", 60)
    assert counted() == [("preroll", 2)]
    report = market.api.needed("GET", f"/orders/{order}/report")
    assert (report["delivered"], report["downloads"], report["listeners"]) == (2, 2, 2)


def test_a_removed_part_is_gone_for_those_who_had_it(market):
    """Whoever sends the ETag of the whole file doesn't get a part that was removed since."""
    agent = next(AGENTS)
    path = f"/episodes/{market.episode['id']}"
    market.sql("UPDATE ad_orders SET state = 'done'")
    market.restart()
    whole = market.ask(agent)
    assert whole.status_code == 200
    market.api.needed("PUT", path + "/cue-points", [{"at_seconds": 30, "kind": "remove", "until_seconds": 40}])
    answer = market.ask(next(AGENTS), Range="bytes=1000-", **{"If-Range": whole.headers["ETag"]})
    assert answer.status_code == 302
    rest = market.get(answer.headers["Location"], Range="bytes=1000-", **{"If-Range": whole.headers["ETag"]})
    assert rest.status_code == 200 and len(rest.content) < len(whole.content) - 100_000
    market.api.needed("PUT", path + "/cue-points", PLACES)
