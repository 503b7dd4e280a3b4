"""A member of one network writes texts that take parsers minutes and gigabytes; the others' feeds never notice."""

import json
import os
import socket
import sqlite3

import pytest

from api import Caller, make_person, with_token
from conftest import Carillon, until
from floods import close_all, shaken

KIB = 1024
LONGEST_NOTES = 64 * KIB
MOST_SECONDS = 15  # of processor time, for everything one test does; each of these texts alone took more
MOST_MEMORY = 400 * KIB * KIB  # bytes


def repeated(piece, size):
    return piece * (size // len(piece))


def opened(count):
    """Formatting elements that differ, for of the same ones only three are opened again."""
    return "".join(f"<b a={i}>" for i in range(count))


def attacks(size):
    formatting = "".join(f"<b a={i}><i a={i}><a href=https://a.test/{i}><p>x" for i in range(size // 45))
    return {
        "open formatting in paragraphs": formatting[:size],
        # Browsers open every formatting element again in each paragraph: 500 times 14,000 nodes.
        "500 open elements, then paragraphs": opened(500) + repeated("<p>x", size - len(opened(500))),
        "250 open elements, then paragraphs": opened(250) + repeated("<p>x", size - len(opened(250))),
        "lists in lists, then blank lines": "- " * (size // 4) + "a" + "\n" * (size // 2),
        "numbered lists, then blank lines": "1. " * (size // 6) + "a" + "\n" * (size // 2),
        "quotes in quotes": ">" * size,
        "images that hold links": repeated("![[]()", size),
        "elements in elements": repeated("<div><ul><li>", size),
        "tables in tables": repeated("<table><tr><td>", size),
        "one tag with thousands of attributes": "<b " + "".join(f"a{i}=1 " for i in range(size // 9)),
        "comments that never end": repeated("<!-- x --", size),
    }


def seconds_of(server):
    """Processor time the server has taken."""
    fields = open(f"/proc/{server.process.pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def most_memory_of(server):
    line = next(line for line in open(f"/proc/{server.process.pid}/status") if line.startswith("VmHWM"))
    return int(line.split()[1]) * KIB


class Bounded:
    """What is done within costs little, and the server is there afterwards."""

    def __init__(self, server):
        self.server = server

    def __enter__(self):
        self.before = seconds_of(self.server)

    def __exit__(self, kind, *_):
        if kind:
            return
        assert self.server.process.poll() is None, "the server died"
        assert seconds_of(self.server) - self.before < MOST_SECONDS
        assert most_memory_of(self.server) < MOST_MEMORY


@pytest.fixture
def two_networks(tmp_path):
    server = Carillon(tmp_path / "data").start()
    server.run("network", "create", "evil", "--name", "Evil")
    server.make_show("good")
    make_person(server, "eve@example.org", "producer", "evil")
    server.eve = with_token(server, "eve@example.org")
    made = server.eve.post("/shows", {"slug": "bad", "title": "Bad", "network": "evil"})
    assert made.status_code == 201, made.text
    yield server
    server.stop()


def neighbours_are_served(server):
    assert server.get("/healthz").status_code == 200
    feed = server.get("/feeds/good")
    assert feed.status_code == 200 and "<title>A show</title>" in feed.text


def test_a_preview_costs_little_whatever_it_is_of(two_networks):
    server, eve = two_networks, two_networks.eve
    with Bounded(server):
        for size in (60 * KIB, 250 * KIB):
            for name, text in attacks(size).items():
                text = text[:size * len(text) // len(json.dumps(text))]  # a longer document is not read at all
                answer = eve.post("/notes-preview", {"notes": text})
                assert answer.status_code in (200, 422), (name, size, answer.text[:300])
                if answer.status_code == 422:
                    assert answer.json()["field"] == "notes" and answer.json()["detail"].startswith("“notes” "), name
                elif len(text) > LONGEST_NOTES:
                    pytest.fail(f"{name}: longer than notes may be")
                neighbours_are_served(server)


def test_what_could_not_be_shown_is_not_saved(two_networks):
    server, eve = two_networks, two_networks.eve
    episode = eve.post("/shows/bad/episodes", {"title": "One"}).json()["id"]
    with Bounded(server):
        for name, text in attacks(60 * KIB).items():
            preview = eve.post("/notes-preview", {"notes": text}).status_code
            for path, field in ((f"/episodes/{episode}", "notes"), ("/shows/bad", "description")):
                answer = eve.patch(path, {field: text})
                assert answer.status_code == preview, name
                if preview == 422:
                    assert answer.json()["field"] == field
            created = eve.post("/shows/bad/episodes", {"title": "Two", "notes": text})
            assert created.status_code == (422 if preview == 422 else 201), name
            assert server.get("/feeds/bad").status_code == 200
            neighbours_are_served(server)
    assert eve.patch(f"/episodes/{episode}", {"notes": "About *bells*"}).status_code == 200


def test_what_was_stored_before_delays_no_other_feed(two_networks):
    """The data folder of an earlier version, in which such texts are stored already."""
    server = two_networks
    server.stop()
    database = sqlite3.connect(server.data / "carillon.db")
    for name, text in attacks(60 * KIB).items():
        database.execute("UPDATE shows SET description = ? WHERE slug = 'bad'", (text,))
        database.commit()
        server.start()
        with Bounded(server):
            feed = server.get("/feeds/bad")
            assert feed.status_code == 200 and "<title>Bad</title>" in feed.text, name
            assert len(feed.text) < 400 * KIB, name
            neighbours_are_served(server)
            assert server.get("/shows/bad").status_code == 200
            told = [item for item in Caller(server, server.eve.session.headers["Authorization"].split()[1]).get("/shows/bad/check").json()["items"]
                    if item["field"] == "description"]
            refused = server.eve.post("/notes-preview", {"notes": text}).status_code == 422
            if refused:
                assert told and "without formatting" in told[0]["sentence"], name
        server.stop()
    database.close()


def test_a_text_longer_than_today_is_shown_cut(two_networks):
    server = two_networks
    server.stop()
    database = sqlite3.connect(server.data / "carillon.db")
    database.execute("UPDATE shows SET description = ? WHERE slug = 'bad'", (attacks(250 * KIB)["open formatting in paragraphs"],))
    database.commit()
    database.close()
    server.start()
    with Bounded(server):
        feed = server.get("/feeds/bad").text
        assert "&lt;b a=0&gt;" in feed.replace("&amp;", "&") and len(feed) < 40 * KIB
        neighbours_are_served(server)


# What moves a terminal's cursor, begins one of its commands, reorders text or is invisible.
DECEPTIVE = ["\x00", "\x07", "\x1b", "\r", "\x7f", "\x85", "\x9b", "\u200b", "\u200f", "\u2028", "\u202e", "\u2066", "\u2069", "\ufeff", "\U000e0041"]
FOOLING = "a\x1b]0;owned\x07\x1b[2J\x9b31m\x7f\x08\rinvoice\u202efdp\u2066\u200b\ufeff\U000e0041.exe\u2069"


def fools_a_terminal(text):
    return [hex(ord(c)) for c in text.replace("\r\n", "\n") if c not in "\n\t" and (ord(c) < 0x20 or 0x7F <= ord(c) <= 0x9F or c in DECEPTIVE)]


def test_the_command_line_prints_nothing_that_fools_a_terminal(two_networks):
    server = two_networks
    server.stop()
    database = sqlite3.connect(server.data / "carillon.db")
    for table, column in (("shows", "title"), ("shows", "author"), ("networks", "name"), ("people", "name")):
        database.execute(f"UPDATE {table} SET {column} = ?", (FOOLING,))
    database.commit()
    database.close()
    server.start()
    for command in (("show", "list"), ("show", "show", "bad"), ("show", "check", "bad"), ("network", "list"), ("user", "list"), ("audit",), ("doctor",),
                    ("show", "show", FOOLING), ("episode", "list", FOOLING), ("show", "create", FOOLING, "--title", FOOLING),
                    ("show", "create", "new", "--title", "x", "--language", FOOLING), ("cert", "show", FOOLING), (FOOLING,), ("--" + FOOLING,),
                    ("publish", FOOLING, "--show", FOOLING, "--title", FOOLING), ("cert", "scan", FOOLING), ("serve", "--config", FOOLING)):
        command = [part.replace("\x00", "") for part in command]
        for more in ((), ("--json",)):
            done = server.run(*command, *more, check=False)
            for text in (done.stdout, done.stderr):
                assert not fools_a_terminal(text), (command, more, text)
    assert "owned" in server.run("show", "list").stdout, "the title is shown, though"
    assert server.json("show", "show", "bad")["title"] == FOOLING, "a program gets what is there"
    assert not fools_a_terminal(server.log())


def test_one_line_fields_take_one_line(two_networks):
    server, eve = two_networks, two_networks.eve
    episode = eve.post("/shows/bad/episodes", {"title": "One"}).json()["id"]
    for bad in ("a\nb", "a\r\nb", "a\x00b", "a\x1b[2Jb", "a\x7fb", "a\x85b", "a\x9b31mb", "a\u2028b", "a\tb"):
        for method, path, field in (("PATCH", "/shows/bad", "title"), ("PATCH", "/shows/bad", "author"), ("PATCH", "/shows/bad", "copyright"),
                                    ("PATCH", f"/episodes/{episode}", "title"), ("POST", "/shows/bad/episodes", "title")):
            answer = eve.call(method, path, {field: bad})
            assert answer.status_code < 300, answer.text
            kept = answer.json()[field]
            assert kept.startswith("a") and kept.endswith("b") and not fools_a_terminal(kept) and "\n" not in kept and "\t" not in kept, (bad, kept)
        answer = eve.post("/tokens", {"name": bad})
        assert answer.status_code == 422 and answer.json()["field"] == "name" and "one line" in answer.json()["detail"], answer.text
        assert eve.patch("/shows/bad", {"title": bad[1:-1].strip("[2Jm31") or "\x07"}).json().get("field") == "title", "nothing is left of it"
        for field, value in (("persons", [{"name": bad}]), ("locations", [{"name": bad}])):
            answer = eve.patch(f"/episodes/{episode}", {field: value})
            assert answer.status_code == 200, answer.text
            kept = answer.json()[field][0]["name"]
            assert kept.startswith("a") and kept.endswith("b") and not fools_a_terminal(kept) and "\n" not in kept and "\t" not in kept, (bad, kept)
    # Texts of several lines lose what no text has a place for.
    notes = eve.patch(f"/episodes/{episode}", {"notes": "a\x00b\r\n\tc\x1b[2J\x9b\x7fd\n"}).json()["notes"]
    assert notes == "ab\r\n\tc[2Jd\n"


def test_long_and_deep_inputs_cost_little(two_networks):
    server, eve = two_networks, two_networks.eve
    episode = eve.post("/shows/bad/episodes", {"title": "One"}).json()["id"]
    long = "x" * (200 * KIB)
    deep = '{"title":' + "[" * 100_000 + "]" * 100_000 + "}"
    wide = "{" + ",".join(f'"k{i}":{i}' for i in range(15_000)) + "}"
    with Bounded(server):
        for method, path in (("POST", "/shows"), ("PATCH", "/shows/bad"), ("POST", "/shows/bad/episodes"), ("PATCH", f"/episodes/{episode}"),
                             ("POST", "/notes-preview"), ("POST", "/tokens"), ("PUT", f"/episodes/{episode}/chapters"),
                             ("PUT", f"/episodes/{episode}/audio"), ("POST", "/sessions")):
            for body in (deep, wide, "[" * 200_000, '{"a":' * 30_000, '{"%s":1}' % long, '{"title":"%s"}' % long, '{"title":{"%s":1}}' % long, '"%s"' % long):
                answer = eve.session.request(method, f"{server.origin}/api/v1{path}", data=body, headers={"Content-Type": "application/json"}, timeout=60)
                assert 400 <= answer.status_code < 500, (method, path, body[:40], answer.status_code, answer.text[:200])
                assert len(answer.content) < 3 * KIB, "what came in is not sent back whole"
        for field in ("language", "medium", "link", "owner_email", "type", "author", "copyright", "category"):
            value = {"name": long[:90 * KIB], "sub": long[:90 * KIB]} if field == "category" else long
            answer = eve.patch("/shows/bad", {field: value})
            assert answer.status_code == 422 and len(answer.content) < 3 * KIB, field
        for field, value in (("persons", [{"name": "x"}] * 101), ("locations", [{"name": "x"}] * 21), ("soundbites", [{"start": 1, "duration": 1}] * 51),
                             ("persons", [{"name": long}]), ("persons", [{"nmae" + long: "x"}]), ("number_display", "x" * 33)):
            assert eve.patch(f"/episodes/{episode}", {field: value}).status_code == 422, field
        for language in ("x" * 8000, "de-" * 2000):
            assert 400 <= eve.session.put(f"{server.origin}/api/v1/episodes/{episode}/transcripts/{language}", data=b"WEBVTT\n", headers={
                "Content-Type": "text/vtt"}).status_code < 500
        for name, value in (("Range", "bytes=" + "0-0," * 7000), ("Accept-Encoding", "gzip;q=0," * 3000), ("If-None-Match", 'W/"x",' * 5000),
                            ("If-None-Match", '"' * 30_000), ("Accept", "text/html;q=0.1," * 1800), ("Cookie", "a=b;" * 7000),
                            ("Upload-Metadata", "a YQ==," * 4000), ("User-Agent", "(" * 30_000), ("X-Forwarded-For", "1.1.1.1," * 3500)):
            for path in ("/feeds/good", "/shows/good", "/api/v1/shows"):
                assert server.get(path, headers={name: value}).status_code < 500, name


def test_a_transcript_is_read_in_linear_time(two_networks):
    server, eve = two_networks, two_networks.eve
    episode = eve.post("/shows/bad/episodes", {"title": "One"}).json()["id"]
    with Bounded(server):
        for kind, head in (("application/srt", "1\n00:00:01,000 --> 00:00:02,000\n"), ("text/vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\n")):
            for piece in ("<a", "{\\", "&", "<v a"):
                answer = eve.session.put(f"{server.origin}/api/v1/episodes/{episode}/transcripts/en", data=head + repeated(piece, 4 * KIB * KIB - 100),
                                         headers={"Content-Type": kind}, timeout=60)
                assert answer.status_code == 422, (piece, answer.text[:200])
            neighbours_are_served(server)


def published_with(eve, upload, title, transcript):
    """The page of a new episode with that transcript, published."""
    episode = eve.post("/shows/bad/episodes", {"title": title}).json()["id"]
    sound = eve.call("POST", "/uploads?network=evil", data=upload, headers={"Content-Type": "application/octet-stream"}).json()["id"]
    assert eve.put(f"/episodes/{episode}/audio", {"upload": sound}).status_code < 300
    assert eve.post(f"/episodes/{episode}/publish", {}).status_code < 300
    stored = eve.call("PUT", f"/episodes/{episode}/transcripts/en", data=transcript, headers={"Content-Type": "application/json"})
    assert stored.status_code < 300, stored.text[:300]
    until(lambda: eve.get(f"/episodes/{episode}").json()["state"] == "published", f"{title} is published")
    return eve.get(f"/episodes/{episode}").json()


def test_pages_with_the_longest_transcripts_delay_no_other_feed(two_networks, recording):
    server, eve = two_networks, two_networks.eve
    segments = [{"speaker": f"&{i}", "startTime": i, "endTime": i, "body": "<"} for i in range(61_000)]
    transcript = json.dumps({"version": "1.0.0", "segments": segments}, separators=(",", ":")).encode()
    sound = recording.read_bytes()
    episodes = [published_with(eve, sound, f"Long {i}", transcript) for i in range(4)]
    paths = [episode["page"].removeprefix(server.origin) for episode in episodes]
    page = server.get(paths[0])
    assert page.status_code == 200 and len(page.content) < 320 * KIB and "Read the rest in the transcript file" in page.text
    whole = server.get(f"/episodes/{episodes[0]['id']}/transcript.en.vtt")
    assert whole.status_code == 200 and whole.text.count("-->") == len(segments), "all of it stays at its own address"

    before, peers = seconds_of(server), []
    for i in range(120):  # they ask and read nothing
        peer = shaken(server.https_port)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        peer.sendall(f"GET {paths[i % len(paths)]} HTTP/1.1\r\nHost: localhost:{server.https_port}\r\n\r\n".encode())
        peers.append(peer)
        if i % 20 == 0:
            neighbours_are_served(server)
    for peer in peers:
        assert peer.recv(64).startswith(b"HTTP/1.1 200")
    neighbours_are_served(server)
    assert seconds_of(server) - before < MOST_SECONDS, "each page was made once"
    assert most_memory_of(server) < MOST_MEMORY
    close_all(peers)


def test_a_thousand_episodes_of_one_title_have_slugs_of_their_own(two_networks):
    eve = two_networks.eve
    made = [eve.post("/shows/bad/episodes", {"title": "Same"}).json() for _ in range(60)]
    slugs = [episode["slug"] for episode in made]
    assert len(set(slugs)) == 60 and slugs[:3] == ["same", "same-2", "same-3"] and slugs[-1] == f"same-{made[-1]['id'][-12:]}"
