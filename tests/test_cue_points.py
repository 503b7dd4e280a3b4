"""Where advertisements may go in an episode, as a publisher says it."""

from conftest import make_recording, until
from workflow import Api

POINTS = [{"at_seconds": 0, "kind": "preroll", "slots": 2}, {"at_seconds": 1.5, "kind": "midroll", "slots": 1},
          {"at_seconds": 2, "kind": "remove", "until_seconds": 2.5}, {"at_seconds": 3, "kind": "postroll", "slots": 1}]


def test_cue_points_are_kept_and_change_nothing_in_the_feed(carillon, tmp_path):
    carillon.make_show()
    episode = carillon.publish(make_recording(tmp_path / "a.wav", seconds=3))
    api = Api(carillon)
    path = f"/episodes/{episode['id']}/cue-points"
    assert api.needed("GET", path) == []
    # Within the second of a change, a feed says nothing of when that was.
    until(lambda: "Last-Modified" in carillon.get("/feeds/demo").headers, "the feed says when it was changed")
    feed = carillon.get("/feeds/demo")

    assert api.needed("PUT", path, list(reversed(POINTS))) == POINTS, "by time"
    status, points, fields = api.ask("GET", path)
    assert (status, points) == (200, POINTS)
    after = carillon.get("/feeds/demo")
    assert (after.headers["ETag"], after.headers["Last-Modified"]) == (feed.headers["ETag"], feed.headers["Last-Modified"])

    # Two editors: the second one learns that there was a first.
    assert api.ask("PUT", path, [], {"If-Match": fields["ETag"]})[0] == 200
    assert api.ask("PUT", path, POINTS, {"If-Match": fields["ETag"]})[0] == 412
    assert api.needed("GET", path) == []

    api.needed("PUT", path, POINTS)
    carillon.stop()
    carillon.start()
    assert Api(carillon).needed("GET", path) == POINTS, "after a restart"


def test_what_does_not_fit_is_one_sentence_and_changes_nothing(shared):
    api = Api(shared)
    path = f"/episodes/{shared.episode['id']}/cue-points"
    before = api.needed("PUT", path, [{"at_seconds": 0, "kind": "preroll"}])
    for points, field in (
            ({"at_seconds": 0, "kind": "preroll"}, "cue_points"),
            ([{"at_seconds": 0, "kind": "somewhere"}], "cue_points[0].kind"),
            ([{"at_seconds": 86_000, "kind": "midroll"}], "cue_points"),
            ([{"at_seconds": 0, "kind": "remove", "until_seconds": 80_000}], "cue_points"),
            ([{"at_seconds": "0:30", "kind": "midroll"}], "cue_points[0].at_seconds")):
        status, problem, _ = api.ask("PUT", path, points)
        assert (status, problem["field"]) == (422, field), problem
        assert problem["detail"].endswith(".")
    assert api.ask("PUT", path, None, {"Content-Type": "application/json"}, b"[{")[0] == 422
    assert api.ask("PUT", path, None, {"Content-Type": "application/json"}, b"[" * 100_000)[0] in (413, 422)
    assert api.needed("GET", path) == before
    api.needed("PUT", path, [])


def test_cue_points_go_with_their_recording(carillon, tmp_path):
    """A part that is left out of one recording isn't left out of the next one, and everybody hears of it."""
    carillon.make_show()
    episode = carillon.publish(make_recording(tmp_path / "a.wav", seconds=6))
    api = Api(carillon)
    path = f"/episodes/{episode['id']}"
    cut = [{"at_seconds": 1, "kind": "remove", "until_seconds": 4}, {"at_seconds": 5, "kind": "midroll", "slots": 1}]
    api.needed("PUT", path + "/cue-points", cut)
    assert "/a/" in carillon.get(episode["enclosure"]).url

    # The same recording again has the same moments, whatever its bytes.
    carillon.run("show", "edit", "demo", "--mono")
    carillon.run("episode", "process", episode["id"])
    assert api.needed("GET", path + "/cue-points") == cut

    said = carillon.run("episode", "audio", episode["id"], make_recording(tmp_path / "b.wav", seconds=6, frequency=700)).stdout
    assert "2 cue points" in said and "deleted" in said, said
    assert api.needed("GET", path + "/cue-points") == []
    answer = carillon.get(episode["enclosure"])
    assert "/a/" not in answer.url and len(answer.content) == api.needed("GET", path)["bytes"], "all of the new one is served"
    assert [(finding["kind"], finding["amount"]) for finding in api.needed("GET", path)["findings"]] == [("cues_dropped", 2)]
    line = next(line for line in api.needed("GET", "/audit")["items"] if line["act"] == "episode.processed" and "cue_points" in line["was"])
    assert line["was"]["cue_points"] == cut and line["became"]["cue_points"] == [], "what they were can be looked up"
    api.needed("PUT", path + "/cue-points", [])
    assert api.needed("GET", path)["findings"] == [], "whoever sets them again, or sets none, has heard of it"
