"""The keeper in the real program, against an authority, a name server and the wire."""

import datetime
import json
import signal
import socket
import ssl

import pytest

from authority import Authority
from conftest import Carillon, until
from keeping import STEPS, World, is_serial


@pytest.fixture
def world(tmp_path):
    with World(tmp_path) as made:
        yield made


def orders(world, name):
    return [entry for entry in world.authority.ledger(act="order") if entry["names"] == [name]]


@pytest.mark.parametrize("challenge", ["http-01", "tls-alpn-01"])
def test_a_name_gets_its_certificate_and_every_step_is_told(world, challenge):
    keeper = world.keeper(issuers=[world.issuer(challenge=challenge)])
    # Only the door that is meant is open: the other one leads nowhere.
    world.authority.settings(**({"tls_port": 1} if challenge == "http-01" else {"http_port": 1}))
    name = world.name("pod.example.org")
    keeper.keep(name)
    kept = keeper.wait_seen(name)
    assert keeper.steps(name) == STEPS
    certificate, version = world.handshake(name, keeper.https_port)
    assert version == "TLSv1.3" and is_serial(kept["serial"], certificate)
    assert len(orders(world, name)) == 1 and not world.authority.ledger(act="authorization_failure")
    said = keeper.run("cert", "history", name).stdout
    assert all(step in said for step in STEPS)

    # What stands in the interface, by name and kind.
    listed = {one["name"]: one for one in keeper.json("cert", "list")}
    assert set(listed) == {name, "localhost"}
    one = listed[name]
    assert (one["issuer"], one["state"], one["next_step"], one["steward"], one["deputy"], one["spare"]) == ("test-ca", "ok", "due", "ops@example.org", "second@example.org", None)
    ends, next_at = (datetime.datetime.fromisoformat(one[key].replace("Z", "+00:00")) for key in ("not_after", "next_step_at"))
    now = datetime.datetime.now(datetime.timezone.utc)
    assert now < next_at < ends, "the next step is before the end"
    sighting, = one["last_seen"]
    assert sighting["address"] == f"127.0.0.1:{keeper.https_port}" and is_serial(sighting["serial"], certificate)
    assert abs(datetime.datetime.fromisoformat(sighting["at"].replace("Z", "+00:00")) - now) < datetime.timedelta(minutes=5)
    assert listed["localhost"]["issuer"] == "local"
    assert name in keeper.run("cert", "list").stdout
    assert keeper.run("cert", "export-list", "--csv").stdout.splitlines()[1].startswith('"localhost","local"')


def test_renew_replaces_the_certificate_and_closes_no_connection(world):
    keeper = world.keeper()
    name = world.name("pod.example.org")
    keeper.keep(name)
    first = keeper.wait_seen(name)
    context = ssl.create_default_context(cafile=str(world.authority.trust_file))
    with socket.create_connection(("127.0.0.1", keeper.https_port)) as plain, context.wrap_socket(plain, server_hostname=name) as kept_alive:
        keeper.run("cert", "renew", name)
        second = keeper.wait_seen(name, times=2)
        assert second["serial"] != first["serial"]
        assert is_serial(second["serial"], world.handshake(name, keeper.https_port)[0])
        kept_alive.sendall(f"GET /healthz HTTP/1.1\r\nHost: {name}\r\n\r\n".encode())
        assert kept_alive.recv(4096).startswith(b"HTTP/1.1 200")
    assert orders(world, name)[-1]["exempt"], "it named the one it replaces"
    assert keeper.run("cert", "renew", "nothing.example.org", check=False).returncode == 1


def test_names_come_and_go_with_the_configuration(world):
    keeper = world.keeper()
    first, second = world.name("a.example.org"), world.name("b.example.org")
    keeper.keep(first)
    keeper.wait_seen(first)
    keeper.configuration["certificates"]["names"] = [second]
    keeper.reread()
    keeper.wait_seen(second)
    assert {one["name"] for one in keeper.json("cert", "list")} == {"localhost", second}
    world.handshake(second, keeper.https_port)
    with pytest.raises(ssl.SSLError):
        world.handshake(first, keeper.https_port)
    # By command, too; those stay through a SIGHUP.
    keeper.run("cert", "add", first, "--steward", "ada@example.org")
    assert keeper.wait_seen(first, times=1)["steward"] == "ada@example.org"
    keeper.reread()
    assert {one["name"] for one in keeper.json("cert", "list")} == {"localhost", first, second}
    keeper.run("cert", "remove", first)
    assert first not in {one["name"] for one in keeper.json("cert", "list")}
    for wrong in ("*.org", "not a name", "-a.example.org"):
        said = keeper.run("cert", "add", wrong, check=False)
        assert said.returncode in (1, 2) and said.stderr.count("\n") >= 1, wrong


def test_an_address_without_a_way_to_it_keeps_no_name_from_being_seen(world):
    """A name with an AAAA record, on a machine without IPv6 or with one that leads nowhere."""
    nowhere = "2001:db8::7"
    with socket.socket(socket.AF_INET6) as probe:
        probe.settimeout(9)
        try:
            probe.connect((nowhere, 443))
        except TimeoutError:
            pytest.skip(f"the network of this machine drops what goes to {nowhere}, and doesn't say so")
        except OSError:
            pass
    keeper = world.keeper()
    name = world.name("dual.example.org")
    world.names.set(name, a=["127.0.0.1"], aaaa=[nowhere])
    keeper.keep(name)
    seen = keeper.wait_seen(name)
    assert [one["address"] for one in seen["last_seen"]] == [f"127.0.0.1:{keeper.https_port}"] and seen["state"] == "ok"
    # The watch and the scan say the same of the same endpoint.
    target = f"{name}:{keeper.https_port}"
    keeper.run("cert", "watch", target)
    watched = until(lambda: [one for one in keeper.json("cert", "list") if one["name"] == target and one["last_seen"]], "it is looked at")[0]
    assert [one["address"] for one in watched["last_seen"]] == [f"127.0.0.1:{keeper.https_port}"]
    scanned = json.loads(keeper.run("cert", "scan", target, "--config", keeper.file, "--json", check=False).stdout)
    assert ["unreachable" in one["findings"] for one in scanned] == [False], scanned
    assert not keeper.incidents(subject=name)


def orders_of(keeper, name):
    return keeper.steps(name).count("ordered")


def test_a_name_that_is_written_in_another_way_is_the_same_name(world, tmp_path):
    """A dot behind it, capitals: an operator changes how a name is written, and nothing is ordered again; an export finds it."""
    keeper = world.keeper()
    name = world.name("a.example.org")
    keeper.keep(name)
    keeper.wait_seen(name)
    for written in ["a.example.org.", "A.Example.ORG", " a.EXAMPLE.org. "]:
        keeper.configuration["certificates"]["names"] = [written]
        keeper.reread()
        assert [one["name"] for one in keeper.json("cert", "list")].count(name) == 1
    for written in ["A.example.org.", "A.EXAMPLE.ORG"]:
        assert json.loads(keeper.run("cert", "show", written, "--json").stdout)["name"] == name
        assert "already" not in keeper.run("cert", "history", written).stdout
    keeper.stop()
    folder = tmp_path / "exported"
    keeper.configuration["certificates.exports"] = [{"name": "A.Example.org.", "folder": str(folder), "port": keeper.https_port}]
    keeper.start()
    assert orders_of(keeper, name) == 1, keeper.story(name)
    keeper.run("cert", "renew", name)
    until(lambda: (folder / "a.example.org.pem").exists(), "the export is written")


def test_what_no_name_can_be_is_refused_with_what_to_write(world):
    keeper = world.keeper()
    for written, hint in [("https://www.example.org/feed", "enter only the host name: www.example.org"), ("www.example.org:443", "enter only the host name"), ("*.org", "would cover other people's names"), ("*.a.*.example.org", "isn't a wildcard name")]:
        said = keeper.run("cert", "add", written, check=False)
        assert said.returncode == 1 and hint in said.stderr, said.stderr
    assert "has no port" in keeper.run("cert", "watch", "www.example.org", check=False).stderr
    keeper.run("cert", "watch", "https://www.EXAMPLE.org./shows")
    assert [one["name"] for one in keeper.json("cert", "list") if one.get("watched")] == ["www.example.org:443"]


def test_a_name_that_people_set_stays_as_they_set_it(world):
    """Kept by hand on purpose; then the configuration mentions it, and the server is started again."""
    keeper = world.keeper()
    name = world.name("by-hand.example.org")
    keeper.run("cert", "add", name, "--issuer", "manual", "--steward", "ada@example.org")
    keeper.keep(name)
    for _ in range(2):
        shown = keeper.certificate(name)
        assert shown["source"] == "person" and shown["steward"] == "ada@example.org", shown
        assert keeper.run("cert", "renew", name, check=False).returncode == 1, "no issuer is asked"
        keeper.stop()
        keeper.start()
    assert orders_of(keeper, name) == 0


def test_a_broken_configuration_at_sighup_changes_nothing(world):
    keeper = world.keeper()
    name = world.name("a.example.org")
    keeper.keep(name)
    keeper.wait_seen(name)
    keeper.file.write_text('[certificates]\nnames = "no list"\n')
    keeper.process.send_signal(signal.SIGHUP)
    until(lambda: "configuration could not be reloaded" in keeper.log(), "the refusal is logged")
    world.handshake(name, keeper.https_port)
    assert keeper.certificate(name)["state"] == "ok"


def test_a_restart_keeps_everything_and_orders_nothing(world):
    keeper = world.keeper()
    name = world.name("pod.example.org")
    keeper.keep(name)
    before = keeper.wait_seen(name)
    history = keeper.history(name)
    assert keeper.stop() == 0
    keeper.start()
    after = keeper.certificate(name)
    assert (after["serial"], after["not_after"], after["steward"]) == (before["serial"], before["not_after"], before["steward"])
    assert keeper.history(name)[:len(history)] == history
    assert is_serial(before["serial"], world.handshake(name, keeper.https_port)[0])
    until(lambda: keeper.certificate(name)["last_seen"], "it is looked at again")
    assert len(orders(world, name)) == 1 and len(world.authority.ledger(act="account")) == 1


def test_a_backup_brings_certificates_keys_and_secrets_back(world, tmp_path):
    keeper = world.keeper()
    name = world.name("pod.example.org")
    keeper.keep(name)
    before = keeper.wait_seen(name)
    keeper.run("backup", tmp_path / "backup")
    for secret in ("master.key", "link.key"):
        assert (tmp_path / "backup" / "secrets" / secret).read_bytes() == (keeper.data / "secrets" / secret).read_bytes()
    keeper.stop()
    again = world.keeper(data="restored", start=False)
    again.run("restore", tmp_path / "backup")
    again.configuration["certificates"]["names"] = [name]
    again.start()
    assert is_serial(before["serial"], world.handshake(name, again.https_port)[0])
    assert again.certificate(name)["serial"] == before["serial"]
    # The account goes on, too: the CA sees no new one.
    world.point(again)
    again.run("cert", "renew", name)
    again.wait_seen(name, times=2)
    assert len(world.authority.ledger(act="account")) == 1


def test_the_second_issuer_steps_in_when_the_first_is_down(world, tmp_path):
    with Authority(tmp_path / "second", 1, 1, "--without-limits") as second:
        keeper = world.keeper(issuers=[world.issuer("first"), world.issuer("second", second)])
        world.point(keeper, second)
        world.authority.stop()
        name = world.name("pod.example.org")
        keeper.keep(name)
        until(lambda: keeper.certificate(name)["failures"] >= 1, "the first fails")
        for wanted in (2, 3):
            keeper.ask("POST", f"/certificates/{name}/renew")
            until(lambda: keeper.certificate(name)["failures"] >= wanted or "seen" in keeper.steps(name), f"{wanted} failures")
        assert keeper.wait_seen(name)["issuer"] == "second"
        world.handshake(name, keeper.https_port, second.trust_file)
        lines = [line["step"] for line in keeper.history(name)]
        assert lines.index("next issuer") > lines.index("failed")


def test_the_second_issuer_gives_a_spare_that_takes_over_when_it_is_asked_to(world, tmp_path):
    long_lived = ("--without-limits", "--profile", "seconds=864000")
    with Authority(tmp_path / "first", 1, 1, *long_lived) as first, Authority(tmp_path / "second", 1, 1, *long_lived) as second:
        keeper = world.keeper(issuers=[world.issuer("first", first), world.issuer("second", second)])
        world.point(keeper, first)
        world.point(keeper, second)
        name = world.name("pod.example.org")
        keeper.keep(name)
        assert keeper.wait_seen(name)["issuer"] == "first"
        spare = until(lambda: keeper.certificate(name)["spare"], f"{name} has a spare\n{keeper.story(name)}")
        assert spare["issuer"] == "second" and spare["not_after"] >= keeper.certificate(name)["not_after"]
        assert "from second, until" in keeper.run("cert", "show", name).stdout
        assert f'carillon_certificate_spare_seconds_left{{issuer="second",name="{name}"}}' in keeper.ask("GET", "/metrics")[1]
        world.handshake(name, keeper.https_port, first.trust_file)
        # A kill in between loses neither of the two.
        keeper.kill()
        keeper.start()
        assert keeper.certificate(name)["spare"] == spare
        assert "is being installed" in keeper.run("cert", "use-spare", name).stdout
        assert keeper.wait_seen(name, times=2)["issuer"] == "second"
        world.handshake(name, keeper.https_port, second.trust_file)
        until(lambda: (keeper.certificate(name)["spare"] or {}).get("issuer") == "first", f"the first issuer gives the next spare\n{keeper.story(name)}")
        assert len(first.ledger(act="order")) == 2 and len(second.ledger(act="order")) == 1
        assert any("certificate.use-spare" in str(line) for line in keeper.ask("GET", "/audit")[1]["items"])


def test_names_that_are_not_public_get_the_local_ca(world):
    keeper = world.keeper()
    name = world.name("box.internal")
    keeper.configuration["certificates.issuers"] = []
    keeper.stop()
    keeper.start()
    keeper.keep(name)
    keeper.wait_seen(name)
    assert world.handshake(name, keeper.https_port, keeper.authority)[0].serial_number
    assert keeper.certificate(name)["issuer"] == "local"
    assert keeper.run("cert", "add", "www.example.org", "--issuer", "local", check=False).returncode == 1


def test_a_name_below_localhost_is_this_machine_and_sees_itself(world):
    """RFC 6761 §6.3: whatever a name server says of it, and without asking one."""
    world.names.set("localhost", a=["192.0.2.66"])
    world.names.set("www.localhost", a=["192.0.2.66"])
    keeper = world.keeper()
    keeper.keep("www.localhost")
    kept = keeper.wait_seen("www.localhost")
    assert kept["state"] == "ok" and kept["last_seen"][0]["address"] == f"127.0.0.1:{keeper.https_port}"
    keeper.run("cert", "watch", f"a.b.localhost:{keeper.https_port}", "--steward", "ops@example.org")
    watched = until(lambda: [one for one in keeper.json("cert", "list") if one["name"].startswith("a.b.localhost") and one["last_seen"]], "the watch has looked")
    assert watched[0]["last_seen"][0]["address"] == f"127.0.0.1:{keeper.https_port}"
    assert not [asked for asked in world.names.asked if asked[0].endswith("localhost")]
