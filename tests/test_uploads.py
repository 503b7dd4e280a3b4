"""Uploads that arrive in pieces: over lost connections, killed servers, hostile senders and full disks."""

import base64
import hashlib
import http.client
import json
import os
import pathlib
import random
import select
import socket
import sqlite3
import ssl
import subprocess
import threading
import time

import pytest

from api import Caller, make_person, with_token
from conftest import CARILLON, Carillon, make_recording, until
from control import Connection

LONG = os.environ.get("CARILLON_LONG") == "1"
SIZE = (2 << 30) if LONG else (96 << 20)
PIECE = 8 << 20
MOST_MEMORY = 64 << 20  # what an upload may cost the server
PIECE_TYPE = "application/offset+octet-stream"


class Answer:
    def __init__(self, answer):
        self.status = answer.status
        self.fields = answer.headers
        self.body = answer.read()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def offset(self):
        return int(self.fields["Upload-Offset"])

    @property
    def id(self):
        return self.fields["Location"].rsplit("/", 1)[1]


def ask(server, method, path, body=None, version="1.0.0", **fields):
    connection = Connection(server)
    try:
        sent = {"Tus-Resumable": version} if version else {}
        sent.update({name.replace("_", "-"): str(value) for name, value in fields.items()})
        connection.request(method, "/api/v1/uploads" + path, body=body, headers=sent)
        return Answer(connection.getresponse())
    finally:
        connection.close()


def create(server, length, network="default", **fields):
    answer = ask(server, "POST", f"?network={network}", Upload_Length=length, **fields)
    assert answer.status == 201, answer.body
    return answer.id


def send(server, upload, offset, piece, **fields):
    return ask(server, "PATCH", "/" + upload, piece, Content_Type=PIECE_TYPE, Upload_Offset=offset, **fields)


def offset_of(server, upload):
    answer = ask(server, "HEAD", "/" + upload)
    assert answer.status == 200, answer.status
    return answer.offset


def finish(server, upload, content, **fields):
    """Sends what is missing, as a client does that is told to give way, or that another request came before it: it asks again, and goes on."""
    def whole():
        head = ask(server, "HEAD", "/" + upload)
        if head.status != 200:
            assert head.status in (423, 503), head.status
            return False
        if head.offset == len(content):
            return True
        answer = send(server, upload, head.offset, content[head.offset:], **fields)
        assert answer.status in (204, 409, 423, 503), answer.status
        return answer.status == 204 and answer.offset == len(content)
    until(whole, "all of it has arrived")


def checksum(algorithm, piece):
    return algorithm + " " + base64.b64encode(hashlib.new(algorithm, piece).digest()).decode()


def part(server, upload):
    return server.data / "media" / ".parts" / upload


def media(server, content_digest):
    return server.data / "media" / content_digest[:2] / content_digest


def begun(server, upload, offset, announced, piece):
    """A PATCH of which only a part was sent; the connection stays open."""
    raw = socket.socket(socket.AF_UNIX)
    raw.settimeout(60)
    raw.connect(str(server.data / "control.sock"))
    raw.sendall(f"PATCH /api/v1/uploads/{upload} HTTP/1.1\r\nHost: localhost\r\nTus-Resumable: 1.0.0\r\nContent-Type: {PIECE_TYPE}\r\n"
                f"Upload-Offset: {offset}\r\nContent-Length: {announced}\r\n\r\n".encode() + piece)
    return raw


def memory(server, what):
    for line in pathlib.Path(f"/proc/{server.process.pid}/status").read_text().splitlines():
        if line.startswith(what):
            return int(line.split()[1]) * 1024
    raise AssertionError(what)


def test_what_is_spoken_is_said(carillon):
    for path in ("", "/whatever"):
        answer = ask(carillon, "OPTIONS", path, version=None)
        assert answer.status == 204
        assert answer.fields["Tus-Version"] == "1.0.0" and answer.fields["Tus-Resumable"] == "1.0.0"
        assert set(answer.fields["Tus-Extension"].split(",")) == {"creation", "creation-with-upload", "checksum", "expiration", "termination"}
        assert answer.fields["Tus-Checksum-Algorithm"] == "sha256,sha1"
        assert int(answer.fields["Tus-Max-Size"]) == 4 << 30


def test_a_recording_in_pieces_is_published(carillon, recording):
    content = recording.read_bytes()
    carillon.make_show()
    named = "filename " + base64.b64encode("Gespräch.wav".encode()).decode()
    created = ask(carillon, "POST", "", Upload_Length=len(content), Upload_Metadata=named)
    assert created.status == 201 and created.fields["Location"].startswith("/api/v1/uploads/") and created.fields["Upload-Expires"].endswith("GMT")
    upload, half = created.id, len(content) // 2
    first = send(carillon, upload, 0, content[:half], Upload_Checksum=checksum("sha256", content[:half]))
    assert (first.status, first.offset) == (204, half) and "Upload-Expires" in first.fields and first.fields["Tus-Resumable"] == "1.0.0"
    head = ask(carillon, "HEAD", "/" + upload)
    assert head.offset == half and int(head.fields["Upload-Length"]) == len(content)
    assert head.fields["Upload-Metadata"] == named and head.fields["Cache-Control"] == "no-store"
    assert ask(carillon, "GET", "/" + upload, version=None).json["file_name"] == "Gespräch.wav"

    connection = Connection(carillon)
    connection.request("POST", "/api/v1/shows/demo/episodes", json.dumps({"title": "In pieces"}))
    episode = json.loads(connection.getresponse().read())["id"]
    attach = lambda: carillon_put(carillon, f"/api/v1/episodes/{episode}/audio", {"upload": upload})
    status, refusal = attach()
    assert status == 409 and f"{half} of its {len(content)} bytes" in refusal["detail"] and refusal["field"] == "upload"

    assert send(carillon, upload, half, content[half:], Upload_Checksum=checksum("sha1", content[half:])).offset == len(content)
    assert media(carillon, hashlib.sha256(content).hexdigest()).read_bytes() == content and not part(carillon, upload).exists()
    status, job = attach()
    assert status == 202, job
    assert ask(carillon, "HEAD", "/" + upload).status == 404, "it is used up"
    carillon.run("episode", "publish", episode)
    until(lambda: b"In pieces" in carillon.get("/feeds/demo").content, "it is published")


def carillon_put(server, path, document):
    connection = Connection(server)
    connection.request("PUT", path, json.dumps(document))
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def test_a_file_as_the_body_needs_no_pieces(carillon):
    answer = ask(carillon, "POST", "", b"a recording", version=None)
    assert answer.status == 201 and answer.json == {"id": answer.id, "bytes": 11}
    known = ask(carillon, "GET", "/" + answer.id, version=None).json
    assert known["finished"] and known["arrived"] == 11
    assert (offset_of(carillon, answer.id), ask(carillon, "DELETE", "/" + answer.id).status) == (11, 204)
    assert ask(carillon, "POST", "", b"", version=None).status == 422


def test_the_first_piece_may_come_with_the_creation(carillon):
    piece = os.urandom(300_000)
    answer = ask(carillon, "POST", "", piece[:200_000], Upload_Length=300_000, Content_Type=PIECE_TYPE,
                 Upload_Checksum=checksum("sha256", piece[:200_000]))
    assert (answer.status, answer.offset) == (201, 200_000)
    assert send(carillon, answer.id, 200_000, piece[200_000:]).offset == 300_000
    assert media(carillon, hashlib.sha256(piece).hexdigest()).exists()
    whole = ask(carillon, "POST", "", b"all of it", Upload_Length=9, Content_Type=PIECE_TYPE)
    assert (whole.status, whole.offset) == (201, 9)
    before = len(ask(carillon, "GET", "", version=None).json["items"])
    wrong = ask(carillon, "POST", "", b"all of it", Upload_Length=9, Content_Type=PIECE_TYPE, Upload_Checksum=checksum("sha1", b"another"))
    assert wrong.status == 460 and "Location" not in wrong.fields
    assert ask(carillon, "POST", "", b"all of it", Upload_Length=8, Content_Type=PIECE_TYPE).status == 413
    assert ask(carillon, "POST", "", b"all of it", Upload_Length=9).status == 415
    assert len(ask(carillon, "GET", "", version=None).json["items"]) == before, "what was refused began nothing"


def test_hostile_eyes(carillon):
    # The creation.
    sha1_of_nothing = checksum("sha1", b"")
    for fields, status in (
        ({"Upload_Length": 0}, 422), ({"Upload_Length": (4 << 30) + 1}, 413), ({"Upload_Length": 1 << 64}, 400), ({"Upload_Length": -1}, 400),
        ({"Upload_Length": "9 "}, 201), ({"Upload_Length": "9.0"}, 400), ({"Upload_Length": ""}, 400), ({}, 400), ({"Upload_Length": "9, 9"}, 400),
        ({"Upload_Defer_Length": 1}, 400), ({"Upload_Length": 9, "Upload_Concat": "partial"}, 400),
        ({"Upload_Length": 9, "Upload_Metadata": "filename no!base64"}, 400), ({"Upload_Length": 9, "Upload_Metadata": "a YQ==,a YQ=="}, 400),
        ({"Upload_Length": 9, "Upload_Metadata": "a " + "YQ==" * 2000}, 400), ({"Upload_Length": 9, "Upload_Checksum": "md5 YQ=="}, 400),
        ({"Upload_Length": 9, "version": "0.2.2"}, 412), ({"Upload_Length": 9, "version": None}, 412),
    ):
        answer = ask(carillon, "POST", "", **fields)
        assert answer.status == status, (fields, answer.status, answer.body)
        assert answer.fields["Tus-Resumable"] == "1.0.0"
        if status == 412:
            assert answer.fields["Tus-Version"] == "1.0.0"
        elif status != 201:
            assert answer.json["type"].startswith("urn:carillon:problem:") and answer.json["detail"]
    # The pieces.
    upload = create(carillon, 9)
    for fields, status in (
        ({"version": None}, 412), ({"version": "1.0.1"}, 412), ({"Content_Type": "application/octet-stream"}, 415), ({"Content_Type": ""}, 415),
        ({"Upload_Offset": 3}, 409), ({"Upload_Offset": 10}, 409), ({"Upload_Offset": 1 << 63}, 409), ({"Upload_Offset": "x"}, 400),
        ({"Upload_Checksum": "crc32 AAAA"}, 400), ({"Upload_Checksum": "sha1 AAAA"}, 400), ({"Upload_Checksum": sha1_of_nothing}, 460),
    ):
        answer = ask(carillon, "PATCH", "/" + upload, b"ding", **{"Content_Type": PIECE_TYPE, "Upload_Offset": 0, **fields})
        assert answer.status == status, (fields, answer.status, answer.body)
        assert offset_of(carillon, upload) == 0
    assert int(send(carillon, upload, 3, b"ding").fields["Upload-Offset"]) == 0, "a wrong offset is told the right one"
    assert send(carillon, upload, 0, b"ding dong!").status == 413
    assert ask(carillon, "PATCH", "/" + upload, iter([b"ding ", b"dong!"]), Content_Type=PIECE_TYPE, Upload_Offset=0).status == 413, "chunked"
    assert offset_of(carillon, upload) == 0
    assert send(carillon, upload, 0, b"", Upload_Checksum=sha1_of_nothing).status == 204, "an empty piece sums up to nothing"
    assert ask(carillon, "PATCH", "/" + upload, iter([b"ding ", b"dong"]), Content_Type=PIECE_TYPE + "; x=y", Upload_Offset=0).offset == 9
    assert send(carillon, upload, 9, b"").status == 204 and send(carillon, upload, 9, b"!").status == 413
    # The addresses.
    for path in ("/nothing", "/%2e%2e%2fcarillon.db", "/" + "0" * 26):
        assert ask(carillon, "HEAD", path).status in (400, 404) and send(carillon, path[1:], 0, b"x").status in (400, 404)
        assert ask(carillon, "DELETE", path).status in (400, 404)
    assert ask(carillon, "HEAD", "/" + upload, version=None).status == 412
    assert list((carillon.data / "media" / ".parts").iterdir()) == []


def test_the_method_may_be_said_in_a_field(carillon):
    """tus 1.0.0: the server MUST interpret X-HTTP-Method-Override; some networks let only GET and POST through."""
    upload = create(carillon, 10)
    piece = {"Content_Type": PIECE_TYPE}
    assert ask(carillon, "POST", "/" + upload, b"ding ", X_HTTP_Method_Override="PATCH", Upload_Offset=0, **piece).offset == 5
    head = ask(carillon, "POST", "/" + upload, X_HTTP_Method_Override="HEAD")
    assert (head.status, head.offset, head.body) == (200, 5, b"")
    assert ask(carillon, "GET", "/" + upload, b"dong!", X_HTTP_Method_Override="PATCH", Upload_Offset=5, **piece).offset == 10
    assert ask(carillon, "POST", "/" + upload, b"x", X_HTTP_Method_Override="NONSENSE", Upload_Offset=10, **piece).status == 405
    # An answer is framed by the method that was sent: nothing is left over on the connection.
    connection = Connection(carillon)
    try:
        for _ in range(2):
            connection.request("HEAD", "/api/v1/uploads/" + upload, headers={"Tus-Resumable": "1.0.0", "X-HTTP-Method-Override": "PATCH", "Upload-Offset": "3", "Content-Type": PIECE_TYPE})
            answer = connection.getresponse()
            assert (answer.status, answer.read()) == (409, b"")
    finally:
        connection.close()
    assert ask(carillon, "POST", "/" + upload, X_HTTP_Method_Override="DELETE").status == 204
    assert ask(carillon, "HEAD", "/" + upload).status == 404
    # Nowhere else, and it opens nothing: who may not write may not write like that either.
    assert ask(carillon, "POST", "", b"", X_HTTP_Method_Override="DELETE", Upload_Length=5).status == 201


def test_small_pieces_are_no_flood(carillon):
    """A client that sends a kilobyte at a time, over the network, where requests are counted."""
    make_person(carillon, "small@example.org", "producer")
    token = carillon.json("token", "create", "--user", "small@example.org", "--name", "small")["token"]
    connection = http.client.HTTPSConnection("localhost", carillon.https_port, context=ssl.create_default_context(cafile=carillon.authority), timeout=120)
    known = {"Authorization": f"Bearer {token}", "Tus-Resumable": "1.0.0"}

    def ask_for(method, path, body=b"", **fields):
        connection.request(method, "/api/v1/uploads" + path, body=body, headers={**known, **{name.replace("_", "-"): str(value) for name, value in fields.items()}})
        answer = connection.getresponse()
        answer.read()
        return answer

    pieces = 1300  # more than a person may ask of everything else in a minute
    try:
        upload = ask_for("POST", "", Upload_Length=pieces * 1024).headers["Location"].rsplit("/", 1)[1]
        for number in range(pieces):
            answer = ask_for("PATCH", "/" + upload, b"x" * 1024, Upload_Offset=number * 1024, Content_Type=PIECE_TYPE)
            assert answer.status == 204, (number, answer.status)
        assert int(ask_for("HEAD", "/" + upload).headers["Upload-Offset"]) == pieces * 1024
    finally:
        connection.close()


def test_whoever_sends_a_body_that_is_refused_can_read_why(carillon):
    """The client sends on after the answer has left; closing at once would reset the connection under it."""
    show = carillon.make_show()
    make_person(carillon, "ada@example.org", "producer")
    ada, stranger = with_token(carillon, "ada@example.org"), Caller(carillon, "crl_expired")
    episode = ada.post(f"/shows/{show['slug']}/episodes", {"title": "One"}).json()["id"]
    for size in (100_000, 4_300_000, 8_000_000, 15_000_000):
        for _ in range(3):
            answer = stranger.call("POST", "/uploads", data=b"a" * size, headers={"Content-Type": "application/octet-stream"})
            assert answer.status_code == 401, size
            answer = ada.call("PUT", f"/episodes/{episode}/transcripts/en", data=b"WEBVTT\n\n" + b"a" * size, headers={"Content-Type": "text/vtt"})
            assert answer.status_code == (413 if size > 4 << 20 else 422), (size, answer.text[:200])


def test_an_upload_that_is_ended_leaves_nothing_also_while_it_is_sent(carillon):
    upload = create(carillon, 1 << 20)
    stale = begun(carillon, upload, 0, 1 << 20, b"x" * 600_000)
    until(lambda: part(carillon, upload).exists() and part(carillon, upload).stat().st_size > 0, "something arrived")
    assert ask(carillon, "DELETE", "/" + upload).status == 204
    assert stale.recv(100).startswith(b"HTTP/1.1 423")
    assert not part(carillon, upload).exists() and ask(carillon, "HEAD", "/" + upload).status == 404
    assert ask(carillon, "DELETE", "/" + upload).status == 404
    stale.close()


def test_a_connection_that_died_half_open_does_not_block_its_client(carillon):
    content = os.urandom(1 << 20)
    upload = create(carillon, len(content))
    stale = begun(carillon, upload, 0, len(content), content[:700_000])
    # Its client knows nothing of what arrived; it asks, and goes on.
    until(lambda: part(carillon, upload).exists(), "something arrived")
    offset = offset_of(carillon, upload)
    assert 0 <= offset <= 700_000
    second = begun(carillon, upload, offset, len(content) - offset, content[offset:800_000])
    until(lambda: offset_of(carillon, upload) >= offset and select.select([second], [], [], 0)[0], "that one is told to give way, too")
    third = offset_of(carillon, upload)
    assert third >= offset
    assert send(carillon, upload, third, content[third:]).offset == len(content)
    # Nobody waited for a dead connection's deadline: both were told to give way while they were open.
    for old in (stale, second):
        assert old.recv(100).startswith(b"HTTP/1.1 423")
        old.close()
    assert media(carillon, hashlib.sha256(content).hexdigest()).read_bytes() == content


def test_what_arrived_of_a_cut_piece_counts_unless_it_has_a_checksum(carillon):
    content = os.urandom(1 << 20)
    upload = create(carillon, len(content))
    begun(carillon, upload, 0, len(content), content[:700_000]).close()
    # Watched with GET: a HEAD would end the request while its last bytes are still being read.
    until(lambda: ask(carillon, "GET", "/" + upload).json["arrived"] == 700_000, "what arrived is counted")
    raw = socket.socket(socket.AF_UNIX)
    raw.connect(str(carillon.data / "control.sock"))
    raw.sendall(f"PATCH /api/v1/uploads/{upload} HTTP/1.1\r\nHost: localhost\r\nTus-Resumable: 1.0.0\r\nContent-Type: {PIECE_TYPE}\r\nUpload-Offset: 700000\r\n"
                f"Upload-Checksum: {checksum('sha1', content[700_000:])}\r\nContent-Length: {len(content) - 700_000}\r\n\r\n".encode() + content[700_000:-1])
    raw.close()
    assert offset_of(carillon, upload) == 700_000
    finish(carillon, upload, content, Upload_Checksum=checksum("sha1", content[700_000:]))
    assert media(carillon, hashlib.sha256(content).hexdigest()).exists()


def test_many_at_once_and_no_more(carillon):
    open_ones = []
    networks = [f"network-{number}" for number in range(4)]
    for network in networks:
        carillon.run("network", "create", network, "--name", network)
    try:
        for network in networks * 16:  # 16 are what one of them may have
            upload = create(carillon, 1000, network)
            open_ones.append((upload, begun(carillon, upload, 0, 1000, b"x")))
        another = create(carillon, 1000)

        answers = []

        def refused():  # once each of the others has its turn
            answers.append(send(carillon, another, 0, b""))
            return answers[-1].status == 503
        until(refused, "there are as many as may be")
        answer = answers[-1]
        assert answer.status == 503 and "more uploads at the moment" in answer.json["detail"] and int(answer.fields["Retry-After"]) > 0
        open_ones.pop()[1].close()
        until(lambda: send(carillon, another, 0, b"x" * 1000).status == 204, "one ended, another begins")
    finally:
        for _, raw in open_ones:
            raw.close()


def test_many_hands_on_one_upload(carillon):
    """Everybody sends the truth, cuts it short, asks, and takes over from the others: the end is the file."""
    content = random.Random(4).randbytes(3_000_000)
    upload = create(carillon, len(content))
    statuses = []

    def hand(seed):
        chance = random.Random(seed)
        for _ in range(60):
            try:
                head = ask(carillon, "HEAD", "/" + upload)
                statuses.append(head.status)
                if head.status != 200 or head.offset == len(content):
                    continue
                piece = content[head.offset:head.offset + chance.randrange(1, 60_000)]
                what = chance.randrange(4)
                if what == 0:
                    begun(carillon, upload, head.offset, len(piece) + 1, piece).close()
                elif what == 1:
                    statuses.append(send(carillon, upload, head.offset, piece, Upload_Checksum=checksum("sha1", piece)).status)
                elif what == 2:
                    statuses.append(send(carillon, upload, head.offset, piece, Upload_Checksum=checksum("sha256", piece + b"!")).status)
                else:
                    statuses.append(send(carillon, upload, head.offset, piece).status)
            except (OSError, http.client.HTTPException):
                statuses.append("cut")  # taken over, and its body was still on the way
    hands = [threading.Thread(target=hand, args=(seed,)) for seed in range(6)]
    for one in hands:
        one.start()
    for one in hands:
        one.join()
    # 503: what the others cut short still waits for its turn, as much as one network may have.
    assert set(statuses) <= {200, 204, 409, 423, 460, 503, "cut"}, set(statuses)
    assert carillon.process.poll() is None
    finish(carillon, upload, content)
    assert media(carillon, hashlib.sha256(content).hexdigest()).read_bytes() == content


def test_two_gigabytes_over_cut_connections_and_killed_servers(tmp_path):
    """96 MB in every run; the whole with CARILLON_LONG=1."""
    server = Carillon(tmp_path / "data").start()
    idle = memory(server, "VmRSS")
    seed = random.Random(1)
    block = seed.randbytes(PIECE)
    content = lambda start, end: b"".join(  # every piece another one, without 2 GiB in memory
        (index.to_bytes(8, "big") + block[8:])[max(start - index * PIECE, 0):end - index * PIECE] for index in range(start // PIECE, -(-end // PIECE)))
    whole = hashlib.sha256()
    for start in range(0, SIZE, PIECE):
        whole.update(content(start, min(start + PIECE, SIZE)))

    peaks, started = [], time.monotonic()
    upload = create(server, SIZE)
    acknowledged, offset, number, kills = 0, 0, 0, 0
    kill_at = [SIZE * (k + 1) // 6 for k in range(5)]
    while offset < SIZE:
        piece = content(offset, min(offset + PIECE, SIZE))
        number += 1
        if kills < len(kill_at) and offset + len(piece) > kill_at[kills]:
            kills += 1
            raw = begun(server, upload, offset, len(piece), piece[:seed.randrange(len(piece))])
            time_of_death = seed.random() * 0.2
            try:
                server.process.wait(timeout=time_of_death)
            except subprocess.TimeoutExpired:
                pass
            peaks.append(memory(server, "VmHWM"))
            server.kill()
            raw.close()
            server.start()
        elif number % 3 == 0:
            begun(server, upload, offset, len(piece), piece[:seed.randrange(len(piece))]).close()
        else:
            answer = send(server, upload, offset, piece)
            if answer.status == 204:
                assert answer.offset == offset + len(piece)
                acknowledged = offset = answer.offset
                continue
            assert answer.status in (409, 423), "a request that was cut short was read only now"
        offset = offset_of(server, upload)
        assert offset >= acknowledged, "what was acknowledged is there"
        on_disk = part(server, upload).stat().st_size
        assert on_disk >= offset, "and truly on the disk"
        acknowledged = offset
    peaks.append(memory(server, "VmHWM"))
    took = time.monotonic() - started
    assert kills == 5
    stored = media(server, whole.hexdigest())
    assert stored.stat().st_size == SIZE and not part(server, upload).exists()
    with open(stored, "rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == whole.hexdigest()
    print(f"\n{SIZE >> 20} MiB in {took:.1f} s, {number} requests, {kills} kills; idle {idle >> 20} MB, peak {max(peaks) >> 20} MB")
    assert max(peaks) - idle <= MOST_MEMORY
    server.stop()


def test_killed_in_the_middle_of_everything_the_offset_is_true(tmp_path):
    """One large piece, the server killed while it arrives: what it says afterwards is what the disk has."""
    server = Carillon(tmp_path / "data").start()
    content = random.Random(2).randbytes(48 << 20)
    upload = create(server, len(content))
    offset = 0
    for moment in (0.05, 0.15, 0.3):
        def sending():
            try:
                send(server, upload, offset, content[offset:])
            except OSError:
                pass
            except http.client.HTTPException:
                pass
        sender = threading.Thread(target=sending)
        sender.start()
        sender.join(moment)
        server.kill()
        sender.join()
        server.start()
        now = offset_of(server, upload)
        assert now >= offset
        offset = now
        if offset < len(content):
            assert part(server, upload).read_bytes()[:offset] == content[:offset]
    if offset < len(content):
        assert send(server, upload, offset, content[offset:]).offset == len(content)
    assert media(server, hashlib.sha256(content).hexdigest()).read_bytes() == content
    server.stop()


def test_nobody_went_on_with_it(carillon):
    kept, forgotten, lost = create(carillon, 9), create(carillon, 9), create(carillon, 9)
    for upload in (kept, forgotten, lost):
        send(carillon, upload, 0, b"ding")
    part(carillon, lost).unlink()
    assert ask(carillon, "HEAD", "/" + lost).status == 404, "what the disk lost is not pretended"
    carillon.stop()
    (carillon.data / "media" / ".parts" / "of-nobody").write_bytes(b"x")
    with sqlite3.connect(carillon.data / "carillon.db") as database:
        database.execute("UPDATE uploads SET touched = touched - 49 * 3600 * 1000000 WHERE id = ?", (forgotten,))
    database.close()
    carillon.start()  # sweeps
    until(lambda: {path.name for path in (carillon.data / "media" / ".parts").iterdir()} == {kept}, "only what may still be gone on with stays")
    assert ask(carillon, "HEAD", "/" + forgotten).status == 404
    assert send(carillon, kept, 4, b" dong").offset == 9


def test_a_disk_that_fills_loses_nothing_acknowledged(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=160m", "tmpfs", disk], capture_output=True).returncode != 0:
        pytest.skip("mounting a small disk needs root")
    server = Carillon(disk / "data")
    try:
        server.start()
        refused = ask(server, "POST", "", Upload_Length=100 << 20)
        assert refused.status == 507 and "free" in refused.json["detail"], "original and master would not fit"
        content = random.Random(3).randbytes(40 << 20)
        upload = create(server, len(content))
        assert send(server, upload, 0, content[:PIECE]).offset == PIECE
        # Somebody else takes the room while the next piece arrives.
        raw = begun(server, upload, PIECE, len(content) - PIECE, content[PIECE:2 * PIECE])
        until(lambda: part(server, upload).stat().st_size > PIECE, "it arrives")
        with open(disk / "ballast", "wb", buffering=0) as ballast:
            try:
                while True:
                    ballast.write(b"\0" * 65536)
            except OSError:
                pass
        try:
            raw.sendall(content[2 * PIECE:])
        except OSError:
            pass  # refused before all was sent
        said = raw.recv(4096)
        assert b" 507 " in said.split(b"\r\n")[0], said
        raw.close()
        assert send(server, upload, PIECE, b"x").status in (507, 409)
        (disk / "ballast").unlink()
        offset = offset_of(server, upload)
        assert PIECE <= offset < len(content)
        assert send(server, upload, offset, content[offset:]).offset == len(content)
        assert media(server, hashlib.sha256(content).hexdigest()).read_bytes() == content
    finally:
        server.stop()
        subprocess.run(["umount", "-l", disk], check=False)


def test_the_command_goes_on_after_the_server_was_killed(tmp_path):
    recording = make_recording(tmp_path / "long.wav", seconds=400, channels=2)
    server = Carillon(tmp_path / "data").start()
    server.make_show()
    publisher = subprocess.Popen([CARILLON, "publish", recording, "--show", "demo", "--title", "Through it all", "--data", server.data, "--json"],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    parts = server.data / "media" / ".parts"
    until(lambda: any(path.stat().st_size > 1 << 20 for path in parts.iterdir()), "it uploads")
    server.kill()
    assert publisher.poll() is None
    server.start()
    out, err = publisher.communicate(timeout=600)
    assert publisher.returncode == 0, err
    assert json.loads(out)["state"] == "published"
    server.stop()
