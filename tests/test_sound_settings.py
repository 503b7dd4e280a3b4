"""What a show may choose about the sound of its recordings, and what is found out about them."""

import shutil
import struct
import subprocess

import pytest

from conftest import Carillon, make_recording, until
from workflow import Api

pytestmark = pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed")


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    server = Carillon(tmp_path_factory.mktemp("settings") / "data").start()
    server.make_show()
    yield server
    server.stop()


def ended(api, job):
    return until(lambda: (found := api.needed("GET", f"/jobs/{job['id']}"))["state"] in ("done", "failed") and found, "the job is over", 300)


def processed(api, recording, **audio):
    api.needed("PATCH", "/shows/demo", {"audio": {"loudness": "standard", "as_uploaded": False, **audio}})
    episode = api.needed("POST", "/shows/demo/episodes", {"title": "A talk"})["id"]
    job = ended(api, api.needed("PUT", f"/episodes/{episode}/audio", {"upload": api.upload(recording)}))
    assert job["state"] == "done", job
    return api.needed("GET", f"/episodes/{episode}")


def mp3(source, *options):
    return subprocess.run(["ffmpeg", "-loglevel", "error", "-i", source, "-c:a", "libmp3lame", *options, "-f", "mp3", "-"], capture_output=True, check=True).stdout


def frames_of(audio):
    """The layer III frames of a file, its tags and Info frame left out."""
    at = 10 + sum((audio[6 + i] & 127) << 7 * (3 - i) for i in range(4)) if audio[:3] == b"ID3" else 0
    found = []
    while at + 4 <= len(audio) and audio[at] == 0xFF and audio[at + 1] & 0xE0 == 0xE0:
        rate = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)[audio[at + 2] >> 4]
        length = 144_000 * rate // (44100, 48000, 32000)[audio[at + 2] >> 2 & 3] + (audio[at + 2] >> 1 & 1)
        found.append(audio[at:at + length])
        at += length
    return found[1:] if found and (b"Xing" in found[0][:60] or b"Info" in found[0][:60]) else found


@pytest.fixture(scope="module")
def quiet(tmp_path_factory):
    return make_recording(tmp_path_factory.mktemp("quiet") / "quiet.wav", seconds=8, level=0.05)


def kinds(episode):
    return [finding["kind"] for finding in episode["findings"]]


def test_a_show_chooses_its_loudness(demo, quiet):
    api, recording = Api(demo), quiet.read_bytes()
    standard = processed(api, recording)
    assert abs(standard["master_loudness"] + 16) <= 1 and not standard["findings"]
    off = processed(api, recording, loudness="off")
    assert abs(off["master_loudness"] - off["loudness"]) < 0.7 and kinds(off) == ["level_kept"] and "settings" in off["findings"][0]["message"]
    assert abs(processed(api, recording, loudness="by_channels")["master_loudness"] + 16) <= 1, "in stereo"
    demo.run("show", "edit", "demo", "--mono", "--loudness", "by_channels")
    episode = api.needed("POST", "/shows/demo/episodes", {"title": "Mono"})["id"]
    assert ended(api, api.needed("PUT", f"/episodes/{episode}/audio", {"upload": api.upload(recording)}))["state"] == "done"
    mono = api.needed("GET", f"/episodes/{episode}")
    assert abs(mono["master_loudness"] + 19) <= 1 and not mono["findings"]
    # The same recording again, as the show is now.
    demo.run("show", "edit", "demo", "--stereo", "--loudness", "standard")
    assert "kept" in demo.run("episode", "process", episode).stdout
    again = api.needed("GET", f"/episodes/{episode}")
    assert abs(again["master_loudness"] + 16) <= 1 and again["etag"] != mono["etag"]


def test_what_is_too_loud_is_limited_even_so(demo, tmp_path):
    loud = make_recording(tmp_path / "loud.wav", seconds=6, level=1.6).read_bytes()
    episode = processed(Api(demo), loud, loudness="off")
    assert episode["true_peak"] <= -1 and "peak_missed" not in kinds(episode)


@pytest.mark.parametrize("options", (("-b:a", "96k"), ("-q:a", "4"), ("-b:a", "160k", "-ar", "48000", "-ac", "2")))
def test_an_mp3_is_served_as_it_was_uploaded(demo, quiet, options):
    api = Api(demo)
    uploaded = mp3(quiet, *options, "-metadata", "title=Of the file", "-metadata", "artist=Ada", "-id3v2_version", "3", "-write_id3v1", "1")
    episode = processed(api, uploaded, as_uploaded=True)
    assert episode["as_uploaded"] and kinds(episode) == ["level_kept"], "it is told how loud it is"
    api.needed("POST", f"/episodes/{episode['id']}/publish", {})
    served = demo.get(api.needed("GET", f"/episodes/{episode['id']}")["enclosure"]).content
    assert frames_of(served) == frames_of(uploaded) and len(frames_of(served)) > 100
    assert b"A talk" in served[:2000] and b"Of the file" not in served, "its tags are the show's"
    assert served[-128:-125] != b"TAG"
    length = float(subprocess.run(["ffmpeg", "-hide_banner", "-i", "-", "-f", "null", "-"], input=served, capture_output=True).stderr.decode().split("time=")[-1].split()[0].split(":")[-1])
    assert abs(length - 8) < 0.2 and abs(episode["duration_seconds"] - 8) < 0.2
    assert episode["file_tags"] == {"title": "Of the file", "artist": "Ada", "album": None, "date": None, "cover": False, "chapters": False}
    assert api.needed("GET", f"/episodes/{episode['id']}/silences")["can_be_cut"] is False
    assert "Nothing can be inserted" in demo.run("episode", "silences", episode["id"]).stdout
    # Encoded again it can be cut.
    api.needed("PATCH", "/shows/demo", {"audio": {"as_uploaded": False}})
    assert ended(api, api.needed("POST", f"/episodes/{episode['id']}/audio/again"))["state"] == "done"
    assert api.needed("GET", f"/episodes/{episode['id']}/silences")["can_be_cut"] is True


def test_what_cannot_be_served_as_it_is_is_encoded_and_that_is_said(demo, quiet):
    api = Api(demo)
    uploaded = mp3(quiet, "-b:a", "96k")
    both = uploaded + mp3(quiet, "-b:a", "96k", "-ar", "48000")
    episode = processed(api, both, as_uploaded=True)
    assert not episode["as_uploaded"] and "encoded_again" in kinds(episode) and abs(episode["master_loudness"] + 16) <= 1
    assert not processed(api, quiet.read_bytes(), as_uploaded=True)["as_uploaded"], "a WAV file never is"
    # Rubbish at its end is left out.
    episode = processed(api, uploaded + b"\0" * 3000, as_uploaded=True)
    assert episode["as_uploaded"]
    silent = subprocess.run(["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", "anullsrc=d=5", "-c:a", "libmp3lame", "-f", "mp3", "-"], capture_output=True, check=True).stdout
    assert kinds(processed(api, silent, as_uploaded=True)) == ["silent"]


def test_silences_are_found_and_cue_points_proposed(demo, tmp_path):
    api = Api(demo)
    path = tmp_path / "pauses.wav"
    # Eleven minutes of a voice at a low rate, with pauses of a second at 5:00 and 5:40.
    voice = "0.2*(0.55-0.45*cos(2*PI*4*t))*sin(2*PI*220*t)*(1-between(t,300,301))*(1-between(t,340,341))"
    subprocess.run(["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", f"aevalsrc='{voice}':s=8000:d=660", path], check=True)
    episode = processed(api, path.read_bytes())
    found = api.needed("GET", f"/episodes/{episode['id']}/silences")
    long = [silence for silence in found["silences"] if silence["until_seconds"] - silence["from_seconds"] > 0.8]
    assert [round(silence["from_seconds"]) for silence in long] == [300, 340] and all(silence["level"] <= -40 for silence in long), found["silences"][:5]
    points = found["proposed_cue_points"]
    assert [point["kind"] for point in points] == ["preroll", "midroll", "postroll"] and points[0]["at_seconds"] == 0 and abs(points[2]["at_seconds"] - 660) < 0.1
    assert 340 < points[1]["at_seconds"] < 341, "nearer to the middle"
    assert api.needed("PUT", f"/episodes/{episode['id']}/chapters", {"version": "1.2.0", "chapters": [{"startTime": 0, "title": "A"}, {"startTime": 301.5, "title": "B"}]})
    points = api.needed("GET", f"/episodes/{episode['id']}/silences")["proposed_cue_points"]
    assert 300 < points[1]["at_seconds"] < 301, "in front of the chapter"
    assert episode["speech_share"] > 0.8 and episode["loudness_range"] is not None
    tone = subprocess.run(["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", "sine=d=10", "-f", "wav", "-"], capture_output=True, check=True).stdout
    assert processed(api, tone)["speech_share"] < 0.2
    empty = api.needed("POST", "/shows/demo/episodes", {"title": "Empty"})["id"]
    assert api.ask("GET", f"/episodes/{empty}/silences")[0] == 404


def test_what_files_say_about_themselves_is_offered(demo, quiet, tmp_path):
    api = Api(demo)
    expected = {"title": "Der Fluß", "artist": "Ada", "album": "Hafen", "date": "2026"}
    words = [word for key, value in expected.items() for word in ("-metadata", f"{key}={value}")]
    for name in ("a.wav", "a.mp3", "a.m4a", "a.flac", "a.opus"):
        path = tmp_path / name
        subprocess.run(["ffmpeg", "-loglevel", "error", "-i", quiet, *words, path], check=True)
        episode = processed(api, path.read_bytes())
        assert episode["file_tags"] == {**expected, "cover": False, "chapters": False} and episode["title"] == "A talk", name
    assert processed(api, quiet.read_bytes())["file_tags"] is None
    # Marks of an editor.
    cue = lambda number, at: struct.pack("<II4sIII", number, at, b"data", 0, 0, at)
    label = lambda number, text: b"labl" + struct.pack("<II", 4 + len(text), number) + text
    labels = b"adtl" + label(1, b"Intro\0") + label(2, b"Guests\0\0")
    marked = quiet.read_bytes() + b"cue " + struct.pack("<II", 52, 2) + cue(1, 0) + cue(2, 44100 * 3) + b"LIST" + struct.pack("<I", len(labels)) + labels
    episode = processed(api, marked)
    chapters = api.needed("GET", f"/episodes/{episode['id']}/chapters")["chapters"]
    assert [(chapter["startTime"], chapter["title"]) for chapter in chapters] == [(0, "Intro"), (3, "Guests")]


@pytest.mark.parametrize("audio, field", (({"loudness": "loud"}, "audio.loudness"), ({"as_uploaded": "yes"}, "audio.as_uploaded"), ({"volume": 11}, "audio.volume"), (7, "audio"), ({"keep_originals": 1e9}, "audio.keep_originals")))
def test_a_wrong_setting_is_named(demo, audio, field):
    status, refusal, _ = Api(demo).ask("PATCH", "/shows/demo", {"audio": audio})
    assert (status, refusal["field"]) == (422, field), refusal
