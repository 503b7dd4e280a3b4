"""What publishers write, paste, correct and take back: nothing of it is lost, damaged or shown to those it isn't for."""

import email.utils
import itertools
import json
import re
import xml.etree.ElementTree as ElementTree

import pytest

from conftest import make_recording, until
from test_metadata import NAMES
from workflow import Api

VTT = {"Content-Type": "text/vtt"}


def channel_of(server, show="demo"):
    return ElementTree.fromstring(server.get(f"/feeds/{show}").content).find("channel")


def draft(api, title="A draft", show="demo", **fields):
    return api.needed("POST", f"/shows/{show}/episodes", {"title": title, **fields})


# --- flags -------------------------------------------------------------------------------------------------------------------------------


def test_an_option_that_is_not_given_changes_nothing(carillon, tmp_path):
    """Each option of `show edit` alone, while everything has been set: only its own field is another one."""
    made = carillon.json("show", "create", "demo", "--title", "A show")
    assert (made["locked"], made["explicit"]) == (True, False), "what --help says of the defaults"
    everything = {"--title": ("title", "Second"), "--description": ("description", "About"), "--language": ("language", "de"), "--author": ("author", "Ada"),
                  "--email": ("owner_email", "ada@example.org"), "--copyright": ("copyright", "© Ada"), "--link": ("link", "https://example.org/"),
                  "--type": ("type", "serial"), "--medium": ("medium", "audiobook"), "--category": ("category", {"name": "Technology", "sub": ""})}
    # Both of what the flags say, each time the contrary of the default.
    carillon.run("show", "edit", "demo", "--explicit", "--no-locked")
    for option, (field, value) in everything.items():
        before = carillon.json("show", "show", "demo")
        after = carillon.json("show", "edit", "demo", option, value if isinstance(value, str) else value["name"])
        assert after[field] == value
        changed = {name for name in before if before[name] != after[name]}
        assert changed == {field, "changed", "revision"}, (option, changed)
    for flag, field, value in (("--no-explicit", "explicit", False), ("--locked", "locked", True), ("--explicit", "explicit", True), ("--no-locked", "locked", False),
                               ("--mono", "format", {"bitrate": 96000, "channels": 1, "sample_rate": 44100})):
        before = carillon.json("show", "show", "demo")
        after = carillon.json("show", "edit", "demo", flag)
        assert after[field] == value and {name for name in before if before[name] != after[name]} == {field, "changed", "revision"}, flag
    assert "--no-locked" in carillon.run("show", "edit", "--help").stdout


def test_an_option_of_an_episode_that_is_not_given_changes_nothing(carillon, tmp_path):
    carillon.make_show()
    (tmp_path / "notes.md").write_text("Notes")
    api = Api(carillon)
    episode = draft(api, season=2, number=3, type="bonus", explicit=True, notes="Old", number_display="iii")
    for option, value, field, became in (("--title", "New", "title", "New"), ("--notes", str(tmp_path / "notes.md"), "notes", "Notes"), ("--season", "4", "season", 4),
                                         ("--number", "5", "number", 5), ("--type", "trailer", "type", "trailer")):
        before = carillon.json("episode", "show", episode["id"])
        after = carillon.json("episode", "edit", episode["id"], option, value)
        addresses = {"slug", "page", "enclosure"} if field == "title" else set()
        assert after[field] == became and {name for name in before if before[name] != after[name]} == {field, "changed", "revision"} | addresses, option


def test_season_and_number_can_be_cleared_and_numbers_are_not_repeated(carillon):
    carillon.make_show()
    episode = draft(Api(carillon), season=2, number=3)
    cleared = carillon.json("episode", "edit", episode["id"], "--no-season")
    assert (cleared["season"], cleared["number"]) == (None, 3)
    assert carillon.json("episode", "edit", episode["id"], "--no-number")["number"] is None
    assert carillon.run("episode", "edit", episode["id"], "--no-number", "--number", "4", check=False).returncode == 2
    for option, value in itertools.product(("--season", "--number"), ("0", "-1", "1.5", "x", "9" * 300, "2147483648", "1e300")):
        said = carillon.run("episode", "edit", episode["id"], f"{option}={value}", check=False)
        assert said.returncode == 2 and "whole number" in said.stderr, said.stderr
        assert not re.search(r"\d{20}", said.stderr + said.stdout), said.stderr
    for command in (("episode", "edit"), ("publish",), ("cert", "add"), ("cert", "scan")):
        assert not re.search(r"\d{20}", carillon.run(*command, "--help").stdout)


# --- lines -------------------------------------------------------------------------------------------------------------------------------


def test_a_title_has_255_characters_whatever_they_are(carillon):
    api = Api(carillon)
    carillon.make_show()
    for character in ("x", "ü", "漢", "🎙"):
        title = character * 255
        assert api.needed("PATCH", "/shows/demo", {"title": title, "author": title})["title"] == title
        assert draft(api, title)["title"] == title
        for path, document in (("/shows/demo", {"title": title + character}), ("/episodes/" + draft(api)["id"], {"title": title + character})):
            status, problem, _ = api.ask("PATCH", path, document)
            assert (status, problem["field"]) == (422, "title") and "256 characters" in problem["detail"]


@pytest.mark.parametrize("given, line", [
    ("The\r\nlighthouse", "The lighthouse"), ("  The \n\t lighthouse\u2028", "The lighthouse"), ("The\x07 light\x00house\x7f\x9b", "The lighthouse"),
    ("\ufeffThe light\u200bhouse\u2060", "The lighthouse"), ("The \u202elighthouse\u2066", "The lighthouse"), ("👩\u200d🚀 می\u200cخواهم", "👩\u200d🚀 می\u200cخواهم")])
def test_what_is_one_line_is_one_clean_line(shared, given, line):
    api = Api(shared)
    episode = draft(api, given)
    assert episode["title"] == line
    assert api.needed("PATCH", "/episodes/" + episode["id"], {"number_display": given[:30], "persons": [{"name": given, "role": given}],
                                                              "locations": [{"name": given}], "soundbites": [{"start_seconds": 0, "duration_seconds": 1, "title": given}]})
    episode = api.needed("GET", "/episodes/" + episode["id"])
    assert (episode["persons"][0]["name"], episode["persons"][0]["role"], episode["locations"][0]["name"], episode["soundbites"][0]["title"]) == (line,) * 4
    show = api.needed("PATCH", "/shows/demo", {"title": given, "author": given, "copyright": given, "seasons": [{"number": 1, "name": given}]})
    assert (show["title"], show["author"], show["copyright"], show["seasons"][0]["name"]) == (line,) * 4
    chapters = api.needed("PUT", f"/episodes/{episode['id']}/chapters", {"chapters": [{"startTime": 0, "title": given}]})["id"]
    assert api.needed("GET", f"/episodes/{chapters}/chapters")["chapters"][0]["title"] == line
    api.needed("PATCH", "/shows/demo", {"title": "A show", "seasons": []})


def test_a_title_of_nothing_to_see_is_none(shared):
    status, problem, _ = Api(shared).ask("POST", "/shows/demo/episodes", {"title": "\u200b\u202e \n"})
    assert (status, problem["field"]) == (422, "title")


def test_titles_in_every_writing_get_readable_names_of_their_own(carillon):
    carillon.make_show()
    api = Api(carillon)
    slugs = [draft(api, title)["slug"] for title in ("Москва слезам не верит", "北京", "北京", "背景", "Καλημέρα", "مرحبا", "🎙", "🎧")]
    assert slugs[0] == "moskva-slezam-ne-verit" and slugs[1] == "bei-jing" and slugs[2] == "bei-jing-2" and slugs[4] == "kalemera"
    assert len(set(slugs)) == len(slugs) and all(re.fullmatch("[a-z0-9-]+", slug) for slug in slugs)
    listed = carillon.json("episode", "list", "--show", "demo")
    assert len({episode["enclosure"].rsplit("/", 1)[1] for episode in listed}) == len(slugs)
    assert any(episode["enclosure"].endswith("/moskva-slezam-ne-verit.mp3") for episode in listed)


@pytest.mark.parametrize("given, proposed", [("Deutsch", "de"), ("English", "en"), ("en-EN", "en"), ("en_US", "en-US"), ("en-UK", "en-GB"), ("ger", "de"), ("日本語", "ja")])
def test_a_language_is_one_of_the_registry(carillon, given, proposed):
    for said in (carillon.run("show", "create", "demo", "--title", "x", "--language", given, check=False),):
        assert said.returncode == 1 and f"did you mean “{proposed}”" in said.stderr, said.stderr
    made = carillon.json("show", "create", "demo", "--title", "x", "--language", proposed.lower())
    assert made["language"] == proposed and channel_of(carillon).findtext("language") == proposed


# --- notes -------------------------------------------------------------------------------------------------------------------------------


def test_long_notes_and_titles_are_never_markup_of_others(carillon, recording):
    api = Api(carillon)
    carillon.make_show(title="A <script>alert(1)</script> show")
    episode = carillon.publish(recording, "demo", "std::map<key> & more")
    channel = channel_of(carillon)
    assert channel.findtext("description") == "A &lt;script&gt;alert(1)&lt;/script&gt; show"
    assert channel.find("item").findtext("description") == "std::map&lt;key&gt; &amp; more"
    long = "Use `std::map<key>` & **more**, says &lt;script&gt;. " * 200
    api.needed("PATCH", "/episodes/" + episode["id"], {"notes": long})
    api.needed("PATCH", "/shows/demo", {"description": long})
    channel = channel_of(carillon)
    for description in (channel.findtext("description"), channel.find("item").findtext("description")):
        assert 3800 < len(description.encode()) <= 4000
        read = ElementTree.fromstring(f"<x>{description}</x>")
        assert {node.tag for node in read.iter()} == {"x", "p", "code", "strong"} and "std::map<key>" in "".join(read.itertext())


def test_notes_keep_what_was_written(shared):
    def html(notes):
        return Api(shared).needed("POST", "/notes-preview", {"notes": notes})["html"]

    assert "1986. What a year" in html("1986. What a year")
    assert '<ol start="3">' in html("3. third\n4. fourth")
    assert "The lighthouse at night" in html("![The lighthouse at night](https://example.org/a.jpg)")
    assert '<a href="https://example.org/a?b=1&amp;c=2"' in html("See https://example.org/a?b=1&c=2.")
    assert html("00:00 Hello\n01:30 The sea") == "<p>00:00 Hello<br />\n01:30 The sea</p>"
    assert '<a href="https://example.org/"' in html('<p><span style="x">Read <a href="https://example.org/">this</a></span></p>')


# --- transcripts and chapters ------------------------------------------------------------------------------------------------------------


def test_the_first_cue_below_the_head_is_kept(shared):
    api = Api(shared)
    path = f"/episodes/{draft(api)['id']}/transcripts/en"
    for head in ("WEBVTT\n", "WEBVTT\nKind: captions\n", "WEBVTT\n1\n", "WEBVTT a title\nKind: captions\nfirst\n"):
        api.needed("PUT", path, None, VTT, (head + "00:01.000 --> 00:02.000\nThe first\n\n00:03.000 --> 00:04.000\nThe second\n").encode())
        assert "The first" in api.ask("GET", path)[1], head


def test_a_language_has_one_transcript_in_any_spelling(carillon, recording):
    carillon.make_show()
    api = Api(carillon)
    episode = carillon.publish(recording)
    path = f"/episodes/{episode['id']}/transcripts/"
    for spelling, word in (("en", "one"), ("EN", "two"), ("En", "three"), ("en-gb", "four"), ("EN-GB", "five")):
        api.needed("PUT", path + spelling, None, VTT, f"WEBVTT\n\n00:01.000 --> 00:02.000\n{word}\n".encode())
    texts = api.needed("GET", f"/episodes/{episode['id']}")["transcripts"]
    assert [text["language"] for text in texts] == ["en", "en-GB"]
    assert "three" in api.ask("GET", path + "EN")[1] and "five" in api.ask("GET", path + "en-GB")[1]
    assert "three" in carillon.get(f"/episodes/{episode['id']}/transcript.EN.vtt").text, "addresses of before"
    api.needed("DELETE", path + "eN")
    assert [text["language"] for text in api.needed("GET", f"/episodes/{episode['id']}")["transcripts"]] == ["en-GB"]
    status, problem, _ = api.ask("PUT", path + "english", None, VTT, b"WEBVTT\n\n00:01.000 --> 00:02.000\nx\n")
    assert status == 422 and "“en”" in problem["detail"]


def test_a_transcript_may_be_plain_text(carillon, recording):
    carillon.make_show()
    api = Api(carillon)
    episode = carillon.publish(recording)
    said = api.needed("PUT", f"/episodes/{episode['id']}/transcripts/en", None, {"Content-Type": "text/plain; charset=utf-8"},
                      "Ada: Good <morning>,\r\nall.\r\n\r\nZoë: Grüße & more.\r\n".encode())
    text, = said["transcripts"]
    assert text["type"] == "text/plain" and text["url"].endswith("/transcript.en.txt")
    answer = carillon.get(text["url"])
    assert (answer.headers["Content-Type"], answer.headers["Access-Control-Allow-Origin"]) == ("text/plain; charset=utf-8", "*")
    assert answer.content.decode() == "Ada: Good <morning>,\nall.\n\nZoë: Grüße & more.\n"
    node = channel_of(carillon).find("item/podcast:transcript", NAMES)
    assert dict(node.attrib) == {"url": text["url"], "type": "text/plain", "language": "en"}
    page = carillon.get(episode["page"]).text
    assert "Good &lt;morning&gt;" in page and "Grüße &amp; more." in page and "transcript.en.txt" in page
    # What calls itself plain text and has times keeps them.
    timed = api.needed("PUT", f"/episodes/{episode['id']}/transcripts/en", None, {"Content-Type": "text/plain"}, b"1\n00:00:01,000 --> 00:00:02,000\nHello\n")
    assert timed["transcripts"][0]["type"] == "text/vtt"
    assert carillon.get(text["url"]).status_code == 404


def test_a_transcript_in_another_encoding_is_converted_or_refused(shared):
    api = Api(shared)
    path = f"/episodes/{draft(api)['id']}/transcripts/"
    srt = "1\n00:00:01,000 --> 00:00:02,000\n{}\n"

    def put(language, body, type="application/srt"):
        return api.ask("PUT", path + language, None, {"Content-Type": type}, body)

    assert put("de", srt.format("Grüße aus Köln").encode("latin-1"))[0] == 200
    assert "Grüße aus Köln" in api.ask("GET", path + "de")[1]
    assert put("fr", srt.format("L’été à l’école…").encode("cp1252"))[0] == 200
    assert "L’été à l’école…" in api.ask("GET", path + "fr")[1]
    assert put("de", srt.format("Grüße").encode("utf-16"))[0] == 200 and "Grüße" in api.ask("GET", path + "de")[1]
    assert put("pl", srt.format("Zażółć gęślą jaźń").encode("cp1250"), "application/srt; charset=windows-1250")[0] == 200
    assert "Zażółć gęślą jaźń" in api.ask("GET", path + "pl")[1]
    for language, text, encoding in (("cs", "Příliš žluťoučký", "iso8859-2"), ("ru", "Добрый день", "koi8-r"), ("ja", "こんにちは", "shift-jis")):
        status, said, _ = put(language, srt.format(text).encode(encoding))
        assert status == 200 and text in api.ask("GET", path + language)[1], language
        assert said["repairs"][0].endswith(" and was converted to UTF-8."), said["repairs"]
    status, problem, _ = put("de", srt.format("Gr\ufffd\ufffde").encode())
    assert (status, problem["field"]) == (422, "transcript") and "UTF-8" in problem["detail"]


def test_an_encoding_that_cannot_be_told_is_asked_for(shared):
    api = Api(shared)
    path = f"/episodes/{draft(api)['id']}/transcripts/"
    srt = "1\n00:00:01,000 --> 00:00:02,000\n{}\n"
    # Two words of Russian in either of the encodings.
    body = srt.format("ДА НЕТ").encode("koi8-r")
    status, problem, _ = api.ask("PUT", path + "ru", None, {"Content-Type": "application/srt"}, body)
    assert (status, problem["field"]) == (422, "charset"), problem
    assert "windows-1251 or KOI8-R" in problem["detail"] and "?charset=windows-1251" in problem["detail"]
    previews = {each["charset"]: each["preview"] for each in problem["encodings"]}
    assert previews["KOI8-R"] == "ДА НЕТ" and previews["windows-1251"] == "дб оеф"
    assert api.ask("GET", path + "ru")[0] == 404, "nothing is stored"
    said = api.needed("PUT", path + "ru?charset=KOI8-R", None, {"Content-Type": "application/srt"}, body)
    assert "ДА НЕТ" in api.ask("GET", path + "ru")[1] and said["repairs"] == ["The file was in KOI8-R and was converted to UTF-8."]
    api.needed("PUT", path + "ru", None, {"Content-Type": "application/srt; charset=koi8-r"}, body)
    status, problem, _ = api.ask("PUT", path + "ru?charset=klingon", None, {"Content-Type": "application/srt"}, body)
    assert (status, problem["field"]) == (422, "charset") and "klingon" in problem["detail"]
    status, problem, _ = api.ask("PUT", path + "en", None, {"Content-Type": "application/srt"}, srt.format("Příliš žluťoučký").encode("cp1250"))
    assert status == 422 and {"charset": "windows-1250", "preview": "Příliš žluťoučký"} in problem["encodings"]


def test_what_was_corrected_in_a_transcript_is_reported(shared):
    api = Api(shared)
    path = f"/episodes/{draft(api)['id']}/transcripts/en"

    def put(kind, text):
        said = api.needed("PUT", path, None, {"Content-Type": kind}, text.encode())
        return said["repairs"], api.ask("GET", path)[1]

    assert put("text/vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\nOne\n") == ([], "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nOne\n")
    repairs, stored = put("application/srt", "2\n00:03,5 --> 00:04.000\nADA: Two\n1\n0.860 --> 2\nOne\n")
    assert stored == "WEBVTT\n\n00:00:00.860 --> 00:00:02.000\nOne\n\n00:00:03.500 --> 00:00:04.000\n<v ADA>Two\n"
    assert len(repairs) == 4 and repairs[-1] == "One entry wasn't in chronological order and was moved (line 5).", repairs
    assert "<v Eric>Hello" in put("application/json", '[{"start":"00:00:05.340","end":"00:00:06.160","voice":"Eric","text":"Hello"}]')[1]
    assert "<v Kevin>We have" in put("text/html", "<cite>Kevin:</cite><time>0:00</time><p>We have</p>")[1]
    assert "repairs" not in api.needed("GET", path.rsplit("/transcripts", 1)[0])


def test_chapters_of_other_programs_are_read(shared):
    api = Api(shared)
    path = f"/episodes/{draft(api)['id']}/chapters"
    wanted = [{"startTime": 0, "title": "Intro"}, {"startTime": 62.5, "title": "Türme", "url": "https://example.org/"}]
    for kind, text in (("application/json", '[{"start":"00:00:00.000","title":"Intro"},{"start":"00:01:02.500","title":"Türme","href":"https://example.org/"}]'),
                       ("application/xml", '<psc:chapters xmlns:psc="http://podlove.org/simple-chapters"><psc:chapter start="0" title="Intro"/>'
                                           '<psc:chapter start="1:02.5" title="Türme" href="https://example.org/"/></psc:chapters>'),
                       ("text/plain", "00:00:00.000 Intro\n00:01:02.500 Türme <https://example.org/>\n")):
        said = api.needed("PUT", path, None, {"Content-Type": kind}, text.encode())
        assert api.needed("GET", path)["chapters"] == wanted and said["repairs"] == [], kind
    said = api.needed("PUT", path, None, {"Content-Type": "text/plain"}, "1:02.5 Türme <https://example.org/>\n0:00 Intro\n".encode("latin-1"))
    assert api.needed("GET", path)["chapters"] == wanted and len(said["repairs"]) == 2
    status, problem, _ = api.ask("PUT", path, None, {"Content-Type": "text/plain"}, b"0:00 Intro\nbells\n")
    assert status == 422 and problem["detail"].startswith("Line 2: expected a time and a title")
    assert api.needed("GET", path)["chapters"] == wanted


def test_times_in_notes_are_offered_as_chapters(carillon, tmp_path):
    carillon.make_show()
    api = Api(carillon)
    episode = carillon.publish(make_recording(tmp_path / "ten.wav", seconds=10))
    path = f"/episodes/{episode['id']}/chapters"
    api.needed("PATCH", f"/episodes/{episode['id']}", {"notes": "About bells.\n\n- [0:00](https://example.org/) Intro\n- 0:05 The *bell*\n- 1:00 After the end\n"})
    assert api.needed("GET", path + "/in-notes")["chapters"] == [{"startTime": 0, "title": "Intro"}, {"startTime": 5, "title": "The bell"}]
    assert api.needed("GET", path)["chapters"] == [], "not by themselves"


def test_chapters_keep_their_author_and_their_route(carillon, recording):
    carillon.make_show()
    api = Api(carillon)
    episode = carillon.publish(recording)
    document = {"version": "1.2.0", "author": "Ada", "title": "A walk", "podcastName": "Harbour", "description": "By the sea", "fileName": "walk.mp3", "waypoints": True,
                "chapters": [{"startTime": 0, "title": "Mole", "location": {"name": "Mole", "geo": "geo:54.3,10.1", "osm": "R27021"}}, {"startTime": 2, "title": "Light"}]}
    api.needed("PUT", f"/episodes/{episode['id']}/chapters", document)
    assert api.needed("GET", f"/episodes/{episode['id']}/chapters") == document
    assert carillon.get(f"/episodes/{episode['id']}/chapters.json").json() == document


def test_chapters_behind_the_end_are_refused_or_said(carillon, tmp_path):
    carillon.make_show()
    api = Api(carillon)
    episode = carillon.publish(make_recording(tmp_path / "long.wav", seconds=9))
    path = f"/episodes/{episode['id']}/chapters"
    status, problem, _ = api.ask("PUT", path, {"chapters": [{"startTime": 0, "title": "One"}, {"startTime": 3723, "title": "Late"}]})
    assert (status, problem["field"]) == (422, "chapters[1].startTime")
    assert "“Late”" in problem["detail"] and "1 h 02 min 03 s" in problem["detail"] and "9 s" in problem["detail"]
    assert api.ask("PUT", path, {"chapters": [{"startTime": 0, "endTime": 60}]})[1]["field"] == "chapters[0].endTime"
    api.needed("PUT", path, {"chapters": [{"startTime": 0, "title": "One"}, {"startTime": 6, "title": "Two"}]})
    # Another, shorter recording: nobody can refuse what is there, but it is said.
    carillon.run("episode", "audio", episode["id"], make_recording(tmp_path / "short.wav", seconds=4))
    said = json.loads(carillon.run("show", "check", "demo", "--json", check=False).stdout)
    assert [finding["episode"] for finding in said if finding["field"] == "chapters"] == [episode["id"]]


# --- listed or not, here or gone ---------------------------------------------------------------------------------------------------------


def test_a_show_that_asks_not_to_be_listed_is_not(carillon, recording):
    api = Api(carillon)
    for slug in ("demo", "secret"):
        carillon.run("show", "create", slug, "--title", f"The {slug} show")
    episode, listed = carillon.publish(recording, "secret", "Hush"), carillon.publish(recording, "demo", "Not hush")
    api.needed("PATCH", "/shows/secret", {"blocked": True})
    assert "/shows/secret" not in carillon.get("/").text and "/shows/demo" in carillon.get("/").text
    assert "secret" not in carillon.get("/sitemap.xml").text
    assert carillon.get("/sitemaps/secret.xml").status_code == 404
    for page in ("/shows/secret", episode["page"]):
        assert '<meta name="robots" content="noindex">' in carillon.get(page).text
    for page in ("/shows/demo", listed["page"]):
        assert "noindex" not in carillon.get(page).text
    assert carillon.get("/feeds/secret").status_code == 200, "who has the address may subscribe"
    # One episode alone.
    api.needed("PATCH", "/episodes/" + listed["id"], {"blocked": True})
    assert "noindex" in carillon.get(listed["page"]).text and "noindex" not in carillon.get("/shows/demo").text
    assert listed["page"] not in carillon.get("/sitemaps/demo.xml").text
    api.needed("PATCH", "/shows/secret", {"blocked": False})
    assert "/shows/secret" in carillon.get("/").text


def test_what_was_deleted_is_gone(carillon, recording):
    carillon.make_show()
    api = Api(carillon)
    episode = carillon.publish(recording)
    never = draft(api, "Never out")
    api.needed("PUT", f"/episodes/{episode['id']}/chapters", {"chapters": [{"startTime": 0, "title": "One"}]})
    addresses = [episode["page"], episode["enclosure"], f"/episodes/{episode['id']}/chapters.json", f"/embed/{episode['id']}"]
    for address in addresses:
        assert carillon.get(address).status_code == 200
    carillon.run("episode", "unpublish", episode["id"])
    assert [carillon.get(address).status_code for address in addresses] == [404] * 4, "it may come back"
    carillon.run("episode", "publish", episode["id"])
    carillon.run("episode", "delete", episode["id"])
    carillon.run("episode", "delete", never["id"])
    assert [carillon.get(address).status_code for address in addresses] == [410] * 4
    assert carillon.get(never["page"]).status_code == 404 and carillon.get(f"/embed/{never['id']}").status_code == 404
    page = carillon.get(episode["page"], headers={"Accept": "text/html"})
    assert page.status_code == 410 and "deleted" in page.text and page.headers["Content-Type"].startswith("text/html")
    carillon.run("episode", "restore", episode["id"])
    assert [carillon.get(address).status_code for address in addresses] == [200] * 4
    carillon.run("show", "delete", "demo", "--with-episodes")
    assert [carillon.get(address).status_code for address in [*addresses, "/feeds/demo", "/shows/demo"]] == [410] * 6
    assert carillon.get("/feeds/nothing").status_code == 404


# --- later -------------------------------------------------------------------------------------------------------------------------------


def test_a_slug_can_be_changed_and_what_led_to_the_old_one_leads_to_the_new_one(carillon, recording):
    carillon.make_show()
    api = Api(carillon)
    episode = carillon.publish(recording)
    before = api.needed("GET", "/shows/demo")
    assert channel_of(carillon).find("itunes:new-feed-url", NAMES) is None
    moved = carillon.json("show", "edit", "demo", "--slug", "harbour")
    assert (moved["slug"], moved["guid"]) == ("harbour", before["guid"]) and moved["feed"].endswith("/feeds/harbour")
    for old, new in (("/feeds/demo", "/feeds/harbour"), ("/shows/demo?page=1", "/shows/harbour?page=1"), (episode["page"], episode["page"].replace("/demo/", "/harbour/")),
                     ("/sitemaps/demo.xml", "/sitemaps/harbour.xml")):
        answer = carillon.get(old, allow_redirects=False)
        assert answer.status_code == 301 and answer.headers["Location"].endswith(new.removeprefix(carillon.origin)), old
        assert carillon.get(old).status_code == 200
    assert carillon.get(episode["enclosure"], allow_redirects=False).status_code == 200, "enclosures never move"
    channel = channel_of(carillon, "harbour")
    assert channel.findtext("itunes:new-feed-url", namespaces=NAMES) == moved["feed"] == channel.find("{http://www.w3.org/2005/Atom}link").get("href")
    assert channel.find("item").findtext("guid") == episode["id"]
    assert carillon.get("/oembed", params={"url": episode["page"]}).status_code == 200
    # Nobody else gets an address that leads here; a second move leads from both.
    said = carillon.run("show", "create", "demo", "--title", "Another", check=False)
    assert said.returncode == 1 and "another show" in said.stderr
    carillon.run("show", "create", "other", "--title", "Another")
    for taken in ("demo", "harbour"):
        assert carillon.run("show", "edit", "other", "--slug", taken, check=False).returncode == 1
    assert carillon.run("show", "edit", "other", "--slug", "Not a slug", check=False).returncode == 1
    carillon.run("show", "edit", "harbour", "--slug", "quay")
    for old in ("demo", "harbour"):
        assert carillon.get(f"/feeds/{old}", allow_redirects=False).headers["Location"].endswith("/feeds/quay")
    carillon.run("show", "edit", "quay", "--slug", "demo")
    assert carillon.get("/feeds/demo", allow_redirects=False).status_code == 200
    assert carillon.get("/feeds/quay", allow_redirects=False).headers["Location"].endswith("/feeds/demo")
    carillon.run("show", "suspend", "demo", "--reason", "Court order")
    refused = carillon.run("show", "edit", "demo", "--slug", "elsewhere", check=False)
    assert refused.returncode == 1 and "suspended" in refused.stderr, "nobody moves out of a takedown"


def test_a_format_holds_for_new_masters_alone(carillon, recording):
    carillon.make_show()
    stereo = carillon.publish(recording)
    bytes_before = carillon.get(stereo["enclosure"]).content
    carillon.run("show", "edit", "demo", "--mono")
    mono = carillon.publish(recording, "demo", "Mono")
    assert abs(mono["bytes"] * 8 / mono["duration_seconds"] - 96_000) < 6_000
    assert carillon.get(stereo["enclosure"]).content == bytes_before
    carillon.run("show", "edit", "demo", "--stereo")
    assert carillon.publish(recording, "demo", "Stereo")["bytes"] > mono["bytes"]
    assert carillon.run("show", "edit", "demo", "--stereo", "--mono", check=False).returncode == 2


def test_a_draft_needs_no_recording_until_it_is_published(carillon, recording):
    carillon.make_show()
    made = carillon.json("episode", "create", "--show", "demo", "--title", "An idea", "--number", "7")
    assert (made["state"], made["number"], made["duration_seconds"]) == ("draft", 7, None)
    said = carillon.run("episode", "publish", made["id"], check=False)
    assert said.returncode == 1 and "no audio" in said.stderr
    with_audio = carillon.json("episode", "audio", made["id"], recording)
    assert with_audio["state"] == "draft" and with_audio["duration_seconds"] > 4
    assert carillon.json("episode", "publish", made["id"])["state"] == "published"
    assert "Length" in carillon.run("episode", "show", made["id"]).stdout and " s\n" in carillon.run("episode", "show", made["id"]).stdout


def test_dates_can_be_changed(carillon, recording):
    carillon.make_show()
    api = Api(carillon)
    waiting = carillon.publish(recording, "demo", "Later", "--at", "2099-12-24T18:00:00Z")
    assert waiting["state"] == "scheduled"
    moved = carillon.json("episode", "edit", waiting["id"], "--at", "2099-12-31T12:00:00+01:00")
    assert (moved["state"], moved["publish_at"]) == ("scheduled", "2099-12-31T11:00:00Z")
    # A time that has come: out it goes.
    carillon.run("episode", "edit", waiting["id"], "--at", "2020-01-01T00:00:00Z")
    until(lambda: api.needed("GET", "/episodes/" + waiting["id"])["state"] == "published", "the episode is out")
    audio = carillon.get(waiting["enclosure"]).content
    changed = carillon.json("episode", "edit", waiting["id"], "--at", "2019-03-04T05:06:07Z")
    assert (changed["state"], changed["published"]) == ("published", "2019-03-04T05:06:07Z")
    assert email.utils.parsedate_to_datetime(channel_of(carillon).find("item").findtext("pubDate")).isoformat() == "2019-03-04T05:06:07+00:00"
    assert carillon.get(waiting["enclosure"]).content == audio, "published bytes stay"
    newer = carillon.publish(recording, "demo", "Newer")
    assert [item.findtext("title") for item in channel_of(carillon).findall("item")] == ["Newer", "Later"]
    carillon.run("episode", "edit", newer["id"], "--at", "2018-01-01T00:00:00Z")
    assert [item.findtext("title") for item in channel_of(carillon).findall("item")] == ["Later", "Newer"]
    assert [episode["title"] for episode in carillon.json("episode", "list", "--show", "demo")] == ["Later", "Newer"]
    for path, document, field in ((newer["id"], {"published": "2099-01-01T00:00:00Z"}, "published"), (newer["id"], {"publish_at": "2099-01-01T00:00:00Z"}, "publish_at"),
                                  (draft(api)["id"], {"published": "2019-01-01T00:00:00Z"}, "published"), (newer["id"], {"published": "yesterday"}, "published")):
        status, problem, _ = api.ask("PATCH", "/episodes/" + path, document)
        assert status in (409, 422) and problem["field"] == field, problem


def test_episodes_are_found_by_notes_and_guests_in_any_order(carillon):
    carillon.make_show()
    api = Api(carillon)
    draft(api, "The lighthouse", notes="About **fog** and bells", persons=[{"name": "Zoë Faust"}])
    draft(api, "A walk", notes="Along the quay", number=12)
    for words, titles in (("faust lighthouse", ["The lighthouse"]), ("BELLS zoë", ["The lighthouse"]), ("quay #12", ["A walk"]), ("12", ["A walk"]), ("the", ["A walk", "The lighthouse"]),
                          ("fog quay", [])):
        assert [episode["title"] for episode in carillon.json("episode", "list", "--show", "demo", "--search", words)] == titles, words
    assert "No episode" in carillon.run("episode", "list", "--show", "demo", "--search", "nothing like it").stdout


# --- what directories and readers get ----------------------------------------------------------------------------------------------------


def test_a_check_that_passes_means_that_directories_would_take_the_show(carillon, recording):
    api = Api(carillon)
    carillon.run("show", "create", "demo", "--title", "A show", "--language", "gsw")
    carillon.publish(recording, "demo", "A draft", "--draft")

    def refused():
        findings = json.loads(carillon.run("show", "check", "demo", "--json", check=False).stdout)
        return {finding["field"] for finding in findings if finding["severity"] == "refused" and finding["directory"] in ("Apple Podcasts", "Spotify")}

    assert {"feed", "category", "language", "episodes"} <= refused()
    assert api.needed("GET", "/shows/demo")["category"] == {"name": "", "sub": ""}
    carillon.run("show", "edit", "demo", "--category", "Technology", "--language", "de")
    carillon.publish(recording, "demo", "Out")
    assert refused() & {"category", "language", "episodes"} == set() and "feed" in refused(), "nobody out there reaches localhost"


def test_txt_is_said_by_show_and_episode(carillon, recording):
    carillon.make_show()
    api = Api(carillon)
    episode = carillon.publish(recording)
    api.needed("PATCH", "/shows/demo", {"txt": [{"value": "naj3eEZaWVVY9a38uhX8FekACyhtqP4JN", "purpose": "verify"}, {"value": "S6lpp & <co>"}]})
    api.needed("PATCH", "/episodes/" + episode["id"], {"txt": [{"value": "release-7", "purpose": "release"}]})
    channel = channel_of(carillon)
    read = lambda parent: [(node.text, dict(node.attrib)) for node in parent.findall("podcast:txt", NAMES)]
    assert read(channel) == [("naj3eEZaWVVY9a38uhX8FekACyhtqP4JN", {"purpose": "verify"}), ("S6lpp & <co>", {})]
    assert read(channel.find("item")) == [("release-7", {"purpose": "release"})]
    assert api.needed("GET", "/shows/demo")["txt"][1] == {"value": "S6lpp & <co>", "purpose": ""}


def test_a_serial_show_begins_with_its_first_part(carillon, recording):
    carillon.make_show(type="serial")
    # Out of order, as it happens.
    for title, number in (("Part two", 2), ("Part one", 1), ("Part three", 3)):
        carillon.publish(recording, "demo", title, "--number", str(number), "--season", "1")
    carillon.publish(recording, "demo", "What is to come", "--type", "trailer", "--season", "1")
    page = carillon.get("/shows/demo").text
    places = [page.index(f">{title}<") for title in ("What is to come", "Part one", "Part two", "Part three")]
    assert places == sorted(places)
    carillon.run("show", "edit", "demo", "--type", "episodic")
    page = carillon.get("/shows/demo").text
    assert page.index(">What is to come<") < page.index(">Part three<") < page.index(">Part two<"), "newest first"


def test_two_changes_within_a_second_are_two(carillon):
    """Whoever has the first version and asks for what is newer than it gets the second one."""
    carillon.make_show()
    api = Api(carillon)
    seen = []
    for number in range(6):
        api.needed("PATCH", "/shows/demo", {"copyright": f"© {number}"})
        answer = carillon.get("/feeds/demo")
        seen.append((answer.headers.get("Last-Modified"), answer.text))
    for (modified, _), (_, later) in zip(seen, seen[1:]):
        if modified is None:
            continue  # nothing was promised
        again = carillon.get("/feeds/demo", headers={"If-Modified-Since": modified})
        assert again.status_code == 200 and again.text == seen[-1][1]
    said = [modified for modified, _ in seen if modified]
    assert len(set(said)) == len(said), "each version has a Last-Modified of its own, or none"
    until(lambda: "Last-Modified" in carillon.get("/feeds/demo").headers, "the feed says when it changed", within=60)
    answer = carillon.get("/feeds/demo")
    assert carillon.get("/feeds/demo", headers={"If-Modified-Since": answer.headers["Last-Modified"]}).status_code == 304


def test_a_cover_is_there_for_readers_of_plain_rss(carillon, tmp_path):
    from operations import picture
    carillon.make_show()
    (tmp_path / "cover.png").write_bytes(picture(1400))
    carillon.run("show", "edit", "demo", "--image", tmp_path / "cover.png")
    channel = channel_of(carillon)
    assert channel.findtext("image/url") == channel.find("itunes:image", NAMES).get("href")
    assert (channel.findtext("image/title"), channel.findtext("image/link")) == (channel.findtext("title"), channel.findtext("link"))
