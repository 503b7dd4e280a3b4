"""What listeners, search engines and other people's pages get: pages, the embedded player, oEmbed, site maps, and a status page that outlives the
database."""

import gzip
import html.parser
import json
import re
import sqlite3
import xml.etree.ElementTree as ElementTree

import pytest
import requests

from conftest import Carillon, until
from workflow import Api

CHAPTERS = {"version": "1.2.0", "chapters": [{"startTime": 2.5 * i, "title": f"Chapter {i} with a title of usual length"} for i in range(8)]}
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


class Page(html.parser.HTMLParser):
    """What a page says of itself in its head, and what it loads."""

    def __init__(self, text):
        super().__init__()
        self.meta, self.links, self.loads, self.structured, self.hrefs, self.tags = {}, {}, [], [], [], []
        self.in_structured = False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append((tag, attributes))
        if tag == "meta":
            self.meta[attributes.get("property") or attributes.get("name")] = attributes.get("content")
        if tag == "link":
            self.links[attributes["rel"] + " " + attributes.get("type", "")] = attributes["href"]
            if attributes["rel"] in ("stylesheet", "icon"):
                self.loads.append(attributes["href"])
        if "src" in attributes:
            self.loads.append(attributes["src"])
        if "href" in attributes:
            self.hrefs.append(attributes["href"])
        self.in_structured = tag == "script" and attributes.get("type") == "application/ld+json"
        assert tag != "script" or self.in_structured or attributes.get("src"), "no script stands within the page"
        assert not [name for name in attributes if name.startswith("on")] and "style" not in attributes, (tag, attributes)

    def handle_data(self, data):
        if self.in_structured and data.strip():
            self.structured.append(json.loads(data))


@pytest.fixture(scope="module")
def told(shared):
    Api(shared).needed("PUT", f"/episodes/{shared.episode['id']}/chapters", CHAPTERS)
    return shared


def embed(server):
    return f"/embed/{server.episode['id']}"


def test_the_head_of_an_episode_page(told):
    page = Page(told.get(told.episode["page"]).text)
    assert page.links["canonical "] == page.meta["og:url"] == told.episode["page"]
    assert page.links["alternate application/rss+xml"] == told.origin + "/feeds/demo"
    assert (page.meta["og:title"], page.meta["og:site_name"], page.meta["og:type"]) == ("A talk", "A show", "article")
    assert page.meta["og:audio"] == told.episode["enclosure"] and page.meta["og:audio:type"] == "audio/mpeg"
    assert page.meta["twitter:card"] == "player" and page.meta["twitter:player"] == told.origin + embed(told)
    [data] = page.structured
    assert (data["@context"], data["@type"], data["name"], data["duration"]) == ("https://schema.org", "PodcastEpisode", "A talk", "PT20S")
    assert data["associatedMedia"]["contentUrl"] == told.episode["enclosure"] and data["partOfSeries"]["webFeed"] == told.origin + "/feeds/demo"
    assert int(data["associatedMedia"]["contentSize"]) == int(told.get(told.episode["enclosure"], stream=True).headers["Content-Length"])


def test_the_head_of_a_show_page(told):
    page = Page(told.get("/shows/demo").text)
    assert page.links["canonical "] == told.origin + "/shows/demo" and page.meta["og:type"] == "website"
    [data] = page.structured
    assert (data["@type"], data["name"], data["numberOfEpisodes"]) == ("PodcastSeries", "A show", 1)
    bare = told.origin.split("://")[1] + "/feeds/demo"
    assert {f"podcast://{bare}", f"pktc://subscribe/{bare}"} <= set(page.hrefs)
    assert [href for href in page.hrefs if href.startswith("https://antennapod.org/deeplink/subscribe?url=https%3A%2F%2F")]
    assert [href for href in page.hrefs if href.startswith("overcast://")]


def test_pages_load_only_what_is_ours_and_everything_is_there(told):
    for path in ("/", "/shows/demo", told.episode["page"], embed(told), "/status", "/shows/nothing"):
        answer = told.get(path, headers={"Accept": "text/html"})
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe" not in policy and "default-src 'none'" in policy, path
        assert answer.headers["X-Content-Type-Options"] == "nosniff" and answer.headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
        assert ("frame-ancestors *" if path == embed(told) else "frame-ancestors 'none'") in policy, path
        for loaded in Page(answer.text).loads:
            assert loaded.startswith("/"), loaded
            assert told.get(loaded, stream=True).status_code == 200, loaded


def test_every_page_describes_itself_and_has_its_icons(told):
    for path in ("/", "/shows/demo", told.episode["page"], embed(told), "/status", "/shows/nothing", "/shows/demo?q=talk"):
        page = Page(told.get(path, headers={"Accept": "text/html"}).text)
        assert page.meta["description"], path
    for path, kind, magic in (("/favicon.ico", "image/x-icon", b"\0\0\1\0"), ("/apple-touch-icon.png", "image/png", b"\x89PNG"), ("/apple-touch-icon-precomposed.png", "image/png", b"\x89PNG")):
        answer = told.get(path)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, kind) and answer.content.startswith(magic)
        assert "immutable" not in answer.headers["Cache-Control"], "its address stays when it changes"


def test_a_feed_is_a_page_only_for_a_browser_that_goes_there(told):
    opened = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "Sec-Fetch-Dest": "document", "Sec-Fetch-Mode": "navigate"}
    page = told.get("/feeds/demo", headers=opened)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8" and "for podcast apps" in page.text
    assert page.headers["Cache-Control"] == "no-store" and "Sec-Fetch-Dest" in page.headers["Vary"]
    feed = told.get("/feeds/demo")
    assert feed.headers["Content-Type"] == "application/rss+xml; charset=utf-8" and "xml-stylesheet" not in feed.text
    for fields in ({"Accept": opened["Accept"]}, {**opened, "Accept": "*/*"}, {**opened, "Sec-Fetch-Mode": "cors"}, {**opened, "Sec-Fetch-Dest": "empty"}):
        assert told.get("/feeds/demo", headers=fields).content == feed.content, fields
    assert told.get("/feeds/demo?xml", headers=opened).content == feed.content
    assert told.get("/feeds/nothing", headers=opened).status_code == 404


def test_pages_come_compressed_and_are_not_sent_twice(told):
    answer = told.get(told.episode["page"], headers={"Accept-Encoding": "gzip"}, stream=True)
    plain = told.get(told.episode["page"], headers={"Accept-Encoding": "identity"})
    assert gzip.decompress(answer.raw.read(decode_content=False)) == plain.content
    assert told.get(told.episode["page"], headers={"Accept-Encoding": "identity", "If-None-Match": plain.headers["ETag"]}).status_code == 304


def test_without_javascript_chapters_lead_into_the_audio(told):
    text = told.get(told.episode["page"]).text
    audio = told.episode["enclosure"].removeprefix(told.origin)
    assert f'<a href="{audio}#t=2.500"><b>0:02</b> Chapter 1 with' in text and f'<a href="{audio}#t=10"><b>0:10</b> ' in text
    assert re.search(rf'<audio controls preload="none" src="{re.escape(audio)}"', text)


def test_the_player_weighs_at_most_20_kilobytes(told):
    page = told.get(embed(told), headers={"Accept-Encoding": "identity"})
    total = len(page.content)
    for loaded in Page(page.text).loads:
        if loaded.endswith((".css", ".js", ".svg")):
            total += len(told.get(loaded, headers={"Accept-Encoding": "identity"}).content)
    assert total <= 20_000, total
    assert "Chapter 7" in page.text and 'preload="none"' in page.text


def test_who_embeds_finds_the_way_from_the_page(told):
    found = Page(told.get(told.episode["page"]).text).links["alternate application/json+oembed"]
    answer = told.get(found)
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (200, "*")
    document = answer.json()
    assert (document["version"], document["type"], document["title"]) == ("1.0", "rich", "A talk")
    frame = dict(Frame(document["html"]).attributes)
    assert (frame["src"], int(frame["width"]), int(frame["height"])) == (told.origin + embed(told), document["width"], document["height"])
    assert told.get(frame["src"]).status_code == 200
    narrow = told.get(found + "&maxwidth=300&maxheight=120").json()
    assert (narrow["width"], narrow["height"]) == (300, 120)


class Frame(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        assert tag == "iframe"
        self.attributes = attributes


@pytest.mark.parametrize("query, status", [
    ("", 400), ("url=", 400), ("url=PAGE&format=xml", 501), ("url=PAGE&maxwidth=x", 400), ("url=PAGE&maxheight=0", 400),
    ("url=https://example.org/shows/demo/talk", 404), ("url=ORIGIN/shows/demo/nothing", 404), ("url=ORIGIN/shows/nothing", 404), ("url=%00%ff", 404),
    ("url=ORIGIN/shows/demo/" + "x" * 3000, 404),
])
def test_what_cannot_be_embedded_is_said_in_a_sentence(told, query, status):
    answer = told.get("/oembed?" + query.replace("PAGE", told.episode["page"]).replace("ORIGIN", told.origin))
    assert answer.status_code == status
    assert answer.text.count("\n") == 1 and answer.text.endswith(".\n"), answer.text


def test_a_show_can_be_embedded_by_its_newest_episode(told):
    found = Page(told.get("/shows/demo").text).links["alternate application/json+oembed"]
    document = told.get(found).json()
    assert (document["type"], document["title"], document["author_url"]) == ("rich", "A show", told.origin + "/shows/demo")
    player = told.get(dict(Frame(document["html"]).attributes)["src"])
    assert player.status_code == 200 and "A talk" in player.text and "frame-ancestors *" in player.headers["Content-Security-Policy"]
    told.make_show("empty", title="Nothing yet")
    assert told.get("/oembed", params={"url": told.origin + "/shows/empty"}).json()["type"] == "link"
    assert told.get("/embed/shows/empty").status_code == told.get("/embed/shows/nothing").status_code == 404
    told.run("show", "delete", "empty")


def test_addresses_as_people_write_them_lead_to_the_right_one(told):
    talk = told.episode["page"].removeprefix(told.origin)
    audio = told.episode["enclosure"].removeprefix(told.origin)
    for written, right in (("/shows/demo/", "/shows/demo"), (talk + "/", talk), (talk.upper(), talk), ("/Shows/Demo?page=1", "/shows/demo?page=1"), ("/feeds/demo.xml", "/feeds/demo"),
                           ("/feeds/Demo.rss", "/feeds/demo"), ("/feeds/demo/", "/feeds/demo"), ("//shows//demo", "/shows/demo"), ("/status/", "/status"), ("/Studio", "/studio/"),
                           (f"/embed/{told.episode['id'].upper()}/", f"/embed/{told.episode['id']}"), (audio + "/", audio), ("/Sitemap.xml", "/sitemap.xml"), ("/ROBOTS.TXT", "/robots.txt")):
        answer = told.get(told.origin + written, allow_redirects=False)
        assert (answer.status_code, answer.headers.get("Location")) == (301, told.origin + right), written
        assert told.get(told.origin + written).status_code == 200, written
        assert requests.post(told.origin + written, verify=told.authority, allow_redirects=False).status_code in (404, 405), "nobody's data goes elsewhere"
    for hostile in ("//evil.example/", "/%2Fevil.example/", "//evil.example/%2e%2e"):
        assert told.get(told.origin + hostile, allow_redirects=False).headers.get("Location", told.origin + "/").startswith(told.origin + "/"), hostile


def test_plain_http_leads_to_https_by_what_every_program_knows(told):
    for method, status in (("GET", 301), ("HEAD", 301), ("POST", 308)):
        answer = requests.request(method, f"http://127.0.0.1:{told.http_port}/feeds/demo?x=1", allow_redirects=False)
        assert (answer.status_code, answer.headers["Location"]) == (status, told.origin + "/feeds/demo?x=1")
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_scripts_of_other_sites_may_read_everything_they_are_for(told):
    audio = told.episode["enclosure"].removeprefix(told.origin)
    chapters = f"/episodes/{told.episode['id']}/chapters.json"
    feed = told.get("/feeds/demo").text
    picture = re.search(r"/pictures/[^\"<]+", feed)
    open_to_all = [("/feeds/demo", 200), ("/feeds/nothing", 404), ("/feeds/demo/", 301), (audio, 200), (audio[:-4] + "-old.mp3", 301), ("/e/nothing/x.mp3", 404), (chapters, 200),
                   ("/episodes/nothing/chapters.json", 404), ("/oembed", 400), ("/oembed?url=x", 404), ("/pictures/x.png", 404), *([(picture[0], 200)] if picture else [])]
    for path, status in open_to_all:
        answer = told.get(path, headers={"Origin": "https://player.example"}, allow_redirects=False, stream=True)
        assert (answer.status_code, answer.headers.get("Access-Control-Allow-Origin")) == (status, "*"), path
        exposed = answer.headers["Access-Control-Expose-Headers"]
        assert {"Content-Range", "Accept-Ranges", "ETag", "Link"} <= set(exposed.split(", ")), path
        asked = requests.options(told.origin + path, verify=told.authority, allow_redirects=False,
                                 headers={"Origin": "https://player.example", "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "range"})
        assert asked.status_code == 204 and asked.headers["Access-Control-Allow-Origin"] == "*", path
        assert "GET" in asked.headers["Access-Control-Allow-Methods"] and "Range" in asked.headers["Access-Control-Allow-Headers"], path
    ranged = told.get(audio, headers={"Range": "bytes=999999999-", "Origin": "https://player.example"})
    assert ranged.status_code == 416 and ranged.headers["Access-Control-Allow-Origin"] == "*"
    # What is for people, or for those who signed in, is not.
    for path in ("/", "/shows/demo", "/api/v1/shows", "/studio/"):
        assert "Access-Control-Allow-Origin" not in told.get(path).headers, path


def test_addresses_of_a_former_origin_can_be_embedded(tmp_path, recording):
    server = Carillon(tmp_path / "data")
    (tmp_path / "former.toml").write_text('[server]\nformer_origins = ["https://old.example.org"]\n')
    server.start("--config", tmp_path / "former.toml")
    try:
        server.make_show()
        page = server.publish(recording)["page"]
        old = page.replace(server.origin, "https://old.example.org")
        assert server.get("/oembed", params={"url": old}).json()["author_url"] == server.origin + "/shows/demo"
    finally:
        server.stop()


def test_search_engines_find_every_page(told):
    robots = told.get("/robots.txt").text
    [site_map] = re.findall(r"^Sitemap: (.*)$", robots, re.M)
    index = ElementTree.fromstring(told.get(site_map).content)
    assert index.tag == MAP + "sitemapindex"
    [one] = [node.text for node in index.iter(MAP + "loc")]
    pages = ElementTree.fromstring(told.get(one).content)
    addresses = [node.text for node in pages.iter(MAP + "loc")]
    assert addresses == [told.origin + "/shows/demo", told.episode["page"]]
    for address in addresses:
        assert told.get(address).status_code == 200
    for node in pages.iter(MAP + "lastmod"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", node.text)


def test_what_was_taken_down_is_nowhere(carillon, recording):
    carillon.make_show()
    episode = carillon.publish(recording)
    assert carillon.get(f"/embed/{episode['id']}").status_code == 200
    assert Api(carillon).ask("POST", "/shows/demo/suspend", {"reason": "A court said so."})[0] < 300
    for path in (f"/embed/{episode['id']}", episode["page"], "/shows/demo", "/sitemaps/demo.xml", f"/oembed?url={episode['page']}"):
        assert carillon.get(path).status_code == 451, path
    assert "demo" not in carillon.get("/sitemap.xml").text


def test_the_status_page_when_all_is_well(told):
    page = told.get("/status").text
    assert "Everything is working" in page and "Monitored since" in page and "%" not in page
    assert told.get("/").text.count('href="/status"') == 1


def test_the_status_page_outlives_the_database(carillon, recording):
    carillon.make_show()
    carillon.publish(recording)
    database = carillon.data / "carillon.db"
    database.rename(database.with_name("elsewhere.db"))
    page = until(lambda: (lambda answer: answer.text if "Publishing is down" in answer.text else None)(carillon.get("/status")), "the loss is noticed")
    assert "Nothing new can be saved at the moment." in page and str(carillon.data) not in page
    database.with_name("elsewhere.db").rename(database)
    until(lambda: "Everything is working" in carillon.get("/status").text, "it is noticed that it works again")


def test_the_status_page_while_the_database_is_locked(carillon, recording):
    carillon.make_show()
    episode = carillon.publish(recording)
    other = sqlite3.connect(carillon.data / "carillon.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    page = until(lambda: (lambda answer: answer.text if "Publishing is down" in answer.text else None)(carillon.get("/status")), "the lock is noticed")
    assert "locked" not in page and "sqlite" not in page.lower() and "database" not in page
    for path in (episode["page"], episode["enclosure"], "/feeds/demo", f"/embed/{episode['id']}"):
        assert carillon.get(path).status_code == 200, path
    other.execute("ROLLBACK")
    other.close()
    until(lambda: "Everything is working" in carillon.get("/status").text, "it is noticed that it works again")


def test_the_status_page_tells_of_lost_recordings(carillon, recording):
    carillon.make_show()
    carillon.publish(recording)
    (carillon.data / "media").rename(carillon.data / "moved")
    until(lambda: "Downloads are down" in carillon.get("/status").text or "Downloads and publishing are down" in carillon.get("/status").text, "the loss is noticed")
    assert carillon.get("/status").status_code == 200
