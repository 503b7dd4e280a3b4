"""Endpoints that are not ours: everything that is watched is visible, says why it is not well, and makes no noise about what is known."""

import re
import socket
import ssl
import threading

import pytest
import requests

from conftest import free_port, until
from hand_ca import HandCa
from keeping import Guard, World

NAME = "intern.example.org"


class TlsServer:
    """Shakes hands with anybody; which certificate it shows can change, and depends on the name that is asked for."""

    def __init__(self, folder):
        self.folder, self.port = folder, free_port()
        self.contexts, self.asked = {}, []
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self.work, daemon=True).start()

    def show(self, chain, key, name=None):
        file = self.folder / f"{len(list(self.folder.iterdir()))}.pem"
        file.write_text(key + chain)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        context.sni_callback = self.choose
        self.contexts[name] = context

    def choose(self, connection, name, _):
        self.asked.append(name)
        connection.context = self.contexts.get(name, self.contexts[None])

    def work(self):
        while True:
            try:
                plain, _ = self.listener.accept()
            except OSError:
                return
            try:
                plain.settimeout(10)
                self.contexts[None].wrap_socket(plain, server_side=True).close()
            except OSError:
                plain.close()

    def close(self):
        self.listener.close()


@pytest.fixture
def server(tmp_path):
    (tmp_path / "tls").mkdir()
    made = TlsServer(tmp_path / "tls")
    yield made
    made.close()


@pytest.fixture
def ca(tmp_path):
    return HandCa(tmp_path / "ca")


@pytest.fixture
def world(tmp_path):
    with World(tmp_path / "world", "--without-limits") as made:
        made.name(NAME)
        yield made


def trusting(world, roots):
    """A guard to which these are the roots of the system."""
    guard = world.keeper(Guard, start=False)
    guard.start(environment={"SSL_CERT_FILE": str(roots)})
    return guard


def watched(guard, target):
    found = [one for one in guard.json("cert", "list") if one["name"] == target]
    return found[0] if found else None


def wait_state(guard, target, state):
    return until(lambda: (one := watched(guard, target)) and one["state"] == state and one, f"{target} is {state}")


def test_roots_may_change_while_the_program_runs(world, server, ca, tmp_path):
    other, roots = HandCa(tmp_path / "other"), tmp_path / "roots.pem"
    roots.write_text(other.root_file.read_text())
    server.show(*ca.make(NAME, days=60))
    guard = trusting(world, roots)
    target = f"{NAME}:{server.port}"
    guard.run("cert", "watch", target)
    assert "trusted root" in wait_state(guard, target, "late")["problem"]
    # As update-ca-certificates does it: another file in its place.
    fresh = tmp_path / "fresh.pem"
    fresh.write_text(ca.root_file.read_text())
    said = guard.log().count("trusted roots reloaded")
    fresh.rename(roots)
    until(lambda: guard.log().count("trusted roots reloaded") > said, "it notices by itself", 60)
    guard.run("cert", "watch", target)  # due at once
    wait_state(guard, target, "ok")


def test_everything_watched_is_visible_and_says_why(world, server, ca, tmp_path):
    server.show(*ca.make(NAME, days=-1, begins=-30))
    guard = trusting(world, ca.root_file)
    target, nobody = f"{NAME}:{server.port}", f"{NAME}:{free_port()}"
    missing = f"missing.example.org:{free_port()}"
    for one in (target, nobody, missing):
        guard.run("cert", "watch", one)
    wait_state(guard, target, "expired")
    until(lambda: "has not been checked" not in watched(guard, nobody)["problem"] and "has not been checked" not in watched(guard, missing)["problem"], "all were looked at")
    metrics = guard.ask("GET", "/metrics")[1]
    assert re.search(rf'^carillon_watched_certificate_state{{name="{target}",starttls="",state="expired"}} 1$', metrics, re.M), metrics
    assert re.search(rf'^carillon_watched_certificate_state{{name="{nobody}",starttls="",state="none"}} 1$', metrics, re.M), metrics
    left = float(re.search(rf'^carillon_watched_certificate_seconds_left{{name="{target}",starttls=""}} (\S+)$', metrics, re.M).group(1))
    assert left < 0
    page = requests.get(f"https://localhost:{guard.https_port}/status", verify=guard.authority).text
    assert "All is well" not in page and "need attention" in page
    shown = guard.run("cert", "show", target).stdout
    assert "expired" in shown and "Problem" in shown
    assert "refuses connections" in guard.run("cert", "show", nobody).stdout
    assert "missing.example.org" in guard.json("cert", "show", missing)["problem"]
    history = guard.json("cert", "history", target)
    assert [line["step"] for line in history][0] == "watched" and "expired" in [line["step"] for line in history]
    assert "refuses connections" in guard.json("cert", "history", nobody)[-1]["detail"]
    unknown = guard.run("cert", "show", f"{NAME}:1", check=False)
    assert unknown.returncode != 0 and "isn't watched" in unknown.stderr
    # All is well again once nothing is wrong.
    server.show(*ca.make(NAME, days=60))
    for one in (nobody, missing):
        guard.run("cert", "unwatch", one)
    guard.run("cert", "watch", target)
    assert wait_state(guard, target, "ok")["problem"] is None
    until(lambda: "All is well" in requests.get(f"https://localhost:{guard.https_port}/status", verify=guard.authority).text, "the page says so")


def test_what_is_known_makes_no_noise_but_its_end_does(world, server, ca):
    server.show(*ca.make("other.example.org", days=60))
    guard = trusting(world, ca.root_file)
    target = f"{NAME}:{server.port}"
    guard.run("cert", "watch", target)
    assert "other names" in wait_state(guard, target, "late")["problem"]
    guard.run("cert", "watch", target, "--accept", "wrong_name,self_signed")
    document = wait_state(guard, target, "ok")
    assert document["accepted"] == ["wrong_name", "self_signed"]
    until(lambda: not [one for one in guard.incidents("watched-broken", target) if one["state"] != "solved"], "its incident is closed")
    server.show(*ca.make("other.example.org", days=-1, begins=-30))
    guard.run("cert", "watch", target, "--accept", "wrong_name")
    wait_state(guard, target, "expired")
    for word, said in (("expired", "can't be accepted"), ("ugly", "isn't a known finding")):
        refused = guard.run("cert", "watch", target, "--accept", word, check=False)
        assert refused.returncode != 0 and said in refused.stderr


def test_one_address_serves_several_names(world, server, ca):
    server.show(*ca.make("front.example.org", days=60))
    server.show(*ca.make("inside.example.org", days=60), name="inside.example.org")
    guard = trusting(world, ca.root_file)
    address = f"127.0.0.1:{server.port}"
    guard.run("cert", "watch", address, "--name", "inside.example.org")
    guard.run("cert", "watch", address, "--name", "front.example.org")
    wait_state(guard, f"{address} as inside.example.org", "ok")
    wait_state(guard, f"{address} as front.example.org", "ok")
    assert {"inside.example.org", "front.example.org"} <= set(server.asked)
    assert guard.json("cert", "show", f"{address} as inside.example.org")["name"] == f"{address} as inside.example.org"
    assert guard.json("cert", "history", f"{address} as front.example.org")[0]["step"] == "watched"
    # Neither of the two goes by chance, and the command that the message recommends works.
    refused = guard.run("cert", "unwatch", address, check=False)
    assert refused.returncode != 0 and f"{address} --name inside.example.org" in refused.stderr and "front.example.org" in refused.stderr, refused.stderr
    guard.run("cert", "unwatch", address, "--name", "inside.example.org")
    assert not watched(guard, f"{address} as inside.example.org") and watched(guard, f"{address} as front.example.org")


def test_starttls_is_what_the_port_means(world):
    guard = world.keeper(Guard)
    for port, protocol in ((25, "smtp"), (587, "smtp"), (143, "imap"), (993, "")):
        guard.run("cert", "watch", f"{NAME}:{port}")
        until(lambda: f'name="{NAME}:{port}",starttls="{protocol}"' in guard.ask("GET", "/metrics")[1], f"{port} begins with {protocol or 'TLS'}")
    guard.run("cert", "watch", f"{NAME}:2525", "--starttls", "smtp")
    guard.run("cert", "watch", f"{NAME}:2587", "--starttls", "none")
    until(lambda: f'name="{NAME}:2525",starttls="smtp"' in (metrics := guard.ask("GET", "/metrics")[1]) and f'name="{NAME}:2587",starttls=""' in metrics, "as it was said")


def test_two_protocols_at_an_endpoint_never_look_alike(world, server, ca):
    server.show(*ca.make(NAME, days=-1, begins=-30))
    guard = trusting(world, ca.root_file)
    target = f"{NAME}:{server.port}"
    # The test server waits for a handshake, so one at a time.
    first = guard.run("cert", "watch", target).stdout
    assert f"{target} is now being watched" in first and "also" not in first, first
    wait_state(guard, target, "expired")
    second = guard.run("cert", "watch", target, "--starttls", "imap").stdout
    assert f"{target} (imap) is now being watched" in second, second
    assert f"also watched with TLS from the first byte. If that's wrong: carillon cert unwatch {target}\n" in second, second
    rows = {one["name"]: one.get("starttls") for one in guard.json("cert", "list")}
    assert rows[target] == "none" and rows[f"{target} (imap)"] == "imap", rows
    assert f"\n{target} (imap)  " in guard.run("cert", "list").stdout
    # Each is shown by the name it has in the list, and each has its own incidents.
    assert guard.json("cert", "show", target)["starttls"] == "none"
    assert re.search(r"^STARTTLS +imap$", guard.run("cert", "show", f"{target} (imap)").stdout, re.M)
    assert "expired" not in [line["step"] for line in guard.json("cert", "history", f"{target} (imap)")]
    assert guard.wait_incident("watched-expired", target)["what"].startswith(f"{target} serves")
    assert guard.incidents("watched-expired", f"{target} (imap)") == []
    refused = guard.run("cert", "unwatch", target, check=False)
    assert refused.returncode != 0 and "Several watches fit" in refused.stderr, refused.stderr
    again = guard.run("cert", "watch", target).stdout
    assert f"also watched with STARTTLS (imap). If that's wrong: carillon cert unwatch {target} --starttls imap\n" in again, again
    guard.run("cert", "unwatch", f"{target} (imap)")
    assert not watched(guard, f"{target} (imap)") and watched(guard, target)


def test_a_certificate_of_ten_years_is_not_late(world, server, ca):
    server.show(*ca.make(NAME, days=400, begins=-3250))
    guard = trusting(world, ca.root_file)
    target = f"{NAME}:{server.port}"
    guard.run("cert", "watch", target)
    wait_state(guard, target, "ok")
    assert not guard.incidents(subject=target)
