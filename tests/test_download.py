"""From a published episode to its bytes, as listeners' apps ask for them."""

import email.utils
import gzip
import hashlib
import re
import shutil
import socket
import subprocess
import xml.etree.ElementTree as ElementTree

import pytest
import requests

from conftest import until
from over_http2 import over_both  # noqa: F401

NAMESPACES = {
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "atom": "http://www.w3.org/2005/Atom",
    "podcast": "https://podcastindex.org/namespace/1.0",
    "content": "http://purl.org/rss/1.0/modules/content/",
}


@pytest.fixture(scope="module")
def audio(shared):
    answer = shared.get(shared.episode["enclosure"])
    assert answer.status_code == 200
    return answer.content


def test_the_enclosure_is_what_the_feed_promises(shared, audio):
    feed = ElementTree.fromstring(shared.get("/feeds/demo").content)
    enclosure = feed.find("channel/item/enclosure")
    assert enclosure.get("url") == shared.episode["enclosure"]
    assert int(enclosure.get("length")) == len(audio)
    assert enclosure.get("type") == "audio/mpeg"


def test_the_feed_has_what_directories_demand(shared):
    channel = ElementTree.fromstring(shared.get("/feeds/demo").content).find("channel")
    for tag in ("title", "description", "link", "language", "itunes:category", "itunes:explicit", "itunes:author", "itunes:type", "podcast:guid",
                "podcast:locked", "podcast:medium", "atom:link"):
        assert channel.find(tag, NAMESPACES) is not None, tag
    item = channel.find("item")
    for tag in ("title", "guid", "pubDate", "description", "link", "itunes:duration", "itunes:explicit", "itunes:episodeType"):
        assert item.find(tag, NAMESPACES) is not None, tag
    assert email.utils.parsedate_to_datetime(item.find("pubDate").text)
    assert channel.find("atom:link[@rel='self']", NAMESPACES).get("href") == shared.origin + "/feeds/demo"


def test_the_feed_is_not_sent_twice(shared):
    first = shared.get("/feeds/demo")
    assert first.headers["ETag"].startswith('"')
    for name, value in (("If-None-Match", first.headers["ETag"]), ("If-Modified-Since", first.headers["Last-Modified"])):
        again = shared.get("/feeds/demo", headers={name: value})
        assert (again.status_code, again.content) == (304, b"")


def test_the_feed_comes_compressed(shared):
    answer = shared.get("/feeds/demo", headers={"Accept-Encoding": "gzip"}, stream=True)
    assert answer.headers["Content-Encoding"] == "gzip"
    plain = shared.get("/feeds/demo", headers={"Accept-Encoding": "identity"})
    assert gzip.decompress(answer.raw.read(decode_content=False)) == plain.content
    assert answer.headers["ETag"] != plain.headers["ETag"]


@pytest.mark.parametrize("asked, first, last", [("bytes=0-1", 0, 1), ("bytes=100-", 100, None), ("bytes=-500", -500, None), ("bytes=1000-1999", 1000, 1999)])
def test_ranges(shared, audio, asked, first, last):
    answer = shared.get(shared.episode["enclosure"], headers={"Range": asked})
    assert answer.status_code == 206
    want = audio[first:] if last is None else audio[first:last + 1]
    assert answer.content == want
    start = len(audio) + first if first < 0 else first
    assert answer.headers["Content-Range"] == f"bytes {start}-{start + len(want) - 1}/{len(audio)}"


def test_what_is_no_single_range(shared, audio):
    url = shared.episode["enclosure"]
    assert shared.get(url, headers={"Range": "bytes=0-1,5-9"}).content == audio
    beyond = shared.get(url, headers={"Range": f"bytes={len(audio)}-"})
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{len(audio)}")


def test_head_equals_get(shared, audio):
    answer = requests.head(shared.episode["enclosure"], verify=shared.authority)
    assert answer.status_code == 200 and int(answer.headers["Content-Length"]) == len(audio)
    assert answer.headers["Accept-Ranges"] == "bytes" and answer.headers["Cache-Control"] == "no-store"


def test_curl_resumes_to_the_same_bytes(shared, audio, tmp_path):
    target = tmp_path / "episode.mp3"
    target.write_bytes(audio[: len(audio) // 3])
    subprocess.run(["curl", "-sS", "--cacert", shared.authority, "-C", "-", "-o", target, shared.episode["enclosure"]], check=True)
    assert target.read_bytes() == audio


def test_every_frame_stands_alone_and_the_bitrate_is_constant(audio):
    """A walker of its own: ID3 tag, then nothing but MPEG-1 layer III frames whose main_data_begin is 0."""
    assert audio[:3] == b"ID3"
    size = (audio[6] << 21) | (audio[7] << 14) | (audio[8] << 7) | audio[9]
    position, frames, bitrates = 10 + size, 0, set()
    table = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]
    while position < len(audio):
        assert audio[position] == 0xFF and audio[position + 1] & 0xFE == 0xFA, f"no MPEG-1 layer III frame at {position}"
        bitrate, padding = table[audio[position + 2] >> 4], (audio[position + 2] >> 1) & 1
        assert (audio[position + 2] >> 2) & 3 == 0, "44.1 kHz"
        side = position + 4 + (0 if audio[position + 1] & 1 else 2)
        assert (audio[side] << 1 | audio[side + 1] >> 7) == 0, f"frame {frames} borrows from earlier ones"
        bitrates.add(bitrate)
        position += 144 * bitrate * 1000 // 44100 + padding
        frames += 1
    assert position == len(audio) and bitrates == {128} and frames > 700


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed")
def test_the_loudness_is_even(shared, audio, tmp_path):
    (tmp_path / "episode.mp3").write_bytes(audio)
    said = subprocess.run(["ffmpeg", "-nostats", "-i", tmp_path / "episode.mp3", "-af", "ebur128", "-f", "null", "-"], capture_output=True, text=True).stderr
    loudness = float(re.findall(r"I:\s+(-?[\d.]+) LUFS", said)[-1])
    assert -17 <= loudness <= -15


def test_an_edited_title_changes_no_byte(shared, audio):
    before = requests.head(shared.episode["enclosure"], verify=shared.authority).headers["ETag"]
    old_guid = ElementTree.fromstring(shared.get("/feeds/demo").content).find("channel/item/guid").text
    shared.run("episode", "edit", shared.episode["id"], "--title", "Quite another title")
    after = shared.get(shared.episode["enclosure"])
    assert after.content == audio and after.headers["ETag"] == before
    item = ElementTree.fromstring(shared.get("/feeds/demo").content).find("channel/item")
    assert item.find("title").text == "Quite another title"
    assert item.find("guid").text == old_guid and item.find("enclosure").get("url") == shared.episode["enclosure"]


def test_pages_health_and_what_is_not_there(shared):
    for path in ("/", "/shows/demo", shared.episode["page"]):
        page = shared.get(path, headers={"Accept": "text/html"})
        assert page.status_code == 200, path
    assert 'preload="none"' in shared.get(shared.episode["page"]).text
    assert shared.get("/healthz").status_code == 200 and shared.get("/readyz").status_code == 200
    assert shared.get("/shows/nothing").status_code == 404 and shared.get("/e/nothing/x.mp3").status_code == 404
    assert shared.get("/api/v1/shows").status_code in (401, 404)


def test_plain_http_sends_on_to_https(shared):
    answer = requests.get(f"http://127.0.0.1:{shared.http_port}/feeds/demo?x=1", allow_redirects=False)
    assert answer.status_code in (301, 308) and answer.headers["Location"] == shared.origin + "/feeds/demo?x=1"


@pytest.mark.parametrize("request_bytes", [
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
    b"GET / HTTP/1.1\nHost: a\n\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n",
])
def test_ambiguous_framing_is_refused_and_the_connection_closed(shared, request_bytes):
    with socket.create_connection(("127.0.0.1", shared.http_port), timeout=180) as peer:
        peer.sendall(request_bytes + b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        answer = b""
        while piece := peer.recv(65536):
            answer += piece
    assert answer.startswith(b"HTTP/1.1 400 "), answer[:60]
    assert answer.count(b"HTTP/1.1 ") == 1, "what followed was not taken for a request"


def test_pipelined_requests_are_answered_in_order(shared):
    with socket.create_connection(("127.0.0.1", shared.http_port), timeout=180) as peer:
        peer.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\nGET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        answer = b""
        while piece := peer.recv(65536):
            answer += piece
    assert re.findall(rb"HTTP/1.1 (\d+)", answer) == [b"200", b"301", b"200"]


def test_every_request_of_media_is_written_down_and_no_address_is(shared):
    def content():
        return b"".join(path.read_bytes() for path in (shared.data / "requests").iterdir())

    shared.get(shared.episode["enclosure"], headers={"User-Agent": "a-very-special-app/7", "Range": "bytes=5-9"})
    until(lambda: b"a-very-special-app/7" in content(), "the request reaches the log")
    assert b"bytes=5-9" in content()
    assert b"127.0.0.1" not in content()
