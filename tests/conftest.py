"""The real program, started on loopback with a data folder of its own."""

import json
import math
import os
import pathlib
import re
import signal
import socket
import struct
import subprocess
import tempfile
import time
import wave

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAMS = pathlib.Path(os.environ.get("CARILLON_PROGRAMS", ROOT / "build" / "release"))  # another build, or installed ones
CARILLON = PROGRAMS / "carillon"
PATIENCE = 180  # seconds: how long a condition may take on a busy machine; never how long a test waits


def until(condition, what, within=PATIENCE):
    """Waits for a condition, looks often, and says what it waited for."""
    deadline = time.monotonic() + within
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"not within {within} s: {what}"
        time.sleep(0.01)


def leads(first):
    """Seconds, longer and longer, for what has to be done before a moment that comes: on a machine that was too busy for one, it is tried with the next."""
    lead = first
    while lead < 1000:
        yield lead
        lead *= 2
    raise AssertionError(f"not even {lead / 2} s were enough")


# Files whose tests wait longest begin first, so that nothing is left to wait for at the end.
LONGEST = ["test_revocation.py", "test_nodes.py", "test_groups.py", "test_keeper_faults.py", "test_dns_proof.py", "test_guard.py"]


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.path.name not in LONGEST)


def known_loopback():
    """A machine without a hosts file has a loopback all the same (RFC 6761 §6.3)."""
    ask = socket.getaddrinfo
    try:
        ask("localhost", 0)
    except socket.gaierror:
        socket.getaddrinfo = lambda host, *rest, **more: ask("127.0.0.1" if host == "localhost" else host, *rest, **more)


known_loopback()


reservations = []


def free_port():
    """A port for a program that may be started again on it. It stays reserved for as long as the tests run, by a socket that does not listen:
    nobody else on this machine gets it before the program starts, or while it is down. The program binds it all the same, with SO_REUSEADDR."""
    reservation = socket.socket()
    reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    reservation.bind(("127.0.0.1", 0))
    reservations.append(reservation)
    return reservation.getsockname()[1]


class Carillon:
    """One server; restartable on the same data folder and ports."""

    command = "serve"
    doing = "serving"  # how its log says that it does

    def __init__(self, data: pathlib.Path):
        self.data = data
        self.process = None
        self.origin = None
        self.http_port = 0  # 0: a free one is taken at the next start, and kept
        self.https_port = 0

    def start(self, *extra, environment=None):
        self.http_port, self.https_port = self.http_port or free_port(), self.https_port or free_port()
        self.log_path = self.data.parent / f"{self.data.name}.log"
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [CARILLON, self.command, "--data", self.data, "--http", f"127.0.0.1:{self.http_port}", "--https", f"127.0.0.1:{self.https_port}", *extra],
                stdout=subprocess.PIPE, stderr=log, env={**os.environ, **(environment or {})})
        line = self.process.stdout.readline().decode()
        assert line.startswith("ready "), f"the server did not become ready:\n{self.log()[-4000:]}"
        self.origin = line.split()[1]
        served = re.findall(self.doing + r".* http=(\d+) https=(\d+)", self.log())[-1]
        self.http_port, self.https_port = int(served[0]), int(served[1])
        return self

    def log(self):
        return self.log_path.read_text(errors="replace")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=PATIENCE)
        return self.process.returncode

    @property
    def authority(self):
        return str(self.data / "ca" / "root.pem")

    def run(self, *arguments, check=True):
        done = subprocess.run([CARILLON, "--data", self.data, *map(str, arguments)], capture_output=True, text=True, timeout=300)
        if check:
            assert done.returncode == 0, f"carillon {' '.join(map(str, arguments))}: {done.stderr}\n{self.log()[-3000:]}"
        return done

    def json(self, *arguments):
        return json.loads(self.run(*arguments, "--json").stdout)

    def make_show(self, slug="demo", **fields):
        fields = {"title": "A show", "author": "Ada", "email": "ada@example.org", "category": "Society & Culture", **fields}
        return self.json("show", "create", slug, *[part for name, value in fields.items() for part in (f"--{name.replace('_', '-')}", value)])

    def publish(self, recording, show="demo", title="A talk", *extra):
        return self.json("publish", recording, "--show", show, "--title", title, *extra)

    def get(self, url, **options):
        import requests
        if url.startswith("/"):
            url = self.origin + url
        return requests.get(url, verify=self.authority, timeout=PATIENCE, **options)


@pytest.fixture
def carillon(tmp_path):
    server = Carillon(tmp_path / "data").start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One server with one show and one published episode, for tests that only read."""
    server = Carillon(tmp_path_factory.mktemp("shared") / "data").start()
    server.make_show()
    recording = tmp_path_factory.mktemp("recordings") / "talk.wav"
    make_recording(recording, seconds=20)
    server.episode = server.publish(recording)
    yield server
    server.stop()


def make_recording(path, seconds=5, rate=44100, channels=1, level=0.3, frequency=220.0):
    """Something like speech: a tone with harmonics that swells and falls four times a second."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(rate)
        second = []
        for i in range(rate):
            t = i / rate
            swell = 0.55 - 0.45 * math.cos(2 * math.pi * 4 * t)
            value = sum(math.sin(2 * math.pi * frequency * h * t) / h for h in (1, 2, 3, 5)) / 1.8
            second.append(int(max(-1, min(1, level * swell * value)) * 32767))
        frames = b"".join(struct.pack("<h", v) * channels for v in second)
        for _ in range(seconds):
            out.writeframesraw(frames)
    return path


@pytest.fixture
def recording(tmp_path):
    return make_recording(tmp_path / "talk.wav")
