"""What went wrong with recordings elsewhere, as people reported it, made here: the master is right, or a sentence says why not."""

import os
import shutil
import struct
import subprocess

import pytest

from conftest import Carillon, until
from workflow import Api

pytestmark = pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed")
SECONDS = 8
SOUND = f"aevalsrc=0.2*(0.6-0.4*cos(8*PI*t))*sin(2*PI*220*t)|0.15*(0.6-0.4*cos(8*PI*t))*sin(2*PI*330*t):d={SECONDS}:s=44100"


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    server = Carillon(tmp_path_factory.mktemp("wild") / "data").start()
    server.make_show()
    yield server
    server.stop()


def ffmpeg(*arguments):
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *map(str, arguments)], check=True, capture_output=True)


@pytest.fixture(scope="module")
def frames(tmp_path_factory):
    """Bare MP3 frames, without a tag and an Info frame."""
    file = tmp_path_factory.mktemp("frames") / "a.mp3"
    ffmpeg("-f", "lavfi", "-i", SOUND, "-b:a", "128k", "-write_xing", 0, "-id3v2_version", 0, file)
    return file.read_bytes()


def processed(server, recording):
    """(the episode, None), or (None, why the recording was refused)."""
    api = Api(server)
    status, upload, _ = api.ask("POST", "/uploads", body=recording)
    if status == 415:
        return None, upload["detail"]
    episode = api.needed("POST", "/shows/demo/episodes", {"title": "A talk"})
    job = api.needed("PUT", f"/episodes/{episode['id']}/audio", {"upload": upload["id"]})
    job = until(lambda: (found := api.needed("GET", f"/jobs/{job['id']}"))["state"] in ("done", "failed") and found, "the job is over", 300)
    return (None, job["error"]) if job["state"] == "failed" else (api.needed("GET", f"/episodes/{episode['id']}"), None)


def synchsafe(number):
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def tag(*texts, claimed=None, version=3):
    """An ID3v2 tag with frames (name, content)."""
    content = b"".join(name + (synchsafe(len(text)) if version == 4 else struct.pack(">I", len(text))) + b"\0\0" + text for name, text in texts)
    return b"ID3" + bytes([version, 0, 0]) + synchsafe(len(content) if claimed is None else claimed) + content


def xing(count=None, size=None, name=b"Xing", bitrate=9):
    """A frame with such a header: 417 bytes at 128 kbit/s, 104 at 32 (bitrate 1)."""
    length = {9: 417, 1: 104}[bitrate]
    flags = (count is not None) | (size is not None) << 1
    content = name + struct.pack(">I", flags) + b"".join(struct.pack(">I", number) for number in (count, size) if number is not None)
    frame = bytes([0xFF, 0xFB, bitrate << 4, 0]) + bytes(32) + content
    return frame + bytes(length - len(frame))


def apic(picture, kind=3, media_type=b"image/jpeg"):
    return b"APIC", b"\0" + media_type + b"\0" + bytes([kind]) + b"\0" + picture


@pytest.fixture(scope="module")
def cover(tmp_path_factory):
    file = tmp_path_factory.mktemp("cover") / "cover.jpg"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=1400x1400", "-frames:v", 1, file)
    return file.read_bytes()


def is_whole(server, recording, cover=False):
    episode, refusal = processed(server, recording)
    assert refusal is None, refusal
    assert abs(episode["duration_seconds"] - SECONDS) < 0.13 and episode["findings"] == [], episode
    assert bool((episode["file_tags"] or {}).get("cover")) is cover
    return episode


def test_an_mp3_without_any_tag(demo, frames):
    """live_beats#29: “Cannot upload MP3 without ID3 tags”."""
    is_whole(demo, frames)


def test_a_cover_of_thirteen_megabytes(demo, frames):
    """mimetype#839: MP3s with large tags were application/octet-stream; deadbeef#2869: covers above 2 MB were lost."""
    picture = b"\xff\xd8\xff\xe0" + os.urandom(13_000_000)
    episode = is_whole(demo, tag(apic(picture)) + frames, cover=True)
    status, problem, _ = Api(demo).ask("POST", f"/episodes/{episode['id']}/image/from-recording")
    assert status == 422 and "at most" in problem["detail"], problem


def test_a_cover_of_a_kind_that_does_not_exist(demo, frames, cover):
    """picard#2336: files with an invalid image type failed to load; node-id3#93: a media type that isn't one."""
    for content in (apic(cover, kind=0xC8), apic(cover, media_type=b"JPG"), apic(cover, media_type=b"image/jpg")):
        episode = is_whole(demo, tag(content) + frames, cover=True)
        assert Api(demo).needed("POST", f"/episodes/{episode['id']}/image/from-recording")["image"], content[1][:12]


def test_the_front_cover_is_not_the_first_picture(demo, frames, cover):
    """audiobookshelf#4867: of several pictures the wrong one, or none, was taken."""
    episode = is_whole(demo, tag(apic(b"\xff\xd8\xff\xe0 no picture", kind=1), apic(cover, kind=3)) + frames, cover=True)
    assert Api(demo).needed("POST", f"/episodes/{episode['id']}/image/from-recording")["image"]


def test_a_tag_that_is_longer_than_it_says(demo, frames):
    """mmmagic#35: a tag said 4,086 bytes and had 5,130, so that no frame followed where it should; getID3#405: other bytes before the first frame."""
    title = b"TIT2", b"\0A talk" + b"x" * 4000
    for recording in (tag(title, claimed=3000) + frames, b"\0" * 417 + frames):
        episode, refusal = processed(demo, recording)
        assert refusal is None and abs(episode["duration_seconds"] - SECONDS) < 0.13, refusal
        # What is between the tag and the frames could have been sound.
        assert all(finding["kind"] == "lost" and finding["amount"] < 0.1 for finding in episode["findings"]), episode["findings"]


def test_a_frame_count_that_is_wrong(demo, frames):
    """mp3-duration#16: zero frames; getID3#41: a header frame of another bitrate and without a size, so that the length was ten times too long;
    pocket-casts-ios#61: fewer frames than there are, so that episodes ended early."""
    count = len(frames) // 417
    is_whole(demo, xing(count=0, size=0) + frames)
    is_whole(demo, xing(count=count, bitrate=1) + frames)
    for recording in (xing(count=count // 2, size=len(frames) // 2) + frames, xing(count=count * 10, size=len(frames) * 10) + frames):
        episode, refusal = processed(demo, recording)
        assert refusal and "should last" in refusal or episode and abs(episode["duration_seconds"] - SECONDS) < 0.13, (episode, refusal)


def test_vorbis_in_a_wav_file(demo):
    """LMMS has such samples. The sentence used to say that the format was “none”."""
    sound = bytes(range(256)) * 500
    fmt = struct.pack("<HHIIHH", 0x674F, 1, 44100, 18000, 1, 16)
    episode, refusal = processed(demo, b"RIFF" + struct.pack("<I", 36 + len(sound)) + b"WAVEfmt " + struct.pack("<I", 16) + fmt + b"data" + struct.pack("<I", len(sound)) + sound)
    assert episode is None and "format" in refusal and "none" not in refusal, (episode, refusal)


def chaptered(folder, file, *options, starts=(0, 3000), cover=None):
    (folder / "chapters").write_text(";FFMETADATA1\n" + "".join(f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={start}\nEND={start + 1000}\ntitle=At {start}\n" for start in starts))
    picture = ["-i", cover, "-map", 0, "-map", 2, "-c:v", "copy", "-disposition:v", "attached_pic"] if cover else []
    ffmpeg("-f", "lavfi", "-i", SOUND, "-i", folder / "chapters", *picture, "-map_metadata", 1, "-map_chapters", 1, *options, folder / file)
    return (folder / file).read_bytes()


def chapters_of(server, episode):
    return [(chapter["startTime"], chapter["title"]) for chapter in Api(server).needed("GET", f"/episodes/{episode['id']}/chapters")["chapters"]]


# Not MP4: libav takes the first chapter of its chapter track for one at 0. The others are right.
@pytest.mark.parametrize("file, options", (("a.mp3", ()), ("a.mka", ("-c:a", "libvorbis"))))
def test_chapters_that_do_not_begin_at_the_beginning(demo, tmp_path, file, options):
    """HandBrake#7339, mp4v2#130: the first chapter moved to 0, and the others with it;"""
    episode = is_whole(demo, chaptered(tmp_path, file, *options, starts=(2000, 5000)))
    found = chapters_of(demo, episode)
    assert found[-2:] == [(2, "At 2000"), (5, "At 5000")], found


def test_an_audio_book_with_chapters_and_a_cover(demo, tmp_path, cover):
    """audiobookshelf#3697, m4b-tool#272: the first “video” was the track of chapters, and the cover black."""
    (tmp_path / "cover.jpg").write_bytes(cover)
    episode = is_whole(demo, chaptered(tmp_path, "a.m4b", "-c:a", "aac", "-f", "ipod", cover=tmp_path / "cover.jpg"), cover=True)
    assert chapters_of(demo, episode) == [(0, "At 0"), (3, "At 3000")]
    api = Api(demo)
    assert api.needed("POST", f"/episodes/{episode['id']}/image/from-recording")["image"]
    picture = demo.get(api.needed("POST", f"/episodes/{episode['id']}/publish", {})["image"])
    (tmp_path / "made.jpg").write_bytes(picture.content)
    likeness = subprocess.run(["ffmpeg", "-v", "info", "-i", tmp_path / "made.jpg", "-i", tmp_path / "cover.jpg", "-lavfi", "[0][1]psnr", "-f", "null", "-"], capture_output=True, text=True).stderr
    assert float(likeness.rpartition("average:")[2].split()[0]) > 25, likeness[-300:]
