"""A certificate that lives a minute, renewed while listeners are at it."""

import asyncio
import os
import time


from conftest import make_recording, until
from keeping import World
from load import Load

LONG = os.environ.get("CARILLON_LONG") == "1"
RENEWALS = 2        # in every run
LONG_SECONDS = 600  # in `make soak`
WITHIN = 300        # seconds for the short one, on a busy machine


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
