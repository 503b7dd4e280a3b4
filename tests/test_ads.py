"""What ad teams book: advertisers, campaigns, orders, creatives; who may do it, and what is refused."""

import math
import struct
import subprocess
import wave

import pytest

from api import Caller, make_person, with_token
from conftest import Carillon, make_recording, until
from workflow import Api

TERMS = {"name": "Spring", "starts": "2026-01-01", "ends": "2099-12-31"}
EVERYTHING = {**TERMS, "goal": 1000, "cap": 1100, "tier": "direct", "priority": 3, "pacing": "front", "logic": "and", "positions": ["preroll", "midroll"],
              "most_per_download": 2, "categories": ["cars"], "frequency": [{"times": 3, "hours": 168}],
              "targets": {"shows": ["demo"], "tags": ["news"], "countries": ["at", "DE"], "regions": ["AT-9"], "apps": ["Overcast"], "days": ["mon", "sun"], "hours": [0, 23],
                          "except": {"countries": ["CH"], "devices": ["Smart speaker"]}},
              "price": {"cpm": 12.5, "flat": 99.99, "currency": "usd"}}


class Desk:
    """An ad team at work, on a server of its own."""

    def __init__(self, server, folder):
        self.server, self.folder = server, folder
        server.run("user", "create", "operator@example.org", "--role", "operator")
        self.operator = with_token(server, "operator@example.org")
        for role in ("ads", "analyst", "producer"):
            make_person(server, f"{role}@example.org", role)
            setattr(self, role, with_token(server, f"{role}@example.org"))
        self.recording = make_recording(folder / "spot.wav", seconds=3)
        self.campaign = self.made("/campaigns", {"name": "Cars", "advertiser": self.made("/advertisers", {"name": "Acme"})["id"]})["id"]

    def made(self, path, document, by=None):
        answer = (by or self.ads).post(path, document)
        assert answer.ok, answer.text
        return answer.json()

    def order(self, **more):
        return self.made(f"/campaigns/{self.campaign}/orders", {**TERMS, **more})

    def upload(self, path=None):
        return self.made_upload((path or self.recording).read_bytes())

    def made_upload(self, data):
        answer = self.ads.post("/uploads", data=data)
        assert answer.ok, answer.text
        return answer.json()["id"]

    def creative(self, order, path=None, **more):
        """Its ID, once its job has ended."""
        job = self.made(f"/orders/{order['id']}/creatives", {"name": "Spot", "upload": self.upload(path), **more})
        assert job["kind"] == "creative" and job["subject"] == job["creative"]
        until(lambda: self.now(f"/jobs/{job['id']}")["state"] in ("done", "failed"), "the creative's job has ended", 300)
        return job["creative"]

    def now(self, path):
        """For looking often: over the control socket, where nobody counts requests."""
        return Api(self.server).needed("GET", path)

    def found(self, path):
        answer = self.ads.get(path)
        assert answer.ok, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("desk")
    server = Carillon(folder / "data").start()
    server.make_show()
    yield Desk(server, folder)
    server.stop()


def test_an_order_is_kept_as_it_was_booked(desk):
    answer = desk.ads.post(f"/campaigns/{desk.campaign}/orders", EVERYTHING)
    assert answer.status_code == 201, answer.text
    order = answer.json()
    assert answer.headers["Location"] == f"/api/v1/orders/{order['id']}"
    assert (order["state"], order["campaign"], order["creatives"]) == ("draft", desk.campaign, [])
    assert (order["starts"], order["ends"]) == ("2026-01-01T00:00:00Z", "2100-01-01T00:00:00Z"), "a date is the whole day"
    expected = {**EVERYTHING, "starts": order["starts"], "ends": order["ends"], "price": {"cpm": 12.5, "flat": 99.99, "currency": "USD"}}
    expected["targets"] = {**EVERYTHING["targets"], "countries": ["AT", "DE"]}
    assert {name: order[name] for name in expected} == expected
    assert desk.found(f"/orders/{order['id']}") == order
    assert order in desk.found(f"/campaigns/{desk.campaign}/orders")["items"]

    # An order that is sent back as it was is as it was.
    same = desk.ads.patch(f"/orders/{order['id']}", {name: order[name] for name in expected})
    assert same.ok and same.json() == order, same.text

    # Only what is given changes.
    changed = desk.ads.patch(f"/orders/{order['id']}", {"cap": None, "priority": 1}, headers={"If-Match": f'"{order["revision"]}"'})
    assert changed.ok, changed.text
    assert changed.json() == {**order, "cap": None, "priority": 1, "revision": order["revision"] + 1, "changed": changed.json()["changed"]}
    late = desk.ads.patch(f"/orders/{order['id']}", {"priority": 2}, headers={"If-Match": f'"{order["revision"]}"'})
    assert late.status_code == 412
    assert desk.found(f"/orders/{order['id']}")["priority"] == 1

    acts = [line["act"] for line in desk.operator.get("/audit?network=default").json()["items"] if line["subject"] == order["id"]]
    assert acts == ["order.edit", "order.create"], "the edit that changed nothing isn't in the trail"


@pytest.mark.parametrize("change, field", [
    ({"name": ""}, "name"), ({"name": "x" * 201}, "name"), ({"name": 3}, "name"), ({"starts": "soon"}, "starts"), ({"ends": 5}, "ends"), ({"ends": "2025-12-31"}, "ends"),
    ({"ends": "20266-01-01"}, "ends"), ({"ends": "9999-12-31"}, "ends"), ({"goal": 0}, "goal"), ({"goal": 1.5}, "goal"), ({"goal": 10**13}, "goal"), ({"goal": 10, "cap": 9}, "cap"), ({"priority": 0}, "priority"),
    ({"priority": 11}, "priority"), ({"pacing": "slow"}, "pacing"), ({"positions": ["end"]}, "positions"), ({"positions": "preroll"}, "positions"), ({"logic": "xor"}, "logic"),
    ({"tier": "vip"}, "tier"), ({"most_per_download": 11}, "most_per_download"), ({"categories": [""]}, "categories"), ({"categories": ["x"] * 21}, "categories"),
    ({"frequency": [{"times": 0, "hours": 1}]}, "frequency[0].times"), ({"frequency": [{"times": 1, "hours": 9000}]}, "frequency[0].hours"),
    ({"frequency": [{"times": 1, "hours": 1}] * 6}, "frequency"), ({"targets": {"countries": ["UK"]}}, "targets.countries"), ({"targets": {"countries": ["Austria"]}}, "targets.countries"),
    ({"targets": {"regions": ["Vienna"]}}, "targets.regions"), ({"targets": {"shows": ["nothing"]}}, "targets.shows"), ({"targets": {"episodes": ["0" * 26]}}, "targets.episodes"),
    ({"targets": {"days": ["Monday"]}}, "targets.days"), ({"targets": {"hours": [24]}}, "targets.hours"), ({"targets": {"country": ["AT"]}}, "targets.country"),
    ({"targets": {"countries": ["AT"], "except": {"countries": ["AT"]}}}, "targets.countries"), ({"targets": {"countries": [f"A{n}" for n in range(201)]}}, "targets.countries"),
    ({"targets": {"except": {"except": {}}}}, "targets.except.except"), ({"price": {"cpm": -1}}, "price.cpm"), ({"price": {"cpm": 1.005}}, "price.cpm"), ({"price": {"currency": "€"}}, "price.currency"),
    ({"state": "approved"}, "state"), ({"state": "paused"}, "state"), ({"budget": 1}, "budget")])
def test_what_does_not_fit_is_one_sentence_and_changes_nothing(desk, change, field):
    order = desk.order()
    answer = desk.ads.patch(f"/orders/{order['id']}", change)
    assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text
    assert answer.json()["detail"].endswith((".", "?")) and "\n" not in answer.json()["detail"]
    assert desk.found(f"/orders/{order['id']}") == order
    answer = desk.ads.post(f"/campaigns/{desk.campaign}/orders", {**TERMS, **change})
    assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text


def test_an_order_needs_a_name_and_dates(desk):
    for missing in TERMS:
        answer = desk.ads.post(f"/campaigns/{desk.campaign}/orders", {name: value for name, value in TERMS.items() if name != missing})
        assert (answer.status_code, answer.json()["field"]) == (422, missing), answer.text
    for data in (b"[]", b"{", b"[" * 100_000):
        assert desk.ads.post(f"/campaigns/{desk.campaign}/orders", data=data, headers={"Content-Type": "application/json"}).status_code in (413, 422)


def test_days_are_whole_and_times_keep_their_offset(desk):
    day = desk.order(starts="2099-01-31", ends="2099-01-31")
    assert (day["starts"], day["ends"]) == ("2099-01-31T00:00:00Z", "2099-02-01T00:00:00Z"), "an order of one day has that day"
    clocks_change = desk.order(starts="2026-11-01T00:00:00-04:00", ends="2026-11-02T00:00:00-05:00")
    assert (clocks_change["starts"], clocks_change["ends"]) == ("2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z")


def test_orders_share_a_recording_and_not_its_fate(desk):
    one, other = desk.order(), desk.order()
    first, second = desk.creative(one), desk.creative(other)
    assert desk.found(f"/creatives/{first}")["formats"] == desk.found(f"/creatives/{second}")["formats"]
    assert desk.ads.delete(f"/orders/{one['id']}").status_code == 204
    assert desk.ads.get(f"/creatives/{second}/audio").status_code == 200
    assert desk.ads.post(f"/orders/{other['id']}/approve").ok


def test_an_order_is_approved_with_its_creatives(desk):
    order = desk.order()
    path = f"/orders/{order['id']}"
    answer = desk.ads.post(path + "/approve")
    assert answer.status_code == 409 and "no creative" in answer.json()["detail"], answer.text
    answer = desk.ads.post(path + "/approve", headers={"If-Match": f'"{order["revision"]}"'})
    assert answer.status_code == 409, "no one else changed it"

    (desk.folder / "broken.wav").write_bytes(b"no recording at all")
    broken = desk.creative(order, desk.folder / "broken.wav")
    assert desk.found(f"/creatives/{broken}")["state"] == "failed"
    answer = desk.ads.post(path + "/approve")
    assert answer.status_code == 409 and "couldn't be processed" in answer.json()["detail"], answer.text
    assert desk.ads.get(f"/creatives/{broken}/audio").status_code == 404
    assert desk.ads.delete(f"/creatives/{broken}").status_code == 204

    spot = desk.creative(order, kind="host_read", categories=["cars"], expires="2099-01-01")
    creative = desk.found(f"/creatives/{spot}")
    assert (creative["state"], creative["approved"], creative["error"], creative["kind"]) == ("ready", None, None, "host_read")
    assert (creative["expires"], creative["categories"]) == ("2099-01-02T00:00:00Z", ["cars"])
    assert 2.9 < creative["duration_seconds"] < 3.2
    answer = desk.ads.post(path + "/approve", headers={"If-Match": f'"{order["revision"]}"'})
    assert answer.ok and answer.json()["state"] == "running" and answer.json()["creatives"][0]["approved"], answer.text
    assert desk.found(path + "/creatives")["items"] == answer.json()["creatives"]

    # One that is added later waits for the next approval.
    late = desk.creative(order)
    assert desk.found(f"/creatives/{late}")["approved"] is None
    assert desk.ads.post(path + "/approve").ok
    assert desk.found(f"/creatives/{late}")["approved"]

    # A person ends it, withdraws the approval, approves it again.
    assert desk.ads.patch(path, {"state": "done"}).json()["state"] == "done"
    assert desk.ads.patch(path, {"state": "running"}).status_code == 422
    assert desk.ads.patch(path, {"state": "draft"}).json()["state"] == "draft"
    assert desk.ads.patch(path, {"state": "done"}).status_code == 409
    assert desk.ads.post(path + "/approve").json()["state"] == "running"
    future = desk.ads.patch(path, {"starts": "2090-01-01"}).json()
    assert future["state"] == "approved"
    assert desk.ads.patch(path, {"starts": "2025-01-01", "ends": "2025-02-01"}).json()["state"] == "done"
    answer = desk.ads.post(path + "/approve")
    assert answer.status_code == 409 and "2025" in answer.json()["detail"]

    assert desk.ads.delete(path).status_code == 204
    assert desk.ads.get(path).status_code == 404 and desk.ads.get(f"/creatives/{spot}").status_code == 404
    assert all(each["id"] != order["id"] for each in desk.found(f"/campaigns/{desk.campaign}/orders")["items"])


def decoded(data):
    done = subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-i", "-", "-f", "s16le", "-ac", "1", "-ar", "44100", "-"], input=data, capture_output=True, check=True)
    assert done.stderr == b""
    return done.stdout


def true_peak(data):
    done = subprocess.run(["ffmpeg", "-nostdin", "-i", "-", "-af", "ebur128=peak=true", "-f", "null", "-"], input=data, capture_output=True, check=True)
    lines = done.stderr.decode().split("Summary:")[1]
    return (float(lines.split("I:")[1].split()[0]), float(lines.split("Peak:")[1].split()[0]))


def loud(path):
    """Noise at full scale: what encoding makes louder."""
    seed = 1
    with wave.open(str(path), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(44100)
        samples = []
        for i in range(44100):
            seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
            samples.append(int(32767 * math.copysign(1, math.sin(2 * math.pi * 997 * i / 44100))) if seed & 4096 else int(32767 * math.sin(i)))
        data = b"".join(struct.pack("<hh", s, -s) for s in samples)
        for _ in range(4):
            out.writeframesraw(data)
    return path


def test_a_creative_is_made_for_every_format_of_the_network(desk):
    order = desk.order()
    spot = desk.creative(order, loud(desk.folder / "loud.wav"))
    creative = desk.found(f"/creatives/{spot}")
    assert creative["state"] == "ready", creative
    assert [(each["bitrate"], each["channels"], each["loudness"]) for each in creative["formats"]] == [(128000, 2, -16)]
    audio = desk.ads.get(f"/creatives/{spot}/audio")
    assert audio.headers["Content-Type"] == "audio/mpeg" and len(audio.content) == creative["formats"][0]["bytes"]
    assert len(decoded(audio.content)) / 2 / 44100 == pytest.approx(creative["duration_seconds"], abs=0.06)
    loudness, peak = true_peak(audio.content)
    assert abs(loudness + 16) < 1 and peak <= -1.4, (loudness, peak)
    part = desk.ads.get(f"/creatives/{spot}/audio", headers={"Range": "bytes=0-99"})
    assert part.status_code == 206 and part.content == audio.content[:100]

    # A show in mono, leveled for mono: the creative is made for it without anybody asking.
    desk.operator.post("/shows", {"slug": "mono", "title": "Mono", "format": {"channels": 1}, "audio": {"loudness": "by_channels"}})
    until(lambda: len(desk.now(f"/creatives/{spot}")["formats"]) == 2, "the creative has a file for the new show", 300)
    assert (96000, 1, -19) in [(each["bitrate"], each["channels"], each["loudness"]) for each in desk.found(f"/creatives/{spot}")["formats"]]


def test_recordings_that_are_no_advertisements_are_refused(desk):
    order = desk.order()
    make_recording(desk.folder / "silent.wav", seconds=2, level=0)
    silent = desk.found(f"/creatives/{desk.creative(order, desk.folder / 'silent.wav')}")
    assert silent["state"] == "failed" and "no sound" in silent["error"]
    make_recording(desk.folder / "episode.wav", seconds=601, rate=8000)
    long = desk.found(f"/creatives/{desk.creative(order, desk.folder / 'episode.wav')}")
    assert long["state"] == "failed" and "10 min" in long["error"], long
    for document, field in (({"name": "Spot"}, "upload"), ({"name": "", "upload": "x"}, "name"), ({"name": "Spot", "upload": "x", "kind": "sung"}, "kind"),
                            ({"name": "Spot", "upload": "x", "expires": "never"}, "expires"), ({"name": "Spot", "upload": "x", "length": 3}, "length")):
        answer = desk.ads.post(f"/orders/{order['id']}/creatives", document)
        assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text
    assert desk.ads.post(f"/orders/{order['id']}/creatives", {"name": "Spot", "upload": "0" * 26}).status_code == 404
    once = desk.upload()
    assert desk.ads.post(f"/orders/{order['id']}/creatives", {"name": "Spot", "upload": once}).status_code == 202
    assert desk.ads.post(f"/orders/{order['id']}/creatives", {"name": "Spot", "upload": once}).status_code == 404


def test_roles_and_strangers(desk):
    order = desk.order()
    for caller in (desk.analyst, desk.producer):
        assert caller.get(f"/orders/{order['id']}").ok
        assert caller.patch(f"/orders/{order['id']}", {"priority": 1}).status_code == 403
        assert caller.post("/advertisers", {"name": "Other"}).status_code == 403
    assert desk.ads.put("/shows/demo/ad-rules", {}).status_code == 403, "what a show allows is its publisher's to say"
    desk.operator.post("/networks", {"slug": "away", "name": "Away"})
    make_person(desk.server, "stranger@example.org", "owner", "away")
    stranger = with_token(desk.server, "stranger@example.org")
    theirs = stranger.post("/advertisers?network=away", {"name": "Theirs"}).json()["id"]
    for path in (f"/advertisers/{theirs}",):
        assert desk.ads.get(path).status_code == 404
    # Neither another network's advertiser nor its shows, episodes or uploads can be named.
    answer = desk.ads.post("/campaigns", {"name": "Mixed", "advertiser": theirs})
    assert (answer.status_code, answer.json()["field"]) == (422, "advertiser")
    away = stranger.post("/shows?network=away", {"slug": "away-show", "title": "Away"}).json()
    nowhere, elsewhere = (desk.ads.patch(f"/orders/{order['id']}", {"targets": {"shows": [slug]}}) for slug in ("away-shop", away["slug"]))
    assert nowhere.status_code == elsewhere.status_code == 422
    assert nowhere.json()["detail"].replace("away-shop", "away-show") == elsewhere.json()["detail"]
    upload = stranger.post("/uploads?network=away", data=b"bytes").json()["id"]
    assert desk.ads.post(f"/orders/{order['id']}/creatives", {"name": "Spot", "upload": upload}).status_code == 404
    assert Caller(desk.server).get(f"/orders/{order['id']}").status_code == 401
    assert all(each["network"] == "default" for each in desk.found("/advertisers")["items"])


def test_nothing_is_deleted_under_what_needs_it(desk):
    advertiser = desk.made("/advertisers", {"name": "  Brand\n new "})
    assert advertiser["name"] == "Brand new"
    campaign = desk.made("/campaigns", {"name": "One", "advertiser": advertiser["id"]})
    order = desk.made(f"/campaigns/{campaign['id']}/orders", TERMS)
    assert desk.ads.delete(f"/advertisers/{advertiser['id']}").status_code == 409
    assert desk.ads.delete(f"/campaigns/{campaign['id']}").status_code == 409
    assert [each["id"] for each in desk.found(f"/campaigns?advertiser={advertiser['id']}")["items"]] == [campaign["id"]]
    assert desk.ads.patch(f"/campaigns/{campaign['id']}", {"name": "Two"}).json()["name"] == "Two"
    assert desk.ads.patch(f"/advertisers/{advertiser['id']}", {"name": " "}).status_code == 422
    for path in (f"/orders/{order['id']}", f"/campaigns/{campaign['id']}", f"/advertisers/{advertiser['id']}"):
        assert desk.ads.delete(path).status_code == 204
        assert desk.ads.get(path).status_code == 404
    assert desk.analyst.get(f"/orders/{order['id']}/report").json()["delivered"] == 0, "what was delivered must be billed, whatever became of the order"
    first = desk.found("/advertisers?limit=1")
    assert len(first["items"]) == 1


def test_what_a_show_allows(desk):
    default = {"blocked_categories": [], "most_per_advertiser": 1, "most_seconds_per_hour": None}
    assert desk.found("/shows/demo/ad-rules") == default
    rules = {"blocked_categories": ["alcohol", "betting"], "most_per_advertiser": 2, "most_seconds_per_hour": 480}
    assert desk.producer.put("/shows/demo/ad-rules", rules).json() == rules
    assert desk.found("/shows/demo/ad-rules") == rules
    for wrong, field in (({"most_seconds_per_hour": 4000}, "most_seconds_per_hour"), ({"most_per_advertiser": 0}, "most_per_advertiser"), ({"blocked": []}, "blocked")):
        answer = desk.producer.put("/shows/demo/ad-rules", wrong)
        assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert desk.found("/shows/demo/ad-rules") == rules
    assert desk.producer.put("/shows/demo/ad-rules", {}).json() == default


def test_a_suspended_network_books_and_uploads_nothing(desk):
    order = desk.order(targets={"tags": ["Technology"]})
    assert order["targets"]["tags"] == ["technology"]
    desk.operator.post("/networks/default/suspend", {"reason": "Court order 9"})
    try:
        for answer in (desk.ads.post("/uploads", data=b"bytes"), desk.ads.post("/advertisers", {"name": "Late"}), desk.ads.post(f"/orders/{order['id']}/approve"),
                       desk.producer.post("/uploads", data=b"bytes")):
            assert answer.status_code == 403 and "Court order 9" in answer.json()["detail"], answer.text
        assert desk.ads.get(f"/orders/{order['id']}").ok
    finally:
        desk.operator.post("/networks/default/resume")
    assert desk.upload()


def test_orders_survive_a_crash(desk):
    order = desk.order(**{"goal": 5})
    job = desk.made(f"/orders/{order['id']}/creatives", {"name": "Spot", "upload": desk.upload()})
    desk.server.kill()
    desk.server.start()
    until(lambda: desk.now(f"/creatives/{job['creative']}")["state"] == "ready", "the creative is made after the restart", 300)
    assert desk.found(f"/orders/{order['id']}")["goal"] == 5
