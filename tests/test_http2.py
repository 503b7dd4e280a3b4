"""HTTP/2 as other programs speak it: curl, nghttp, h2load; and what only it has."""

import os
import signal
import subprocess

import pytest

import conftest
from over_http2 import Http2Connection


def curl(server, url, *arguments, **options):
    return subprocess.run(["curl", "--silent", "--show-error", "--cacert", server.authority, "--max-time", "120", *arguments, url], capture_output=True, **options)


@pytest.fixture(scope="module")
def audio(shared):
    return shared.get(shared.episode["enclosure"]).content


def test_clients_that_offer_both_get_http2(shared):
    said = curl(shared, shared.origin + "/feeds/demo", "--write-out", "%{http_version}", "--output", "/dev/null")
    assert said.stdout == b"2"
    assert curl(shared, shared.origin + "/feeds/demo", "--http1.1", "--write-out", "%{http_version}", "--output", "/dev/null").stdout == b"1.1"


def test_it_can_be_turned_off(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    (data / "carillon.toml").write_text("[server]\nhttp2 = false\n")
    server = conftest.Carillon(data).start()
    assert curl(server, server.origin + "/healthz", "--write-out", "%{http_version}", "--output", "/dev/null").stdout == b"1.1"
    server.stop()


def test_a_file_is_the_same_over_both_and_resumes(shared, audio, tmp_path):
    url = shared.episode["enclosure"]
    for version in ("--http1.1", "--http2"):
        assert curl(shared, url, version).stdout == audio
        part = tmp_path / f"part{version}"
        part.write_bytes(audio[:100_000])
        assert curl(shared, url, version, "--continue-at", "-", "--output", str(part)).returncode == 0
        assert part.read_bytes() == audio


def test_a_slow_reader_gets_all_of_it(shared, audio):
    limited = curl(shared, shared.episode["enclosure"], "--http2", "--limit-rate", str(len(audio) // 2))
    assert limited.stdout == audio


def test_tiny_windows_delay_but_do_not_stop_a_response(shared):
    feed = shared.get("/feeds/demo", headers={"Accept-Encoding": "identity"}).content
    done = subprocess.run(["nghttp", "-w", "1", "-W", "1", "--no-dep", shared.origin + "/feeds/demo"], capture_output=True, timeout=120)
    assert done.stdout == feed


def test_h2load_gets_every_response(shared):
    done = subprocess.run(["h2load", "-n", "400", "-c", "8", "-m", "20", shared.origin + "/feeds/demo", shared.episode["enclosure"]],
                          capture_output=True, text=True, timeout=120)
    assert "400 total, 400 started, 400 done, 400 succeeded, 0 failed, 0 errored, 0 timeout" in done.stdout, done.stdout


def test_many_requests_share_a_connection(shared, audio):
    host, port = "localhost", shared.https_port
    connection = Http2Connection(host, port, shared.authority)
    path = "/" + shared.episode["enclosure"].split("/", 3)[3]
    streams = [connection.request("GET", f"{host}:{port}", path, [("range", f"bytes={start}-{start + 9999}")]) for start in range(0, 200_000, 10_000)]
    for start, stream in zip(range(0, 200_000, 10_000), streams):
        assert dict(connection.head_of(stream))[":status"] == "206"
        got = b""
        while True:
            event = connection.next_event(stream)
            if type(event).__name__ == "StreamEnded":
                break
            got += getattr(event, "data", b"")
        assert got == audio[start:start + 10_000]
    connection.close()


def test_another_hosts_request_is_misdirected(shared):
    connection = Http2Connection("localhost", shared.https_port, shared.authority)
    for authority, status in (("localhost", "200"), ("other.example", "421")):
        assert dict(connection.head_of(connection.request("GET", authority, "/healthz")))[":status"] == status
    differing = connection.request("GET", "localhost", "/healthz", [("host", "other.example")])
    assert dict(connection.head_of(differing))[":status"] == "400"
    connection.close()


def test_a_refused_upload_shows_why(shared, tmp_path):
    large = tmp_path / "large"
    large.write_bytes(os.urandom(3_000_000))
    said = curl(shared, shared.origin + "/api/v1/uploads", "--http2", "--data-binary", f"@{large}", "--write-out", "%{http_code}", "--output", "/dev/null")
    assert (said.returncode, said.stdout) == (0, b"401"), said.stderr


def test_a_restart_lets_downloads_end(tmp_path):
    server = conftest.Carillon(tmp_path / "data").start()
    server.make_show()
    episode = server.publish(conftest.make_recording(tmp_path / "talk.wav", seconds=60))
    audio = server.get(episode["enclosure"]).content
    download = subprocess.Popen(["curl", "--silent", "--http2", "--cacert", server.authority, "--limit-rate", str(len(audio) // 3), episode["enclosure"]],
                                stdout=subprocess.PIPE)
    first = download.stdout.read(1000)
    server.process.send_signal(signal.SIGTERM)
    assert first + download.stdout.read() == audio
    assert download.wait(timeout=conftest.PATIENCE) == 0
    assert server.process.wait(timeout=conftest.PATIENCE) == 0
