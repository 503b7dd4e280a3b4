"""Heavy work has its price and its share: recordings that promise too much, networks that take all they can, decoders that die."""

import json
import os
import pathlib
import re
import signal
import socket
import struct
import subprocess

import pytest

from conftest import Carillon, make_recording, until
from control import Connection
from decoders import HeldDecoders, decoders
from workflow import Api

LONG = os.environ.get("CARILLON_LONG") == "1"
PIECE_TYPE = "application/offset+octet-stream"
UPLOADS_OF_A_NETWORK = 16  # uploads/uploads.hpp: kMostUploadsOfNetworkAtOnce
MANY = 200 if LONG else 20
ENCODING = 600  # seconds of patience with a machine that is busy with something else


def wav_of(rate, channels, bits, sound, tag=1):
    frame = channels * bits // 8
    return (b"RIFF" + struct.pack("<I", len(sound) + 36) + b"WAVEfmt " +
            struct.pack("<IHHIIHH", 16, tag, channels, rate, (rate * frame) & 0xFFFFFFFF, frame & 0xFFFF, bits) + b"data" +
            struct.pack("<I", len(sound)) + sound)


def descriptors(server):
    """What the server has open, without the media that the store keeps open for listeners (at most 512)."""
    found = []
    for link in pathlib.Path(f"/proc/{server.process.pid}/fd").iterdir():
        try:
            target = os.readlink(link)
        except OSError:
            continue  # it was closed meanwhile
        if not re.search(r"/media/[0-9a-f]{2}/[0-9a-f]{64}$", target):
            found.append(target)
    return found


def temporary_files(server):
    return [str(path) for folder in (".incoming", ".parts") for path in (server.data / "media" / folder).glob("*")]


def attach(api, recording, show, title):
    """The job that makes an episode of a recording, and the episode."""
    upload = api.needed("POST", "/uploads?network=" + show["network"], body=recording)["id"]
    episode = api.needed("POST", f"/shows/{show['slug']}/episodes", {"title": title})["id"]
    job = api.needed("PUT", f"/episodes/{episode}/audio", {"upload": upload})
    return job["id"], episode


def ended(api, job):
    document = api.needed("GET", f"/jobs/{job}")
    return document if document["state"] in ("done", "failed") else None


def outcome(api, job):
    """How the job ended. Decoders step behind everything else that the machine has to do."""
    return until(lambda: ended(api, job), "the job has ended", within=ENCODING)


def network_with_show(carillon, api, slug):
    carillon.run("network", "create", slug, "--name", slug.title())
    return api.needed("POST", f"/shows?network={slug}", {"slug": slug + "-show", "title": slug.title(), "network": slug})


@pytest.mark.parametrize("recording, sentence", [
    (wav_of(100, 1, 8, bytes(60_000)), "100 Hz; Carillon supports 8000 to 192000"),
    (wav_of(2_000_000_000, 1, 8, bytes(60_000)), "2000000000 Hz"),
    (wav_of(44_100, 65_535, 16, bytes(60_000)), "65535 channels; Carillon supports 1 to 6"),
    (wav_of(44_100, 0, 16, bytes(60_000)), "0 channels"),
], ids=["slow", "fast", "many", "none"])
def test_a_recording_that_promises_too_much_is_refused_before_any_work(carillon, recording, sentence):
    api = Api(carillon)
    carillon.make_show()
    show = api.needed("GET", "/shows/demo")
    job, episode = attach(api, recording, show, "Costly")
    document = outcome(api, job)
    assert document["state"] == "failed" and sentence in document["error"], document
    assert api.needed("GET", f"/episodes/{episode}")["state"] == "draft"
    # Refused by its header: nothing was decoded, and nothing made.
    assert document["progress"] == 0 and not temporary_files(carillon)


def slow_upload(carillon, network):
    """An upload of which one byte of many has come; the connection stays open. None when it was refused; then what was said."""
    connection = Connection(carillon)
    connection.request("POST", f"/api/v1/uploads?network={network}", headers={"Tus-Resumable": "1.0.0", "Upload-Length": "1000000"})
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 201
    upload = answer.headers["Location"].rsplit("/", 1)[1]
    connection.close()
    raw = socket.socket(socket.AF_UNIX)
    raw.settimeout(60)
    raw.connect(str(carillon.data / "control.sock"))
    raw.sendall(f"PATCH /api/v1/uploads/{upload} HTTP/1.1\r\nHost: localhost\r\nTus-Resumable: 1.0.0\r\nContent-Type: {PIECE_TYPE}\r\n"
                f"Upload-Offset: 0\r\nContent-Length: 1000000\r\n\r\nx".encode())
    return raw, upload


def test_a_network_that_takes_all_it_can_leaves_room_for_another(carillon, recording):
    api = Api(carillon)
    greedy, modest = network_with_show(carillon, api, "greedy"), network_with_show(carillon, api, "modest")

    # Recordings of hours, more than there are runners.
    hours = wav_of(8_000, 1, 8, bytes(range(256)) * (3 * 3600 * 8_000 // 256))
    jobs = [attach(api, hours, greedy, f"Hours {number}")[0] for number in range(6)]
    until(lambda: len(decoders(carillon)) >= 2, "the greedy network has two recordings decoded")

    # Uploads that never come to an end.
    held = [slow_upload(carillon, "greedy") for _ in range(UPLOADS_OF_A_NETWORK)]

    def refused():
        status, document, fields = api.ask("POST", "/uploads?network=greedy", body=b"x" * 1000)
        return (document, fields) if status == 503 else None

    # The server takes them one after the other; when all are there, the next one is refused.
    document, fields = until(refused, "the greedy network has used up its share")
    assert "Your network already has 16 uploads in progress" in document["detail"] and int(fields["Retry-After"]) > 0

    job, episode = attach(api, recording.read_bytes(), modest, "Small")
    assert outcome(api, job)["state"] == "done"
    assert [one for one in jobs if not ended(api, one)], "the greedy network is still at work"
    api.needed("POST", f"/episodes/{episode}/publish", {})
    assert carillon.get("/feeds/modest-show").text.count("<item>") == 1

    # A place is free again when its holder is gone.
    held.pop()[0].close()
    until(lambda: api.ask("POST", "/uploads?network=greedy", body=b"x" * 1000)[0] == 201, "a place has become free")
    for raw, _ in held:
        raw.close()
    carillon.kill()
    until(lambda: not decoders(carillon), "the decoders ended with the server")


def test_room_for_a_master_is_reserved_by_what_the_recording_promises(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=160m", "tmpfs", disk], capture_output=True).returncode != 0:
        pytest.skip("mounting a small disk needs root")
    server = Carillon(disk / "data")
    try:
        server.start()
        api = Api(server)
        server.make_show()
        show = api.needed("GET", "/shows/demo")
        # 28 MB that promise an hour: 60 MB of master. Either fits, both do not.
        uploads, jobs = [], []
        for number in range(2):
            sound = bytes([number]) + bytes(range(256)) * (3600 * 8_000 // 256)
            uploads.append(api.needed("POST", "/uploads", body=wav_of(8_000, 1, 8, sound))["id"])
        for number, upload in enumerate(uploads):
            episode = api.needed("POST", "/shows/demo/episodes", {"title": f"Hour {number}"})["id"]
            jobs.append(api.needed("PUT", f"/episodes/{episode}/audio", {"upload": upload})["id"])
        until(lambda: decoders(server), "one of them is decoded")

        def put_off():
            documents = [api.needed("GET", f"/jobs/{job}") for job in jobs]
            return [one for one in documents if one["state"] == "waiting" and one["error"]]
        assert "free" in until(put_off, "the other one waits for room")[0]["error"]
        assert len(decoders(server)) == 1, "it was not begun"
    finally:
        server.kill()
        subprocess.run(["umount", "-l", disk], check=True)


def test_a_decoder_that_is_killed_is_started_again(carillon, tmp_path):
    api = Api(carillon)
    carillon.make_show()
    show = api.needed("GET", "/shows/demo")
    minutes = make_recording(tmp_path / "minutes.wav", seconds=120).read_bytes()
    with HeldDecoders(carillon) as decoding:
        jobs = [attach(api, minutes, show, f"Killed {number}")[0] for number in range(2)]
        both = until(lambda: len(held := decoding.held) == 2 and held, "both are decoded at once", within=ENCODING)
        os.kill(min(both), signal.SIGKILL)
    for job in jobs:
        assert outcome(api, job)["state"] == "done"
    assert sum(api.needed("GET", f"/jobs/{job}")["attempts"] for job in jobs) == 3, "one of them was tried twice"
    assert not decoders(carillon) and not temporary_files(carillon)


def test_many_recordings_leave_nothing_behind(carillon, tmp_path):
    api = Api(carillon)
    carillon.make_show()
    show = api.needed("GET", "/shows/demo")

    def make(number):
        # Each its own sound, for the same bytes would be made once.
        sound = make_recording(tmp_path / "short.wav", seconds=1, frequency=200.0 + number).read_bytes()
        job, _ = attach(api, sound, show, f"Short {number}")
        assert outcome(api, job)["state"] == "done"

    make(0)
    before = len(descriptors(carillon))
    for number in range(1, MANY):
        make(number)
    until(lambda: len(descriptors(carillon)) <= before + 2, "no descriptor stays open")
    assert not decoders(carillon) and not temporary_files(carillon)


def test_the_log_and_doctor_say_how_decoding_is_confined(carillon):
    assert "the media program is sandboxed" in carillon.log()
    decoding = Api(carillon).needed("GET", "/health")["decoding"]
    assert decoding["error"] is None
    assert {layer["name"] for layer in decoding["layers"]} == {"seccomp", "landlock", "namespaces", "user"}
    said = carillon.run("doctor", check=False).stdout
    assert "sandboxed with" in said
    for layer in decoding["layers"]:
        if layer["missing"]:
            assert f"without the layer “{layer['name']}”" in said
    findings = json.loads(carillon.run("doctor", "--json", check=False).stdout)
    assert any("sandboxed with" in finding["what"] for finding in findings)


def test_a_recording_with_many_chapters_is_no_attack(carillon, tmp_path):
    """The C library asks the machine for its memory before it sorts so many."""
    tone, marks, recording = tmp_path / "tone.wav", tmp_path / "marks.txt", tmp_path / "many.mp3"
    make_recording(tone, seconds=3)
    count = 150
    marks.write_text(";FFMETADATA1\n" + "".join(
        f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={20 * i}\nEND={20 * (i + 1)}\ntitle=Part {i}\n" for i in range(count)))
    subprocess.run(["ffmpeg", "-v", "error", "-i", tone, "-i", marks, "-map_metadata", "1", "-map_chapters", "1", "-b:a", "64k", recording], check=True)
    carillon.make_show()
    episode = carillon.publish(recording)
    assert episode["state"] == "published"
    assert len(carillon.get(f"/episodes/{episode['id']}/chapters.json").json()["chapters"]) == count
