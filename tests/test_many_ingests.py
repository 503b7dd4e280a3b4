"""Recording after recording while listeners download: memory stays flat, nothing is left behind, and downloads don't wait."""

import os
import pathlib
import statistics
import threading
import time

import pytest

from conftest import Carillon, make_recording, until
from decoders import decoders
from workflow import Api

LONG = bool(os.environ.get("CARILLON_LONG"))
COUNT = int(os.environ.get("CARILLON_INGESTS", "200" if LONG else "8"))
WARM = max(COUNT // 5, 2)          # after so many the server has what it keeps
MOST_GROWTH = 16 * 1024            # KiB of resident memory, from then on
MOST_SLOWER, ENOUGH = 2, 50        # downloads' p99 beside ingests and without them, once there are that many
ALONE = 200 if LONG else 3         # downloads without ingests, before and again afterwards: other programs may have made the machine slower
BROKEN = b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\1\0\1\0\x80\x3e\0\0\0\x7d\0\0\2\0\x10\0data\xff\xff\0\0" + b"\0" * 1000


def memory(server):
    """KiB that are resident."""
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


def descriptors(server):
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


class Listener(threading.Thread):
    """Downloads again and again."""

    def __init__(self, server, enclosure):
        super().__init__(daemon=True)
        self.server, self.enclosure, self.seconds, self.wrong, self.stopped = server, enclosure, [], [], threading.Event()

    def run(self):
        while not self.stopped.is_set():
            begun = time.monotonic()
            answer = self.server.get(self.enclosure)
            self.seconds.append(time.monotonic() - begun)
            if answer.status_code != 200 or len(answer.content) != int(answer.headers["Content-Length"]):
                self.wrong.append(answer.status_code)

    def stop(self):
        self.stopped.set()
        self.join(60)
        return self.seconds


def p99(seconds):
    return statistics.quantiles(seconds, n=100)[98] if len(seconds) >= ENOUGH else None


@pytest.fixture
def demo(tmp_path):
    server = Carillon(tmp_path / "data").start()
    server.make_show()
    yield server
    server.stop()


def test_recordings_in_a_row_leave_nothing_behind(demo, tmp_path, record_property):
    api = Api(demo)
    published = demo.publish(make_recording(tmp_path / "out.wav", seconds=20, rate=16000), "demo", "Out")
    listener = Listener(demo, published["enclosure"])
    listener.start()
    until(lambda: len(listener.seconds) >= ALONE, "listeners have downloaded", 600)
    alone = listener.stop()
    listener = Listener(demo, published["enclosure"])
    listener.start()
    talk = make_recording(tmp_path / "talk.wav", seconds=4, rate=16000).read_bytes()
    episode = api.needed("POST", "/shows/demo/episodes", {"title": "Again and again"})["id"]
    warm = None
    for number in range(COUNT):
        # Each is another recording, and every fifth is none.
        recording = BROKEN if number % 5 == 4 else talk[:44] + (b"\1\0" * number + talk[44:])[: len(talk) - 44]
        job = api.needed("PUT", f"/episodes/{episode}/audio", {"upload": api.upload(recording)})
        done = until(lambda: (found := api.needed("GET", f"/jobs/{job['id']}"))["state"] in ("done", "failed") and found, "the job is over", 300)
        assert done["state"] == ("failed" if recording is BROKEN else "done"), (number, done)
        if number == WARM:
            warm = memory(demo), descriptors(demo)
    beside = listener.stop()
    wrong = listener.wrong
    listener = Listener(demo, published["enclosure"])
    listener.start()
    until(lambda: len(listener.seconds) >= ALONE, "listeners have downloaded", 600)
    alone += listener.stop()
    listener.wrong += wrong
    assert not listener.wrong and beside, listener.wrong
    until(lambda: not decoders(demo), "no decoder is left")
    parts = pathlib.Path(demo.data) / "media" / ".parts"
    assert not (list(parts.iterdir()) if parts.is_dir() else []), "no part of an upload is left"
    assert not [file for file in (pathlib.Path(demo.data) / "media").rglob("*") if file.is_file() and len(file.name) != 64], "no temporary file is left"
    grown = memory(demo) - warm[0]
    record_property("grown_kib", grown)
    print(f"{COUNT} ingests: memory {warm[0]} KiB after {WARM}, {grown:+} KiB since; {descriptors(demo)} descriptors ({warm[1]} before); "
          f"{len(beside)} downloads beside them, median {statistics.median(beside) * 1000:.1f} ms (alone {statistics.median(alone) * 1000:.1f} ms), p99 {p99(beside)} s (alone {p99(alone)} s)")
    assert grown < MOST_GROWTH, (warm, grown)
    assert descriptors(demo) <= warm[1] + 4, (warm, descriptors(demo))
    if LONG and p99(alone) and p99(beside):
        assert p99(beside) < MOST_SLOWER * max(p99(alone), 0.05), (p99(alone), p99(beside))
