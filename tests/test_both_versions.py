"""The API for programs, uploads and events behave the same over HTTP/1.1 and HTTP/2."""

import hashlib
import os

import pytest

from api import make_person, with_token
from conftest import Carillon, until
from over_http2 import over_both  # noqa: F401

PIECE_TYPE = "application/offset+octet-stream"
TUS = {"Tus-Resumable": "1.0.0"}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Carillon(tmp_path_factory.mktemp("server") / "data").start()
    make_person(server, "ada@example.org", "owner")
    yield server
    server.stop()


@pytest.fixture
def caller(server):
    return with_token(server, "ada@example.org", "publish", "view")


def uploads(server, caller, method, path="", body=None, **fields):
    headers = {**TUS, **{name.replace("_", "-"): str(value) for name, value in fields.items()}}
    return caller.session.request(method, f"{server.origin}/api/v1/uploads{path}", data=body, headers=headers, timeout=60)


def test_an_upload_arrives_in_pieces(server, caller):
    content = os.urandom(3_000_000)
    created = uploads(server, caller, "POST", "?network=default", Upload_Length=len(content))
    assert created.status_code == 201, created.text
    upload = "/" + created.headers["Location"].rsplit("/", 1)[1]
    first = uploads(server, caller, "PATCH", upload, content[:1_000_000], Content_Type=PIECE_TYPE, Upload_Offset=0)
    assert (first.status_code, first.headers["Upload-Offset"]) == (204, "1000000")
    assert uploads(server, caller, "HEAD", upload).headers["Upload-Offset"] == "1000000"
    wrong = uploads(server, caller, "PATCH", upload, content[:10], Content_Type=PIECE_TYPE, Upload_Offset=5)
    assert wrong.status_code == 409
    last = uploads(server, caller, "PATCH", upload, content[1_000_000:], Content_Type=PIECE_TYPE, Upload_Offset=1_000_000)
    assert (last.status_code, last.headers["Upload-Offset"]) == (204, "3000000")
    digest = hashlib.sha256(content).hexdigest()
    assert (server.data / "media" / digest[:2] / digest).read_bytes() == content


def test_a_body_without_length_is_refused_where_it_needs_one(server, caller):
    assert caller.session.post(f"{server.origin}/api/v1/uploads?network=default", data=iter([b"abc"]), timeout=60).status_code == 411


def test_problems_are_documents(server, caller):
    for method, path, status in (("GET", "/shows/no-such-show", 404), ("GET", "/nothing", 404), ("DELETE", "/shows", 405)):
        answer = caller.session.request(method, f"{server.origin}/api/v1{path}", timeout=60)
        assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json"), path
        assert answer.json()["status"] == status


def test_events_arrive_while_they_happen(server, caller, over_both):
    with caller.session.get(f"{server.origin}/api/v1/events", stream=True, timeout=60) as events:
        assert events.status_code == 200
        lines = events.iter_lines(chunk_size=1)
        server.make_show(f"show-{over_both}")
        until(lambda: f'"slug":"show-{over_both}"'.encode() in next(lines), "the new show is reported")
