"""The machine's clock is wrong, and then right again: people sign in, certificates are served and judged, schedules, jobs and incidents go on.

The server runs under libfaketime; the authority, the name server and the test keep the right time.
"""

import datetime
import glob

import pytest

from api import Caller, make_person
from conftest import make_recording, until
from keeping import Guard, World, served

LIBRARY = (glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1") or [None])[0]
OFFSETS = ["+1h", "+10d", "+1y", "-1h", "-10d", "-1y"]
NAME = "podcast.example.org"

PASSWORD = "the tide waits for nobody"

pytestmark = pytest.mark.skipif(LIBRARY is None, reason="libfaketime is not installed: tools/setup")


def off_by(offset):
    # Monotonic time goes on as it is: a clock that is set leaves it alone.
    return {"LD_PRELOAD": LIBRARY, "FAKETIME": offset, "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"}


@pytest.fixture
def world(tmp_path):
    with World(tmp_path, "--without-limits") as made:
        yield made


def restarted(keeper, environment=None):
    keeper.stop()
    keeper.start(environment=environment)


def open_incidents(keeper):
    return [one for one in keeper.incidents() if one["state"] != "solved"]


def is_well(keeper, serial):
    """What was issued with the right clock is served, and nobody is asked to do anything."""
    until(lambda: keeper.certificate(NAME)["state"] == "ok", f"{NAME} is ok\n{keeper.story(NAME)}")
    assert keeper.certificate(NAME)["findings"] == []
    assert served(NAME, keeper.https_port).serial_number == serial
    until(lambda: not open_incidents(keeper), f"no incident is left: {open_incidents(keeper)}")
    local = until(lambda: keeper.certificate("localhost")["state"] == "ok" and served("localhost", keeper.https_port), "localhost is ok")
    now = datetime.datetime.utcnow()
    assert local.not_valid_before < now < local.not_valid_after


def is_judged(keeper, offset, serial):
    """With the wrong clock: the difference is told, the certificate stays where it is, and nothing is ordered."""
    incident = until(lambda: [one for one in open_incidents(keeper) if one["kind"] == "clock"], f"the clock is told of ({offset})")[0]
    assert ("ahead of" if offset.startswith("+") else "behind") in incident["what"]
    status = keeper.certificate(NAME)
    assert served(NAME, keeper.https_port).serial_number == serial
    if offset == "+1y":
        assert (status["state"], status["findings"]) == ("expired", ["expired"])
    if offset in ("-10d", "-1y"):
        assert (status["state"], status["findings"]) == ("late", ["not_yet_valid"])
    doctor = keeper.run("doctor", "--config", keeper.file, check=False)
    assert "This machine's clock is" in doctor.stdout


def lived_through(world, keeper, check):
    world.name(NAME)
    keeper.keep(NAME)
    keeper.wait_seen(NAME)
    serial = served(NAME, keeper.https_port).serial_number
    for offset in OFFSETS:
        restarted(keeper, off_by(offset))
        is_judged(keeper, offset, serial)
        check(offset)
        assert len(world.authority.certificates(NAME)) == 1, f"nothing is ordered on the word of a wrong clock ({offset})"
        restarted(keeper)
        is_well(keeper, serial)
        check("")


def test_a_guard_lives_through_wrong_clocks(world):
    lived_through(world, world.keeper(Guard), lambda offset: None)


def test_a_server_lives_through_wrong_clocks(world, tmp_path):
    server = world.keeper()
    server.make_show()
    recording = make_recording(tmp_path / "talk.wav", 2)
    secret = make_person(server, "ada@example.org", "owner")
    assert Caller(server).post(f"/links/{secret}", {"password": PASSWORD}).status_code == 200
    draft = server.publish(recording, "demo", "Later", "--draft")
    far = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=3000)).isoformat(timespec="seconds")
    server.run("episode", "publish", draft["id"], "--at", far)
    count = 0

    def check(offset):
        nonlocal count
        browser = Caller(server)
        browser.session.verify = False  # the local certificate is as wrong as the clock
        assert browser.sign_in("ada@example.org", PASSWORD).status_code == 201
        assert browser.get("/sessions").status_code == 200, "who signs in is in"
        count += 1
        made = server.publish(recording, "demo", f"Talk {count}")
        assert made["state"] == "published"
        assert server.json("episode", "show", draft["id"])["state"] == "scheduled"
        if not offset:
            # What was scheduled with the right clock, after a wrong one, goes out when it should.
            soon = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=2)).isoformat()
            one = server.publish(recording, "demo", f"Soon {count}", "--draft")
            server.run("episode", "publish", one["id"], "--at", soon)
            until(lambda: server.json("episode", "show", one["id"])["state"] == "published", "the schedule is kept")

    lived_through(world, server, check)
