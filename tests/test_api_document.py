"""The OpenAPI document is the contract: served as it is kept, and true of every operation over HTTPS."""

import base64
import gzip
import json
import re

import pytest
import requests

import openapi
from conftest import Carillon, make_recording, until
from control import Connection
from events import Listener
from operations import CASES, HOME, World
from workflow import Api


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with World(tmp_path_factory.mktemp("document")) as made:
        yield made


def test_it_is_served_to_everybody_and_kept_by_caches(world):
    answer = world.nobody().get("/openapi.json")
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "application/json"
    assert answer.content == openapi.FILE.read_bytes()
    again = world.nobody().get("/openapi.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304 and not again.content
    raw = requests.get(f"{world.server.origin}/api/v1/openapi.json", verify=world.server.authority, headers={"Accept-Encoding": "gzip"}, stream=True, timeout=60).raw
    assert gzip.decompress(raw.read(decode_content=False)) == answer.content


def test_its_examples_of_a_title_and_a_version_are_ours():
    assert openapi.DOCUMENT["openapi"] == "3.1.0" and openapi.DOCUMENT["info"]["title"] == "Carillon"
    for operation in openapi.OPERATIONS:
        assert operation.response(200) or operation.response(201) or operation.response(202) or operation.response(204), f"{operation} never succeeds"


@pytest.mark.parametrize("operation", openapi.OPERATIONS, ids=lambda operation: operation.id)
def test_operation(world, operation):
    """An operator does it (or whoever alone can); api.py holds request and answer to the document."""
    assert operation.id in CASES, f"{operation} has no case in operations.py"
    ask = CASES[operation.id](world)
    answer = ask.send(operation.method, ask.by or (world.nobody() if operation.permission == "everyone" else owner_or_operator(world, ask, operation)))
    assert answer.status_code == ask.refused if ask.refused else answer.ok, answer.text
    if ask.after:
        ask.after()


def owner_or_operator(world, ask, operation):
    """Tokens and second factors are a person's own, also before operators."""
    return world.owner if operation.permission == "signed_in" else world.operator


def test_what_is_out_is_described(world):
    """A published episode, in each list and by itself; a job that is done."""
    episode = world.operator.get(f"/episodes/{world.published}").json()
    assert episode["state"] == "published" and episode["bytes"] > 0 and episode["duration_seconds"] > 0.9 and episode["loudness"] is not None
    assert world.published in [one["id"] for one in world.operator.get(f"/shows/{world.kept_show}/episodes").json()["items"]]
    until(lambda: any(job["state"] == "done" for job in world.operator.get(f"/jobs?network={HOME}").json()["items"]), "a job is done")


def test_pages_follow_each_other(world):
    shows = {world.show() for _ in range(3)}
    found, path = [], f"/shows?network={HOME}&limit=2"
    while path:
        page = world.operator.get(path).json()
        found += [show["slug"] for show in page["items"]]
        path = page["next"] and f"/shows?network={HOME}&limit=2&cursor={page['next']}"
    assert shows <= set(found) and len(found) == len(set(found)) and found == sorted(found)


def test_calendar_programs_need_only_the_address(world):
    address = world.operator.get("/calendar").json()["address"]
    path = address.split("/api/v1", 1)[1]
    assert world.nobody().get(path).text.startswith("BEGIN:VCALENDAR")
    assert world.nobody().get(path[:-1] + ("A" if path[-1] != "A" else "B")).status_code == 401


def refusals(world):
    """(what, the answer): one of every kind of refusal that the document knows and that can be had at will."""
    show = world.show()
    operator = world.operator
    yield "nothing there", 404, operator.get("/nowhere")
    yield "nothing there", 404, world.nobody().get("/shows/a/b/c")
    yield "no such method", 405, operator.delete("/shows")
    yield "no such method", 405, operator.post("/openapi.json")
    yield "no token", 401, world.nobody().get("/shows")
    yield "a wrong token", 401, world.nobody().get("/shows", headers={"Authorization": "Bearer crl_x"})
    yield "a wrong scheme", 401, world.nobody().get("/openapi.json", headers={"Authorization": "Basic eDp5"})
    yield "wrong credentials", 401, world.nobody().sign_in("ada@example.org", "wrong")
    yield "an unknown field", 422, operator.patch(f"/shows/{show}", {"colour": "red"})
    yield "a wrong type", 422, operator.patch(f"/shows/{show}", {"title": 7})
    yield "no JSON", 422, operator.patch(f"/shows/{show}", data=b"{")
    yield "a wrong limit", 422, operator.get("/shows?limit=201")
    yield "a wrong cursor", 422, operator.get("/shows?cursor=%00")
    yield "too large", 413, operator.patch(f"/shows/{show}", data=b" " * (256 * 1024 + 1))
    yield "changed meanwhile", 412, operator.patch(f"/shows/{show}", {"title": "T"}, headers={"If-Match": '"77"'})
    yield "taken already", 409, operator.post("/shows", {"slug": show, "title": "T"})
    yield "no audio yet", 409, operator.post(f"/episodes/{world.episode()}/publish", {})
    yield "no such upload", 404, operator.put(f"/episodes/{world.episode()}/audio", {"upload": "0" * 26})
    yield "an empty upload", 422, operator.post(f"/uploads?network={HOME}", data=b"")
    yield "no length", 411, operator.post(f"/uploads?network={HOME}", data=iter([b"piece"]))
    begun = world.begun_upload()
    piece = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    yield "an offset of an upload", 200, operator.call("HEAD", f"/uploads/{begun}", headers=piece)
    yield "another version of uploads", 412, operator.patch(f"/uploads/{begun}", data=b"x", headers={**piece, "Tus-Resumable": "0.2.2"})
    yield "another type", 415, operator.patch(f"/uploads/{begun}", data=b"x", headers={**piece, "Content-Type": "audio/mpeg"})
    yield "another offset", 409, operator.patch(f"/uploads/{begun}", data=b"x", headers={**piece, "Upload-Offset": "3"})
    yield "another sum", 460, operator.patch(f"/uploads/{begun}", data=b"x", headers={**piece, "Upload-Checksum": f"sha1 {base64.b64encode(b'0' * 20).decode()}"})
    yield "no picture", 422, operator.put(f"/shows/{show}/image", data=b"no picture")
    yield "no key", 400, operator.post("/networks", {"slug": "x", "name": "X"}, headers={"Idempotency-Key": "x" * 256})
    yield "no certificate", 422, operator.post(f"/certificates/{world.certificate()}/import", {"certificate": "none"})
    yield "no such drill", 422, operator.post("/drills", {"scenario": "flood"})
    yield "no such channel", 404, operator.post("/channels/pigeon/test")
    world.mail.refuse("nobody@example.org")
    yield "a message refused", 502, operator.post("/channels/smtp/test", {"to": "nobody@example.org"})
    yield "a session without its second secret", 401, without_csrf(world)


def without_csrf(world):
    browser = world.browser()
    del browser.session.headers["X-CSRF-Token"]
    return browser.patch("/people/me", {"name": "Forged"})


def test_refusals_are_problems_as_described(world):
    for what, status, answer in refusals(world):
        assert answer.status_code == status, f"{what}: {answer.status_code} {answer.text}"


def test_the_same_write_twice_is_described(world):
    document, key = {"slug": f"twice-{world.number()}", "title": "Twice"}, {"Idempotency-Key": "a key"}
    first, again = (world.owner.post(f"/shows?network={HOME}", document, headers=key) for _ in range(2))
    assert first.json() == again.json() and again.headers["Idempotency-Replayed"] == "true"
    other = world.owner.post(f"/shows?network={HOME}", {**document, "title": "Other"}, headers=key)
    assert other.status_code == 422 and other.json()["type"].endswith("key-used")


def test_an_answer_that_is_not_as_described_is_found_out():
    """The tests of the answers can fail."""
    class Answer:
        ok, status_code, headers, content = True, 200, {"Content-Type": "application/json", "RateLimit": "x", "ETag": '"1"'}, b"{}"

        def __init__(self, document, status=200):
            self.document, self.text, self.status_code = document, json.dumps(document), status

        def json(self):
            return self.document

    network = {"slug": "harbour", "name": "H", "created": "2026-01-01T00:00:00Z", "storage_quota": 0, "show_quota": 0, "upload_quota": 0, "suspended": None, "revision": 1}
    openapi.check("GET", "/networks/harbour", Answer(network))
    for wrong in ({**network, "colour": "red"}, {key: value for key, value in network.items() if key != "name"}, {**network, "created": "yesterday"},
                  {**network, "revision": 0}, {**network, "slug": "No Slug"}):
        with pytest.raises(AssertionError, match="not as described"):
            openapi.check("GET", "/networks/harbour", Answer(wrong))
    with pytest.raises(AssertionError, match="no status described"):
        openapi.check("GET", "/networks/harbour", Answer(network, 201))
    with pytest.raises(AssertionError, match="no such operation"):
        openapi.check("GET", "/harbours", Answer(network))
    with pytest.raises(AssertionError, match="the request was taken"):
        openapi.check("PATCH", "/networks/harbour", Answer(network), {"colour": "red"})


def test_numbers_are_plain_decimals_wherever_they_go_out(tmp_path):
    """In answers, events, public files and what the command line prints; Boost.JSON alone writes 3E0 and -1.601E1."""
    server = Carillon(tmp_path / "data").start()
    try:
        server.make_show()
        listener = Listener(server)
        episode = server.publish(make_recording(tmp_path / "talk.wav", 3))
        until(lambda: any(job["state"] == "done" for job in listener.of("job")), "the job is heard of")
        path = f"/episodes/{episode['id']}"
        api = Api(server)
        api.needed("PATCH", path, {"soundbites": [{"start_seconds": 1, "duration_seconds": 1.25, "title": "x"}]})
        api.needed("PUT", path + "/chapters", {"chapters": [{"startTime": 0, "title": "a"}, {"startTime": 2.0, "title": "b"}]})
        api.needed("PUT", path + "/transcripts/en", {"version": "1.0.0", "segments": [{"startTime": 0.0, "endTime": 1.0, "body": "Good morning"}]})
        texts = {one: raw(server, one) for one in (path, path + "/chapters", path + "/transcripts/en", path + "/waveform", "/jobs", "/shows/demo/episodes", "/shows/demo/check", "/certificates")}
        texts["the event of a job"] = "\n".join(listener.texts)
        texts["chapters.json"] = server.get(path + "/chapters.json").text
        texts["oEmbed"] = server.get("/oembed", params={"url": episode["page"]}).text
        texts["carillon episode show"] = server.run("episode", "show", episode["id"], "--json").stdout
        assert "loudness" in texts[path] and '"progress":1' in texts["/jobs"]
        assert {name: found for name, text in texts.items() if (found := re.findall(r"[:\[,]-?\d+(?:\.\d+)?[eE][-+]?\d+", text))} == {}
    finally:
        server.stop()


def raw(server, path):
    connection = Connection(server)
    connection.request("GET", "/api/v1" + path)
    return connection.getresponse().read().decode()


def test_nothing_writes_json_but_json_text():
    sources = [path for path in (openapi.FILE.parents[1]).rglob("*.[ch]pp") if path.stem not in ("json", "json_test")]
    assert len(sources) > 100
    assert [str(path) for path in sources if "json::serialize(" in path.read_text()] == [], "use json_text (base/json.hpp): numbers go out as plain decimals"
