"""Two editors, new audio, and the trash."""

import time

import pytest

from conftest import leads, make_recording, until
from decoders import HeldDecoders
from workflow import Api


def finished(api, job):
    until(lambda: api.needed("GET", f"/jobs/{job['id']}")["state"] == "done", "the audio is ready", 600)


def test_the_second_editor_learns_what_the_first_one_changed(shared):
    api = Api(shared)
    path = f"/episodes/{shared.episode['id']}"
    _, episode, fields = api.ask("GET", path)
    seen = fields["ETag"]
    api.needed("PATCH", path, {"title": "By the first", "number": 7}, {"If-Match": seen})
    status, problem, fields = api.ask("PATCH", path, {"title": "By the second", "number": 7, "notes": "New", "persons": []}, {"If-Match": seen})
    assert status == 412
    assert problem["changed"] == {"title": {"now": "By the first"}, "notes": {"now": episode["notes"]}}, "the number is what both want"
    assert fields["ETag"] == f'"{problem["revision"]}"' and problem["detail"]
    # With what it was told it can merge.
    merged = api.needed("PATCH", path, {"title": "By both", "notes": "New"}, {"If-Match": fields["ETag"]})
    assert (merged["title"], merged["notes"], merged["number"]) == ("By both", "New", 7)
    assert api.ask("PUT", path + "/chapters", {"chapters": []}, {"If-Match": seen})[0] == 412
    assert api.ask("PUT", path + "/transcripts/de", None, {"If-Match": seen, "Content-Type": "text/vtt"}, b"WEBVTT\n\n00:01.000 --> 00:02.000\nx\n")[0] == 412

    _, _, fields = api.ask("GET", "/shows/demo")
    api.needed("PATCH", "/shows/demo", {"title": "First", "funding": [{"url": "https://example.org/"}]}, {"If-Match": fields["ETag"]})
    status, problem, _ = api.ask("PATCH", "/shows/demo", {"title": "Second", "funding": []}, {"If-Match": fields["ETag"]})
    assert status == 412
    assert problem["changed"] == {"title": {"now": "First"}, "funding": {"now": [{"url": "https://example.org/", "text": ""}]}}


def test_an_episode_is_edited_while_its_audio_is_made(carillon, tmp_path):
    carillon.make_show()
    api = Api(carillon)
    episode = api.needed("POST", "/shows/demo/episodes", {"title": "At first"})
    path = f"/episodes/{episode['id']}"
    upload = api.upload(make_recording(tmp_path / "long.wav", seconds=120).read_bytes())
    with HeldDecoders(carillon) as decoding:
        job = api.needed("PUT", path + "/audio", {"upload": upload})
        assert "listeners" not in job, "nobody has it yet"
        until(lambda: decoding.held, "its audio is being made")
        api.needed("POST", path + "/publish", {})
        assert api.needed("PATCH", path, {"title": "Later", "notes": "Written meanwhile"})["state"] == "processing"
    finished(api, job)
    done = api.needed("GET", path)
    assert (done["state"], done["title"], done["notes"]) == ("published", "Later", "Written meanwhile")
    assert "Later" in carillon.get("/feeds/demo").text


def test_new_audio_keeps_guid_and_address_and_says_what_changes(carillon, tmp_path):
    carillon.make_show()
    api = Api(carillon)
    before = carillon.publish(make_recording(tmp_path / "a.wav", seconds=5))
    path = f"/episodes/{before['id']}"
    old = api.needed("GET", path)
    old_bytes = carillon.get(old["enclosure"])
    outline = api.needed("GET", path + "/waveform")
    upload = api.upload(make_recording(tmp_path / "b.wav", seconds=8).read_bytes())
    job = api.needed("PUT", path + "/audio", {"upload": upload})
    told = job["listeners"]
    assert (told["guid"], told["published"], told["replaced_etag"], told["replaced_bytes"]) == (old["guid"], old["published"], old["etag"], old["bytes"])
    assert "keep" in told["sentence"]
    finished(api, job)
    new = api.needed("GET", path)
    for field in ("guid", "enclosure", "published", "state", "page", "slug"):
        assert new[field] == old[field], field
    assert new["etag"] != old["etag"] and new["bytes"] > old["bytes"] and new["audio_since"] > old["audio_since"]
    for episode, drawn in ((old, outline), (new, api.needed("GET", path + "/waveform"))):
        assert drawn["duration_seconds"] == episode["duration_seconds"]
        assert abs(len(drawn["peaks"]) - 10 * drawn["duration_seconds"]) <= 1 and max(drawn["peaks"]) > 10
    answer = carillon.get(new["enclosure"])
    assert answer.headers["ETag"] == new["etag"] and len(answer.content) == new["bytes"]
    # Who was in the middle of the old file gets the rest of it, and not of the new one.
    resumed = carillon.get(new["enclosure"], headers={"Range": "bytes=1000-", "If-Range": old_bytes.headers["ETag"]})
    assert (resumed.status_code, resumed.headers["ETag"], resumed.content) == (206, old["etag"], old_bytes.content[1000:])


@pytest.fixture
def house(carillon, recording):
    carillon.make_show()
    carillon.episode = carillon.publish(recording)
    return carillon


def test_a_deleted_episode_is_gone_and_comes_back_as_it_was(house):
    api = Api(house)
    identity = house.episode["id"]
    path = f"/episodes/{identity}"
    api.needed("PUT", path + "/chapters", {"chapters": [{"startTime": 0, "title": "One"}]})
    # Two changes within one second are told apart by leaving the second one's time out until it has passed.
    until(lambda: "Last-Modified" in house.get("/feeds/demo").headers, "the feed says when it changed")
    feed, page, audio = house.get("/feeds/demo"), house.get(house.episode["page"]), house.get(house.episode["enclosure"])
    before = api.needed("GET", path)
    house.run("episode", "delete", identity)
    for address in (house.episode["page"], house.episode["enclosure"], f"/episodes/{identity}/chapters.json"):
        assert house.get(address).status_code == 410, address
    assert identity not in house.get("/feeds/demo").text
    changed_since = house.get("/feeds/demo", headers={"If-Modified-Since": feed.headers["Last-Modified"]})
    assert changed_since.status_code == 200 or changed_since.headers["Last-Modified"] == feed.headers["Last-Modified"]
    for method, rest, body in (("GET", "", None), ("PATCH", "", {"title": "x"}), ("POST", "/publish", {}), ("POST", "/unpublish", None), ("DELETE", "", None),
                               ("PUT", "/chapters", {"chapters": []}), ("PUT", "/audio", {"upload": "x"})):
        assert api.ask(method, path + rest, body)[0] == 404, (method, rest)
    assert api.needed("GET", "/shows/demo/episodes")["items"] == []
    trash = api.needed("GET", "/shows/demo/episodes?deleted=true")["items"]
    assert [item["id"] for item in trash] == [identity] and trash[0]["deleted"]
    # Its address is kept for it meanwhile.
    assert api.needed("POST", "/shows/demo/episodes", {"title": "A talk"})["slug"] == "a-talk-2"
    house.kill()
    house.start()
    restored = house.json("episode", "restore", identity)
    assert {**restored, "revision": 0, "changed": ""} == {**before, "revision": 0, "changed": ""}
    assert house.get(house.episode["enclosure"]).content == audio.content
    assert house.get(house.episode["enclosure"]).headers["ETag"] == audio.headers["ETag"]
    assert house.get(house.episode["page"]).text == page.text
    assert house.get(f"/episodes/{identity}/chapters.json").status_code == 200
    assert api.ask("POST", path + "/restore")[0] == 404, "it is not in the trash"


def test_a_deleted_show_keeps_its_slug_and_comes_back_with_everything(house):
    api = Api(house)
    feed = house.get("/feeds/demo").text
    refused = house.run("show", "delete", "demo", check=False)
    assert refused.returncode == 1 and "--with-episodes" in refused.stderr
    house.run("show", "delete", "demo", "--with-episodes")
    for address in ("/feeds/demo", "/shows/demo", house.episode["page"], house.episode["enclosure"]):
        assert house.get(address).status_code == 410, address
    assert "demo" not in house.get("/").text
    assert api.needed("GET", "/shows")["items"] == []
    assert [show["slug"] for show in api.needed("GET", "/shows?deleted=true")["items"]] == ["demo"]
    assert api.ask("GET", f"/episodes/{house.episode['id']}")[0] == 404
    status, problem, _ = api.ask("POST", "/shows", {"slug": "demo", "title": "Another"})
    assert status == 409 and "trash" in problem["detail"]
    assert house.json("show", "restore", "demo")["slug"] == "demo"
    strip = lambda text: [line for line in text.splitlines() if "lastBuildDate" not in line]
    assert strip(house.get("/feeds/demo").text) == strip(feed)
    assert house.get(house.episode["enclosure"]).status_code == 200
    assert house.run("show", "restore", "demo", check=False).returncode == 1


def test_what_is_in_the_trash_does_not_go_out(house, recording):
    api = Api(house)
    stamp = lambda moment: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))

    def thrown_away(title, moment):
        episode = house.publish(recording, "demo", title, "--draft")
        at = moment()
        api.needed("POST", f"/episodes/{episode['id']}/publish", {"at": stamp(at)})
        api.needed("DELETE", f"/episodes/{episode['id']}")
        return episode, int(at)

    for lead in leads(3):
        early, passes = thrown_away("Early", lambda: time.time() + lead)
        if time.time() < passes:
            break
    until(lambda: time.time() > passes + 0.5, "its moment has passed", 2000)
    assert early["id"] not in house.get("/feeds/demo").text
    assert api.needed("POST", f"/episodes/{early['id']}/restore")["state"] == "draft", "its time has passed: its publisher decides anew"
    for lead in leads(3):
        late, comes = thrown_away("Late", lambda: time.time() + lead)
        state = api.needed("POST", f"/episodes/{late['id']}/restore")["state"]
        if time.time() < comes:
            break
    assert state == "scheduled"
    until(lambda: late["id"] in house.get("/feeds/demo").text, "the schedule of the other one is kept", 2000)
    assert early["id"] not in house.get("/feeds/demo").text


def test_the_check_says_what_directories_would_refuse(house):
    said = house.run("show", "check", "demo", "--json", check=False)
    assert said.returncode == 1
    items = Api(house).needed("GET", "/shows/demo/check")["items"]
    assert ("image", "Apple Podcasts", "refused") in [(item["field"], item["directory"], item["severity"]) for item in items]
    assert all(item["sentence"] for item in items)
    assert "square" in house.run("show", "check", "demo", check=False).stdout
    # What nobody chose is not a choice, and nobody fetches a feed from here.
    plain = {"title": "Plain", "language": "tlh"}
    Api(house).needed("POST", "/shows", {"slug": "plain", **plain})
    assert Api(house).needed("GET", "/shows/plain")["category"] == {"name": "", "sub": ""}
    assert "itunes:category" not in house.get("/feeds/plain").text
    refused = {(item["field"], item["directory"]) for item in Api(house).needed("GET", "/shows/plain/check")["items"] if item["severity"] == "refused"}
    assert {(field, directory) for field in ("category", "language", "feed", "episodes") for directory in ("Apple Podcasts", "Spotify")} <= refused
    assert "not chosen yet" in house.run("show", "show", "plain").stdout
    assert house.run("show", "check", "nothing", check=False).returncode == 1


def test_the_trash_has_pages_and_what_is_made_says_where_it_is(carillon):
    api = Api(carillon)
    for slug in ("one", "two", "three"):
        status, made, fields = api.ask("POST", "/shows", {"slug": slug, "title": slug})
        assert (status, fields["Location"]) == (201, f"/api/v1/shows/{slug}")
        status, made, fields = api.ask("POST", f"/shows/{slug}/episodes", {"title": "A talk"})
        assert (status, fields["Location"]) == (201, f"/api/v1/episodes/{made['id']}")
        assert api.needed("GET", fields["Location"].removeprefix("/api/v1"))["id"] == made["id"]
        api.needed("DELETE", f"/shows/{slug}")
    first = api.needed("GET", "/shows?deleted=true&limit=2")
    second = api.needed("GET", f"/shows?deleted=true&limit=2&cursor={first['next']}")
    assert [show["slug"] for show in first["items"] + second["items"]] == ["one", "three", "two"] and second["next"] is None
    assert "Location" not in api.ask("POST", "/shows", {"slug": "one", "title": "again"})[2]
