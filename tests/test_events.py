"""Events: what happens is told while it happens, to whoever listens, and nobody who listens is in the way."""

import pathlib
import subprocess

from conftest import Carillon, make_recording, until
from control import Connection, call
from events import Listener

MOST_STREAMS = 250  # of one caller


def states(listener, kind):
    return [data["state"] for data in listener.of(kind)]


def test_a_publication_is_told_step_by_step(carillon, tmp_path):
    listener = Listener(carillon)
    carillon.make_show()
    recording = make_recording(tmp_path / "long.wav", seconds=90)  # long enough for progress
    episode = carillon.publish(recording)
    until(lambda: "published" in states(listener, "episode"), "the publication is told")
    until(lambda: "done" in states(listener, "job"), "the end of the job is told")
    ingest = [job for job in listener.of("job") if job["kind"] == "ingest"]
    assert [job for job in ingest if job["state"] == "running" and 0 < job["progress"] < 1], "progress is told"
    assert {job["subject"] for job in ingest} == {episode["id"]}
    assert all(data["network"] == "default" for data in [*listener.of("show"), *listener.of("episode"), *ingest])
    assert not [job for job in listener.of("job") if job["kind"] == "sweep" and "network" in job], "this is the machine's own"
    assert listener.of("show")[0]["slug"] == "demo"
    told = [data for data in listener.of("episode") if data["state"] == "published"][0]
    assert (told["id"], told["show"], told["title"]) == (episode["id"], "demo", "A talk")
    # What is told is true already: whoever reads then sees it.
    before = len(listener.events)
    carillon.run("show", "edit", "demo", "--title", "Another title")
    until(lambda: [data for kind, data in listener.events[before:] if kind == "show" and data["title"] == "Another title"], "the edit is told")
    assert b"Another title" in carillon.get("/feeds/demo").content
    carillon.run("episode", "delete", episode["id"])
    until(lambda: states(listener, "episode")[-1] == "deleted", "the deletion is told")
    carillon.run("show", "delete", "demo")
    until(lambda: listener.of("show")[-1].get("state") == "deleted", "the deletion of the show is told")


def test_who_comes_back_misses_nothing(carillon, recording):
    carillon.make_show()
    listener = Listener(carillon)
    carillon.run("show", "edit", "demo", "--title", "Title 0")
    until(lambda: listener.of("show"), "the first edit is told")
    listener.close()
    for number in range(1, 6):
        carillon.run("show", "edit", "demo", "--title", f"Title {number}")
    again = Listener(carillon, listener.last_id)
    until(lambda: len(again.of("show")) == 5, "what happened meanwhile is told")
    assert [data["title"] for data in again.of("show")] == [f"Title {number}" for number in range(1, 6)]
    assert not again.of("resync")
    # Another life of the server remembers nothing, and says so first.
    again.close()
    carillon.stop()
    carillon.start()
    late = Listener(carillon, again.last_id)
    assert late.events[0][0] == "resync"
    carillon.run("show", "edit", "demo", "--title", "After")
    until(lambda: late.of("show"), "it goes on from there")
    for unknown in ("x", "0-0", "\xff"):
        assert Listener(carillon, unknown).events[0][0] == "resync"


def test_certificates_and_incidents_are_told(tmp_path):
    file = tmp_path / "carillon.toml"
    file.write_text(f'[[certificates.exports]]\nname = "export.localhost"\nfolder = "{tmp_path}/exported"\ncommand = ["false"]\n')
    server = Carillon(tmp_path / "data").start("--config", file)
    try:
        listener = Listener(server)
        server.run("cert", "renew", "localhost")
        until(lambda: {"asked", "loaded", "seen"} <= {line["step"] for line in listener.of("certificate") if line["name"] == "localhost"}, "the renewal is told")
        assert not [line for line in listener.of("certificate") if "network" in line], "it is the machine's own"
        server.run("cert", "renew", "export.localhost")
        until(lambda: [one for one in listener.of("incident") if one["kind"] == "export-failed"], "the export that fails is told")
        incident = listener.of("incident")[-1]
        assert incident["subject"] == "export.localhost" and incident["state"] == "open"
        server.run("incident", "ack", incident["id"])
        until(lambda: [one for one in listener.of("incident") if one["state"] == "acknowledged"], "the acknowledgement is told")
    finally:
        server.stop()


def test_who_is_gone_costs_nothing(carillon):
    """Every place of this caller is taken, its listeners die, and every place is free again."""
    for way in ("closed", "killed"):
        if way == "closed":
            listeners = [Listener(carillon) for _ in range(MOST_STREAMS)]
            refused = Listener(carillon)
            assert refused.status == 429 and refused.response.getheader("Retry-After")
            assert b"too-many-streams" in refused.response.read()
            for listener in listeners:
                listener.close()
        else:
            program = subprocess.Popen(["curl", "--silent", "--no-buffer", "--unix-socket", carillon.data / "control.sock", "http://localhost/api/v1/events"],
                                       stdout=subprocess.PIPE)
            assert program.stdout.readline().startswith(b"retry:")
            others = [Listener(carillon) for _ in range(MOST_STREAMS - 1)]
            assert Listener(carillon).status == 429
            program.kill()
            program.wait()
        until(lambda: Listener(carillon).status == 200, "a place is free again")


def work_of(process):
    """Ticks of processor time that a process has had, which nothing else that this machine does adds to."""
    return sum(int(ticks) for ticks in pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13])


def test_two_hundred_listeners_are_in_nobodys_way(carillon, recording):
    carillon.make_show()
    carillon.publish(recording, "demo", "Warm")
    before = work_of(carillon.process)
    carillon.publish(make_recording(recording.parent / "second.wav", frequency=230), "demo", "Alone")
    alone = work_of(carillon.process) - before
    listeners = [Listener(carillon) for _ in range(200)]
    before = work_of(carillon.process)
    carillon.publish(make_recording(recording.parent / "third.wav", frequency=240), "demo", "Watched")
    until(lambda: all("published" in states(listener, "episode") for listener in listeners), "everybody hears of it")
    watched = work_of(carillon.process) - before
    # 200 listeners that hear of some ten events each: a second of work would be half a millisecond for each.
    assert watched <= 3 * alone + 100, f"{watched} ticks of work with listeners, {alone} without"


def test_a_listener_that_does_not_read_holds_up_nobody(carillon):
    carillon.make_show()
    stuck = Connection(carillon)
    stuck.request("GET", "/api/v1/events")
    assert stuck.getresponse().status == 200
    listener = Listener(carillon)
    for number in range(200):
        status, _ = call(carillon, "PATCH", "/shows/demo", {"description": "x" * 3000, "title": f"Title {number}"})
        assert status == 200
    until(lambda: listener.of("show") and listener.of("show")[-1]["title"] == "Title 199", "the other one hears everything")


def test_a_drain_ends_streams_at_once(carillon):
    listeners = [Listener(carillon) for _ in range(20)]
    stuck = Connection(carillon)
    stuck.request("GET", "/api/v1/events")
    stuck.getresponse()
    assert carillon.stop() == 0
    assert "closing the remaining connections" not in carillon.log(), "none had to be cut when the time for answers was over"
    for listener in listeners:
        assert listener.ended.wait(60)


def test_head_and_old_http(carillon):
    connection = Connection(carillon)
    connection.request("HEAD", "/api/v1/events")
    answer = connection.getresponse()
    assert answer.status == 200 and answer.read() == b""
    connection.request("GET", "/api/v1/shows")
    assert connection.getresponse().status == 200, "the connection goes on"
    done = subprocess.run(["curl", "--silent", "--http1.0", "--max-time", "1", "--include", "--unix-socket", carillon.data / "control.sock", "http://localhost/api/v1/events"],
                          capture_output=True)
    assert b"Connection: close" in done.stdout and b"chunked" not in done.stdout and b"\r\n\r\nretry: " in done.stdout


def test_a_guard_tells_events_too(tmp_path):
    class Guard(Carillon):
        command = "guard"
        doing = "guarding"

    guard = Guard(tmp_path / "data").start()
    try:
        listener = Listener(guard)
        guard.run("cert", "renew", "localhost")
        until(lambda: "loaded" in {data["step"] for data in listener.of("certificate")}, "the renewal is told")
    finally:
        guard.stop()
