"""What a publisher says of shows and episodes comes out in feed, pages and files, and what nobody said stands nowhere."""

import datetime
import email.utils
import re
import struct
import xml.etree.ElementTree as ElementTree

import pytest

from conftest import leads, make_recording, until
from workflow import Api

NAMES = {"podcast": "https://podcastindex.org/namespace/1.0", "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd"}

SHOW = {
    "persons": [{"name": "Ada", "role": "host", "group": "cast", "img": "https://example.org/ada.jpg", "href": "https://example.org/ada"}],
    "locations": [{"name": "Wien", "rel": "creator", "geo": "geo:48.2010,16.3695", "osm": "R109166", "country": "AT"}],
    "license": {"name": "cc-by-4.0", "url": ""},
    "funding": [{"url": "https://example.org/give?a=1&b=2", "text": "Läuten helfen & mehr"}],
    "listen_links": [{"name": "Spotify", "url": "https://open.spotify.com/show/1"}, {"name": "Unser Spieler", "url": "https://example.org/listen"}],
    "seasons": [{"number": 2, "name": "Die See"}],
    "complete": True,
    "blocked": False,
}
EPISODE = {
    "persons": [{"name": "Zoë <3", "role": "guest", "group": "", "img": "", "href": ""}],
    "locations": [{"name": "Hafen", "rel": "subject", "geo": "", "osm": "", "country": ""}],
    "license": {"name": "harbour-1", "url": "https://example.org/licence"},
    "soundbites": [{"start_seconds": 3.25, "duration_seconds": 15.5, "title": "Das Nebelhorn"}],
    "number_display": "Kapitel Drei",
    "blocked": True,
}
CHAPTERS = {"version": "1.2.0", "chapters": [{"startTime": 0, "title": "Anfang"}, {"startTime": 7.5, "endTime": 12, "title": "漢字", "url": "https://example.org/", "toc": False},
                                              {"startTime": 12, "title": "Ende", "img": "https://example.org/a.jpg"}]}
SRT = "1\n00:00:00,500 --> 00:00:02,000\nGuten Morgen\n\n2\n00:00:02,100 --> 00:00:04,000\n<i>alle</i> & <b>beide</b>\n"


@pytest.fixture(scope="module")
def api(shared):
    return Api(shared)


@pytest.fixture(scope="module")
def told(shared, api):
    """The shared show and episode, with everything that can be said of them."""
    api.needed("PATCH", "/shows/demo", SHOW)
    path = f"/episodes/{shared.episode['id']}"
    api.needed("PATCH", path, {**EPISODE, "season": 2, "number": 3})
    api.needed("PUT", path + "/chapters", CHAPTERS)
    api.needed("PUT", path + "/transcripts/de", body=SRT.encode(), fields={"Content-Type": "application/srt; charset=utf-8"})
    api.needed("PUT", path + "/transcripts/en-GB", {"version": "1.0.0", "segments": [{"speaker": "Ada", "startTime": 0, "endTime": 1, "body": "Good morning"}]})
    return shared


def channel(server):
    return ElementTree.fromstring(server.get("/feeds/demo").content).find("channel")


def test_the_api_gives_back_what_was_said(told, api):
    show = api.needed("GET", "/shows/demo")
    assert {field: show[field] for field in SHOW} == SHOW
    episode = api.needed("GET", f"/episodes/{told.episode['id']}")
    assert {field: episode[field] for field in EPISODE} == EPISODE
    assert [text["language"] for text in episode["transcripts"]] == ["de", "en-GB"]
    assert episode["chapters"].endswith(f"/episodes/{episode['id']}/chapters.json")


def test_the_feed_has_every_tag(told):
    def of(parent, name):
        return [(node.text, dict(node.attrib)) for node in parent.findall(name, NAMES)]

    top = channel(told)
    item = top.find("item")
    assert of(top, "podcast:person") == [("Ada", {"role": "host", "group": "cast", "img": "https://example.org/ada.jpg", "href": "https://example.org/ada"})]
    assert of(top, "podcast:location") == [("Wien", {"rel": "creator", "geo": "geo:48.2010,16.3695", "osm": "R109166", "country": "AT"})]
    assert of(top, "podcast:license") == [("cc-by-4.0", {})]
    assert of(top, "podcast:funding") == [("Läuten helfen & mehr", {"url": "https://example.org/give?a=1&b=2"})]
    assert of(top, "itunes:complete") == [("Yes", {})]
    assert of(top, "itunes:block") == []
    assert of(item, "podcast:person") == [("Zoë <3", {"role": "guest"})]
    assert of(item, "podcast:location") == [("Hafen", {"rel": "subject"})]
    assert of(item, "podcast:license") == [("harbour-1", {"url": "https://example.org/licence"})]
    assert of(item, "podcast:season") == [("2", {"name": "Die See"})]
    assert of(item, "podcast:episode") == [("3", {"display": "Kapitel Drei"})]
    assert of(item, "podcast:soundbite") == [("Das Nebelhorn", {"startTime": "3.25", "duration": "15.5"})]
    assert of(item, "itunes:block") == [("Yes", {})]
    base = f"{told.origin}/episodes/{told.episode['id']}"
    assert of(item, "podcast:chapters") == [(None, {"url": base + "/chapters.json", "type": "application/json+chapters"})]
    assert of(item, "podcast:transcript") == [(None, {"url": f"{base}/transcript.{language}.vtt", "type": "text/vtt", "language": language, "rel": "captions"}) for language in ("de", "en-GB")]


def test_chapters_and_transcripts_are_public_files(told):
    item = channel(told).find("item")
    answer = told.get(item.find("podcast:chapters", NAMES).get("url"))
    assert (answer.status_code, answer.headers["Content-Type"], answer.headers["Access-Control-Allow-Origin"]) == (200, "application/json+chapters", "*")
    assert answer.json() == CHAPTERS
    again = told.get(answer.url, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    answer = told.get(item.find("podcast:transcript", NAMES).get("url"))
    assert (answer.status_code, answer.headers["Content-Type"], answer.headers["Access-Control-Allow-Origin"]) == (200, "text/vtt; charset=utf-8", "*")
    assert answer.content.decode() == "WEBVTT\n\n00:00:00.500 --> 00:00:02.000\nGuten Morgen\n\n00:00:02.100 --> 00:00:04.000\nalle &amp; beide\n"
    for path in ("transcript.fr.vtt", "transcript..vtt", "chapters.xml"):
        assert told.get(f"/episodes/{told.episode['id']}/{path}").status_code == 404
    assert told.get("/episodes/nobody/chapters.json").status_code == 404


def test_the_pages_tell_it(told):
    page = told.get(told.episode["page"]).text
    for part in ("Zoë &lt;3", "Hafen", "harbour-1", "Anfang", "Ende", "Die See, Kapitel Drei", "Good morning", "transcript.en-GB.vtt"):
        assert part in page, part
    assert "漢字" not in page, "it is not in the table of contents"
    show = told.get("/shows/demo").text
    for part in ("Läuten helfen &amp; mehr", "https://example.org/give?a=1&amp;b=2", "cc-by-4.0", "Wien", "https://example.org/ada"):
        assert part in show, part


@pytest.mark.parametrize("method, path, body, type, status, field", [
    ("PATCH", "/shows/demo", {"persons": [{"name": "A", "href": "javascript:x"}]}, None, 422, "persons[0].href"),
    ("PATCH", "/shows/demo", {"funding": [{"text": "x"}]}, None, 422, "funding[0].url"),
    ("PATCH", "/episodes/ID", {"soundbites": [{"start_seconds": 1, "duration_seconds": -1}]}, None, 422, "soundbites[0].duration_seconds"),
    ("PATCH", "/episodes/ID", {"seasons": []}, None, 422, "seasons"),
    ("PATCH", "/episodes/ID", {"chapters": []}, None, 422, "chapters"),
    ("PUT", "/episodes/ID/chapters", {"chapters": [{"startTime": 2}, {"startTime": -1}]}, None, 422, "chapters[1].startTime"),
    ("PUT", "/episodes/ID/chapters", b"\xff", None, 422, "chapters"),
    ("PUT", "/episodes/ID/chapters", b" " * 300_000, None, 413, None),
    ("PUT", "/episodes/ID/transcripts/de", b"WEBVTT\n\nno times\n", "text/vtt", 422, "transcript"),
    ("PUT", "/episodes/ID/transcripts/de", b"x", "application/pdf", 415, "Content-Type"),
    ("PUT", "/episodes/ID/transcripts/deutsch!", b"WEBVTT\n\n00:01.000 --> 00:02.000\nx\n", "text/vtt", 422, "language"),
    ("DELETE", "/episodes/ID/transcripts/fr", None, None, 404, "language"),
], ids=[str(number) for number in range(12)])
def test_what_is_wrong_is_refused_by_its_field(told, api, method, path, body, type, status, field):
    before = told.get("/feeds/demo").headers["ETag"]
    raw = isinstance(body, bytes)
    got, problem, _ = api.ask(method, path.replace("ID", told.episode["id"]), None if raw else body, {"Content-Type": type} if type else None, body if raw else None)
    assert got == status, problem
    if field:
        assert problem["field"] == field
    assert told.get("/feeds/demo").headers["ETag"] == before


def test_what_is_taken_away_leaves_no_trace(carillon, tmp_path):
    carillon.make_show()
    api = Api(carillon)
    episode = carillon.publish(make_recording(tmp_path / "long.wav", seconds=20))
    path = f"/episodes/{episode['id']}"
    untouched = carillon.get("/feeds/demo").text
    api.needed("PATCH", "/shows/demo", SHOW)
    api.needed("PATCH", path, EPISODE)
    api.needed("PUT", path + "/chapters", CHAPTERS)
    api.needed("PUT", path + "/transcripts/de", body=SRT, fields={"Content-Type": "application/x-subrip"})
    assert carillon.get(f"/episodes/{episode['id']}/chapters.json").status_code == 200
    api.needed("PATCH", "/shows/demo", {"persons": [], "locations": [], "license": None, "funding": [], "listen_links": [], "seasons": [], "complete": False})
    api.needed("PATCH", path, {"persons": [], "locations": [], "license": None, "soundbites": [], "number_display": "", "blocked": False})
    api.needed("PUT", path + "/chapters", {"version": "1.2.0", "chapters": []})
    api.needed("DELETE", path + "/transcripts/de")
    without_dates = lambda text: re.sub("<lastBuildDate>.*", "", text)
    assert without_dates(carillon.get("/feeds/demo").text) == without_dates(untouched)
    assert carillon.get(f"/episodes/{episode['id']}/chapters.json").status_code == 404
    assert carillon.get(f"/episodes/{episode['id']}/transcript.de.vtt").status_code == 404


def synchsafe(number):
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def id3(frames):
    def frame(name, content):
        return name + synchsafe(len(content)) + b"\0\0" + content

    body = b"".join(frame(b"CHAP", f"c{number}".encode() + b"\0" + struct.pack(">IIII", start, end, 0xFFFFFFFF, 0xFFFFFFFF) + frame(b"TIT2", b"\3" + title.encode()))
                    for number, (start, end, title) in enumerate(frames))
    return b"ID3\4\0\0" + synchsafe(len(body)) + body


def chapters_of(mp3):
    """(start, end, title) of the CHAP frames of a tag of version 2.4."""
    length = sum(mp3[6 + i] << 7 * (3 - i) for i in range(4))
    at, found = 10, []
    while at < 10 + length:
        name, size = mp3[at:at + 4], sum(mp3[at + 4 + i] << 7 * (3 - i) for i in range(4))
        content = mp3[at + 10:at + 10 + size]
        if name == b"CHAP":
            times = content.index(0) + 1
            start, end = struct.unpack(">II", content[times:times + 8])
            inner = content[times + 16:]
            found.append((start, end, inner[11:10 + sum(inner[4 + i] << 7 * (3 - i) for i in range(4))].decode() if inner else ""))
        at += 10 + size
    return found


def test_chapters_go_into_the_tag_of_what_was_never_out_and_come_from_the_tag_of_a_recording(carillon, tmp_path):
    carillon.make_show()
    api = Api(carillon)
    recording = make_recording(tmp_path / "a.wav", seconds=20)
    for lead in leads(4):
        draft = carillon.publish(recording, "demo", "First", "--draft")
        path = f"/episodes/{draft['id']}"
        api.needed("PUT", path + "/chapters", CHAPTERS)
        api.needed("PATCH", path, {"title": "A better title"})
        at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=lead)
        scheduled = api.needed("POST", path + "/publish", {"at": at.isoformat()})
        # Also what is edited while it waits.
        changed = {"chapters": [*CHAPTERS["chapters"][:2], {**CHAPTERS["chapters"][2], "title": "Schluss"}]}
        api.needed("PUT", path + "/chapters", changed)
        api.needed("PATCH", path, {"title": "The best title"})
        if datetime.datetime.now(datetime.timezone.utc) < at:
            break
    assert scheduled["state"] == "scheduled"
    until(lambda: api.needed("GET", path)["state"] == "published", "it is out", 2000)
    mp3 = carillon.get(scheduled["enclosure"]).content
    assert chapters_of(mp3) == [(0, 12000, "Anfang"), (12000, 20000, "Schluss")]
    assert b"The best title" in mp3[:2000]
    episode = api.needed("GET", path)
    assert email.utils.parsedate_to_datetime(channel(carillon).find("item/pubDate").text) == at.replace(microsecond=0)

    # Once it is out its bytes stay.
    api.needed("PUT", path + "/chapters", CHAPTERS)
    assert carillon.get(scheduled["enclosure"]).content == mp3
    assert api.needed("GET", path)["etag"] == episode["etag"]
    assert carillon.get(f"/episodes/{draft['id']}/chapters.json").json() == CHAPTERS

    # Somebody else's recording brings its own.
    length = sum(mp3[6 + i] << 7 * (3 - i) for i in range(4)) + 10
    foreign = tmp_path / "foreign.mp3"
    foreign.write_bytes(id3([(0, 5000, "Eins"), (5000, 20000, "Zwei")]) + mp3[length:])
    other = carillon.publish(foreign, "demo", "Second")
    assert carillon.get(f"/episodes/{other['id']}/chapters.json").json()["chapters"] == [{"startTime": 0, "title": "Eins"}, {"startTime": 5, "title": "Zwei"}]
    found = chapters_of(carillon.get(other["enclosure"]).content)
    assert [(start, title) for start, _, title in found] == [(0, "Eins"), (5000, "Zwei")]
