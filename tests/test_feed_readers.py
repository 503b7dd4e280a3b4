"""Other people's readers: the feed of a show that uses everything, with nothing lost. Apps: test_apps.py; podcast-partytime: test_feed_tags.py."""

import json
import os
import pathlib
import shutil
import sqlite3
import subprocess

import pytest

from conftest import PATIENCE, ROOT, make_recording
from gpodder import Gpodder, needs_gpodder
from operations import picture
from test_metadata import CHAPTERS, EPISODE, SHOW, SRT
from workflow import Api

PARSER = "rss-parser@3.13.0"
FOLDER = pathlib.Path(os.environ.get("CARILLON_RSS_PARSER", ROOT / "build" / "rss-parser"))
# Debian's packages belong to Debian's Python, whichever runs the tests.
PYTHON = "/usr/bin/python3"

TITLE = "漢字 & <em>Türme</em> “north”"
NOTES = "1986. What a year\n\nThen:\n\n3. third\n4. fourth\n\n![A picture](x.png) https://example.org/a?b=1&c=2 `std::map<key>`\nBye"


@pytest.fixture(scope="module")
def world(shared, tmp_path_factory):
    """A show and two episodes of which everything is said that can be said."""
    api = Api(shared)
    folder = tmp_path_factory.mktemp("readers")
    (folder / "cover.png").write_bytes(picture(1400))
    shared.run("show", "edit", "demo", "--title", TITLE, "--description", "About **bells** & `<towers>`", "--language", "de-AT", "--category", "Society & Culture > Documentary",
               "--copyright", "© Ada", "--link", "https://example.org/", "--type", "serial", "--explicit", "--image", folder / "cover.png")
    api.needed("PATCH", "/shows/demo", {**SHOW, "txt": [{"value": "proof", "purpose": "verify"}], "blocked": False, "complete": False})
    path = f"/episodes/{shared.episode['id']}"
    api.needed("PATCH", path, {**EPISODE, "title": TITLE, "notes": NOTES, "season": 2, "number": 3, "txt": [{"value": "x"}]})
    api.needed("PUT", path + "/chapters", CHAPTERS)
    api.needed("PUT", path + "/transcripts/de", None, {"Content-Type": "application/srt"}, SRT.encode())
    api.needed("PUT", path + "/transcripts/en", None, {"Content-Type": "text/plain"}, b"Good morning")
    shared.trailer = shared.publish(make_recording(folder / "t.wav", seconds=2), "demo", "What is to come", "--type", "trailer", "--season", "2")
    shared.known = api.needed("GET", path)
    shared.show = api.needed("GET", "/shows/demo")
    return shared


@pytest.mark.skipif(subprocess.run([PYTHON, "-c", "import feedparser"], capture_output=True).returncode != 0, reason="python3-feedparser is not installed")
def test_feedparser_reads_everything(world):
    program = ("import feedparser, json, sys; read = feedparser.parse(sys.stdin.buffer.read(), sanitize_html=False);"
               "json.dump({'bozo': read.bozo, 'feed': read.feed, 'entries': read.entries}, sys.stdout, default=str)")
    done = subprocess.run([PYTHON, "-c", program], input=world.get("/feeds/demo").content, capture_output=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    read = json.loads(done.stdout)
    feed, (trailer, entry) = read["feed"], read["entries"]
    assert not read["bozo"]
    assert (feed["title"], feed["link"], feed["language"], feed["rights"]) == (TITLE, "https://example.org/", "de-at", "© Ada") or feed["language"] == "de-AT"
    assert feed["image"]["href"] == world.show["image"] and feed["author"] == "Ada"
    assert "Society & Culture" in {tag["term"] for tag in feed["tags"]} and "<strong>bells</strong>" in feed["subtitle"]
    assert (entry["id"], entry["title"], entry["link"]) == (world.known["guid"], TITLE, world.known["page"])
    enclosure, = [link for link in entry["links"] if link["rel"] == "enclosure"]
    assert (enclosure["href"], enclosure["type"], int(enclosure["length"])) == (world.known["enclosure"], "audio/mpeg", world.known["bytes"])
    assert (entry["itunes_duration"], entry["itunes_season"], entry["itunes_episode"], entry["itunes_episodetype"]) == ("20", "2", "3", "full")
    notes = entry["content"][0]["value"]
    for part in ("1986. What a year", '<ol start="3">', "A picture", 'href="https://example.org/a?b=1&amp;c=2"', "<code>std::map&lt;key&gt;</code><br />"):
        assert part in notes, part
    assert entry["published_parsed"] and trailer["itunes_episodetype"] == "trailer"


@pytest.fixture(scope="module")
def rss_parser():
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("node or npm is not installed")
    if not (FOLDER / "node_modules" / "rss-parser").is_dir():
        FOLDER.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["npm", "install", "--no-save", "--no-audit", "--no-fund", "--prefix", FOLDER, PARSER], capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            pytest.skip("the npm package rss-parser cannot be had")


def test_rss_parser_reads_everything(world, rss_parser):
    program = ('const Parser = require("rss-parser"); new Parser().parseString(require("fs").readFileSync(0, "utf8"))'
               '.then((feed) => process.stdout.write(JSON.stringify(feed)), (error) => { console.error(error); process.exit(1); })')
    done = subprocess.run(["node", "-e", program], input=world.get("/feeds/demo").text, capture_output=True, text=True, cwd=FOLDER, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    feed = json.loads(done.stdout)
    trailer, item = feed["items"]
    assert (feed["title"], feed["link"], feed["language"], feed["feedUrl"]) == (TITLE, "https://example.org/", "de-AT", world.show["feed"])
    assert feed["image"]["url"] == feed["itunes"]["image"] == world.show["image"]
    assert (feed["itunes"]["author"], feed["itunes"]["owner"]) == ("Ada", {"name": "Ada", "email": "ada@example.org"})
    assert "Society & Culture" in json.dumps(feed["itunes"]["categoriesWithSubs"])
    assert (item["guid"], item["title"], item["link"]) == (world.known["guid"], TITLE, world.known["page"])
    assert item["enclosure"] == {"url": world.known["enclosure"], "length": str(world.known["bytes"]), "type": "audio/mpeg"}
    assert (item["itunes"]["duration"], item["itunes"]["season"], item["itunes"]["episode"]) == ("20", "2", "3")
    assert "1986. What a year" in item["content:encoded"] and '<ol start="3">' in item["content:encoded"]
    assert trailer["itunes"]["episodeType"] == "trailer"


@pytest.mark.skipif(not shutil.which("newsboat"), reason="newsboat is not installed")
def test_newsboat_reads_everything(world, tmp_path):
    (tmp_path / "urls").write_text(world.origin + "/feeds/demo\n")
    (tmp_path / "config").write_text("ssl-verifypeer no\nssl-verifyhost no\n")
    cache = tmp_path / "cache.db"
    done = subprocess.run(["newsboat", "-x", "reload", "-u", tmp_path / "urls", "-C", tmp_path / "config", "-c", cache], capture_output=True, text=True, timeout=PATIENCE,
                          env={**os.environ, "HOME": str(tmp_path), "TERM": "dumb", "LC_ALL": "C.UTF-8"})
    assert done.returncode == 0, done.stdout + done.stderr
    with sqlite3.connect(cache) as library:
        assert library.execute("SELECT title, url FROM rss_feed").fetchall() == [(TITLE, "https://example.org/")]
        rows = library.execute("SELECT guid, title, url, enclosure_url, enclosure_type, content, author FROM rss_item ORDER BY pubDate").fetchall()
    (guid, title, page, enclosure, type, content, author), trailer = rows
    assert (guid, title, page, enclosure, type) == (world.known["guid"], TITLE, world.known["page"], world.known["enclosure"], "audio/mpeg")
    assert "1986. What a year" in content and '<ol start="3">' in content and "std::map&lt;key&gt;" in content
    assert trailer[3] == world.trailer["enclosure"]


@needs_gpodder
def test_gpodder_reads_everything(world, tmp_path):
    gpo = Gpodder(world, tmp_path)
    assert "Successfully added" in gpo("subscribe", world.origin + "/feeds/demo")[0]
    show, = gpo.rows("podcast")
    print(show)
    episodes = {episode["guid"]: episode for episode in gpo.rows("episode")}
    print(episodes)
    assert (show["title"], show["link"], show["cover_url"]) == (TITLE, "https://example.org/", world.show["image"])
    known = episodes[world.known["guid"]]
    assert (known["title"], known["url"], known["link"]) == (TITLE, world.known["enclosure"], world.known["page"])
    assert (known["mime_type"], known["file_size"], known["total_time"]) == ("audio/mpeg", world.known["bytes"], 20)
    assert "1986. What a year" in known["description_html"] and '<ol start="3">' in known["description_html"]
    assert episodes[world.trailer["guid"]]["url"] == world.trailer["enclosure"]
    assert "2 episodes downloaded" in gpo("download")[0]
    assert sorted(gpo.downloads()) == sorted(world.get(episode["enclosure"]).content for episode in (world.known, world.trailer))


@pytest.mark.skipif(not shutil.which("podget"), reason="podget is not installed")
def test_podget_downloads_every_episode(world, tmp_path):
    environment = {**os.environ, "HOME": str(tmp_path)}
    subprocess.run(["podget", "-d", tmp_path, "--create-config", "podgetrc"], capture_output=True, timeout=PATIENCE, env=environment, check=True)
    settings = {"DIR_LIBRARY": f"{tmp_path}/library", "WGET_BASEOPTS": f'"-c -nH --ca-certificate={world.authority}"', "MIN_SPACE": "1000"}
    lines = (tmp_path / "podgetrc").read_text().splitlines()
    (tmp_path / "podgetrc").write_text("\n".join(f"{name}={settings[name]}" if (name := line.split("=")[0]) in settings else line for line in lines) + "\n")
    (tmp_path / "serverlist").write_text(f"{world.origin}/feeds/demo Talks Harbour\n")
    done = subprocess.run(["podget", "-d", tmp_path, "-c", "podgetrc"], capture_output=True, text=True, timeout=2 * PATIENCE, env=environment)
    files = {path.name: path.read_bytes() for path in (tmp_path / "library").rglob("*.mp3")} if (tmp_path / "library").is_dir() else {}
    expected = {episode["enclosure"].rsplit("/", 1)[1]: world.get(episode["enclosure"]).content for episode in (world.known, world.trailer)}
    assert files == expected, done.stdout[-3000:] + done.stderr[-3000:]
