"""What listeners get when a part of an episode is left out: other bytes at another address, the same ones for ever."""

import subprocess
import time

import pytest
import requests

from conftest import Carillon, make_recording, until
from workflow import Api

CUT = [{"at_seconds": 4, "kind": "remove", "until_seconds": 10}]


@pytest.fixture(scope="module")
def cut(tmp_path_factory):
    """A server with an episode of 30 seconds and chapters, from which six seconds were removed."""
    folder = tmp_path_factory.mktemp("cut")
    server = Carillon(folder / "data").start()
    server.make_show()
    api = Api(server)
    episode = api.needed("POST", "/shows/demo/episodes", {"title": "Talk"})
    path = f"/episodes/{episode['id']}"
    upload = api.upload(make_recording(folder / "a.wav", seconds=30).read_bytes())
    api.needed("PUT", path + "/audio", {"upload": upload})
    api.needed("PUT", path + "/chapters", {"version": "1.2.0", "chapters": [{"startTime": 0, "title": "One"}, {"startTime": 12, "title": "Two"}]})
    api.needed("POST", path + "/publish", {})
    until(lambda: api.needed("GET", path)["state"] == "published", "the episode is out", 300)
    server.episode = api.needed("GET", path)
    server.whole = server.get(server.episode["enclosure"].removeprefix(server.origin))
    assert server.whole.status_code == 200
    api.needed("PUT", path + "/cue-points", CUT)
    yield server
    server.stop()


def at(server, url, **options):
    return server.get(url.removeprefix(server.origin), **options)


def seconds_of(file):
    """As a decoder counts them, which must have nothing to complain about."""
    done = subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-i", file, "-f", "s16le", "-ac", "1", "-ar", "44100", "-"], capture_output=True, check=True)
    assert done.stderr == b""
    return len(done.stdout) / 2 / 44_100


def test_the_enclosure_leads_to_what_is_left(cut, tmp_path):
    answer = at(cut, cut.episode["enclosure"], allow_redirects=False)
    assert answer.status_code == 302
    assert answer.headers["Cache-Control"] == "private, no-store"
    address = answer.headers["Location"]
    assert address.startswith(f"{cut.origin}/a/") and address.endswith("/talk.mp3") and len(address) < 1100
    assert at(cut, cut.episode["enclosure"], allow_redirects=False).headers["Location"] == address, "every time"

    audio = at(cut, address)
    assert (audio.status_code, audio.headers["Content-Type"]) == (200, "audio/mpeg")
    assert audio.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    file = tmp_path / "cut.mp3"
    file.write_bytes(audio.content)
    whole = tmp_path / "whole.mp3"
    whole.write_bytes(cut.whole.content)
    assert seconds_of(whole) - seconds_of(file) == pytest.approx(6, abs=0.06)
    probed = subprocess.run(["ffprobe", "-v", "error", "-show_chapters", "-of", "csv", file], capture_output=True, check=True, text=True)
    assert probed.stderr == ""
    starts = [float(line.split(",")[4]) for line in probed.stdout.splitlines()]
    assert starts == pytest.approx([0, 6], abs=0.06), probed.stdout


def test_it_is_one_file_whatever_is_asked_of_it(cut):
    address = at(cut, cut.episode["enclosure"], allow_redirects=False).headers["Location"]
    whole = at(cut, address)
    head = requests.head(address, verify=cut.authority, timeout=60)
    tag = whole.headers["ETag"]
    assert not tag.startswith("W/")
    size = len(whole.content)
    for first, last in ((0, 1), (0, size - 1), (size - 1, size - 1), (12_345, 200_000), (size // 2, size - 7)):
        part = at(cut, address, headers={"Range": f"bytes={first}-{last}", "If-Range": tag})
        assert (part.status_code, part.content) == (206, whole.content[first:last + 1])
    assert at(cut, address, headers={"Range": f"bytes={size}-"}).status_code == 416
    assert at(cut, address, headers={"If-None-Match": tag}).status_code == 304
    assert (head.headers["Content-Length"], head.headers["ETag"]) == (str(size), tag)


def test_it_stays_the_same_after_whatever_is_changed(cut):
    api = Api(cut)
    path = f"/episodes/{cut.episode['id']}"
    address = at(cut, cut.episode["enclosure"], allow_redirects=False).headers["Location"]
    before = at(cut, address).content
    api.needed("PUT", path + "/cue-points", [{"at_seconds": 0, "kind": "remove", "until_seconds": 20}])
    assert at(cut, cut.episode["enclosure"], allow_redirects=False).headers["Location"] != address, "what was removed isn't served again"
    assert at(cut, address).content == before
    api.needed("PUT", path + "/cue-points", [])
    assert at(cut, cut.episode["enclosure"], allow_redirects=False).content == cut.whole.content
    api.needed("PATCH", path, {"title": "Another title"})
    cut.stop()
    cut.start()
    assert at(cut, address).content == before, "after a restart"
    Api(cut).needed("PUT", path + "/cue-points", CUT)
    assert at(cut, cut.episode["enclosure"], allow_redirects=False).headers["Location"].split("/")[4] == address.split("/")[4]


def test_nobody_else_can_name_one(cut):
    address = at(cut, cut.episode["enclosure"], allow_redirects=False).headers["Location"]
    name = address.split("/")[4]
    for other in (name[:-1] + ("A" if name[-1] != "A" else "B"), name[:40], "x", name + "=", name.swapcase()):
        assert cut.get(f"/a/{other}/talk.mp3").status_code == 404
    assert cut.get(f"/a/{name}/talk.txt").status_code == 404
    assert cut.get(f"/a/{name}/").status_code == 404


def test_what_was_unpublished_is_not_served(cut):
    address = at(cut, cut.episode["enclosure"], allow_redirects=False).headers["Location"]
    api = Api(cut)
    path = f"/episodes/{cut.episode['id']}"
    api.needed("POST", path + "/unpublish", {})
    assert at(cut, address).status_code == 404
    api.needed("POST", path + "/publish", {})
    until(lambda: api.needed("GET", path)["state"] == "published", "it is out again", 120)
    assert at(cut, address).status_code == 200


def test_a_download_of_it_counts(cut):
    agent = {"User-Agent": "AntennaPod/3.5.0"}
    assert at(cut, cut.episode["enclosure"], headers=agent).status_code == 200
    today = time.strftime("%Y-%m-%d", time.gmtime())

    def downloads():
        cut.json("stats", "recount", today)
        return sum(row["downloads"] for row in Api(cut).needed("GET", f"/stats/downloads?episode={cut.episode['id']}")["items"])
    until(lambda: downloads() > 0, "it is counted")
    assert downloads() == 1, "the redirect and the file are one download; what the other tests fetched were requests of a library"
