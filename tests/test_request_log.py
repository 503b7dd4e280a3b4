"""What the server writes down of requests of media, read by a reader of its own: request_log_v2.py knows docs/formats/request-log.md alone."""

import datetime
import hashlib
import hmac
import os
import pathlib
import random
import re
import socket
import ssl
import subprocess
import sys

import pytest
import requests

import mmdb
import request_log_v2
from conftest import PROGRAMS, Carillon, make_recording, until
from test_wrong_clocks import LIBRARY, off_by

DAY = datetime.timedelta(days=1)

# A server whose clock is elsewhere has certificates that are not valid here.
pytestmark = pytest.mark.filterwarnings("ignore:Unverified HTTPS request")


def records_of(server):
    segments = request_log_v2.read_folder(server.data / "requests")
    assert not [segment.damage for _, segment in segments if segment.damage]
    return [record for _, segment in segments for record in segment.records]


def written(server, agent, count=1):
    """The records of that agent, once there are so many."""
    def found():
        try:
            mine = [record for record in records_of(server) if record["agent"] == agent]
        except request_log_v2.Damage as damage:
            if str(damage) != "no header":
                raise
            return None  # a segment that is begun at this very moment
        return len(mine) >= count and mine
    return until(found, f"{count} records of {agent}")


def ask(server, url, agent, method="GET", **fields):
    headers = {"User-Agent": agent, **{name.replace("_", "-"): value for name, value in fields.items()}}
    return requests.request(method, url, headers=headers, verify=False, allow_redirects=False, timeout=60)


def raw_connection(server, receive_buffer=None):
    context = ssl.create_default_context(cafile=server.authority)
    plain = socket.socket()
    if receive_buffer:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    plain.settimeout(60)
    plain.connect(("127.0.0.1", server.https_port))
    return context.wrap_socket(plain, server_hostname="localhost")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("log")
    (folder / "data" / "lists").mkdir(parents=True)
    mmdb.networks(folder / "data" / "lists" / "networks.mmdb")
    (folder / "data" / "lists" / "data-centres.csv").write_text("# of this test\n127.0.0.0/8\n")
    server = Carillon(folder / "data").start()
    server.make_show()
    server.episode = server.publish(make_recording(folder / "talk.wav", seconds=20))
    yield server
    server.stop()


def test_every_field_of_a_download(server):
    before = datetime.datetime.now(datetime.timezone.utc).timestamp() * 1e6
    url = server.episode["enclosure"]
    answer = ask(server, url, "field/1", Referer="https://example.org/page", X_Playback_Session_Id="2D9A3B4C-1")
    record, = written(server, "field/1")
    after = datetime.datetime.now(datetime.timezone.utc).timestamp() * 1e6
    size = server.episode["bytes"]
    assert len(answer.content) == size
    number = record["key"]
    key, = [path for path in (server.data / "secrets" / "listeners").iterdir() if int(path.name.split(".")[1], 16) == number]
    moment = record.pop("time")
    assert before <= moment <= after and record.pop("milliseconds") < 60_000
    month = datetime.datetime.fromtimestamp(moment / 1e6, datetime.timezone.utc)
    assert number >> 16 == month.year * 12 + month.month - 1
    assert record == {
        "status": 200, "http": 11, "asked": 0, "key": number, "left": size, "whole": size, "first": 0, "system": 64511,
        "media": hashlib.sha256(answer.content).hexdigest(), "listener": hmac.digest(key.read_bytes(), bytes([127, 0, 0, 1]), "sha256")[:16].hex(),
        "embedded": False, "data_centre": True, "lost": [], "episode": server.episode["id"], "arrangement": "", "token": "", "host": "localhost", "method": "GET",
        "range": "", "prefix": "127.0.0.0/24", "country": "", "region": "", "session": "2D9A3B4C-1", "agent": "field/1", "referrer": "https://example.org/page"}
    assert answer.headers["ETag"] == f'"{record["media"]}"'


@pytest.mark.parametrize("asked, status, first, left", [("bytes=0-1", 206, 0, 2), ("bytes=100-", 206, 100, -100), ("bytes=-5", 206, -5, 5), ("bytes=0-1,5-9", 200, 0, -0), ("bytes=x", 200, 0, -0)])
def test_ranges(server, asked, status, first, left):
    agent, size = f"range {asked}", server.episode["bytes"]
    answer = ask(server, server.episode["enclosure"], agent, Range=asked)
    record, = written(server, agent)
    assert (answer.status_code, record["status"], record["range"], record["whole"]) == (status, status, asked, size)
    assert record["first"] == (first if first >= 0 else size + first)
    assert record["left"] == len(answer.content) == (left if left > 0 else size + left)


def test_answers_without_audio(server):
    url, size = server.episode["enclosure"], server.episode["bytes"]
    etag = ask(server, url, "before").headers["ETag"]
    for method, address, fields, status, whole in [
            ("HEAD", url, {}, 200, size), ("GET", url, {"If_None_Match": etag}, 304, size), ("GET", url, {"If_Match": '"other"'}, 412, size),
            ("GET", url, {"Range": f"bytes={size}-"}, 416, size), ("GET", url.rsplit("/", 1)[0] + "/old.mp3?player=embed", {}, 301, None),
            ("GET", server.origin + "/e/01jaaaaaaaaaaaaaaaaaaaaaaa/x.mp3", {}, 404, None), ("GET", server.origin + "/e/nothing/x.mp3", {}, 404, None)]:
        agent = f"{method} {status} {address[-9:]}"
        answer = ask(server, address, agent, method, **fields)
        assert answer.status_code == status, agent
        record, = written(server, agent)
        assert (record["method"], record["status"], record["first"], record["whole"]) == (method, status, None, whole), agent
        assert (record["media"] is None) == (whole is None) and record["left"] == len(answer.content), agent
        if status == 301:
            assert answer.headers["Location"] == url + "?player=embed" and record["embedded"]
        assert record["episode"] == ("" if "/nothing/" in address else address.split("/")[-2])


def test_the_embedded_player_is_known_by_what_it_asks_for(server):
    page = ask(server, f"{server.origin}/embed/{server.episode['id']}", "page").text
    source = re.search(r'<audio [^>]*src="([^"]+)"', page)[1]
    assert ask(server, server.origin + source, "embedded/1").status_code == 200
    # A browser that tells no referrer, and a listener who takes the file from the same page.
    assert written(server, "embedded/1")[0]["embedded"]
    download = re.search(r'<a href="([^"]+)" download', page)[1]
    ask(server, server.origin + download, "taken/1")
    ask(server, server.episode["enclosure"], "app/1", Referer=f"{server.origin}/embed/{server.episode['id']}")
    assert not written(server, "taken/1")[0]["embedded"] and not written(server, "app/1")[0]["embedded"]


def test_http_1_0_and_hosts_in_capitals(server):
    path = "/" + server.episode["enclosure"].split("/", 3)[3]
    with raw_connection(server) as peer:
        peer.sendall(f"GET {path} HTTP/1.0\r\nHost: LocalHost:1\r\nUser-Agent: old/1\r\n\r\n".encode())
        while peer.recv(65536):
            pass
    record, = written(server, "old/1")
    assert (record["http"], record["host"]) == (10, "localhost")


def test_hostile_fields(server):
    agents = ["x" * 20_000, "ü" * 5_000, "\x01\x1b[2Jred\x7f", "a\tb", "\xff\xfe broken", "CRBZ" * 50, "CARREQLG"]
    path = "/" + server.episode["enclosure"].split("/", 3)[3]
    for number, agent in enumerate(agents):
        with raw_connection(server) as peer:
            data = agent.encode("latin-1") if agent.startswith("\xff") else agent.encode()
            peer.sendall(b"HEAD " + path.encode() + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Playback-Session-Id: " + b"s" * 8000 + b"\r\nReferer: hostile " +
                         str(number).encode() + b"\r\nUser-Agent: " + data + b"\r\n\r\n")
            answer = b""
            while piece := peer.recv(65536):
                answer += piece
        if not answer.startswith(b"HTTP/1.1 200"):
            assert answer.startswith(b"HTTP/1.1 400"), "control characters need not be taken"
            continue
        record, = until(lambda: [one for one in records_of(server) if one["referrer"] == f"hostile {number}"], f"record {number}")
        assert len(record["agent"].encode()) <= 512 and record["session"] == "s" * 64
        assert "\x1b" not in record["agent"] and (record["agent"] == agent[:len(record["agent"])] or number in (2, 4))


def test_an_aborted_download(tmp_path):
    """What is counted is what left, not what was asked for."""
    server = Carillon(tmp_path / "data").start()
    try:
        server.make_show()
        episode = server.publish(make_recording(tmp_path / "long.wav", seconds=120))
        path, size = "/" + episode["enclosure"].split("/", 3)[3], episode["bytes"]
        # One that takes little at a time: the server keeps little in the kernel, and what nobody acknowledged was not sent.
        with raw_connection(server, receive_buffer=4096) as peer:
            peer.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: gone/1\r\n\r\n".encode())
            got = len(peer.recv(4096))
        record, = written(server, "gone/1")
        assert (record["status"], record["whole"], record["first"]) == (200, size, 0)
        assert 0 < got and record["left"] < size
        server.run("show", "suspend", "demo", "--reason", "Court order 1")
        assert ask(server, episode["enclosure"], "court/1").status_code == 451
        record, = written(server, "court/1")
        assert (record["status"], record["media"], record["whole"], record["episode"]) == (451, None, None, episode["id"])
    finally:
        server.stop()


def test_lives_are_sealed_and_a_kill_loses_nothing_that_was_written(tmp_path, recording):
    server = Carillon(tmp_path / "data").start()
    try:
        server.make_show()
        url = server.publish(recording)["enclosure"]
        for life in range(3):
            for number in range(20):
                ask(server, url, f"life {life} of {number}", Range="bytes=0-9")
            written(server, f"life {life} of 19")
            server.kill()
            # The power went while a batch was written.
            newest = max((server.data / "requests").iterdir(), key=lambda path: path.name.split("-")[1])
            with open(newest, "ab") as segment:
                segment.write(random.Random(life).randbytes(1000))
            server.start()
        until(lambda: all(segment.sealed for _, segment in request_log_v2.read_folder(server.data / "requests")), "complete segments are compressed")
        found = records_of(server)
        assert [record["agent"] for record in found] == [f"life {life} of {number}" for life in range(3) for number in range(20)]
        assert len({record["listener"] for record in found}) == 1 and len({record["key"] for record in found}) == 1
        names = [name for name, _ in request_log_v2.read_folder(server.data / "requests")]
        # Read as a program, too.
        shown = subprocess.run([sys.executable, request_log_v2.__file__, server.data / "requests" / names[0]], capture_output=True, text=True, check=True)
        assert shown.stdout.count("\n") == 20 and not shown.stderr
    finally:
        server.stop()


@pytest.mark.skipif(LIBRARY is None, reason="libfaketime is not installed: tools/setup")
def test_keys_of_months_that_are_over_are_gone(tmp_path, recording):
    server = Carillon(tmp_path / "data")
    keys = server.data / "secrets" / "listeners"
    now = datetime.datetime.now(datetime.timezone.utc)
    # The server's days begin in the middle of a month, whatever day it is here: its month must not end while it is used.
    middle = (now.replace(day=1) + 32 * DAY).replace(day=15)
    next_month = (middle.replace(day=1, hour=0, minute=0, second=0, microsecond=0) + 32 * DAY).replace(day=1)

    def at(moment):
        return off_by(f"+{int((moment - now).total_seconds())}s")

    def on_disk(key):
        return [path for path in tmp_path.rglob("*") if path.is_file() and key in path.read_bytes()]
    server.start(environment=at(middle))
    try:
        server.make_show()
        url = server.publish(recording)["enclosure"]
        ask(server, url, "this month")
        written(server, "this month")
        old = next(keys.iterdir()).read_bytes()
        server.stop()
        # Two restarts inside the change: the key is there for what comes late, the new month has its own.
        for hours in (1, 40):
            server.start(environment=at(next_month + datetime.timedelta(hours=hours)))
            until(lambda: [path for path in keys.iterdir() if ".over-" in path.name], "the old month is found to be over")
            ask(server, url, f"after {hours} hours")
            written(server, f"after {hours} hours")
            assert on_disk(old) and len(list(keys.iterdir())) == 2
            server.stop()
        server.start(environment=at(next_month + datetime.timedelta(hours=49)))
        until(lambda: len(list(keys.iterdir())) == 1, "the old key is destroyed")
        assert not on_disk(old)
        server.stop()
        server.start(environment=at(next_month + 20 * DAY))
        ask(server, url, "later")
        written(server, "later")
        found = {record["agent"]: (record["key"], record["listener"]) for record in records_of(server) if not record["agent"].startswith("python")}
        assert found["after 1 hours"] == found["after 40 hours"] == found["later"] != found["this month"]
    finally:
        server.stop()


def test_a_backup_has_no_listener_key(tmp_path, recording):
    server = Carillon(tmp_path / "data").start()
    try:
        server.make_show()
        url = server.publish(recording)["enclosure"]
        ask(server, url, "before/1")
        written(server, "before/1")
        server.run("backup", tmp_path / "backup")
        key = next((server.data / "secrets" / "listeners").iterdir()).read_bytes()
        assert not [path for path in (tmp_path / "backup").rglob("*") if path.is_file() and key in path.read_bytes()]
        assert (tmp_path / "backup" / "secrets" / "master.key").exists()
    finally:
        server.stop()
    # One of an earlier version had its key in the backup: it stays there.
    (tmp_path / "backup" / "secrets" / "listener.key").write_bytes(b"k" * 32)
    subprocess.run([PROGRAMS / "carillon", "--data", tmp_path / "restored", "restore", tmp_path / "backup"], check=True, capture_output=True)
    assert not (tmp_path / "restored" / "secrets" / "listener.key").exists()
    restored = Carillon(tmp_path / "restored").start()
    try:
        ask(restored, restored.origin + "/" + url.split("/", 3)[3], "after/1")
        after, = written(restored, "after/1")
        before, = written(restored, "before/1")
        assert before["key"] != after["key"] and before["listener"] != after["listener"]
    finally:
        restored.stop()


def test_databases_that_are_configured_missing_or_broken(tmp_path, recording):
    server = Carillon(tmp_path / "data")
    configuration = tmp_path / "carillon.toml"
    (tmp_path / "broken.mmdb").write_bytes(b"<html>not found</html>")
    (tmp_path / "list.csv").write_text("192.0.2.0/24\n10.0.0.0\n")
    configuration.write_text('[requests]\nplaces = "missing.mmdb"\nnetworks = "broken.mmdb"\ndata_centres = "list.csv"\n')
    server.start("--config", configuration)
    try:
        server.make_show()
        url = server.publish(recording)["enclosure"]
        ask(server, url, "nothing/1")
        record, = written(server, "nothing/1")
        assert (record["system"], record["data_centre"], record["country"]) == (None, None, "")
        said = server.log()
        assert "missing.mmdb" in said and "isn't a MaxMind database" in said and "line 2 of the data center list (“10.0.0.0”) isn't valid" in said
    finally:
        server.stop()


def test_damage_costs_what_the_page_says():
    """Seeds of the fuzz target: what the program's own reader makes of them is in src/stats/log/*_test.cpp."""
    seeds = pathlib.Path(__file__).resolve().parent / "fuzz" / "corpus" / "request_log"
    whole = request_log_v2.read((seeds / "version_2_sealed").read_bytes())
    assert whole.sealed and not whole.damage and [record["agent"] for record in whole.records] == ["Pod/1", "Pod/1"]
    lost = request_log_v2.read((seeds / "version_2_lost_texts").read_bytes())
    assert len(lost.damage) == 1 and [record["lost"] for record in lost.records] == [["episode", "method", "agent"], ["episode", "method", "agent"]]
    assert [record["left"] for record in lost.records] == [record["left"] for record in whole.records]
    torn = request_log_v2.read((seeds / "version_2_torn").read_bytes())
    assert len(torn.damage) == 1 and len(torn.records) == 1


def test_what_is_no_file_among_the_lists_is_said(tmp_path):
    """A pipe or a device in the place of a database holds nothing up, and the log says what is wrong with it."""
    lists = tmp_path / "data" / "lists"
    lists.mkdir(parents=True)
    os.mkfifo(lists / "places.mmdb")
    (lists / "networks.mmdb").mkdir()
    (lists / "data-centres.csv").symlink_to("/dev/zero")
    server = Carillon(tmp_path / "data").start()
    try:
        for name in ("places.mmdb", "networks.mmdb", "data-centres.csv"):
            until(lambda: f"{lists / name} isn't a regular file" in server.log(), f"{name} is said to be no file")
        assert server.get("/healthz").ok
    finally:
        server.stop()
