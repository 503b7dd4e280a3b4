"""DNS-01 with the real program: dynamic updates against Knot, and hooks."""

import json
import os
import pathlib
import shutil
import signal
import stat
import time

import pytest

import knot as knots
from conftest import free_port, until
from keeping import STEPS, World
from knot import Knot

pytestmark = pytest.mark.skipif(not knots.available(), reason="Knot isn't installed: run tools/setup")

DOMAIN = "example.org"
RECORD = f"_acme-challenge.{DOMAIN}"
WILDCARD = f"*.{DOMAIN}"


class Zone:
    """A primary for example.org (and more), an authority that asks it, and a keeper that may change it."""

    def __init__(self, folder, zones=(DOMAIN,), also_asked=(), **knot):
        self.folder = folder
        self.knot = Knot(folder / "knot", list(zones), **knot).start()
        self.world = World(folder / "world", "--without-limits", "--profile", "seconds=60",
                           *(word for address in (self.knot.address, *also_asked) for word in ("--dns", address)))
        self.world.__enter__()
        # What the rest of the world knows: where the zone's server is, and that every name below the domain is on this machine.
        self.world.names.set("ns1.example.org", a=["127.0.0.1"])
        for zone in zones:
            self.world.names.set(zone, ns=["ns1.example.org"], a=["127.0.0.1"])
            self.world.names.set(f"*.{zone}", a=["127.0.0.1"])

    def provider(self, **more):
        return {"server": self.knot.address, "tsig_key_file": self.knot.key_file, **more}

    def keeper(self, *providers, **more):
        return self.world.keeper(**{"certificates.dns": list(providers) or [self.provider()], **more})

    def stop(self):
        self.world.__exit__()
        self.knot.stop()


@pytest.fixture
def zone(tmp_path):
    made = Zone(tmp_path)
    yield made
    made.stop()


def refusals(zone):
    return zone.world.authority.ledger(act="authorization_failure")


def test_a_wildcard_gets_its_certificate(zone):
    keeper = zone.keeper()
    keeper.keep(WILDCARD)
    keeper.wait_seen(WILDCARD)
    assert keeper.steps(WILDCARD) == STEPS
    certificate, _ = zone.world.handshake("anything.example.org", keeper.https_port)
    assert WILDCARD in str(certificate.extensions)
    assert [entry["detail"] for entry in zone.world.authority.ledger(act="authorization")] == ["dns-01"]
    until(lambda: zone.knot.texts(RECORD) == [], "the record is gone")
    assert not refusals(zone)
    # From outside, at a name that it covers.
    sighting, = until(lambda: keeper.certificate(WILDCARD)["last_seen"], "it is known where it was seen")
    assert sighting["address"] == f"127.0.0.1:{keeper.https_port}"
    listed = {one["name"]: one for one in keeper.json("cert", "list")}
    assert listed[WILDCARD]["state"] == "ok"
    assert "seen" in keeper.run("cert", "history", WILDCARD).stdout


def test_a_wildcard_can_be_added_and_removed_by_command(zone):
    keeper = zone.keeper()
    keeper.run("cert", "add", WILDCARD)
    keeper.wait_seen(WILDCARD)
    first = keeper.certificate(WILDCARD)["serial"]
    keeper.run("cert", "renew", WILDCARD)
    assert keeper.wait_seen(WILDCARD, times=2)["serial"] != first
    keeper.run("cert", "remove", WILDCARD)
    assert keeper.ask("GET", "/certificates/%2A.example.org")[0] == 404
    for wrong in ("*.org", "*", "*.*.example.org", "a.*.example.org", "*.192.0.2.1", "*example.org"):
        refused = keeper.run("cert", "add", wrong, check=False)
        assert refused.returncode == 1 and wrong in refused.stderr, (wrong, refused.stderr)


def test_a_wildcard_without_a_provider_says_so_at_once(tmp_path):
    with World(tmp_path) as world:
        keeper = world.keeper()
        keeper.run("cert", "add", WILDCARD)
        assert "no DNS provider is configured" in keeper.certificate(WILDCARD)["problem"]
        assert "[certificates.dns]" in keeper.wait_incident("manual-renewal", WILDCARD)["what"]
        assert not world.authority.ledger(act="order"), "the CA is not bothered"


def test_the_domain_and_its_wildcard_are_proved_at_one_name_at_the_same_time(zone):
    """Both records are there together: a provider adds, and never replaces."""
    others = free_port()
    slow = Knot(zone.folder / "slow", [DOMAIN], primary=zone.knot, port=others)
    keeper = zone.keeper(zone.provider(wait_for=[zone.knot.address, slow.address]), issuers=[zone.world.issuer(challenge="dns-01")])
    keeper.keep(DOMAIN, WILDCARD)
    # A server that is silent holds both up, so both records are out.
    until(lambda: len(zone.knot.texts(RECORD)) == 2, f"both records are out\n{keeper.story(DOMAIN)}")
    slow.start()
    try:
        for name in (DOMAIN, WILDCARD):
            keeper.wait_seen(name)
    finally:
        slow.stop()
    assert not refusals(zone)
    until(lambda: zone.knot.texts(RECORD) == [], "the records are gone")


def test_other_texts_of_the_same_name_stay(zone):
    zone.knot.update(f"zone {DOMAIN}", f'add {RECORD} 60 TXT "somebody else\'s"')
    keeper = zone.keeper()
    keeper.keep(WILDCARD)
    keeper.wait_seen(WILDCARD)
    until(lambda: zone.knot.texts(RECORD) == ["somebody else's"], f"only ours is gone: {zone.knot.texts(RECORD)}")


def test_every_authoritative_server_is_waited_for(tmp_path):
    """A secondary that answers, but is not told of changes: the CA might ask it, so it isn't told to look before that one has the record."""
    port = free_port()
    zone = Zone(tmp_path, also_asked=[f"127.0.0.1:{port}"])
    slow = Knot(zone.folder / "slow", [DOMAIN], primary=zone.knot, port=port).start()
    try:
        until(lambda: slow._dig(DOMAIN, "SOA"), f"the secondary has the zone\n{slow.log()}")
        keeper = zone.keeper(zone.provider(wait_for=[zone.knot.address, slow.address]))
        keeper.keep(WILDCARD)
        until(lambda: zone.knot.texts(RECORD), f"the record is at the primary\n{keeper.story(WILDCARD)}")
        since = time.monotonic()
        while time.monotonic() - since < 5:  # nothing to wait for: nothing may happen
            assert keeper.steps(WILDCARD)[-1] == "ordered" and not slow.texts(RECORD)
        slow.refresh(DOMAIN)  # now the secondary hears of it
        keeper.wait_seen(WILDCARD)
        assert not refusals(zone)
    finally:
        slow.stop()
        zone.stop()


def test_a_server_that_never_gets_the_record_is_named(zone):
    stale = Knot(zone.folder / "stale", [DOMAIN]).start()
    try:
        keeper = zone.keeper(zone.provider(wait_for=[zone.knot.address, stale.address], wait_seconds=1))
        keeper.keep(WILDCARD)
        keeper.wait_failures(WILDCARD, 1)
        error = keeper.certificate(WILDCARD)["last_error"]
        assert f"{stale.address} doesn't have it" in error and RECORD in error, error
        assert not refusals(zone), "the CA is not asked in vain"
    finally:
        stale.stop()


def test_the_challenge_can_be_delegated_by_an_alias(tmp_path):
    zone = Zone(tmp_path, zones=(DOMAIN, "acme.example.net"))
    try:
        zone.knot.update(f"zone {DOMAIN}", f"add {RECORD} 60 CNAME proof.acme.example.net.")
        zone.world.names.set(RECORD, cname=["proof.acme.example.net"])
        zone.world.names.set("proof.acme.example.net", a=["127.0.0.1"])
        # The provider may change the delegated zone alone.
        keeper = zone.keeper(zone.provider(names=["acme.example.net"]))
        keeper.keep(WILDCARD)
        until(lambda: zone.knot.texts("proof.acme.example.net") or "seen" in keeper.steps(WILDCARD), "the record is where the alias leads")
        keeper.wait_seen(WILDCARD)
        until(lambda: zone.knot.texts("proof.acme.example.net") == [], "the record is gone")
    finally:
        zone.stop()


def test_a_name_that_nobody_can_reach_is_proved_in_dns(zone):
    """No address, so neither HTTP-01 nor TLS-ALPN-01 has a chance."""
    zone.world.names.set("inside.example.org", txt=["no address"])
    keeper = zone.keeper()
    keeper.keep("inside.example.org")
    until(lambda: "loaded" in keeper.steps("inside.example.org"), "it has its certificate")
    assert [entry["detail"] for entry in zone.world.authority.ledger(act="authorization")] == ["dns-01"]
    assert not refusals(zone)


def test_a_name_that_is_reachable_is_proved_as_before(zone):
    keeper = zone.keeper()
    keeper.keep("www.example.org")
    keeper.wait_seen("www.example.org")
    assert [entry["detail"] for entry in zone.world.authority.ledger(act="authorization")] == ["http-01"]


def test_what_a_killed_keeper_left_is_removed(zone):
    silent = f"127.0.0.1:{free_port()}"
    keeper = zone.keeper(zone.provider(wait_for=[zone.knot.address, silent]))
    keeper.keep(WILDCARD)
    left, = until(lambda: zone.knot.texts(RECORD), f"the record is out\n{keeper.story(WILDCARD)}")
    keeper.process.send_signal(signal.SIGKILL)
    keeper.process.wait()
    zone.world.authority.forget()  # the order is gone, too: the next one has another token
    keeper.configuration["certificates.dns"] = [zone.provider()]
    keeper.start()
    zone.world.point(keeper)
    keeper.ask("POST", "/certificates/%2A.example.org/renew")
    keeper.wait_seen(WILDCARD)
    until(lambda: zone.knot.texts(RECORD) == [], f"nothing is left, {left} included: {zone.knot.texts(RECORD)}")


@pytest.mark.parametrize("case", ["secret", "name", "refused", "not_authoritative", "silent"])
def test_what_the_server_refuses_is_said(zone, case, tmp_path):
    provider = zone.provider()
    key = zone.knot.key_file.read_text()
    wrong = tmp_path / "wrong.key"
    provider["tsig_key_file"] = wrong
    if case == "secret":
        wrong.write_text(key.replace(zone.knot.secret, "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI="))
        expected = "the secrets differ"
    elif case == "name":
        wrong.write_text(key.replace("carillon", "stranger"))
        expected = "doesn't know the TSIG key “stranger” (BADKEY)"
    elif case == "refused":
        del provider["tsig_key_file"]
        expected = "doesn't allow updates of it without a TSIG key (NOTAUTH)"
    elif case == "not_authoritative":
        wrong.write_text(key)
        provider["zone"] = "example.com"
        expected = "isn't the primary of the zone example.com, or"
    else:
        wrong.write_text(key)
        provider["server"] = f"127.0.0.1:{free_port()}"
        expected = "doesn't respond"
    keeper = zone.keeper(provider)
    keeper.keep(WILDCARD)
    keeper.wait_failures(WILDCARD, 3)
    error = keeper.certificate(WILDCARD)["last_error"]
    assert expected in error, error
    assert expected in keeper.wait_incident("renewal-failed", WILDCARD)["what"]
    assert not refusals(zone)
    assert zone.knot.secret not in keeper.log()


@pytest.mark.skipif(not shutil.which("faketime"), reason="faketime isn't installed")
def test_clocks_that_differ_are_said(zone, tmp_path):
    zone.knot.stop()
    zone.knot.start(command=("faketime", "-f", "+2h"))
    keeper = zone.keeper()
    keeper.keep(WILDCARD)
    keeper.wait_failures(WILDCARD, 1)
    error = keeper.certificate(WILDCARD)["last_error"]
    assert "BADTIME" in error and "this machine's clock is 2 hours behind the server's" in error, error


# Hooks

KNOT_HOOK = """#!/bin/sh
# present|cleanup RECORD VALUE
case "$1" in
  present) act="add $2. 60 TXT \\"$3\\"" ;;
  cleanup) act="del $2. TXT \\"$3\\"" ;;
  *) exit 9 ;;
esac
printf 'server 127.0.0.1 %s\\nzone %s\\nkey %s\\n%s\\nsend\\n' "$PORT" "$ZONE" "$KEY" "$act" | knsupdate
"""


def hook(folder, text, name="hook"):
    file = pathlib.Path(folder) / name
    file.write_text(text)
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return file


def hook_of(zone, text=KNOT_HOOK):
    words = {"$PORT": str(zone.knot.port), "$ZONE": DOMAIN, "$KEY": f"{zone.knot.algorithm}:{zone.knot.key_name} {zone.knot.secret}"}
    for word, value in words.items():
        text = text.replace(f'"{word}"', f'"{value}"')
    return hook(zone.folder, text)


def test_a_hook_proves_a_wildcard(zone):
    keeper = zone.keeper({"hook": [str(hook_of(zone))], "wait_for": [zone.knot.address]})
    keeper.keep(WILDCARD)
    keeper.wait_seen(WILDCARD)
    until(lambda: zone.knot.texts(RECORD) == [], "the record is gone")


def test_a_hook_that_hangs_holds_nobody_else_up(zone):
    keeper = zone.keeper({"hook": [str(hook(zone.folder, "#!/bin/sh\necho asking the API\nsleep 1000 & sleep 1000\n"))], "hook_timeout_seconds": 3})
    many = [f"*.w{number}.example.org" for number in range(9)]
    keeper.keep(*many, "www.example.org")
    keeper.wait_seen("www.example.org")
    keeper.wait_failures(many[0], 3)
    incident = keeper.wait_incident("renewal-failed", many[0])
    assert "didn't finish within 3 s" in incident["what"] and "asking the API" in incident["what"]
    keeper.stop()
    left = [pid for pid in os.listdir("/proc") if pid.isdigit() and is_of_a_hook(pid, "_acme-challenge.w")]
    assert not left, "nothing that the hooks started is left"


def is_of_a_hook(pid, record):
    try:
        return f"CARILLON_RECORD={record}" in pathlib.Path(f"/proc/{pid}/environ").read_text()
    except OSError:
        return False


def test_a_hook_that_prints_without_end_is_stopped(zone):
    keeper = zone.keeper({"hook": [str(hook(zone.folder, "#!/bin/sh\nexec head -c 1000000000 /dev/zero | tr '\\\\0' x\n"))], "hook_timeout_seconds": 20})
    keeper.keep(WILDCARD)
    keeper.wait_failures(WILDCARD, 1)
    assert len(json.dumps(keeper.certificate(WILDCARD))) < 20_000
    assert keeper.process.poll() is None


def test_exports_of_a_wildcard_have_a_plain_file_name_and_a_host_to_look_at(zone):
    folder = zone.folder / "exported"
    keeper = zone.keeper(**{"certificates.exports": [{"name": WILDCARD, "folder": folder, "host": "www.example.org"}]}, start=False)
    keeper.configuration["certificates.exports"][0]["port"] = 1
    keeper.start()
    zone.world.point(keeper)
    until(lambda: "loaded" in keeper.steps(WILDCARD), "it is exported")
    assert sorted(file.name for file in folder.iterdir()) == ["_.example.org.combined.pem", "_.example.org.key", "_.example.org.pem"]
    until(lambda: keeper.certificate(WILDCARD)["last_seen"], "it is looked for")
    assert keeper.certificate(WILDCARD)["last_seen"][0]["address"] == "127.0.0.1:1"
