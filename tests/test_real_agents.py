"""Programs that people listen and download with, as Debian has them: each is one download or none, as the rules say."""

import json
import os
import shutil
import subprocess

import pytest

from chromium import Chromium, needs_chromium
from conftest import PATIENCE, Carillon, make_recording, until
from gpodder import Gpodder, needs_gpodder
from test_stats import listen, today

MINUTES = 9  # eight parts of a mebibyte
APP = "AntennaPod/3.5.0"
# The browser without a window says so, and is a robot for it; people have one with a window.
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36"


def needs(program):
    return pytest.mark.skipif(not shutil.which(program), reason=f"{program} is not installed")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("agents")
    server = Carillon(folder / "data").start()
    server.make_show()
    server.episode = server.publish(make_recording(folder / "talk.wav", seconds=60 * MINUTES, rate=22050))
    yield server
    server.stop()


markers = 0


def requests_of(server, agent):
    """What became of each request of those whose name has this in it. A request of our own comes last: when it is in the log, all are."""
    global markers
    markers += 1
    marker = f"Marker/{markers}"
    listen(server, server.episode, marker, method="HEAD")

    def all_of_them():
        lines = [json.loads(line) for line in server.run("--json", "stats", "explain", server.episode["id"], today()).stdout.splitlines()]
        return lines if any(line["agent"] == marker for line in lines) else None
    return [line for line in until(all_of_them, "the log") if agent in line["agent"]]


def downloads_of(server, agent):
    return sum(line["verdict"] == "download" for line in requests_of(server, agent))


def verdicts_of(server, agent):
    return {line["verdict"] for line in requests_of(server, agent)}


@needs_gpodder
def test_gpodder_is_one_download(server, tmp_path):
    gpo = Gpodder(server, tmp_path)
    gpo("subscribe", server.origin + "/feeds/demo")
    assert "1 episodes downloaded" in gpo("download")[0]
    assert downloads_of(server, "gPodder/") == 1
    # A library that was lost, and a second computer at the same address.
    (tmp_path / "again").mkdir()
    again = Gpodder(server, tmp_path / "again")
    again("subscribe", server.origin + "/feeds/demo")
    assert "1 episodes downloaded" in again("download")[0]
    assert downloads_of(server, "gPodder/") == 1


@needs("podget")
def test_podget_says_that_it_is_a_program(server, tmp_path):
    environment = {**os.environ, "HOME": str(tmp_path)}
    subprocess.run(["podget", "-d", tmp_path, "--create-config", "podgetrc"], capture_output=True, timeout=PATIENCE, env=environment, check=True)

    def fetch(agent):
        settings = {"DIR_LIBRARY": f"{tmp_path}/library", "MIN_SPACE": "1000", "WGET_BASEOPTS": f'"-c -nH --ca-certificate={server.authority}{agent}"'}
        lines = (tmp_path / "podgetrc").read_text().splitlines()
        (tmp_path / "podgetrc").write_text("\n".join(f"{name}={settings[name]}" if (name := line.split("=")[0]) in settings else line for line in lines) + "\n")
        (tmp_path / "serverlist").write_text(f"{server.origin}/feeds/demo Talks Harbour\n")
        shutil.rmtree(tmp_path / "library", ignore_errors=True)
        for done in tmp_path.glob("done*"):
            done.unlink()
        subprocess.run(["podget", "-d", tmp_path, "-c", "podgetrc"], capture_output=True, timeout=2 * PATIENCE, env=environment)
        assert len(list((tmp_path / "library").rglob("*.mp3"))) == 1

    # It downloads with wget, which says that it is wget.
    fetch("")
    assert verdicts_of(server, "Wget/") == {"bot"}
    fetch(" --user-agent=Podcini/2")
    assert downloads_of(server, "Podcini/") == 1


@needs("curl")
def test_curl_is_a_program_unless_an_app_uses_it(server, tmp_path):
    def curl(*arguments):
        return subprocess.run(["curl", "-sS", "--fail", "--cacert", server.authority, *arguments, server.episode["enclosure"]], timeout=PATIENCE)

    assert curl("-o", tmp_path / "whole").returncode == 0
    assert verdicts_of(server, "curl/") == {"bot"}
    # An app that starts, is interrupted and resumes: one.
    partial = tmp_path / "partial"
    assert curl("-A", "Castro 2025", "-r", "0-999999", "-o", partial).returncode == 0
    assert curl("-A", "Castro 2025", "-C", "-", "-o", partial).returncode == 0
    assert partial.read_bytes() == (tmp_path / "whole").read_bytes()
    assert downloads_of(server, "Castro 2025") == 1
    # One that plays the first half minute, twice: none.
    for _ in range(2):
        assert curl("-A", "iCatcher! 2025", "-r", "0-499999", "-o", tmp_path / "left").returncode == 0
    assert [(part["verdict"], part["sent"]) for part in requests_of(server, "iCatcher! 2025")] == [("too_little", 500_000)] * 2
    # Headers alone.
    subprocess.run(["curl", "-sSI", "--cacert", server.authority, "-A", "Heads 2025", server.episode["enclosure"]], timeout=PATIENCE, stdout=subprocess.DEVNULL, check=True)
    assert verdicts_of(server, "Heads 2025") == {"not_a_get"}


@needs("aria2c")
def test_aria2_in_eight_parts_is_one_download_of_the_app_that_uses_it(server, tmp_path):
    def aria2(name, *arguments):
        subprocess.run(["aria2c", "-x8", "-s8", "-k1M", f"--ca-certificate={server.authority}", "-d", tmp_path, "-o", name, *arguments, server.episode["enclosure"]],
                       check=True, timeout=PATIENCE, stdout=subprocess.DEVNULL)

    aria2("own")
    assert verdicts_of(server, "aria2/") == {"bot"}
    aria2("app", "--user-agent=Podcast Addict/2025.1")
    assert (tmp_path / "app").read_bytes() == (tmp_path / "own").read_bytes()
    parts = requests_of(server, "Podcast Addict/2025.1")
    assert len(parts) >= 8 and sum(part["verdict"] == "download" for part in parts) == 1
    assert {part["verdict"] for part in parts} == {"download", "same_download"}


@needs("ffmpeg")
def test_a_player_that_reads_headers_and_seeks(server):
    """FFmpeg's library plays in many programs; with an app's name it reads the head of the file, then jumps."""
    def play(agent, start, seconds):
        subprocess.run(["ffmpeg", "-v", "error", "-user_agent", agent, "-ca_file", server.authority, "-ss", str(start), "-i", server.episode["enclosure"], "-t", str(seconds), "-f", "null", "-"],
                       check=True, timeout=PATIENCE)

    play("Lavf/59.27.100", 300, 5)
    assert verdicts_of(server, "Lavf/59.27.100") == {"bot"}
    play("Kodi/21", 300, 60)
    parts = requests_of(server, "Kodi/21")
    assert len({part["first"] for part in parts}) > 1 and sum(part["verdict"] == "download" for part in parts) == 1
    play("Kodi/22", 0, 60 * MINUTES)
    assert downloads_of(server, "Kodi/22") == 1


@pytest.fixture
def chromium(server, tmp_path):
    browser = Chromium(tmp_path / "profile", server.https_port)
    yield browser
    browser.close()


def open_page(chromium, url):
    assert "errorText" not in chromium.call("Page.navigate", url=url)
    until(lambda: chromium.evaluate("document.readyState") == "complete" and chromium.evaluate("location.href") == url, "the page is there")


def play_and_seek(chromium, *moments):
    chromium.evaluate("document.querySelector('audio').play()")
    until(lambda: chromium.evaluate("document.querySelector('audio').currentTime") > 0.5, "it plays")
    for moment in moments:
        chromium.evaluate(f"document.querySelector('audio').currentTime = {moment}")
        until(lambda: chromium.evaluate("document.querySelector('audio').currentTime") > moment + 0.3, "it plays on from there")
    assert chromium.evaluate("document.querySelector('audio').error") is None


@needs_chromium
def test_a_browser_that_plays_and_seeks_is_one_download(server, chromium):
    chromium.call("Network.setUserAgentOverride", userAgent=CHROME + " Page")
    open_page(chromium, server.episode["page"])
    assert requests_of(server, "Safari/537.36 Page") == [], "a page that is only read"
    play_and_seek(chromium, 400, 30, 500)
    open_page(chromium, "about:blank")
    parts = requests_of(server, "Safari/537.36 Page")
    assert {part["status"] for part in parts} == {206} and sum(part["verdict"] == "download" for part in parts) == 1


@needs_chromium
def test_the_embedded_player_counts_when_it_plays(server, chromium):
    chromium.call("Network.setUserAgentOverride", userAgent=CHROME + " Embedded")
    player = f"{server.origin}/embed/{server.episode['id']}"
    open_page(chromium, player)
    assert requests_of(server, "Safari/537.36 Embedded") == [], "nothing is loaded before it plays"
    play_and_seek(chromium, 300)
    open_page(chromium, "about:blank")
    assert downloads_of(server, "Safari/537.36 Embedded") == 1
    # Under the name that it has without a window, it's a robot.
    chromium.call("Network.setUserAgentOverride", userAgent="")
    open_page(chromium, player)
    play_and_seek(chromium)
    open_page(chromium, "about:blank")
    assert verdicts_of(server, "HeadlessChrome/") == {"bot"}


def test_together_they_are_what_the_publisher_sees(server):
    """The figure is the sum of what was explained, and nothing else."""
    explained = [line["verdict"] for line in requests_of(server, "")].count("download")
    server.run("stats", "recount", today())
    assert sum(item["downloads"] for item in server.json("stats", "episode", server.episode["id"])["items"]) == explained
