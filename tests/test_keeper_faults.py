"""What goes wrong between the keeper and its CA, on the wire: each ends in a served certificate, or in an incident that names the cause."""

import pytest

from conftest import until
from keeping import STEPS, World

NAME = "pod.example.org"
MOST_REQUESTS = 60  # of one renewal with three failures: far from a tight loop


@pytest.fixture
def world(tmp_path):
    with World(tmp_path) as made:
        made.name(NAME)
        yield made


def is_served(world, keeper):
    return world.handshake(NAME, keeper.https_port)[0] is not None


# (what goes wrong, where, more about it): once. The next try gets through.
PASSING = [
    ("rate_limited", "new_order", {"retry_after_seconds": 1}),
    ("rate_limited", "finalize", {"retry_after_seconds": 1}),
    ("server_error", "directory", {}),
    ("server_error", "new_account", {"status": 500}),
    ("server_error", "new_order", {"status": 502}),
    ("server_error", "authorization", {}),
    ("server_error", "challenge", {}),
    ("server_error", "finalize", {"status": 500}),
    ("server_error", "certificate", {"retry_after_seconds": 1}),
    ("no_answer", "new_order", {}),
    ("no_answer", "finalize", {}),
    ("no_answer", "certificate", {}),
    ("truncated_body", "directory", {}),
    ("truncated_body", "order", {}),
    ("truncated_body", "certificate", {}),
    ("half_body", "certificate", {}),
    ("half_body", "authorization", {}),
    ("slow_body", "certificate", {"delay_seconds": 2}),
    ("garbage_directory", "directory", {}),
    ("account_unknown", "new_order", {}),
    ("bad_nonce", "new_order", {}),
    ("missing_nonce", "new_nonce", {}),
    ("invalid_order", "any", {}),
    ("wrong_key", "any", {}),
    ("wrong_name", "any", {}),
    ("expired_certificate", "any", {}),
    ("missing_intermediate", "any", {}),
    ("wrong_intermediate", "any", {}),
]


@pytest.mark.parametrize("kind, at, more", PASSING, ids=[f"{kind}-{at}" for kind, at, _ in PASSING])
def test_what_passes_ends_in_a_served_certificate(world, kind, at, more):
    keeper = world.keeper()
    world.authority.fault(kind, at=at, count=1, **more)
    keeper.keep(NAME)
    until(lambda: keeper.certificate(NAME)["failures"] > 0 or "seen" in keeper.steps(NAME), "it fails or gets through")
    if keeper.certificate(NAME)["failures"]:
        keeper.run("cert", "renew", NAME)  # not after the pause of a minute, but now
    keeper.wait_seen(NAME)
    assert is_served(world, keeper)
    assert [fault["struck"] for fault in world.authority.faults()] in ([1], []), "it did happen"
    assert sum(world.authority.requests().values()) < MOST_REQUESTS
    assert not keeper.incidents(subject=NAME), "one failure is no incident"
    kept = keeper.certificate(NAME)
    assert (kept["failures"], kept["last_error"]) == (0, None)


# (what goes wrong, where, more about it, words of the incident): for good.
LASTING = [
    ("rate_limited", "new_order", {"retry_after_seconds": 1}, "didn't accept the order"),
    ("server_error", "new_order", {"status": 503}, "503"),
    ("server_error", "directory", {"status": 500}, "500"),
    ("no_answer", "any", {}, "account with “test-ca” can't be used"),
    ("truncated_body", "certificate", {}, "could not be fetched"),
    ("half_body", "certificate", {}, "test-ca"),
    ("garbage_directory", "directory", {}, "JSON"),
    ("invalid_order", "any", {}, "didn't issue"),
    ("wrong_key", "any", {}, "doesn't match the requested key"),
    ("wrong_name", "any", {}, "is for "),
    ("expired_certificate", "any", {}, "has already expired"),
    ("missing_intermediate", "any", {}, "doesn't lead to a root"),
    ("wrong_intermediate", "any", {}, "whose certificates don't match"),
]


@pytest.mark.parametrize("kind, at, more, words", LASTING, ids=[f"{kind}-{at}" for kind, at, _, _ in LASTING])
def test_what_lasts_ends_in_an_incident_that_names_the_cause(world, kind, at, more, words):
    keeper = world.keeper()
    fault = world.authority.fault(kind, at=at, **more)
    keeper.keep(NAME)
    keeper.wait_failures(NAME, 3)
    incident = keeper.wait_incident("renewal-failed", NAME)
    assert words in incident["what"], incident["what"]
    assert "without a certificate" in incident["consequence"] and f"cert history {NAME}" in incident["remedy"]
    assert incident["steward"] == "ops@example.org" and incident["state"] == "open"
    listed, = [one for one in keeper.json("incident", "list") if one["subject"] == NAME]
    assert {"id", "kind", "subject", "opened_at", "state", "owner", "messages"} <= set(listed)
    assert keeper.process.poll() is None
    assert sum(world.authority.requests().values()) < MOST_REQUESTS
    # Mended: it closes by itself.
    world.authority.call("DELETE", f"/faults/{fault}")
    keeper.run("cert", "renew", NAME)
    keeper.wait_seen(NAME)
    assert is_served(world, keeper)
    until(lambda: keeper.incidents("renewal-failed", NAME)[-1]["state"] == "solved", "the incident is solved")


@pytest.mark.parametrize("off, words", [(86_400, "clock is 24 hours behind"), (-86_400, "clock is 24 hours ahead")])
def test_a_clock_that_is_off_orders_nothing(world, off, words):
    keeper = world.keeper()
    fault = world.authority.fault("date_off", delay_seconds=off)
    keeper.keep(NAME)
    incident = keeper.wait_incident("clock", "test-ca")
    assert words in incident["what"] and "timedatectl" in incident["remedy"]
    assert not world.authority.ledger(act="order")
    world.authority.call("DELETE", f"/faults/{fault}")
    keeper.run("cert", "renew", NAME)
    keeper.wait_seen(NAME)
    until(lambda: keeper.incidents("clock", "test-ca")[-1]["state"] == "solved", "the incident is solved")


def test_a_ca_that_does_not_want_to_hear_what_is_replaced_gets_an_order_without_it(world):
    keeper = world.keeper()
    keeper.keep(NAME)
    keeper.wait_seen(NAME)
    world.authority.fault("replaces_refused")
    keeper.run("cert", "renew", NAME)
    keeper.wait_seen(NAME, times=2)
    assert "refused" in [line["step"] for line in keeper.history(NAME)]
    assert not world.authority.ledger(act="order")[-1]["exempt"]
    assert keeper.steps(NAME) == STEPS * 2 and not keeper.incidents(subject=NAME)


def test_an_order_that_hangs_is_given_up_before_the_certificate_ends(world):
    keeper = world.keeper(issuers=[world.issuer(profile="seconds")])
    keeper.keep(NAME)
    ends = keeper.wait_seen(NAME)["not_after"]
    world.authority.fault("hung_order", count=1)
    keeper.wait_seen(NAME, times=2, within=600)
    assert "processing" in next(line["detail"] for line in keeper.history(NAME) if line["step"] == "failed")
    assert [line["at"] for line in keeper.history(NAME) if line["step"] == "loaded"][1] < ends, "the new one was there in time"
    assert is_served(world, keeper)


def test_a_ca_that_never_issues_is_told_of_before_the_certificate_ends(world):
    keeper = world.keeper(issuers=[world.issuer(profile="seconds")])
    keeper.keep(NAME)
    ends = keeper.wait_seen(NAME)["not_after"]
    world.authority.fault("hung_order")
    incident = keeper.wait_incident("renewal-failed", NAME, within=600)
    assert incident["opened_at"] < ends, "told while there is still time"
    assert "“test-ca”" in incident["what"], incident["what"]
    # It ends, and goes on being tried: what is mended is served again without anybody's hand.
    until(lambda: keeper.certificate(NAME)["state"] == "expired", "it has ended", within=600)
    assert "processing" in keeper.incidents("renewal-failed", NAME)[-1]["what"]
    world.authority.clear_faults()
    seen = keeper.steps(NAME).count("seen")
    keeper.wait_seen(NAME, times=seen + 1, within=600)
    assert is_served(world, keeper)
    until(lambda: keeper.incidents("renewal-failed", NAME)[-1]["state"] == "solved", "the incident is solved")


def test_a_name_the_ca_does_not_believe_holds_up_no_other(world):
    keeper = world.keeper()
    world.authority.fail_name(NAME, "unauthorized", "The proof was another one.")
    other = world.name("other.example.org")
    keeper.keep(NAME, other)
    keeper.wait_seen(other)
    keeper.wait_failures(NAME, 3)
    incident = keeper.wait_incident("renewal-failed", NAME)
    assert "The proof was another one" in incident["what"]
    assert not keeper.incidents(subject=other)


def test_a_name_without_address_says_so_first_and_lets_the_ca_decide(world):
    keeper = world.keeper()
    name = "nowhere.example.org"
    keeper.keep(name)
    line = until(lambda: [one for one in keeper.history(name) if one["step"] == "self-check"], "the self-check is noted")[0]
    assert "lookup" in line["detail"] and not world.authority.ledger(act="order")


def test_a_caa_record_that_forbids_the_ca_is_named(world):
    keeper = world.keeper()
    world.names.set(NAME, a=["127.0.0.1"], caa=[(0, "issue", "other-ca.example")])
    keeper.keep(NAME)
    line = until(lambda: [one for one in keeper.history(NAME) if one["step"] == "self-check"], "the self-check is noted")[0]
    assert "CAA" in line["detail"] and "issue" in line["detail"]


def test_a_ca_that_forgot_everything_gets_a_new_account(world):
    keeper = world.keeper()
    keeper.keep(NAME)
    keeper.wait_seen(NAME)
    world.authority.forget()
    keeper.run("cert", "renew", NAME)
    until(lambda: keeper.certificate(NAME)["failures"] > 0 or keeper.steps(NAME).count("seen") > 1, "it fails or gets through")
    for _ in range(3):
        if keeper.steps(NAME).count("seen") < 2:
            keeper.ask("POST", f"/certificates/{NAME}/renew")
    keeper.wait_seen(NAME, times=2)
    assert is_served(world, keeper) and not keeper.incidents(subject=NAME)
