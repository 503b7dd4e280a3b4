"""Recordings in every format, made here by ffmpeg: the master is as long, as loud and as it sounds when ffmpeg decodes the original, or a sentence says why not."""

import array
import math
import os
import shutil
import struct
import subprocess
import zlib

import pytest

from conftest import until
from workflow import Api

SECONDS = 6
RATE = 16000  # at which originals and masters are compared
SOAK = bool(os.environ.get("CARILLON_LONG"))

pytestmark = pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed")

# A voice that glides, with syllables and pauses: at every shift it looks different. The channels differ in loudness.
VOICE = "(0.55-0.45*cos(2*PI*4*t))*(sin(2*PI*(150+25*t)*t)+0.4*sin(2*PI*(450+75*t)*t))"
LEVELS = (0.25, 0.2, 0.1, 0.3, 0.05, 0.05)

CODECS = {  # name: (file name, arguments)
    "wav": ("a.wav", ["-c:a", "pcm_s16le"]), "wav 24": ("a.wav", ["-c:a", "pcm_s24le"]), "wav 32": ("a.wav", ["-c:a", "pcm_s32le"]), "wav float": ("a.wav", ["-c:a", "pcm_f32le"]), "wav u8": ("a.wav", ["-c:a", "pcm_u8"]),
    "wav a-law": ("a.wav", ["-c:a", "pcm_alaw"]), "adpcm ms": ("a.wav", ["-c:a", "adpcm_ms"]), "adpcm ima": ("a.wav", ["-c:a", "adpcm_ima_wav"]), "rf64": ("a.wav", ["-c:a", "pcm_s16le", "-rf64", "always"]), "w64": ("a.w64", ["-c:a", "pcm_s24le"]),
    "aiff": ("a.aiff", []), "aiff 24": ("a.aiff", ["-c:a", "pcm_s24be"]), "aifc float": ("a.aiff", ["-c:a", "pcm_f32be"]), "caf": ("a.caf", ["-c:a", "pcm_s16le"]), "caf alac": ("a.caf", ["-c:a", "alac"]),
    "m4a": ("a.m4a", ["-c:a", "aac", "-b:a", "128k"]), "m4b": ("a.m4b", ["-c:a", "aac", "-f", "ipod"]), "alac": ("a.m4a", ["-c:a", "alac"]), "aac": ("a.aac", ["-c:a", "aac"]), "fragmented": ("a.m4a", ["-c:a", "aac", "-movflags", "frag_keyframe+empty_moov"]),
    "flac": ("a.flac", []), "flac 24": ("a.flac", ["-sample_fmt", "s32"]), "vorbis": ("a.ogg", ["-c:a", "libvorbis", "-q:a", "5"]), "opus": ("a.opus", ["-c:a", "libopus", "-b:a", "96k"]), "wavpack": ("a.wv", []),
    "mp3": ("a.mp3", ["-c:a", "libmp3lame", "-q:a", "3"]), "mp2": ("a.mp2", ["-b:a", "192k"]), "ac3": ("a.ac3", ["-b:a", "192k"]), "eac3": ("a.eac3", ["-b:a", "192k"]), "wma": ("a.wma", ["-c:a", "wmav2"]),
    "mov": ("a.mov", ["-c:a", "aac"]), "webm": ("a.webm", ["-c:a", "libopus"]), "mkv": ("a.mkv", ["-c:a", "flac"]), "webm without a length": ("a.webm", ["-c:a", "libopus", "-live", "1"]),
}
SHORT = [("m4a", 48000, 1), ("m4a", 44100, 2), ("alac", 96000, 2), ("flac", 48000, 6), ("vorbis", 22050, 1), ("opus", 48000, 2), ("aiff 24", 48000, 2), ("caf", 44100, 1), ("w64", 44100, 2), ("wavpack", 44100, 2), ("mp2", 48000, 2), ("ac3", 48000, 6),
         ("wma", 44100, 2), ("mov", 44100, 1), ("webm without a length", 48000, 1), ("wav float", 8000, 1), ("wav 24", 192000, 2), ("adpcm ima", 22050, 1), ("aac", 32000, 2), ("fragmented", 44100, 2)]
LOSSY_RATES = (22050, 32000, 44100, 48000)
ONLY = {"opus": (48000,), "webm": (48000,), "webm without a length": (48000,), "ac3": (32000, 44100, 48000), "eac3": (32000, 44100, 48000), "mp2": (32000, 44100, 48000), "wma": (22050, 32000, 44100, 48000)}
LOSSY = ("m4a", "m4b", "aac", "fragmented", "mov", "vorbis", "mp3")
MANY_CHANNELS = ("wav", "wav 24", "wav float", "w64", "aiff", "caf", "m4a", "flac", "vorbis", "opus", "wavpack", "ac3", "eac3", "mkv")


def everything():
    for name in CODECS:
        for rate in ONLY.get(name, LOSSY_RATES if name in LOSSY else (8000, 16000, 44100, 48000, 96000, 192000)):
            for channels in (1, 2, 6) if name in MANY_CHANNELS else (1, 2):
                yield name, rate, channels


CASES = list(everything()) if SOAK else SHORT


def ffmpeg(*arguments):
    return subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *map(str, arguments)], check=True, capture_output=True).stdout


def make(folder, name, rate=44100, channels=2, seconds=SECONDS, extra=()):
    file, options = CODECS[name]
    source = "|".join(f"{level}*{VOICE}" for level in LEVELS[:channels]) + {1: ":c=mono", 2: ":c=stereo", 6: ":c=5.1"}[channels]
    ffmpeg("-f", "lavfi", "-i", f"aevalsrc={source}:s={rate}:d={seconds}", *extra, *options, folder / file)
    return folder / file


def samples_of(file):
    return array.array("f", ffmpeg("-i", file, "-vn", "-ac", 1, "-ar", RATE, "-f", "f32le", "-"))


def correlation(one, other, shift):
    pairs = list(zip(one[max(0, -shift):], other[max(0, shift):]))
    product = sum(a * b for a, b in pairs)
    return product / math.sqrt(max(1e-20, sum(a * a for a, _ in pairs) * sum(b * b for _, b in pairs)))


def likeness(original, master):
    """The best correlation within a tenth of a second of delay."""
    window = original[RATE:RATE + RATE // 4]
    best = max(range(-RATE // 10, RATE // 10), key=lambda shift: sum(a * b for a, b in zip(window[::2], master[RATE + shift:RATE + shift + len(window):2])))
    return max(correlation(original, master, shift) for shift in (best - 1, best, best + 1))


def heard(file):
    """(LUFS, dBTP), as ffmpeg measures them."""
    said = subprocess.run(["ffmpeg", "-nostdin", "-hide_banner", "-nostats", "-i", file, "-af", "ebur128=peak=true", "-f", "null", "-"], check=True, capture_output=True, text=True).stderr
    number = lambda name: float(said.rpartition(name)[2].split()[0])
    return number("I:"), number("Peak:")


def borrows(mp3):
    """Frames that need bits of earlier ones."""
    at = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(mp3[6:10], (21, 14, 7, 0))) if mp3[:3] == b"ID3" else 0
    count = 0
    while at + 6 <= len(mp3):
        assert mp3[at] == 0xFF and mp3[at + 1] == 0xFB, at
        bitrate = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)[mp3[at + 2] >> 4] * 1000
        rate = (44100, 48000, 32000)[mp3[at + 2] >> 2 & 3]
        count += bool(mp3[at + 4] or mp3[at + 5] & 0x80)
        at += 144 * bitrate // rate + (mp3[at + 2] >> 1 & 1)
    return count


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    from conftest import Carillon
    server = Carillon(tmp_path_factory.mktemp("formats") / "data").start()
    server.make_show()
    server.make_show("mono")
    server.run("show", "edit", "mono", "--mono")
    yield server
    server.stop()


def processed(server, recording, show="demo"):
    """(the episode, None), or (None, why the recording was refused)."""
    api = Api(server)
    status, upload, _ = api.ask("POST", "/uploads", body=recording)
    if status == 415:
        return None, upload["detail"]
    episode = api.needed("POST", f"/shows/{show}/episodes", {"title": "A talk"})
    job = api.needed("PUT", f"/episodes/{episode['id']}/audio", {"upload": upload["id"]})
    job = until(lambda: (found := api.needed("GET", f"/jobs/{job['id']}"))["state"] in ("done", "failed") and found, "the job is over", 300)
    if job["state"] == "failed":
        return None, job["error"]
    return api.needed("GET", f"/episodes/{episode['id']}"), None


def master_of(server, episode, folder):
    api = Api(server)
    api.needed("POST", f"/episodes/{episode['id']}/publish", {})
    answer = server.get(episode["enclosure"])
    assert answer.status_code == 200
    file = folder / "master.mp3"
    file.write_bytes(answer.content)
    return file


@pytest.mark.parametrize("name, rate, channels", CASES, ids=lambda value: str(value))
def test_the_master_sounds_like_the_original(demo, tmp_path, name, rate, channels):
    original = make(tmp_path, name, rate, channels)
    episode, refusal = processed(demo, original.read_bytes())
    assert refusal is None, refusal
    assert abs(episode["duration_seconds"] - SECONDS) < 0.13, "to a frame of the format, and what its encoder adds"
    assert episode["findings"] == [], episode["findings"]
    master = master_of(demo, episode, tmp_path)
    loudness, peak = heard(master)
    assert abs(loudness + 16) <= 1 and peak <= -1, (loudness, peak)
    assert abs(loudness - episode["master_loudness"]) < 0.3 and abs(peak - episode["true_peak"]) < 0.3
    assert likeness(samples_of(original), samples_of(master)) >= 0.99
    assert borrows(master.read_bytes()) == 0


def riff(samples, channels, rate, bits, tag, order="<"):
    size = struct.pack(order + "I", len(samples))
    fmt = struct.pack(order + "HHIIHH", tag, channels, rate, rate * channels * bits // 8, channels * bits // 8, bits)
    return (b"RIFF" if order == "<" else b"RIFX") + struct.pack(order + "I", 36 + len(samples)) + b"WAVEfmt " + struct.pack(order + "I", 16) + fmt + b"data" + size + samples


def voice(level=0.3, seconds=SECONDS, rate=16000):
    return [level * (.55 - .45 * math.cos(8 * math.pi * i / rate)) * math.sin(2 * math.pi * (150 + 25 * i / rate) * i / rate) for i in range(seconds * rate)]


def floats(values):
    return b"".join(struct.pack("<f", value) for value in values)


def stereo(left, right):
    return [value for pair in zip(left, right) for value in pair]


NAN, HUGE = float("nan"), 3e38
STRANGE = {  # name: (the recording, the show, the findings)
    "big-endian": (riff(b"".join(struct.pack(">h", int(value * 32767)) for value in voice()), 1, 16000, 16, 1, ">"), "demo", []),
    "one sample that is no number": (riff(floats(voice()[:30000] + [NAN] + voice()[30001:]), 1, 16000, 32, 3), "demo", ["repaired"]),
    "infinities and huge numbers": (riff(floats(voice()[:30000] + [float("inf"), HUGE, -HUGE, NAN] * 50 + voice()[30200:]), 1, 16000, 32, 3), "demo", ["repaired"]),
    "float, a thousand times too loud": (riff(floats(voice(30000)), 1, 16000, 32, 3), "demo", []),
    "float, a thousand times too quiet": (riff(floats(voice(0.001)), 1, 16000, 32, 3), "demo", ["raised"]),
    "an offset": (riff(floats([value + 0.25 for value in voice(0.2)]), 1, 16000, 32, 3), "demo", ["offset"]),
    "rumble": (riff(floats([value + 0.4 * math.sin(2 * math.pi * 5 * i / 16000) for i, value in enumerate(voice(0.2))]), 1, 16000, 32, 3), "demo", ["rumble"]),
    "opposite channels in mono": (riff(floats(stereo(voice(), [-value for value in voice()])), 2, 16000, 32, 3), "mono", ["mirrored"]),
    "opposite channels in stereo": (riff(floats(stereo(voice(), [-value for value in voice()])), 2, 16000, 32, 3), "demo", ["mirrored"]),
    "an offset that hides opposite channels": (riff(floats(stereo([value + 0.3 for value in voice()], [0.3 - value for value in voice()])), 2, 16000, 32, 3), "mono", ["offset", "mirrored"]),
    "clicks above a quiet voice": (riff(floats([0.95 if i % 4000 == 0 else value for i, value in enumerate(voice(0.03))]), 1, 16000, 32, 3), "demo", None),
    "square, clipped": (riff(floats([math.copysign(1.0, value) if abs(value) > .1 else value for value in voice()]), 1, 16000, 32, 3), "demo", []),
}


@pytest.mark.parametrize("name", STRANGE)
def test_strange_sound_becomes_a_good_master_and_is_reported(demo, tmp_path, name):
    recording, show, expected = STRANGE[name]
    episode, refusal = processed(demo, recording, show)
    assert refusal is None, refusal
    kinds = [finding["kind"] for finding in episode["findings"]]
    assert expected is None or kinds == expected, episode["findings"]
    assert all(finding["message"] for finding in episode["findings"])
    loudness, peak = heard(master_of(demo, episode, tmp_path))
    assert "loudness_missed" in kinds or abs(loudness + 16) <= 1, (loudness, kinds)
    assert "peak_missed" in kinds or peak <= -1, (peak, kinds)


def test_a_recording_without_sound_is_published_only_by_someone_who_knows(demo):
    api = Api(demo)
    silent = riff(bytes(SECONDS * 32000), 1, 16000, 16, 1)
    episode = api.needed("POST", "/shows/demo/episodes", {"title": "Nothing"})
    job = api.needed("PUT", f"/episodes/{episode['id']}/audio", {"upload": api.upload(silent)})
    api.needed("POST", f"/episodes/{episode['id']}/publish", {})
    until(lambda: api.needed("GET", f"/jobs/{job['id']}")["state"] == "done", "the job is over", 300)
    found = api.needed("GET", f"/episodes/{episode['id']}")
    assert [finding["kind"] for finding in found["findings"]] == ["silent"] and found["state"] == "draft", found
    assert api.needed("POST", f"/episodes/{episode['id']}/publish", {})["state"] == "published"
    # One that is published keeps its sound.
    good, _ = processed(demo, riff(floats(voice()), 1, 16000, 32, 3))
    good = api.needed("POST", f"/episodes/{good['id']}/publish", {})
    job = api.needed("PUT", f"/episodes/{good['id']}/audio", {"upload": api.upload(silent)})
    job = until(lambda: (found := api.needed("GET", f"/jobs/{job['id']}"))["state"] in ("done", "failed") and found, "the job is over", 300)
    assert job["state"] == "failed" and "no sound" in job["error"], job
    kept = api.needed("GET", f"/episodes/{good['id']}")
    assert (kept["state"], kept["etag"], kept["findings"]) == ("published", good["etag"], []), kept


def half(content):
    return content[:len(content) // 2]


def with_hole(content):
    return content[:len(content) * 3 // 10] + bytes(len(content) * 4 // 10) + content[len(content) * 7 // 10:]


# What says how long it is is held to it; of bare frames nobody knows where they would have ended.
CUT = ["w64", "aiff", "caf", "m4a", "alac", "fragmented", "flac", "vorbis", "opus", "wavpack", "wma", "mov", "webm", "mkv"]
HOLES = ["m4a", "alac", "aac", "flac", "vorbis", "opus", "mp3", "mp2", "ac3", "wma", "mov", "webm", "mkv", "wavpack"]
LIMITED = slice(None) if SOAK else slice(0, None, 2)


@pytest.mark.parametrize("name", CUT[LIMITED])
def test_half_a_recording_is_refused(demo, tmp_path, name):
    episode, refusal = processed(demo, half(make(tmp_path, name).read_bytes()))
    assert episode is None and "incomplete" in refusal, (episode and episode["duration_seconds"], refusal)


@pytest.mark.parametrize("name", HOLES[LIMITED])
def test_a_recording_with_a_hole_is_refused(demo, tmp_path, name):
    episode, refusal = processed(demo, with_hole(make(tmp_path, name).read_bytes()))
    assert episode is None and ("incomplete" in refusal or "damaged" in refusal), (episode and (episode["duration_seconds"], episode["findings"]), refusal)


def test_a_scratch_is_said(demo, tmp_path):
    content = bytearray(make(tmp_path, "flac", seconds=12).read_bytes())
    content[len(content) // 2:len(content) // 2 + 50] = b"\x55" * 50
    episode, refusal = processed(demo, bytes(content))
    assert refusal is None and [finding["kind"] for finding in episode["findings"]] == ["lost"], (episode, refusal)
    assert "damaged and are missing" in episode["findings"][0]["message"]


def chunk_of_png():
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + struct.pack(">IIBBBBB", 9, 9, 8, 2, 0, 0, 0) + struct.pack(">I", zlib.crc32(b"IHDR"))


def test_what_cannot_be_a_recording_is_refused_with_a_sentence(demo, tmp_path):
    video = tmp_path / "video.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc=d=2", "-c:v", "mpeg4", video)
    encrypted = tmp_path / "encrypted.mp4"
    ffmpeg("-f", "lavfi", "-i", "sine=d=3", "-c:a", "aac", "-encryption_scheme", "cenc-aes-ctr", "-encryption_key", "76a6c65c5ea762046bd749a2e632ccbb", "-encryption_kid", "a7e61c373e219033c21091fa607bf3b8", encrypted)
    eight = tmp_path / "eight.wav"
    ffmpeg("-f", "lavfi", "-i", "sine=d=2", "-ac", 8, eight)
    long = bytearray(make(tmp_path, "flac").read_bytes())
    long[21] = long[21] & 0xF0 | 0x0F  # the highest bits of the number of samples (RFC 9639 §8.2)
    randomness = b"".join(struct.pack("<I", zlib.crc32(struct.pack("<I", i))) for i in range(50_000))
    for content, words in ((video.read_bytes(), "without sound"), (encrypted.read_bytes(), "encrypted"), (eight.read_bytes(), "8 channels"), (bytes(long), "longer than 24 hours"), (randomness, "isn't a supported recording"),
                           (b"fLaC" + randomness, "isn't a supported recording"), (b"\0\0\0\x1cftypM4A \0\0\0\0" + randomness, "index is missing"), (b"OggS\0\2" + randomness, "isn't a supported recording"), (chunk_of_png(), "picture"), (b"#!AMR\n" + randomness, "AMR")):
        episode, refusal = processed(demo, content)
        assert episode is None and words in refusal and refusal.endswith((".", "again")), (words, refusal)


# ffmpeg writes none by itself.
VORBIS_CHAPTERS = ["-map_chapters", "-1"] + [part for number, start, title in ((0, 0, "Hello"), (1, 3, "Good-bye")) for part in ("-metadata:s:a:0", f"CHAPTER00{number}=00:00:0{start}.000", "-metadata:s:a:0", f"CHAPTER00{number}NAME={title}")]


def test_the_sound_of_a_video_and_its_chapters_are_taken(demo, tmp_path):
    (tmp_path / "chapters").write_text(";FFMETADATA1\n" + "".join(f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={start}\nEND={start + 3000}\ntitle={title}\n" for start, title in ((0, "Hello"), (3000, "Good-bye"))))
    for name, options in (("video.mp4", ["-c:v", "mpeg4", "-c:a", "aac"]), ("video.mkv", ["-c:v", "mpeg4", "-c:a", "libvorbis"]), ("sound.m4a", ["-vn", "-c:a", "aac"]), ("sound.ogg", ["-vn", "-c:a", "libvorbis", *VORBIS_CHAPTERS])):
        ffmpeg("-f", "lavfi", "-i", f"testsrc=d={SECONDS}", "-f", "lavfi", "-i", f"aevalsrc=0.2*{VOICE}:d={SECONDS}", "-i", tmp_path / "chapters", "-map_metadata", 2, *options, tmp_path / name)
        episode, refusal = processed(demo, (tmp_path / name).read_bytes())
        assert refusal is None and abs(episode["duration_seconds"] - SECONDS) < 0.13, (name, refusal)
        chapters = Api(demo).needed("GET", f"/episodes/{episode['id']}/chapters")
        assert [(chapter["startTime"], chapter["title"]) for chapter in chapters["chapters"]] == [(0, "Hello"), (3, "Good-bye")], (name, chapters)


def put(server, episode, recording):
    api = Api(server)
    job = api.needed("PUT", f"/episodes/{episode}/audio", {"upload": api.upload(recording)})
    job = until(lambda: (found := api.needed("GET", f"/jobs/{job['id']}"))["state"] in ("done", "failed") and found, "the job is over", 300)
    assert job["state"] == "done", job
    return api.needed("GET", f"/episodes/{episode}")


COVERS = {  # name: (file name, arguments); the picture is the second input
    "mp3": ("a.mp3", ["-c:v", "copy", "-id3v2_version", "3", "-metadata:s:v", "comment=Cover (front)"]),
    "m4a": ("a.m4a", ["-c:a", "aac", "-c:v", "copy", "-disposition:v", "attached_pic"]),
    "flac": ("a.flac", ["-c:v", "copy", "-disposition:v", "attached_pic"]),
}


@pytest.mark.parametrize("name", COVERS)
def test_the_cover_in_a_file_is_offered_and_made_anew(demo, tmp_path, name):
    """What is served was decoded and encoded here; the file's own bytes never are."""
    api = Api(demo)
    file, options = COVERS[name]
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=600x500", "-frames:v", 1, "-metadata", "comment=SECRET", tmp_path / "cover.jpg")
    ffmpeg("-f", "lavfi", "-i", f"aevalsrc=0.2*{VOICE}:d=2", "-i", tmp_path / "cover.jpg", "-map", 0, "-map", 1, *options, tmp_path / file)
    episode, refusal = processed(demo, (tmp_path / file).read_bytes())
    assert refusal is None and episode["file_tags"]["cover"] is True and episode["image"] is None, (episode, refusal)
    path = f"/episodes/{episode['id']}/image"
    status, problem, _ = api.ask("POST", path + "/from-recording")
    assert (status, problem["field"]) == (422, "fit") and "600" in problem["detail"], problem
    assert api.needed("POST", path + "/from-recording?fit=crop")["image"]
    address = api.needed("POST", f"/episodes/{episode['id']}/publish", {})["image"]
    picture = demo.get(address)
    assert (picture.status_code, picture.headers["Content-Type"]) == (200, "image/jpeg") and b"SECRET" not in picture.content
    # Without a cover in it, or without the file, a sentence says so.
    plain, _ = processed(demo, make(tmp_path, "wav").read_bytes())
    assert plain["file_tags"] is None or not plain["file_tags"]["cover"]
    status, problem, _ = api.ask("POST", f"/episodes/{plain['id']}/image/from-recording")
    assert status == 422 and "no cover" in problem["detail"], problem
    api.ask("DELETE", f"/episodes/{episode['id']}/original")
    status, problem, _ = api.ask("POST", path + "/from-recording?fit=crop")
    assert status == 409 and "deleted" in problem["detail"], problem


def test_a_cover_in_a_file_that_is_no_picture_is_refused(demo, tmp_path):
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=1400x1400", "-frames:v", 1, tmp_path / "cover.png")
    ffmpeg("-f", "lavfi", "-i", f"aevalsrc=0.2*{VOICE}:d=2", "-i", tmp_path / "cover.png", "-map", 0, "-map", 1, "-c:v", "copy", "-id3v2_version", "3", tmp_path / "a.mp3")
    content = (tmp_path / "a.mp3").read_bytes()
    at = content.index(b"IDAT")
    for broken in (content[:at] + b"\xff" * 3000 + content[at + 3000:], content.replace(b"IHDR", b"XXXX", 1)):
        episode, refusal = processed(demo, broken)
        assert refusal is None, refusal
        status, problem, _ = Api(demo).ask("POST", f"/episodes/{episode['id']}/image/from-recording?fit=crop")
        assert status == 422 and problem["detail"].endswith("."), problem
        assert Api(demo).needed("GET", f"/episodes/{episode['id']}")["image"] is None


def chaptered(folder, *chapters):
    (folder / "chapters").write_text(";FFMETADATA1\n" + "".join(f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={start}\nEND={start + 1000}\ntitle={title}\n" for start, title in chapters))
    ffmpeg("-f", "lavfi", "-i", f"aevalsrc={0.1 + len(chapters) / 100}*{VOICE}:d={SECONDS}", "-i", folder / "chapters", "-map_metadata", 1, "-c:a", "aac", folder / "a.m4a")
    return (folder / "a.m4a").read_bytes()


def test_chapters_of_a_file_follow_the_recording_and_never_replace_a_publishers_own(demo, tmp_path):
    api = Api(demo)
    titles = lambda path: [chapter["title"] for chapter in api.needed("GET", path)["chapters"]]
    first = chaptered(tmp_path, (0, "One"), (2000, "Two"))
    episode, _ = processed(demo, first)
    path = f"/episodes/{episode['id']}/chapters"
    assert titles(path) == ["One", "Two"] and not (episode["file_tags"] or {}).get("chapters"), "nothing is left to offer"
    # They were those of the first recording: another one brings its own, or none.
    put(demo, episode["id"], chaptered(tmp_path, (0, "Uno"), (2000, "Due"), (4000, "Tre")))
    assert titles(path) == ["Uno", "Due", "Tre"]
    put(demo, episode["id"], make(tmp_path, "flac").read_bytes())
    assert api.needed("GET", path)["chapters"] == []
    # What a publisher has written stays, and those of the file are offered.
    api.needed("PUT", path, {"version": "1.2.0", "chapters": [{"startTime": 0, "title": "Mine"}]})
    found = put(demo, episode["id"], first)
    assert titles(path) == ["Mine"] and found["file_tags"]["chapters"] is True
    assert titles(path + "/in-recording") == ["One", "Two"]
    api.needed("PUT", path, api.needed("GET", path + "/in-recording"))
    assert titles(path) == ["One", "Two"] and not (api.needed("GET", f"/episodes/{episode['id']}")["file_tags"] or {}).get("chapters")


STRANGERS = ("/usr/share/asterisk/sounds", "/usr/share/sounds", "/usr/lib/libreoffice/share/gallery/sounds", "/usr/share/lmms/samples", "/usr/share/tuxpaint/sounds")


@pytest.mark.skipif(not SOAK, reason="only in tools/soak")
def test_strangers_sounds(demo, tmp_path):
    """Every sound that Debian's packages have installed here: a master within the limits, a finding, or a sentence."""
    files = [os.path.join(folder, name) for root in STRANGERS for folder, _, names in os.walk(root) for name in names if name.endswith((".wav", ".ogg", ".oga", ".flac", ".mp3", ".aiff", ".au"))]
    if not files:
        pytest.skip("none of asterisk-core-sounds-*, libreoffice-common, lmms-common, tuxpaint-data is installed")
    wrong = []
    for file in files:
        with open(file, "rb") as opened:
            episode, refusal = processed(demo, opened.read())
        if episode is None:
            if not refusal.endswith((".", "again")):
                wrong.append((file, refusal))
            continue
        loudness, peak = heard(master_of(demo, episode, tmp_path))
        short = episode["duration_seconds"] < 3
        if peak > -1 and not any(finding["kind"] == "peak_missed" for finding in episode["findings"]):
            wrong.append((file, peak))
        if abs(loudness + 16) > 1 and not short and not episode["findings"]:
            wrong.append((file, loudness))
    assert not wrong, wrong
