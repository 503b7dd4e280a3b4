"""Groups: several names on one certificate, with the real program, a real nginx and DNS server."""

import datetime
import os
import signal
import subprocess

import pytest

import knot as knots
from conftest import free_port, until
from cryptography import x509
from hand_ca import HandCa
from keeping import Guard, World, as_toml, is_serial, served
from knot import Knot

FIRST, SECOND, THIRD = "www.example.org", "example.org", "shop.example.org"
GROUP = "website"


@pytest.fixture
def world(tmp_path):
    with World(tmp_path / "world", "--without-limits") as made:
        for name in (FIRST, SECOND, THIRD):
            made.name(name)
        yield made


def group(keeper, *names, name=GROUP):
    keeper.configuration[f"certificates.groups.{name}"] = {"names": list(names)}


def regroup(keeper, *names, **more):
    group(keeper, *names, **more)
    keeper.reread()


def names_in(certificate):
    return sorted(certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName))


def names_at(host, port):
    try:
        return names_in(served(host, port))
    except OSError:
        return None


def kept(world, *names, kind=Guard, **more):
    keeper = world.keeper(kind, **more)
    regroup(keeper, *names)
    keeper.wait_seen(GROUP)
    return keeper


def break_name(world, name):
    """It no longer resolves here, and the authority can't verify it."""
    world.names.remove(name)
    world.authority.fail_name(name)


def mend_name(world, name):
    world.name(name)
    world.authority.heal_name(name)


def test_two_names_share_one_certificate(world):
    # Capitals, trailing dots, duplicates and another alphabet: each name once.
    world.name("xn--bcher-kva.example.org")
    keeper = kept(world, "WWW.Example.ORG.", SECOND, FIRST, "Bücher.example.org")
    all_names = sorted([FIRST, SECOND, "xn--bcher-kva.example.org"])
    serials = {served(name, keeper.https_port).serial_number for name in all_names}
    assert len(serials) == 1
    for name in all_names:
        assert names_at(name, keeper.https_port) == all_names
        world.handshake(name, keeper.https_port)
        document = keeper.certificate(name)
        assert (document["name"], document["group"], document["left_out"]) == (GROUP, GROUP, [])
        assert sorted(document["names"]) == all_names
        said = keeper.run("cert", "show", name).stdout
        assert f"Group              {GROUP}" in said and SECOND in said, said
        assert keeper.steps(name).count("seen") == 1
    assert {one["name"] for one in document["last_seen"]} == set(all_names)
    assert len(world.authority.certificates(FIRST)) == 1
    assert [one["name"] for one in keeper.json("cert", "list") if one["name"] not in ("localhost",)] == [GROUP]
    # Another name for the same thing changes nothing.
    regroup(keeper, "www.example.org", "EXAMPLE.org", "xn--bcher-kva.example.org")
    assert keeper.steps(GROUP).count("seen") == 1
    # A start finds everything, and renews nothing.
    keeper.stop()
    keeper.start()
    assert served(SECOND, keeper.https_port).serial_number in serials
    status, answer = keeper.ask("POST", "/certificates", {"name": SECOND})
    assert status == 409 and f"already in the group “{GROUP}”" in answer["detail"], answer
    status, answer = keeper.ask("DELETE", f"/certificates/{SECOND}")
    assert status == 409, answer


def test_a_server_serves_its_own_origin_with_the_certificate_of_the_group(world):
    keeper = world.keeper(start=False)
    keeper.configuration["server"] = {"origin": f"https://{FIRST}"}
    group(keeper, FIRST, SECOND)
    keeper.start()
    world.point(keeper)
    until(lambda: names_at(FIRST, keeper.https_port) == sorted([FIRST, SECOND]), "the origin is served")
    assert names_at("127.0.0.1", keeper.https_port) in (sorted([FIRST, SECOND]), ["localhost"])
    assert {one["name"] for one in keeper.json("cert", "list")} >= {GROUP}
    assert FIRST not in {one["name"] for one in keeper.json("cert", "list")}


class Nginx:
    """Debian's nginx with one server for several names and one certificate file, as operators set it up."""

    program = "/usr/sbin/nginx"

    def __init__(self, folder):
        self.folder, self.port, self.process = folder, free_port(), None
        folder.mkdir()
        self.file = folder / "nginx.conf"

    def command(self, *more):
        return [self.program, "-p", str(self.folder), "-c", str(self.file), *more]

    @property
    def reload(self):
        return ["/bin/sh", "-c", f"test ! -s {self.folder}/nginx.pid || kill -HUP $(cat {self.folder}/nginx.pid)"]

    def start(self, certificate, *names):
        self.file.write_text(f"""
user root;
worker_processes 1;
error_log {self.folder}/error.log;
pid {self.folder}/nginx.pid;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {self.folder}/body; proxy_temp_path {self.folder}/proxy; fastcgi_temp_path {self.folder}/fastcgi;
  uwsgi_temp_path {self.folder}/uwsgi; scgi_temp_path {self.folder}/scgi;
  server {{
    listen 127.0.0.1:{self.port} ssl;
    server_name {" ".join(names)};
    ssl_certificate {self.folder}/{certificate}.pem;
    ssl_certificate_key {self.folder}/{certificate}.key;
    location / {{ return 200 "hello"; }}
  }}
}}
""")
        self.process = subprocess.Popen(self.command("-g", "daemon off;"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(lambda: (self.folder / "nginx.pid").exists() and (self.folder / "nginx.pid").read_text().strip(), "nginx runs")

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(timeout=30)


@pytest.mark.skipif(not os.path.exists(Nginx.program), reason="nginx isn't installed: run tools/setup")
def test_one_file_for_nginx_and_a_name_whose_dns_goes_away(tmp_path):
    with World(tmp_path / "world", "--without-limits", "--profile", "short=180", "--default-profile", "short") as world:
        for name in (FIRST, SECOND):
            world.name(name)
        world.authority.settings(authorization_reuse_seconds=0)
        keeper, nginx = world.keeper(Guard), Nginx(tmp_path / "nginx")
        try:
            keeper.configuration["certificates.exports"] = [{"name": GROUP, "folder": nginx.folder, "port": nginx.port, "command": nginx.reload}]
            regroup(keeper, FIRST, SECOND)
            until((nginx.folder / f"{GROUP}.combined.pem").exists, "exported", 60)
            nginx.start(GROUP, FIRST, SECOND)
            keeper.wait_seen(GROUP)
            first = served(SECOND, nginx.port)
            assert names_at(FIRST, nginx.port) == names_at(SECOND, nginx.port) == sorted([FIRST, SECOND])
            assert is_serial(keeper.certificate(GROUP)["serial"], first)
            # Its DNS goes away: the other is renewed in time.
            break_name(world, SECOND)
            # While nginx reloads, one worker has the new certificate and another one the old.
            renewed = until(lambda: next((leaf for leaf in [served(FIRST, nginx.port)] if names_in(leaf) == [FIRST]), None), f"renewed without it\n{keeper.story(GROUP)}", 180)
            assert renewed.not_valid_after > first.not_valid_after > datetime.datetime.utcnow(), "before the old one ends"
            assert keeper.wait_incident("name-left-out", SECOND)["state"] == "open"
            # Here, what it had is served as long as it's valid.
            assert names_at(SECOND, keeper.https_port) == sorted([FIRST, SECOND])
            mend_name(world, SECOND)
            until(lambda: names_at(FIRST, nginx.port) == sorted([FIRST, SECOND]), f"it comes back by itself\n{keeper.story(GROUP)}", 120)
            until(lambda: keeper.incidents("name-left-out", SECOND)[-1]["state"] != "open", "its incident is resolved")
            # On a busy machine the renewal without it may be late, but not for long.
            assert [one for one in keeper.incidents("renewal-failed") if one["state"] == "open"] == []
        finally:
            nginx.stop()


def test_a_group_that_cannot_be_managed_stops_neither_the_others_nor_a_start(world):
    keeper = world.keeper(Guard)
    keeper.run("cert", "add", "printer", "--issuer", "manual")
    group(keeper, SECOND, name="printer")
    keeper.configuration["certificates"].setdefault("names", []).append(FIRST)
    keeper.reread()
    assert "“printer” is managed as a single name" in keeper.log()
    incident = keeper.wait_incident("not-managed", "group printer")
    assert "“printer” is managed as a single name; choose another name for the group." in incident["what"]
    assert incident["steward"] == "ops@example.org"
    assert "The group “printer” in the configuration can't be managed" in keeper.run("doctor", check=False).stdout
    keeper.wait_seen(FIRST)
    keeper.stop()
    keeper.start()
    assert keeper.certificate(FIRST)["state"] == "ok"
    # The way out works while the server runs.
    keeper.run("cert", "remove", "printer")
    keeper.reread()
    keeper.wait_seen("printer")
    assert names_at(SECOND, keeper.https_port) == [SECOND]
    assert keeper.incidents("not-managed", "group printer")[-1]["state"] == "solved"


def test_a_new_name_that_fails_is_left_out_and_comes_back(world):
    world.names.remove(SECOND)
    world.authority.fail_name(SECOND)
    keeper = kept(world, FIRST, SECOND)
    assert names_at(FIRST, keeper.https_port) == [FIRST]
    one, = keeper.certificate(SECOND)["left_out"]
    assert one["name"] == SECOND and one["failures"] == 1
    assert keeper.certificate(GROUP)["state"] == "late"
    incident = keeper.wait_incident("name-left-out", SECOND)
    assert SECOND in incident["what"] and GROUP in incident["what"] and incident["steward"] == "ops@example.org"
    assert "Left out" in keeper.run("cert", "show", SECOND).stdout
    # Killed in between, it is still known.
    keeper.kill()
    keeper.start()
    assert keeper.certificate(SECOND)["left_out"] == [one]
    world.name(SECOND)
    world.authority.heal_name(SECOND)
    keeper.run("cert", "renew", SECOND)
    keeper.wait_seen(GROUP, times=2)
    assert names_at(SECOND, keeper.https_port) == sorted([FIRST, SECOND])
    until(lambda: keeper.certificate(GROUP)["state"] == "ok", "all is well")
    assert keeper.incidents("name-left-out", SECOND)[-1]["state"] != "open"


def test_members_come_and_go_by_sighup(world):
    keeper = kept(world, FIRST, SECOND)
    first = served(FIRST, keeper.https_port).serial_number
    regroup(keeper, FIRST, SECOND, THIRD)
    keeper.wait_seen(GROUP, times=2)
    assert names_at(FIRST, keeper.https_port) == sorted([FIRST, SECOND, THIRD])
    assert served(FIRST, keeper.https_port).serial_number != first
    second = served(FIRST, keeper.https_port).serial_number
    regroup(keeper, FIRST, THIRD)
    noted = [line["detail"] for line in keeper.history(GROUP) if line["step"] == "names"]
    assert noted == [f"added: {THIRD}", f"removed: {SECOND}, which the active certificate includes until it is renewed"]
    assert served(FIRST, keeper.https_port).serial_number == second, "nothing is issued for that"
    keeper.run("cert", "renew", GROUP)
    keeper.wait_seen(GROUP, times=3)
    assert names_at(FIRST, keeper.https_port) == sorted([FIRST, THIRD])
    # Alone again: what is served goes on until it has its own.
    del keeper.configuration[f"certificates.groups.{GROUP}"]
    keeper.configuration["certificates"]["names"] = [FIRST]
    keeper.reread()
    assert names_at(FIRST, keeper.https_port) is not None
    keeper.wait_seen(FIRST)
    assert names_at(FIRST, keeper.https_port) == [FIRST]
    assert names_at(THIRD, keeper.https_port) is None


def test_a_name_that_moves_into_a_group_and_back_is_served_all_the_time(world, tmp_path):
    keeper, ca = world.keeper(Guard), HandCa(tmp_path)
    keeper.run("cert", "add", FIRST, "--issuer", "manual", "--steward", "ada@example.org")
    chain, key = ca.make(FIRST)
    (tmp_path / "chain.pem").write_text(chain)
    (tmp_path / "key.pem").write_text(key)
    keeper.run("cert", "import", FIRST, "--cert", tmp_path / "chain.pem", "--key", tmp_path / "key.pem")
    keeper.wait_seen(FIRST)
    own = served(FIRST, keeper.https_port).serial_number
    # Nobody can issue for the group: there's no DNS provider for the wildcard.
    regroup(keeper, FIRST, "*.example.net")
    incident = keeper.wait_incident("manual-renewal", GROUP)
    assert "is a wildcard" in incident["what"] and "no DNS provider is configured" in incident["what"]
    assert "is a wildcard" in keeper.run("doctor", check=False).stdout
    keeper.stop()
    keeper.start()
    assert served(FIRST, keeper.https_port).serial_number == own
    del keeper.configuration[f"certificates.groups.{GROUP}"]
    keeper.reread()
    assert served(FIRST, keeper.https_port).serial_number == own
    kept = keeper.certificate(FIRST)
    assert (kept["name"], kept["issuer"], kept["state"], kept["steward"], is_serial(kept["serial"], served(FIRST, keeper.https_port))) == (
        FIRST, "manual", "ok", "ada@example.org", True)
    # Into one that can: it takes over.
    regroup(keeper, FIRST, SECOND)
    keeper.wait_seen(GROUP)
    assert names_at(FIRST, keeper.https_port) == sorted([FIRST, SECOND])
    assert {one["name"] for one in keeper.json("cert", "list")} - {"localhost"} == {GROUP}


def test_groups_that_swap_a_name_serve_it_all_the_time(world):
    keeper = world.keeper(Guard)
    group(keeper, FIRST, SECOND, name="a")
    regroup(keeper, THIRD, name="b")
    keeper.wait_seen("a")
    keeper.wait_seen("b")
    before = served(SECOND, keeper.https_port).serial_number
    group(keeper, FIRST, name="a")
    regroup(keeper, THIRD, SECOND, "*.example.net", name="b")
    keeper.run("cert", "renew", "a")
    keeper.wait_seen("a", times=2)
    assert names_at(FIRST, keeper.https_port) == [FIRST]
    assert served(SECOND, keeper.https_port).serial_number == before
    incident = keeper.wait_incident("name-left-out", SECOND)
    assert "a new one can't be ordered: *.example.net is a wildcard" in incident["what"], incident
    assert SECOND in keeper.run("doctor", check=False).stdout
    keeper.kill()
    keeper.start()
    assert served(SECOND, keeper.https_port).serial_number == before, "after a restart, too"
    regroup(keeper, THIRD, SECOND, name="b")
    keeper.wait_seen("b", times=2)
    assert names_at(SECOND, keeper.https_port) == sorted([SECOND, THIRD])
    until(lambda: keeper.incidents("name-left-out", SECOND)[-1]["state"] != "open", "it's resolved")


def test_a_reload_with_a_renamed_group_keeps_what_was_in_force(world, tmp_path):
    keeper = world.keeper(Guard)
    keeper.configuration["certificates.exports"] = [{"name": GROUP, "folder": tmp_path / "tls", "port": keeper.https_port}]
    regroup(keeper, FIRST)
    keeper.wait_seen(GROUP)
    del keeper.configuration[f"certificates.groups.{GROUP}"]
    group(keeper, FIRST, SECOND, name="webshop")
    keeper.file.write_text(as_toml(keeper.configuration))
    keeper.process.send_signal(signal.SIGHUP)
    until(lambda: f"“certificates.exports.name” is “{GROUP}”, which is neither a group nor in certificates.names." in keeper.log(), "it is refused")
    assert {one["name"] for one in keeper.json("cert", "list")} - {"localhost"} == {GROUP}
    keeper.configuration["certificates.exports"][0]["name"] = "webshop"
    keeper.reread()
    keeper.wait_seen("webshop")
    assert world.authority.certificates(GROUP) == []


@pytest.mark.parametrize("moment", ["ordered", "validated", "stored"])
def test_a_kill_in_between_orders_nothing_twice(world, moment):
    keeper = world.keeper(Guard)
    group(keeper, FIRST, SECOND)
    keeper.file.write_text(as_toml(keeper.configuration))
    keeper.process.send_signal(signal.SIGHUP)

    def reached():
        status, document = keeper.ask("GET", f"/certificates/{GROUP}/history")
        return status == 200 and moment in [line["step"] for line in document["items"]]

    until(reached, f"it is {moment}")
    keeper.kill()
    keeper.start()
    world.point(keeper)
    keeper.wait_seen(GROUP)
    both = sorted([FIRST, SECOND])
    until(lambda: names_at(FIRST, keeper.https_port) == names_at(SECOND, keeper.https_port) == both, f"both are served\n{keeper.story(GROUP)}", 120)
    # A name that the authority asked about while nobody responded is left out of the first certificate, and in the second.
    missed = "left out" in [line["step"] for line in keeper.ask("GET", f"/certificates/{GROUP}/history")[1]["items"]]
    assert len(world.authority.certificates(FIRST)) == (2 if missed else 1)


@pytest.mark.skipif(not knots.available(), reason="Knot isn't installed: run tools/setup")
def test_a_wildcard_and_its_domain_share_a_record_and_a_certificate(tmp_path):
    knot = Knot(tmp_path / "knot", [SECOND]).start()
    with World(tmp_path / "world", "--without-limits", "--dns", knot.address) as world:
        try:
            world.names.set("ns1.example.org", a=["127.0.0.1"])
            world.names.set(SECOND, ns=["ns1.example.org"], a=["127.0.0.1"])
            world.names.set(f"*.{SECOND}", a=["127.0.0.1"])
            keeper = world.keeper(issuers=[world.issuer(challenge="dns-01")], **{"certificates.dns": [{"server": knot.address, "tsig_key_file": knot.key_file}]})
            regroup(keeper, f"*.{SECOND}", SECOND)
            keeper.wait_seen(GROUP)
            assert names_at("anything.example.org", keeper.https_port) == names_at(SECOND, keeper.https_port) == sorted([SECOND, f"*.{SECOND}"])
            assert [entry["detail"] for entry in world.authority.ledger(act="authorization")] == ["dns-01", "dns-01"]
            until(lambda: knot.texts(f"_acme-challenge.{SECOND}") == [], "both records are gone")
        finally:
            knot.stop()


MANY = [f"n{number}.example.org" for number in range(26)]


@pytest.mark.parametrize("sections, said", [
    ({"certificates.groups.website": {"names": MANY}}, "has 26 names; a certificate can have at most 25"),
    ({"certificates.groups.website": {"names": []}}, "has no names"),
    ({"certificates.groups.Website": {"names": [FIRST]}}, "can't be the name of a group"),
    ({"certificates.groups.website": {"names": ["https://www.example.org/"]}}, "https://"),
    ({"certificates.groups.website": {"names": [FIRST]}, "certificates.groups.other": {"names": ["WWW.example.org."]}}, "A name can be in only one group"),
    ({"certificates": {"names": ["Example.org"]}, "certificates.groups.website": {"names": [FIRST, SECOND]}}, "also in certificates.names"),
    ({"certificates": {"names": ["website"]}, "certificates.groups.website": {"names": [FIRST]}}, "choose another name for the group"),
    ({"certificates.groups.website": {"names": [FIRST]}, "certificates.exports": [{"name": FIRST, "folder": "/nowhere"}]}, "name = \"website\""),
    ({"certificates.groups.localhost": {"names": [FIRST]}}, "it is the name of this machine; choose another"),
    ({'certificates.groups."web.site"': {"names": [FIRST]}}, "can't be the name of a group"),
    ({'certificates.groups."192.0.2.7"': {"names": [FIRST]}}, "can't be the name of a group"),
    ({'certificates.groups."*"': {"names": [FIRST]}}, "can't be the name of a group"),
    ({'certificates.groups.""': {"names": [FIRST]}}, "can't be the name of a group"),
    ({"certificates.groups.nas": {"names": [FIRST, "nas"]}}, "has the name of a host in the group “nas”"),
    ({"certificates.groups.website": {"names": ["192.0.2.07"]}}, "the last part of a host name can't be a number"),
    ({"certificates": {"names": ["0.0.0.0"]}}, "isn't the address of a host"),
    ({"certificates.groups.webshop": {"names": [FIRST]}, "certificates.exports": [{"name": "website", "folder": "/nowhere"}]}, "is “website”, which is neither a group nor in certificates.names"),
    ({"certificates.groups.website": {"name": [FIRST]}}, "certificates.groups.website.name"),
    ({"certificates.groups": {"website": [FIRST]}}, "[certificates.groups.NAME]"),
])
def test_a_wrong_group_is_said_in_one_sentence(world, sections, said):
    keeper = world.keeper(Guard, start=False, **sections)
    with pytest.raises(AssertionError):
        keeper.start()
    assert said in keeper.log(), keeper.log()
    assert "carillon: " in keeper.log() and len([line for line in keeper.log().splitlines() if said in line]) == 1
