"""A certificate that lives a minute, renewed while listeners are at it."""

import asyncio
import os
import time


from conftest import make_recording, until
from keeping import Guard, World
from load import Load

LONG = os.environ.get("CARILLON_LONG") == "1"
RENEWALS = 2        # in every run
SHORT_RENEWALS = 3  # of the certificates of 20 seconds
LONG_SECONDS = 600  # in `make soak`
WITHIN = 300        # seconds for the short one, on a busy machine


def test_a_window_up_to_the_end_leaves_time_for_slow_issuances(tmp_path):
    """The CA wants its certificates of 20 seconds renewed when they end, and needs three seconds for each: no client ever meets one that has ended."""
    with World(tmp_path, "--without-limits", "--profile", "seconds=20") as world:
        world.authority.settings(renew_short_at=1.0, processing_seconds=3)
        keeper = world.keeper(Guard, issuers=[world.issuer(profile="seconds")])
        name = world.name("short.example.org")
        keeper.keep(name)
        keeper.wait_seen(name)
        until(lambda: any(line["step"] == "window" for line in keeper.history(name)), "the CA's window is known")
        trouble, serials = [], set()
        began = time.monotonic()
        while len(serials) <= SHORT_RENEWALS:
            assert time.monotonic() - began < WITHIN, keeper.story(name)
            try:
                serials.add(world.handshake(name, keeper.https_port)[0].serial_number)
            except OSError as error:
                trouble.append(f"{time.strftime('%H:%M:%S')} {error}")
            time.sleep(0.1)
        assert not trouble, f"{len(trouble)} handshakes failed: {trouble[:5]}\n{keeper.story(name)}"


def test_a_certificate_of_a_minute_changes_under_load(tmp_path):
    with World(tmp_path) as world:
        keeper = world.keeper(issuers=[world.issuer(profile="seconds")])
        keeper.make_show()
        episode = keeper.publish(make_recording(tmp_path / "talk.wav", seconds=90))
        path = "/e/" + episode["enclosure"].split("/e/")[1]
        content = keeper.get(episode["enclosure"]).content
        name = world.name("pod.example.org")
        keeper.keep(name)
        keeper.wait_seen(name)
        load = Load(keeper.https_port, name, world.authority.trust_file, path, content)
        began = time.monotonic()

        def is_over():
            enough = time.monotonic() - began > LONG_SECONDS if LONG else keeper.steps(name).count("seen") > RENEWALS
            assert LONG or time.monotonic() - began < WITHIN, keeper.story(name)
            return enough or len(load.trouble) > 0

        asyncio.run(load.run(is_over))
        took = time.monotonic() - began
        print(f"\n{took:.0f} s: {dict(load.done)}, {len(load.serials)} certificates, longest handshake {load.longest_handshake * 1000:.0f} ms")
        assert not load.trouble, "\n".join(load.trouble[:20]) + "\n" + keeper.story(name)
        seen = keeper.steps(name).count("seen")
        assert len(load.serials) >= (LONG_SECONDS // 60 if LONG else RENEWALS), "several certificates were served"
        assert load.done["downloads"] > 0 and load.done["kept alive"] > 0 and load.done["connections"] > 0
        assert seen - 1 <= took / 20, "it is renewed at half its life, not in a loop"
        assert not keeper.incidents(subject=name)
        until(lambda: keeper.certificate(name)["state"] in ("ok", "renewing"), "it is well at the end")
