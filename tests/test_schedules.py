"""A scheduled episode goes out at its second: once, never early, also when the server is killed over it."""

import datetime
import email.utils
import itertools
import os
import random
import threading
import time
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor

import requests

from conftest import make_recording, until
from workflow import Api

LONG = bool(os.environ.get("CARILLON_LONG"))
COUNT, WINDOW, KILLS = (100, 60, 8) if LONG else (30, 12, 3)  # episodes, seconds, kills
LATE = 1.0  # seconds: what a publisher is promised while the server is up


def rfc3339(moment):
    return datetime.datetime.fromtimestamp(moment, datetime.timezone.utc).isoformat()


def seconds_of(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class Watcher(threading.Thread):
    """Looks at the feed all the time, as an app with no manners does, and notes when it first saw each episode, and when nobody answered."""

    def __init__(self, server):
        super().__init__()
        self.server, self.ended = server, threading.Event()
        self.seen, self.twice, self.silences = {}, set(), []

    def run(self):
        answered = time.time()
        with requests.Session() as session:
            while not self.ended.is_set():
                asked = time.time()
                try:
                    text = session.get(self.server.origin + "/feeds/demo", verify=self.server.authority, timeout=10).content
                except requests.RequestException:
                    time.sleep(0.01)
                    continue
                now = time.time()
                # A gap between two answers is a time in which nobody can say what was public.
                if asked - answered > 0.2:
                    self.silences.append((answered, now))
                answered = now
                guids = [guid.text for guid in ElementTree.fromstring(text).iterfind("channel/item/guid")]
                self.twice.update(guid for guid in guids if guids.count(guid) > 1)
                for guid in guids:
                    self.seen.setdefault(guid, now)
                time.sleep(0.02)

    def end(self):
        self.ended.set()
        self.join()

    def promised_by(self, moment):
        """When an episode of that moment must be seen at the latest: the second counts from when the server is there again."""
        for began, ended in self.silences:
            if began <= moment + LATE and moment <= ended:
                moment = max(moment, ended)
        return moment + LATE


def drafts(server, tmp_path, count):
    """Episodes with audio, made cheaply: one second of sound each."""
    api = Api(server)
    recording = make_recording(tmp_path / "second.wav", seconds=1).read_bytes()

    def one(number):
        episode = api.needed("POST", "/shows/demo/episodes", {"title": f"Schedule {number}"})
        job = api.needed("PUT", f"/episodes/{episode['id']}/audio", {"upload": api.upload(recording)})
        until(lambda: api.needed("GET", f"/jobs/{job['id']}")["state"] == "done", "the audio is ready", 180)
        return episode

    with ThreadPoolExecutor(4) as workers:
        return list(workers.map(one, range(count)))


def test_every_schedule_is_kept_once_and_to_the_second_though_the_server_is_killed(carillon, tmp_path):
    carillon.make_show()
    episodes = drafts(carillon, tmp_path, COUNT)
    rng = random.Random(11)
    start = time.time() + 3
    wished = {}
    for episode in episodes:
        # To the millisecond, and some of them together on the full second.
        at = start + rng.uniform(0, WINDOW)
        wished[episode["id"]] = round(at) if rng.random() < 0.3 else round(at, 3)
    api = Api(carillon)
    for identity, at in wished.items():
        assert api.needed("POST", f"/episodes/{identity}/publish", {"at": rfc3339(at)})["state"] == "scheduled"
    watcher = Watcher(carillon)
    watcher.start()
    try:
        kills = sorted(start + WINDOW * (kill + rng.uniform(0.2, 0.8)) / KILLS for kill in range(KILLS))
        for number, moment in enumerate(kills):
            until(lambda: time.time() >= moment, "the time of a kill")
            carillon.kill()
            # Some stay down over several schedules.
            back = time.time() + 1.5 * (number % 2)
            until(lambda: time.time() >= back, "the time of a start")
            carillon.start()
        until(lambda: len(watcher.seen) == COUNT, "all are out", WINDOW + 30)
    finally:
        watcher.end()

    assert not watcher.twice, "each is one item of the feed"
    lateness = {identity: watcher.seen[identity] - at for identity, at in wished.items()}
    up = [seconds for identity, seconds in lateness.items() if watcher.promised_by(wished[identity]) == wished[identity] + LATE]
    print(f"\n{COUNT} schedules, {KILLS} kills, {len(up)} due while the server was up: latest {max(up):.3f} s, earliest {min(lateness.values()):.3f} s; "
          f"latest of all {max(lateness.values()):.3f} s")
    assert len(up) > COUNT / 3, "most are due while it is up"
    assert min(lateness.values()) >= 0, "none is early"
    assert not [identity for identity, at in wished.items() if watcher.seen[identity] > watcher.promised_by(at)], "none is late"

    items = ElementTree.fromstring(carillon.get("/feeds/demo").content).findall("channel/item")
    assert sorted(item.find("guid").text for item in items) == sorted(wished)
    for item in items:
        published = email.utils.parsedate_to_datetime(item.find("pubDate").text).timestamp()
        assert published == int(wished[item.find("guid").text]), "the date is the one that was wished"
    for identity, at in wished.items():
        episode = api.needed("GET", f"/episodes/{identity}")
        assert (episode["state"], episode["publish_at"]) == ("published", None)
        assert abs(seconds_of(episode["published"]) - at) < 0.001
    dates = [seconds_of(api.needed("GET", f"/episodes/{item.find('guid').text}")["published"]) for item in items]
    assert all(first >= second for first, second in itertools.pairwise(dates)), "the newest first"


def test_long_recordings_in_the_works_hold_no_schedule_up(carillon, tmp_path):
    carillon.make_show()
    due, = drafts(carillon, tmp_path, 1)
    api = Api(carillon)
    long = make_recording(tmp_path / "long.wav", seconds=600).read_bytes()
    jobs = []
    for number in range(3):
        other = api.needed("POST", "/shows/demo/episodes", {"title": f"Long {number}"})
        jobs.append(api.needed("PUT", f"/episodes/{other['id']}/audio", {"upload": api.upload(long)})["id"])
    states = lambda: [api.needed("GET", f"/jobs/{job}")["state"] for job in jobs]
    until(lambda: states().count("running") == 2, "both encoders are busy")
    at = time.time() + 1
    api.needed("POST", f"/episodes/{due['id']}/publish", {"at": rfc3339(at)})
    until(lambda: due["id"] in carillon.get("/feeds/demo").text, "it is out", 20)
    assert time.time() - at <= LATE
    assert "done" not in states()[2:], "the encoders were busy all the time"


def test_a_schedule_can_be_moved_and_taken_back(carillon, tmp_path):
    carillon.make_show()
    moved, withdrawn = drafts(carillon, tmp_path, 2)
    api = Api(carillon)
    first = time.time() + 1.5
    for episode in (moved, withdrawn):
        api.needed("POST", f"/episodes/{episode['id']}/publish", {"at": rfc3339(first)})
    later = first + 2
    assert api.needed("POST", f"/episodes/{moved['id']}/publish", {"at": rfc3339(later)})["state"] == "scheduled"
    assert api.needed("POST", f"/episodes/{withdrawn['id']}/unpublish")["state"] == "draft"
    until(lambda: moved["id"] in carillon.get("/feeds/demo").text, "the one that was moved is out")
    assert time.time() >= later
    assert api.needed("GET", f"/episodes/{withdrawn['id']}")["state"] == "draft"
    assert withdrawn["id"] not in carillon.get("/feeds/demo").text
