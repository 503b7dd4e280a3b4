"""What may happen to a server: it is killed, its disk fills, it is backed up while it works."""

import os
import pathlib
import random
import shutil
import signal
import subprocess
import threading
import time
import xml.etree.ElementTree as ElementTree

import pytest
import requests

from conftest import CARILLON, Carillon, make_recording, until

KILLS = int(os.environ.get("CARILLON_KILLS", "6"))  # forty in `make soak`


def items(server, show="demo"):
    return ElementTree.fromstring(server.get(f"/feeds/{show}").content).findall("channel/item")


def temporary_files(server):
    return [path for path in server.data.rglob("*") if path.is_file() and (".incoming" in path.parts or path.suffix in (".tmp", ".part"))]


def test_killed_over_a_whole_publication_nothing_acknowledged_is_missing(tmp_path):
    recording = make_recording(tmp_path / "talk.wav", seconds=40)
    server = Carillon(tmp_path / "data").start()
    server.make_show()
    started = time.monotonic()
    server.publish(recording, "demo", "Undisturbed")
    whole = time.monotonic() - started
    promised = ["Undisturbed"]
    rng = random.Random(7)
    for kill in range(KILLS):
        title = f"Talk {kill}"
        publisher = subprocess.Popen([CARILLON, "publish", recording, "--show", "demo", "--title", title, "--data", server.data, "--json"],
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        # Spread over the whole publication: each kill has its own share of it.
        moment = whole * (kill + rng.random()) / KILLS
        try:
            publisher.wait(timeout=moment)
        except subprocess.TimeoutExpired:
            pass
        server.kill()
        if publisher.poll() == 0:
            promised.append(title)
        server.start()
        # Before anything is repaired: what is public is whole.
        for item in items(server):
            enclosure = item.find("enclosure")
            assert len(server.get(enclosure.get("url")).content) == int(enclosure.get("length"))
        # An accepted publication goes on by itself; one whose command was cut before that leaves nothing public.
        publisher.communicate(timeout=600)
        if publisher.returncode == 0 and title not in promised:
            promised.append(title)
        until(lambda: not [job for job in jobs(server) if job["state"] in ("waiting", "running") and job["kind"] == "ingest"], "the ingest jobs end", 600)
        assert not [job for job in jobs(server) if job["state"] == "failed"], jobs(server)
        titles = [item.find("title").text for item in items(server)]
        assert len(titles) == len(set(titles)), "nothing doubles"
        assert set(promised) <= set(titles)
    episodes = server.json("episode", "list", "--show", "demo")
    assert {episode["title"] for episode in episodes if episode["state"] == "published"} == {item.find("title").text for item in items(server)}
    assert not [episode for episode in episodes if episode["state"] == "processing"]
    server.stop()
    server.start()
    assert temporary_files(server) == []
    server.stop()


def jobs(server):
    """The jobs as the API tells them, over the control socket."""
    import http.client
    import json
    import socket

    connection = http.client.HTTPConnection("localhost")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(str(server.data / "control.sock"))
    connection.request("GET", "/api/v1/jobs")
    return json.loads(connection.getresponse().read())["items"]


def can_mount(folder):
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], capture_output=True)
    if done.returncode == 0:
        subprocess.run(["umount", folder], check=True)
    return done.returncode == 0


def test_a_full_disk_refuses_publishing_and_nothing_else(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid() != 0 or not can_mount(disk):
        pytest.skip("mounting a small disk needs root")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", disk], check=True)
    server = Carillon(disk / "data")
    try:
        server.start()
        server.make_show()
        recording = make_recording(tmp_path / "talk.wav", seconds=60)
        episode = server.publish(recording, "demo", "Before")
        audio = server.get(episode["enclosure"]).content
        # Publishing goes on until it is refused, with room left.
        for number in range(40):
            # Each another one: the same bytes are stored once.
            filler = make_recording(tmp_path / "filler.wav", seconds=60, frequency=200 + number)
            said = server.run("publish", filler, "--show", "demo", "--title", f"Filler {number}", check=False)
            if said.returncode != 0:
                break
        assert said.returncode == 1 and "free" in said.stderr and "MB" in said.stderr, said.stderr
        space = os.statvfs(disk)
        assert space.f_bavail * space.f_frsize > 8 << 20, "refused before the disk is full"
        # Somebody else fills the rest, to the last byte.
        with open(disk / "ballast", "wb", buffering=0) as ballast:
            try:
                while True:
                    ballast.write(b"\0" * 65536)
            except OSError:
                pass
        assert server.get(episode["enclosure"]).content == audio, "downloads go on"
        assert server.get("/feeds/demo").status_code == 200
        assert server.run("publish", recording, "--show", "demo", "--title", "Full", check=False).returncode == 1
        assert server.process.poll() is None
        # Space comes back, as when an operator enlarges the disk.
        (disk / "ballast").unlink()
        subprocess.run(["mount", "-o", "remount,size=256m", disk], check=True)
        again = server.publish(recording, "demo", "After")
        assert server.get(again["enclosure"]).status_code == 200
        assert server.get(episode["enclosure"]).content == audio
    finally:
        server.stop()
        subprocess.run(["umount", "-l", disk], check=False)


def test_a_backup_while_publishing_is_the_same_feed_elsewhere(carillon, tmp_path):
    recording = make_recording(tmp_path / "talk.wav", seconds=10)
    carillon.make_show()
    for number in range(3):
        carillon.publish(recording, "demo", f"Talk {number}")
    going_on = threading.Thread(target=lambda: carillon.run("publish", recording, "--show", "demo", "--title", "Meanwhile", check=False))
    going_on.start()
    carillon.run("backup", tmp_path / "backup")
    going_on.join()
    carillon.run("backup", tmp_path / "second")
    feed, https_port, http_port = carillon.get("/feeds/demo").content, carillon.https_port, carillon.http_port
    enclosure = items(carillon)[0].find("enclosure").get("url")
    audio = carillon.get(enclosure).content
    carillon.stop()

    for backup in ("backup", "second"):
        elsewhere = Carillon(tmp_path / f"restored-{backup}")
        subprocess.run([CARILLON, "restore", tmp_path / backup, "--data", elsewhere.data], check=True, capture_output=True)
        elsewhere.https_port, elsewhere.http_port = https_port, http_port
        elsewhere.start()
        for item in items(elsewhere):
            assert len(elsewhere.get(item.find("enclosure").get("url")).content) == int(item.find("enclosure").get("length"))
        if backup == "second":
            assert elsewhere.get("/feeds/demo").content == feed
            assert elsewhere.get(enclosure).content == audio
        elsewhere.stop()


def test_a_damaged_or_half_backup_is_refused(carillon, tmp_path, recording):
    carillon.make_show()
    carillon.publish(recording)
    carillon.run("backup", tmp_path / "backup")
    again = carillon.run("backup", tmp_path / "backup", check=False)
    assert again.returncode == 1 and "isn't empty" in again.stderr
    half = tmp_path / "half"
    shutil.copytree(tmp_path / "backup", half)
    (half / "backup.json").unlink()
    refused = subprocess.run([CARILLON, "restore", half, "--data", tmp_path / "a"], capture_output=True, text=True)
    assert refused.returncode == 1 and "backup.json" in refused.stderr
    damaged = tmp_path / "damaged"
    shutil.copytree(tmp_path / "backup", damaged)
    blob = max((path for path in (damaged / "media").rglob("*") if path.is_file()), key=lambda path: path.stat().st_size)
    content = bytearray(blob.read_bytes())
    content[len(content) // 2] ^= 1
    blob.write_bytes(content)
    refused = subprocess.run([CARILLON, "restore", damaged, "--data", tmp_path / "b"], capture_output=True, text=True)
    assert refused.returncode == 1 and "damaged" in refused.stderr


def test_sigterm_lets_a_running_download_finish(carillon, tmp_path):
    carillon.make_show()
    episode = carillon.publish(make_recording(tmp_path / "long.wav", seconds=300))
    answer = requests.get(episode["enclosure"], verify=carillon.authority, stream=True, timeout=60)
    pieces = answer.iter_content(64 * 1024)
    content = next(pieces)
    carillon.process.send_signal(signal.SIGTERM)
    content += b"".join(pieces)
    assert len(content) == episode["bytes"]
    assert carillon.process.wait(timeout=60) == 0


def test_a_schema_of_a_newer_program_is_refused(carillon):
    import sqlite3
    carillon.stop()
    with sqlite3.connect(carillon.data / "carillon.db") as database:
        database.execute("INSERT INTO schema_migrations (number, name, applied) VALUES (9999, 'of the future', 0)")
    database.close()
    said = subprocess.run([CARILLON, "serve", "--data", carillon.data, "--http", "127.0.0.1:0", "--https", "127.0.0.1:0"], capture_output=True, text=True)
    assert said.returncode == 1 and "newer" in said.stderr


def test_a_schedule_goes_out_also_after_a_restart(carillon, recording):
    import datetime
    carillon.make_show()
    soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=4)
    episode = carillon.publish(recording, "demo", "Scheduled", "--at", soon.isoformat())
    assert episode["state"] in ("scheduled", "published")
    carillon.kill()
    carillon.start()
    until(lambda: b"Scheduled" in carillon.get("/feeds/demo").content, "the schedule is kept")
    assert datetime.datetime.now(datetime.timezone.utc) >= soon
