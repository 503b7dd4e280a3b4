"""Recordings whose headers are wrong, and files that are no recordings: all of the sound goes out, or a sentence says why not."""

import pathlib
import struct

import pytest

from conftest import make_recording, until
from workflow import Api

MATERIAL = pathlib.Path(__file__).resolve().parents[2] / "shared" / "material" / "media"
SECONDS = 12


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    from conftest import Carillon
    server = Carillon(tmp_path_factory.mktemp("recordings") / "data").start()
    server.make_show()
    yield server
    server.stop()


def finished(api, job):
    return until(lambda: (found := api.needed("GET", f"/jobs/{job['id']}"))["state"] in ("done", "failed") and found, "the job is over", 300)


def result(server, recording):
    """(the seconds of the master, None), or (None, the reason of the refusal)."""
    api = Api(server)
    episode = api.needed("POST", "/shows/demo/episodes", {"title": "A talk"})
    job = finished(api, api.needed("PUT", f"/episodes/{episode['id']}/audio", {"upload": api.upload(recording)}))
    if job["state"] == "failed":
        return None, job["error"]
    return api.needed("GET", f"/episodes/{episode['id']}")["duration_seconds"], None


def wave(bits=16, rate=16000, channels=1, tag=1, container=None, extensible=False, form=b"RIFF", data_size=None, large_size=None, behind=b""):
    """SECONDS of a saw tooth, with what a header may say wrong."""
    container = container or bits // 8
    count = SECONDS * rate
    if tag == 3:
        samples = b"".join(struct.pack("<f" if bits == 32 else "<d", (i * 440 / rate % 1 - .5) * .4) * channels for i in range(count))
    else:
        peak = 0.2 * (1 << bits)
        samples = b"".join((int((i * 440 / rate % 1 - .5) * peak) << 8 * (container - bits // 8)).to_bytes(container, "little", signed=True) * channels for i in range(count))
    kind = 0xFFFE if extensible else tag
    fmt = struct.pack("<HHIIHH", kind, channels, rate, rate * channels * container, channels * container, 8 * container if extensible else bits)
    if extensible:
        fmt += struct.pack("<HHI", 22, bits, 4 if channels == 1 else 3) + struct.pack("<H", tag) + bytes.fromhex("000000001000800000aa00389b71")
    large = form in (b"RF64", b"BW64")
    ds64 = b"ds64" + struct.pack("<IQQQI", 28, len(samples) + 80, len(samples) if large_size is None else large_size, count, 0) if large else b""
    size = data_size if data_size is not None else 0xFFFFFFFF if large else len(samples)
    return form + struct.pack("<I", 0xFFFFFFFF if large else 36 + len(samples)) + b"WAVE" + ds64 + b"fmt " + struct.pack("<I", len(fmt)) + fmt + b"data" + struct.pack("<I", size) + samples + behind


BYTES = SECONDS * 16000 * 2
WHOLE = {
    "plain": {}, "0": {"data_size": 0}, "2^32-1": {"data_size": 0xFFFFFFFF}, "2^31": {"data_size": 0x80000000}, "2^31-1": {"data_size": 0x7FFFFFFF},
    "a little more": {"data_size": BYTES + 2}, "a list behind": {"behind": b"LIST" + struct.pack("<I", 200_000) + b"x" * 200_000},
    "24 bits": {"bits": 24}, "24 bits, odd": {"bits": 24, "rate": 11025}, "24 in 32": {"bits": 24, "container": 4}, "24 in 32, extensible": {"bits": 24, "container": 4, "extensible": True},
    "32 bits": {"bits": 32}, "float": {"bits": 32, "tag": 3}, "double": {"bits": 64, "tag": 3}, "extensible": {"extensible": True, "channels": 2}, "extensible float": {"bits": 32, "tag": 3, "extensible": True},
    "RF64": {"form": b"RF64"}, "BW64": {"form": b"BW64"}, "RF64 of 24 bits": {"form": b"RF64", "bits": 24},
}
REFUSED = {
    "a third": ({"data_size": BYTES // 3}, ("0:04", "0:12")), "a third, odd": ({"data_size": BYTES // 3 + 1}, ("0:04", "0:12")), "wrapped": ({"data_size": 1000}, ("0:00", "0:12")),
    "three times": ({"data_size": BYTES * 3}, ("0:36", "0:12")), "more than 2 GiB": ({"data_size": 0xA0000000}, ("0:12",)),
    "RF64 of a third": ({"form": b"RF64", "large_size": BYTES // 3}, ("0:04", "0:12")), "BW64 of a third": ({"form": b"BW64", "large_size": BYTES // 3}, ("0:04", "0:12")),
    "RF64 cut off": ({"form": b"RF64", "large_size": BYTES * 2}, ("0:24", "0:12")), "BW64 cut off": ({"form": b"BW64", "large_size": BYTES * 2}, ("0:24", "0:12")),
    "RF64 of nothing": ({"form": b"RF64", "large_size": 0}, ("0:00", "0:12")), "RF64 of everything": ({"form": b"RF64", "large_size": (1 << 64) - 1}, ("0:12",)),
}


@pytest.mark.parametrize("name", WHOLE)
def test_all_of_the_sound_goes_out(demo, name):
    seconds, refusal = result(demo, wave(**WHOLE[name]))
    assert refusal is None and abs(seconds - SECONDS) < 0.1, (seconds, refusal)


@pytest.mark.parametrize("name", REFUSED)
def test_a_wrong_length_is_refused_with_both(demo, name):
    options, lengths = REFUSED[name]
    seconds, refusal = result(demo, wave(**options))
    assert seconds is None and all(length in refusal for length in lengths), (seconds, refusal)


def test_trying_again_keeps_the_reason(demo):
    api = Api(demo)
    episode = api.needed("POST", "/shows/demo/episodes", {"title": "A talk"})
    job = api.needed("PUT", f"/episodes/{episode['id']}/audio", {"upload": api.upload(wave(data_size=BYTES // 3))})
    first = finished(api, job)
    for _ in range(2):
        api.needed("POST", f"/jobs/{job['id']}/retry")
        again = finished(api, job)
        assert (again["state"], again["error"]) == ("failed", first["error"]) and again["error"]
    assert api.needed("GET", f"/episodes/{episode['id']}")["state"] == "draft"


def test_both_loudnesses_are_said(demo, tmp_path):
    api = Api(demo)
    came = []
    for level in (0.02, 0.1):
        episode = demo.publish(make_recording(tmp_path / "talk.wav", seconds=6, level=level, rate=16000), "demo", "A talk", "--draft")
        found = api.needed("GET", f"/episodes/{episode['id']}")
        assert abs(found["master_loudness"] + 16) <= 1, "as listeners get it"
        came.append(found["loudness"])
    assert 12 < came[1] - came[0] < 16, "as they came: one five times as loud as the other"


KINDS = {"a copy-protected M4P file": b"\0\0\0\x1cftypM4P \0\0\0\0", "an AMR file": b"#!AMR\n", "a Monkey's Audio file": b"MAC \x96\x0f", "a MIDI file": b"MThd\0\0\0\6", "a video (AVI)": b"RIFF\0\0\0\0AVI LIST",
         "a PDF": b"%PDF-1.7", "a ZIP archive": b"PK\x03\x04\x14\0"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_that_is_not_taken_is_named_with_the_first_bytes(demo, tmp_path, kind):
    content = KINDS[kind] + b"\0" * 50_000
    api = Api(demo)
    before = len(api.needed("GET", "/uploads")["items"])
    status, problem, _ = api.ask("POST", "/uploads", body=content)
    assert (status, problem["type"], problem["field"]) == (415, "urn:carillon:problem:not-taken", "file") and kind in problem["detail"], problem
    # In pieces: with the first, and nothing of it stays.
    tus = {"Tus-Resumable": "1.0.0"}
    _, _, fields = api.ask("POST", "/uploads", fields={**tus, "Upload-Length": str(len(content))})
    address = fields["Location"].removeprefix("/api/v1")
    status, problem, _ = api.ask("PATCH", address, fields={**tus, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}, body=content[:1000])
    assert status == 415 and kind in problem["detail"], problem
    assert api.ask("GET", address)[0] == 404
    status, problem, _ = api.ask("POST", "/uploads", fields={**tus, "Upload-Length": str(len(content)), "Content-Type": "application/offset+octet-stream"}, body=content[:1000])
    assert status == 415 and kind in problem["detail"], problem
    assert len(api.needed("GET", "/uploads")["items"]) == before
    # The command line says it before it sends anything.
    file = tmp_path / "recording.bin"
    file.write_bytes(content)
    refused = demo.run("publish", file, "--show", "demo", "--title", "A talk", check=False)
    assert refused.returncode == 1 and kind in refused.stderr and "upload" not in refused.stdout, refused.stderr


@pytest.mark.skipif(not MATERIAL.is_dir(), reason=f"{MATERIAL} is not here")
@pytest.mark.parametrize("name, says", (("small_data_says_a_third.wav", "0:03"), ("small_bw64_cut.wav", "0:03"), ("small_rf64_cut_same.wav", "0:03"), ("small_hole_80_percent.mp3", "only"),
                                        ("small_rifx.wav", None), ("small_24_in_32.wav", None)))
def test_recordings_that_others_sent(demo, name, says):
    recording = (MATERIAL / name).read_bytes()
    seconds, refusal = result(demo, recording)
    assert (says in refusal if says else seconds and abs(seconds - 3) < 0.1), (seconds, refusal)


@pytest.mark.skipif(not MATERIAL.is_dir(), reason=f"{MATERIAL} is not here")
@pytest.mark.parametrize("name, kind", (("small_one_nan.wav", "repaired"), ("small_quiet_float.wav", "raised"), ("small_dc.wav", "offset"), ("small_opposite_polarity.wav", "mirrored")))
def test_sound_that_others_sent(demo, name, kind):
    api = Api(demo)
    episode = api.needed("POST", "/shows/demo/episodes", {"title": "A talk"})
    job = finished(api, api.needed("PUT", f"/episodes/{episode['id']}/audio", {"upload": api.upload((MATERIAL / name).read_bytes())}))
    assert job["state"] == "done", job
    found = api.needed("GET", f"/episodes/{episode['id']}")
    assert [finding["kind"] for finding in found["findings"]] == [kind], found["findings"]
    assert abs(found["master_loudness"] + 16) <= 1 and found["true_peak"] <= -1, found
