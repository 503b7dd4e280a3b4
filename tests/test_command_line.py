"""What people type, and what they are told."""

import json
import os
import subprocess

from conftest import CARILLON, make_recording


def test_help_names_every_command_with_an_example():
    top = subprocess.run([CARILLON, "--help"], capture_output=True, text=True)
    assert top.returncode == 0
    for command in ("serve", "show", "publish", "episode", "ca", "backup", "restore", "doctor"):
        assert command in top.stdout
    for command in (["publish"], ["show", "create"], ["episode", "edit"], ["backup"], ["restore"], ["serve"]):
        said = subprocess.run([CARILLON, *command, "--help"], capture_output=True, text=True)
        assert said.returncode == 0 and "Example: carillon " in said.stdout


def test_help_is_a_command_too():
    def said(*words):
        return subprocess.run([CARILLON, *words], capture_output=True, text=True)
    for words, same in ((["help"], ["--help"]), (["help", "show"], ["show", "--help"]), (["help", "show", "create"], ["show", "create", "--help"]),
                        (["--data", "/nowhere", "help", "publish"], ["publish", "--help"]), (["--json", "help", "doctor"], ["doctor", "--help"])):
        asked = said(*words)
        assert asked.returncode == 0 and asked.stdout == said(*same).stdout != "", words
    unknown = said("help", "pubish")
    assert unknown.returncode == 2 and "did you mean “publish”" in unknown.stderr, unknown.stderr
    assert said("pubish", "--help").returncode == 2


def test_a_slip_is_answered_with_the_nearest():
    for words, wrong, near in ((["pubish"], "pubish", "publish"), (["show", "crate", "demo"], "crate", "create"), (["cert", "hystory", "x"], "hystory", "history"),
                               (["show", "create", "demo", "--titel", "x"], "--titel", "--title"), (["publish", "x.wav", "--shwo=demo"], "--shwo", "--show"),
                               (["show", "list", "--jsn"], "--jsn", "--json"), (["--dta", "/nowhere", "show", "list"], "--dta", "--data"),
                               (["user", "create", "a@example.org", "--rol", "owner"], "--rol", "--role")):
        said = subprocess.run([CARILLON, *words], capture_output=True, text=True)
        assert said.returncode == 2 and f"“{wrong}”" in said.stderr and f"did you mean “{near}”" in said.stderr, (words, said.stderr)
        assert said.stderr.count("\n") == 1, said.stderr
    nothing_like_it = subprocess.run([CARILLON, "show", "list", "--zzzzzzzzzzzz"], capture_output=True, text=True)
    assert nothing_like_it.returncode == 2 and "carillon show list --help" in nothing_like_it.stderr, nothing_like_it.stderr


def test_wrong_usage_is_2_and_a_refusal_is_1(carillon):
    assert carillon.run("publish", check=False).returncode == 2
    assert carillon.run("nonsense", check=False).returncode == 2
    refused = carillon.run("show", "show", "nothing", check=False)
    assert refused.returncode == 1 and refused.stderr.count("\n") == 1 and "nothing" in refused.stderr


def test_an_empty_argument_is_named(tmp_path):
    for words in (["cert", "show", ""], ["cert", "remove", " "], ["incident", "show", ""], ["incident", "ack", ""], ["channel", "test", ""], ["episode", "show", ""], ["show", "show", ""],
                  ["token", "remove", ""], ["user", "role", "", "owner"], ["cert", "watch", ""], ["issuer", "rollover", ""]):
        said = subprocess.run([CARILLON, "--data", tmp_path / "none", *words], capture_output=True, text=True)
        assert said.returncode == 2 and f" is empty; `carillon {words[0]} {words[1]} --help` explains it.\n" in said.stderr, (words, said.stderr)
        assert said.stderr.count("\n") == 1, said.stderr


def test_what_never_ends_is_not_read(tmp_path):
    pipe, good = tmp_path / "pipe", tmp_path / "good.pem"
    os.mkfifo(pipe)
    good.write_text("x\n")
    (tmp_path / "carillon.toml").write_text(f'[notify.webhooks.chat]\nshape = "slack"\nurl_file = "{pipe}"\n')
    for odd in (pipe, "/dev/zero"):
        for words in (["cert", "import", "a.example.org", "--cert", odd], ["cert", "import", "a.example.org", "--cert", good, "--key", odd],
                      ["cert", "import", "a.example.org", "--cert", good, "--passphrase-file", odd], ["doctor", "--config", odd]):
            said = subprocess.run([CARILLON, "--data", tmp_path / "none", *words], capture_output=True, text=True, timeout=60)
            assert said.returncode == 1 and f"{odd} isn't a regular file" in said.stdout + said.stderr, (words, said)
    said = subprocess.run([CARILLON, "--data", tmp_path / "none", "doctor", "--config", tmp_path / "carillon.toml"], capture_output=True, text=True, timeout=60)
    assert f"“notify.webhooks.chat.url_file”: {pipe} isn't a regular file" in said.stdout, said
    large = tmp_path / "large.pem"
    large.write_bytes(bytes(300 << 10))
    said = subprocess.run([CARILLON, "--data", tmp_path / "none", "cert", "import", "a.example.org", "--cert", large], capture_output=True, text=True, timeout=60)
    assert said.returncode == 1 and f"{large} is larger than 262.1 kB. Check" in said.stderr, said


def test_a_server_that_is_not_there_is_named(tmp_path):
    said = subprocess.run([CARILLON, "show", "list", "--data", tmp_path / "none"], capture_output=True, text=True)
    assert said.returncode == 1 and "carillon serve" in said.stderr


def test_global_options_stand_before_or_after(carillon):
    before = subprocess.run([CARILLON, "--json", "--data", carillon.data, "show", "list"], capture_output=True, text=True)
    after = subprocess.run([CARILLON, "show", "list", "--data", carillon.data, "--json"], capture_output=True, text=True)
    assert before.stdout == after.stdout == "[]\n"


def test_two_servers_on_one_folder(carillon):
    second = subprocess.run([CARILLON, "serve", "--data", carillon.data, "--http", "127.0.0.1:0", "--https", "127.0.0.1:0"], capture_output=True, text=True)
    assert second.returncode == 1 and "already" in second.stderr


def test_what_is_refused_and_why(carillon, tmp_path, recording):
    carillon.make_show()
    cases = [
        (["show", "create", "Not a slug", "--title", "x"], "slug"),
        (["show", "create", "demo", "--title", "x"], "demo"),
        (["show", "create", "other", "--title", "x", "--category", "Tecnology"], "Technology"),
        (["publish", recording, "--show", "nothing", "--title", "x"], "nothing"),
        (["publish", recording, "--show", "demo", "--title", "x", "--at", "tomorrow"], "tomorrow"),
        (["publish", tmp_path / "missing.wav", "--show", "demo", "--title", "x"], "missing.wav"),
    ]
    for arguments, word in cases:
        said = carillon.run(*arguments, check=False)
        assert said.returncode == 1 and word in said.stderr, (arguments, said.stderr)


def test_a_text_file_is_no_recording(carillon, tmp_path):
    carillon.make_show()
    (tmp_path / "notes.wav").write_text("these are words, not sounds\n" * 100)
    said = carillon.run("publish", tmp_path / "notes.wav", "--show", "demo", "--title", "x", check=False)
    assert said.returncode == 1 and "WAV" in said.stderr
    assert b"<item>" not in carillon.get("/feeds/demo").content


def test_a_draft_is_not_public_until_it_is_published(carillon, recording):
    carillon.make_show()
    draft = carillon.publish(recording, "demo", "A draft", "--draft")
    assert draft["state"] == "draft"
    assert carillon.get(draft["enclosure"]).status_code == 404 and b"A draft" not in carillon.get("/feeds/demo").content
    published = carillon.json("episode", "publish", draft["id"])
    assert published["state"] == "published"
    audio = carillon.get(draft["enclosure"])
    assert audio.status_code == 200 and b"A draft" in carillon.get("/feeds/demo").content
    carillon.run("episode", "unpublish", draft["id"])
    assert carillon.get(draft["enclosure"]).status_code == 404 and b"A draft" not in carillon.get("/feeds/demo").content
    carillon.run("episode", "publish", draft["id"])
    assert carillon.get(draft["enclosure"]).content == audio.content


def test_text_that_would_break_xml_cannot(carillon, recording, tmp_path):
    import xml.etree.ElementTree as ElementTree
    carillon.make_show(title="]]> & <b> \x07 show")
    (tmp_path / "notes.md").write_bytes("]]> <script>alert(1)</script> **bold** \x0b [x](javascript:alert(1))\n".encode())
    carillon.publish(recording, "demo", "]]></title> & \x02", "--notes", str(tmp_path / "notes.md"))
    feed = carillon.get("/feeds/demo").text
    channel = ElementTree.fromstring(feed.encode()).find("channel")
    assert channel.find("item/title").text == "]]></title> &"
    assert "<script" not in feed and "javascript:" not in feed
    page = carillon.get("/shows/demo").text
    assert "<script>" not in page and "alert(1)</script" not in page and "</title> &" not in page


def test_a_mono_show_gets_mono_at_96(carillon, recording):
    carillon.run("show", "create", "mono", "--title", "Mono", "--mono")
    episode = carillon.publish(recording, "mono")
    assert abs(episode["bytes"] * 8 / episode["duration_seconds"] - 96_000) < 6_000


def test_a_changed_format_holds_for_new_recordings_and_leaves_published_bytes(carillon, recording):
    rate = lambda episode: episode["bytes"] * 8 / episode["duration_seconds"]
    carillon.make_show()
    before = carillon.publish(recording)
    audio = carillon.get(before["enclosure"]).content
    assert abs(rate(before) - 128_000) < 6_000
    assert carillon.json("show", "edit", "demo", "--mono")["format"] == {"bitrate": 96_000, "channels": 1, "sample_rate": 44_100}
    # Another edit leaves it; what listeners have is what it was, also after its chapters or title were edited.
    assert carillon.json("show", "edit", "demo", "--title", "Renamed")["format"]["channels"] == 1
    carillon.run("episode", "edit", before["id"], "--title", "Renamed")
    assert carillon.get(before["enclosure"]).content == audio
    after = carillon.publish(recording, "demo", "Another talk")
    assert abs(rate(after) - 96_000) < 6_000
    assert carillon.json("show", "edit", "demo", "--stereo")["format"]["channels"] == 2
    assert carillon.run("show", "edit", "demo", "--stereo", "--mono", check=False).returncode != 0


def test_a_recording_may_be_mp3(carillon, tmp_path):
    wav = make_recording(tmp_path / "talk.wav", seconds=8, channels=2, rate=48000)
    subprocess.run(["ffmpeg", "-loglevel", "error", "-i", wav, "-b:a", "160k", tmp_path / "talk.mp3"], check=True)
    carillon.make_show()
    episode = carillon.publish(tmp_path / "talk.mp3")
    assert abs(episode["duration_seconds"] - 8) < 0.2


def test_doctor_and_the_local_authority(carillon):
    carillon.make_show()
    healthy = carillon.run("doctor")
    assert "server.https" in healthy.stdout and "command line" not in healthy.stderr
    carillon.stop()
    sick = carillon.run("doctor", check=False)
    assert sick.returncode == 1 and "carillon serve" in sick.stdout
    assert "BEGIN CERTIFICATE" in json.loads(carillon.run("ca", "show", "--json").stdout)["certificate"]


def test_an_unknown_configuration_key_stops_the_start_with_the_nearest(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    (data / "carillon.toml").write_text('[server]\norgin = "https://x.test"\n')
    said = subprocess.run([CARILLON, "serve", "--data", data, "--http", "127.0.0.1:0", "--https", "127.0.0.1:0"], capture_output=True, text=True)
    assert said.returncode == 1 and "server.origin" in said.stderr and "carillon.toml:2" in said.stderr
