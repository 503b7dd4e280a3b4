"""A damaged database, files that others may read, and a request log that strangers would fill."""

import json
import os
import socket
import sqlite3
import ssl
import stat
import subprocess

import pytest

from conftest import CARILLON, Carillon, make_recording, until

PAGE = 4096


@pytest.fixture
def recording(tmp_path):
    path = tmp_path / "talk.wav"
    make_recording(path, seconds=3)
    return path


def damage(database):
    """Overwrites everything but the first page."""
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    length = database.stat().st_size
    with open(database, "r+b") as file:
        file.seek(PAGE)
        file.write(os.urandom(length - PAGE))


def findings(carillon):
    done = subprocess.run([CARILLON, "--data", carillon.data, "doctor", "--json"], capture_output=True, text=True, timeout=300)
    return json.loads(done.stdout)


def test_a_damaged_database_stops_no_download_of_what_is_in_memory_and_names_its_remedy(carillon, recording, tmp_path):
    episodes = []
    for show in ("one", "two"):
        carillon.make_show(show)
        episodes.append(carillon.publish(recording, show))
    for episode in episodes:
        assert carillon.get(episode["enclosure"]).status_code == 200

    damage(carillon.data / "carillon.db")
    for episode in episodes:
        for address in (episode["enclosure"], episode["feed"], episode["page"]):
            assert carillon.get(address).status_code == 200, address

    refused = carillon.run("show", "list", check=False)
    assert refused.returncode == 1 and "SELECT" not in refused.stderr, refused.stderr
    found = [one for one in findings(carillon) if "database" in one["what"]]
    assert any(not one["good"] and "damaged" in one["what"] and "carillon restore" in one["advice"] for one in found), found
    refused = carillon.run("backup", tmp_path / "backup", check=False)
    assert refused.returncode == 1 and "damaged" in refused.stderr and "carillon restore" in refused.stderr, refused.stderr
    assert not (tmp_path / "backup" / "carillon.db").exists(), "a damaged copy must not look like a backup"

    carillon.kill()
    again = subprocess.run([CARILLON, "serve", "--data", carillon.data, "--http", "127.0.0.1:0", "--https", "127.0.0.1:0"],
                           capture_output=True, text=True, timeout=300)
    assert again.returncode == 1 and "damaged" in again.stderr and "carillon restore" in again.stderr, again.stderr


@pytest.mark.parametrize("loss", ["missing", "empty", "half a restore"])
def test_a_folder_without_its_database_is_not_served_as_an_empty_one(carillon, recording, tmp_path, loss):
    carillon.make_show()
    carillon.publish(recording)
    data = carillon.data
    if loss == "half a restore":
        carillon.run("backup", tmp_path / "backup")
        blob = max((path for path in (tmp_path / "backup" / "media").rglob("*") if path.is_file()), key=lambda path: path.stat().st_size)
        blob.unlink()
        data = tmp_path / "restored"
        assert subprocess.run([CARILLON, "restore", tmp_path / "backup", "--data", data], capture_output=True, timeout=60).returncode == 1
    else:
        carillon.stop()
        for name in ("carillon.db-wal", "carillon.db-shm"):
            (data / name).unlink(missing_ok=True)
        (data / "carillon.db").unlink()
        if loss == "empty":
            (data / "carillon.db").touch()
    refused = subprocess.run([CARILLON, "serve", "--data", data, "--http", "127.0.0.1:0", "--https", "127.0.0.1:0"],
                             capture_output=True, text=True, timeout=300)
    assert refused.returncode == 1 and "restore" in refused.stderr, refused.stderr


@pytest.mark.parametrize("there", [False, True])
def test_a_backup_of_a_newer_program_leaves_nothing_behind(carillon, tmp_path, there):
    carillon.run("backup", tmp_path / "backup")
    with sqlite3.connect(tmp_path / "backup" / "carillon.db") as database:
        database.execute("INSERT INTO schema_migrations (number, name, applied) VALUES (9999, 'of the future', 0)")
    database.close()
    data = tmp_path / "restored"
    if there:
        data.mkdir()
    refused = subprocess.run([CARILLON, "restore", tmp_path / "backup", "--data", data], capture_output=True, text=True, timeout=60)
    assert refused.returncode == 1 and "newer" in refused.stderr and str(tmp_path / "backup") in refused.stderr, refused.stderr
    assert data.exists() == there and (not there or list(data.iterdir()) == [])


def test_a_lost_master_key_costs_no_more_than_new_certificates(carillon):
    carillon.stop()
    (carillon.data / "secrets" / "master.key").unlink()
    carillon.https_port = 0  # another port than before, so the kept name changes, too
    carillon.start()
    assert carillon.get("/healthz").status_code == 200


def test_an_undamaged_database_is_said_to_be_so(carillon):
    assert any(one["good"] and "undamaged" in one["what"] for one in findings(carillon))


def test_what_is_written_into_a_folder_that_was_there_before_is_its_owners_alone(tmp_path, recording):
    data = tmp_path / "data"
    data.mkdir()
    data.chmod(0o755)
    before = os.umask(0o022)
    try:
        server = Carillon(data).start()
        try:
            server.make_show()
            server.publish(recording)
            server.run("backup", tmp_path / "backup")
        finally:
            server.stop()
    finally:
        os.umask(before)
    for folder in (data, tmp_path / "backup"):
        for path in folder.rglob("*"):
            if path.name == "root.pem":  # the local CA's certificate is for everybody
                continue
            assert not stat.S_IMODE(path.lstat().st_mode) & 0o077, f"{path} is open to others"


def test_doctor_names_files_that_others_may_read(carillon):
    assert any(one["good"] and "readable only by its owner" in one["what"] for one in findings(carillon))
    carillon.data.chmod(0o755)
    (carillon.data / "carillon.db").chmod(0o644)
    found = [one for one in findings(carillon) if "can read" in one["what"] and not one["good"]]
    assert found and "carillon.db" in found[0]["what"] and "chmod 700" in found[0]["advice"], found


def test_retention_and_limit_are_configured(tmp_path):
    data = tmp_path / "data"
    (tmp_path / "data").mkdir()
    (data / "carillon.toml").write_text("[requests]\nkeep_days = 0\nper_address = 0\n")
    server = Carillon(data).start()
    try:
        shown = server.run("doctor", check=False).stdout
        assert "requests.keep_days" in shown and "requests.per_address" in shown
    finally:
        server.stop()
    (data / "carillon.toml").write_text("[requests]\nkeep_days = -1\n")
    refused = subprocess.run([CARILLON, "serve", "--data", data], capture_output=True, text=True, timeout=300)
    assert refused.returncode == 1 and "keep_days" in refused.stderr and "from 0 to" in refused.stderr, refused.stderr


def frames_of(carillon):
    """The file that a published episode's frames are in: the largest that its master speaks of."""
    with sqlite3.connect(carillon.data / "carillon.db") as database:
        frames = database.execute("SELECT frames FROM episodes").fetchone()[0]
    database.close()
    return carillon.data / "media" / frames[:2] / frames


def open_incidents(carillon, kind):
    return [one for one in carillon.json("incident", "list") if one["kind"] == kind and one["state"] != "solved"]


@pytest.mark.parametrize("loss", ["missing", "cut"])
def test_a_lost_recording_is_an_incident_until_it_is_back(carillon, recording, loss):
    """A person hears of it, the doctor says it with a remedy, listeners get no half of it; the file that is copied back ends it."""
    carillon.make_show()
    episode = carillon.publish(recording)
    assert carillon.get(episode["enclosure"]).ok and open_incidents(carillon, "media-lost") == []
    file = frames_of(carillon)
    content = file.read_bytes()
    if loss == "missing":
        file.unlink()
    else:
        os.truncate(file, len(content) // 2)
        assert carillon.get(episode["enclosure"]).status_code >= 500, "no length is promised that can't be kept"
    incident, = until(lambda: open_incidents(carillon, "media-lost"), "an incident for the lost recording")
    assert "the recording of “A talk” (demo)" in incident["what"] and f"cp BACKUP/media/{file.parent.name}/{file.name} {file}" in incident["remedy"], incident
    found = [one for one in findings(carillon) if "the recording of “A talk”" in one["what"]]
    assert found and not found[0]["good"] and found[0]["pressing"] and str(file) in found[0]["advice"], found
    file.write_bytes(content)
    until(lambda: not open_incidents(carillon, "media-lost"), "the end of the incident")
    assert not [one for one in findings(carillon) if "the recording of “A talk”" in one["what"]]
    until(lambda: carillon.get(episode["enclosure"]).ok, "the recording")


def test_a_lost_recording_that_was_deleted_is_missed_by_nobody(carillon, recording):
    carillon.make_show()
    episode = carillon.publish(recording)
    frames_of(carillon).unlink()
    until(lambda: open_incidents(carillon, "media-lost"), "an incident for the lost recording")
    carillon.run("episode", "delete", episode["id"])
    until(lambda: not open_incidents(carillon, "media-lost"), "the end of the incident")


def test_a_download_of_a_file_that_is_cut_meanwhile_ends_between_two_records(carillon, tmp_path):
    """Whoever downloads sees that the end is missing, and no broken encryption."""
    make_recording(tmp_path / "long.wav", seconds=240, rate=8000)
    carillon.make_show()
    episode = carillon.publish(tmp_path / "long.wav")
    file = frames_of(carillon)
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plain.connect(("127.0.0.1", carillon.https_port))
    with ssl.create_default_context(cafile=carillon.authority).wrap_socket(plain, server_hostname="localhost") as client:
        client.settimeout(120)
        path = episode["enclosure"].removeprefix(carillon.origin)
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        got = client.recv(4096)
        assert got.startswith(b"HTTP/1.1 200")
        length = int(got.split(b"Content-Length: ")[1].split(b"\r\n")[0])
        os.truncate(file, file.stat().st_size - 1000)
        count = len(got)
        while piece := client.recv(65536):  # an SSLError here is a record that can't be read
            count += len(piece)
    assert count < length
    assert carillon.get(episode["enclosure"]).status_code >= 500
