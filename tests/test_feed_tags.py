"""Every tag that was set, read back by somebody else's parser and held against the namespace's own schema."""

import json
import os
import pathlib
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree

import pytest

from conftest import ROOT, make_recording
from test_metadata import CHAPTERS, EPISODE, NAMES, SHOW, SRT
from workflow import Api

PARSER = "podcast-partytime@5.0.0"
FOLDER = pathlib.Path(os.environ.get("CARILLON_PARTYTIME", ROOT / "build" / "partytime"))
MATERIAL = pathlib.Path(os.environ.get("CARILLON_NAMESPACE", ROOT / "build" / "podcast-namespace"))
SCHEMA = "{http://www.w3.org/2001/XMLSchema}"


@pytest.fixture(scope="module")
def parser():
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("node or npm is not installed")
    if not (FOLDER / "node_modules" / "podcast-partytime").is_dir():
        FOLDER.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["npm", "install", "--no-save", "--no-audit", "--no-fund", "--prefix", FOLDER, PARSER], capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            pytest.skip("the npm package podcast-partytime cannot be had")
    program = 'const { parseFeed } = require("podcast-partytime"); process.stdout.write(JSON.stringify(parseFeed(require("fs").readFileSync(0, "utf8"))))'

    def parse(feed):
        done = subprocess.run(["node", "-e", program], input=feed, capture_output=True, text=True, cwd=FOLDER, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return parse


@pytest.fixture(scope="module")
def feed(shared, tmp_path_factory):
    api = Api(shared)
    trailer = shared.publish(make_recording(tmp_path_factory.mktemp("trailer") / "t.wav", seconds=2), "demo", "Was kommt", "--type", "trailer", "--season", "2")
    api.needed("PATCH", "/shows/demo", {**SHOW, "blocked": True})
    path = f"/episodes/{shared.episode['id']}"
    api.needed("PATCH", path, {**EPISODE, "season": 2, "number": 3})
    api.needed("PUT", path + "/chapters", CHAPTERS)
    api.needed("PUT", path + "/transcripts/de", None, {"Content-Type": "application/srt"}, SRT.encode())
    shared.trailer = trailer
    return shared.get("/feeds/demo").text


def test_another_parser_understands_all_of_it(parser, feed, shared):
    show = parser(feed)
    item, = (item for item in show["items"] if item["guid"] == shared.episode["id"])
    assert show["itunesBlock"] is True and show["itunesComplete"] is True
    person, = show["podcastPeople"]
    assert {name: value.lower() if name in ("role", "group") else value for name, value in person.items()} == SHOW["persons"][0]
    assert show["podcastFunding"] == [{"message": SHOW["funding"][0]["text"], "url": SHOW["funding"][0]["url"]}]
    assert show["license"]["identifier"] == "cc-by-4.0"
    assert show["podcastLocations" if "podcastLocations" in show else "podcastLocation"], "the place"
    trailer, = show["trailers"]
    assert (trailer["title"], trailer["url"], trailer["length"], trailer["season"]) == ("Was kommt", shared.trailer["enclosure"], shared.trailer["bytes"], 2)
    assert item["podcastPeople"][0]["name"] == "Zoë <3" and item["podcastPeople"][0]["role"].lower() == "guest"
    assert item["podcastSeason"] == {"number": 2, "name": "Die See"}
    assert item["podcastEpisode"] == {"number": 3, "display": "Kapitel Drei"}
    assert item["podcastChapters"]["url"].endswith("/chapters.json") and item["podcastChapters"]["type"] == "application/json+chapters"
    transcript, = item["podcastTranscripts"]
    assert transcript["url"].endswith("/transcript.de.vtt") and (transcript["type"], transcript["language"], transcript["rel"]) == ("text/vtt", "de", "captions")
    bite, = item["podcastSoundbites"]
    assert (bite["startTime"], bite["duration"], bite["title"]) == (3.25, 15.5, "Das Nebelhorn")
    assert item["license"] == {"identifier": "harbour-1", "url": "https://example.org/licence"}


def test_every_tag_is_one_of_the_namespace_with_its_attributes(feed):
    schema = MATERIAL / "docs" / "schema" / "podcast.xsd"
    if not schema.is_file():
        pytest.skip("the namespace's schema is not here (CARILLON_NAMESPACE)")
    elements = {element.get("name"): element for element in ElementTree.parse(schema).getroot().iter(SCHEMA + "element") if element.get("name")}
    seen = set()
    for node in ElementTree.fromstring(feed).iter():
        if not node.tag.startswith("{" + NAMES["podcast"] + "}"):
            continue
        name = node.tag.rsplit("}", 1)[1]
        seen.add(name)
        # The schema is older than some tags; what it knows must fit.
        if name not in elements:
            continue
        attributes = {attribute.get("name"): attribute.get("use") for attribute in elements[name].iter(SCHEMA + "attribute")}
        for attribute, use in attributes.items():
            assert use != "required" or attribute in node.attrib, f"{name} lacks {attribute}"
        assert set(node.attrib) <= set(attributes) | {"rel", "country"}, f"{name} has {set(node.attrib) - set(attributes)}"
    assert {"person", "location", "license", "funding", "season", "episode", "chapters", "transcript", "soundbite", "trailer"} <= seen
