"""The room that recordings take: quotas, originals, and audio that was replaced."""

import pytest

from api import make_person, with_token
from conftest import Carillon, make_recording, until
from workflow import Api


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    server = Carillon(tmp_path_factory.mktemp("room") / "data").start()
    server.make_show()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def talk(tmp_path_factory):
    return make_recording(tmp_path_factory.mktemp("talk") / "talk.wav", seconds=6, rate=16000).read_bytes()


def problem(answer, status, kind):
    document = answer.json()
    assert (answer.status_code, document["type"]) == (status, f"urn:carillon:problem:{kind}"), answer.text
    return document


def processed(api, job):
    return until(lambda: (found := api.needed("GET", f"/jobs/{job['id']}"))["state"] in ("done", "failed") and found, "the job is over", 300)


def episode_with(api, recording, show="demo"):
    episode = api.needed("POST", f"/shows/{show}/episodes", {"title": "A talk"})
    job = api.needed("PUT", f"/episodes/{episode['id']}/audio", {"upload": api.upload(recording)})
    assert processed(api, job)["state"] == "done"
    return api.needed("GET", f"/episodes/{episode['id']}")


def test_a_network_sees_what_it_uses_before_an_upload_is_refused(demo, talk):
    api = Api(demo)
    demo.run("network", "create", "narrow", "--name", "Narrow")
    make_person(demo, "narrow@example.org", "owner", "narrow")
    owner = with_token(demo, "narrow@example.org")
    usage = lambda: owner.get("/networks/narrow/usage").json()
    assert usage() == {"storage": {"state": "ok", "bytes": 0, "quota": None, "masters_bytes": 0, "originals_bytes": 0, "uploads_bytes": 0},
                       "shows": {"count": 0, "quota": None}, "unfinished_uploads": {"count": 0, "quota": None}}
    assert owner.post("/shows", {"slug": "narrow-one", "title": "One"}).status_code == 201
    upload = owner.call("POST", "/uploads", data=talk).json()["id"]
    assert usage()["storage"]["uploads_bytes"] == len(talk)
    episode = owner.post("/shows/narrow-one/episodes", {"title": "A talk"}).json()["id"]
    job = owner.put(f"/episodes/{episode}/audio", {"upload": upload}).json()
    assert processed(api, job)["state"] == "done"
    storage = usage()["storage"]
    assert storage["originals_bytes"] == len(talk) and storage["uploads_bytes"] == 0 and storage["masters_bytes"] > 0
    assert storage["bytes"] == len(talk) + storage["masters_bytes"], "originals count"
    for quota, state in ((storage["bytes"] * 2, "ok"), (storage["bytes"] * 21 // 20, "near"), (storage["bytes"], "full")):
        assert api.needed("PATCH", "/networks/narrow", {"storage_quota": quota}) and usage()["storage"]["state"] == state, quota
    # Refused by its announced size, before any of it is sent.
    tus = {"Tus-Resumable": "1.0.0", "Upload-Length": "1000"}
    said = problem(owner.call("POST", "/uploads", headers=tus), 413, "quota-exceeded")["detail"]
    assert "1.0 kB more won't fit" in said and "Delete what you don't need" in said
    problem(owner.call("POST", "/uploads", data=b"x" * 1000), 413, "quota-exceeded")
    # What is deleted makes room.
    assert owner.delete(f"/episodes/{episode}/original").json()["original"]["kept"] is False
    assert usage()["storage"]["originals_bytes"] == 0 and owner.call("POST", "/uploads", headers=tus).status_code == 201
    # Another network's figures are as if it didn't exist.
    make_person(demo, "curious@example.org", "owner")
    stranger = with_token(demo, "curious@example.org")
    assert stranger.get("/networks/narrow/usage").status_code == stranger.get("/networks/nothing/usage").status_code == 404


def test_without_its_original_a_recording_is_not_processed_again(demo, talk):
    api = Api(demo)
    episode = episode_with(api, talk)
    assert episode["original"] == {"kept": True, "bytes": len(talk), "processed": episode["original"]["processed"], "dropped": None}
    assert demo.run("episode", "drop-original", episode["id"]).stdout.count("deleted on") == 1
    found = api.needed("GET", f"/episodes/{episode['id']}")
    assert found["original"]["kept"] is False and found["original"]["dropped"] and found["duration_seconds"] == episode["duration_seconds"]
    status, refusal, _ = api.ask("POST", f"/episodes/{episode['id']}/audio/again")
    assert status == 409 and "was deleted on" in refusal["detail"] and "upload it again" in refusal["detail"]
    assert api.needed("DELETE", f"/episodes/{episode['id']}/original")["revision"] == found["revision"], "once is enough"
    empty = api.needed("POST", "/shows/demo/episodes", {"title": "Empty"})
    assert empty["original"] is None and api.ask("POST", f"/episodes/{empty['id']}/audio/again")[0] == 409


def test_whoever_has_half_of_it_gets_the_other_half(demo, talk, tmp_path):
    api = Api(demo)
    episode = demo.publish(make_recording(tmp_path / "first.wav", seconds=6, rate=16000, frequency=200), "demo", "Replaced")
    enclosure = episode["enclosure"]
    before = demo.get(enclosure)
    half = len(before.content) // 2
    job = api.needed("PUT", f"/episodes/{episode['id']}/audio", {"upload": api.upload(talk)})
    assert processed(api, job)["state"] == "done"
    rest = lambda etag: demo.get(enclosure, headers={"Range": f"bytes={half}-", "If-Range": etag})
    old = rest(before.headers["ETag"])
    assert (old.status_code, old.headers["ETag"], old.content) == (206, before.headers["ETag"], before.content[half:])
    assert old.headers["Content-Range"] == f"bytes {half}-{len(before.content) - 1}/{len(before.content)}"
    after = demo.get(enclosure)
    assert after.headers["ETag"] != before.headers["ETag"] and rest(after.headers["ETag"]).content == after.content[half:]
    for unknown in ('"' + "0" * 64 + '"', '"x"', "W/" + before.headers["ETag"], before.headers["ETag"][:-1]):
        assert rest(unknown).status_code == 200 and rest(unknown).content == after.content, unknown
    assert demo.get(enclosure, headers={"If-Range": before.headers["ETag"]}).content == after.content, "the whole is today's"
    # What a publisher takes offline is gone.
    api.needed("POST", f"/episodes/{episode['id']}/unpublish")
    api.needed("POST", f"/episodes/{episode['id']}/publish", {})
    again = rest(before.headers["ETag"])
    assert again.status_code == 200 and again.content == after.content


def test_originals_are_kept_as_the_show_or_the_server_says(demo, tmp_path):
    said = demo.run("show", "edit", "demo", "--keep-originals", "30").stdout
    assert "kept for 30 days" in said and Api(demo).needed("GET", "/shows/demo")["audio"]["keep_originals"] == 30
    assert "always kept" in demo.run("show", "edit", "demo", "--keep-originals", "always").stdout
    assert "as the server is configured" in demo.run("show", "edit", "demo", "--keep-originals", "default").stdout
    wrong = demo.run("show", "edit", "demo", "--keep-originals", "soon", check=False)
    assert wrong.returncode == 1 and "“soon” must be a number of days" in wrong.stderr
    status, refusal, _ = Api(demo).ask("PATCH", "/shows/demo", {"audio": {"keep_originals": -1}})
    assert (status, refusal["field"]) == (422, "audio.keep_originals")
