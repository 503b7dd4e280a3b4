"""Whoever holds connections without need loses them to those who come."""

import datetime
import itertools
import re

import pytest

import conftest
from conftest import Carillon
from control import call
from floods import KINDS, Drip, close_all, connected, flood, newcomers_served

CONNECTIONS = 60


def configured(folder, text):
    data = folder / "data"
    data.mkdir(parents=True)
    (data / "carillon.toml").write_text(text)
    return Carillon(data)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """One with few places, none of them reserved for anybody."""
    server = configured(tmp_path_factory.mktemp("small"), f'[limits]\nconnections = {CONNECTIONS}\nexempt = ["127.0.0.0/8"]\n').start()
    yield server
    server.stop()


@pytest.mark.parametrize("kind", KINDS)
def test_in_a_flood_every_newcomer_and_the_operator_are_served(small, kind):
    peers = flood(kind, small.https_port, CONNECTIONS + 20)
    with Drip(peers if "body" in kind else [], every=0.1):
        # What a handler waits for gets a few seconds before it makes room: from then on nobody is refused.
        conftest.until(lambda: newcomers_served(small.https_port)[0] == 20, "every newcomer is served")
        assert call(small, "GET", "/networks")[0] == 200
    close_all(peers)
    assert newcomers_served(small.https_port)[0] == 20


def test_the_log_says_it_once_a_minute(small):
    close_all(flood("silent", small.https_port, 3 * CONNECTIONS))
    lines = re.findall(r"^(\S+)Z \S+ the longest-idle connection was closed", small.log(), re.MULTILINE)
    times = [datetime.datetime.fromisoformat(time) for time in lines]
    assert times and all(later - earlier > datetime.timedelta(seconds=59) for earlier, later in itertools.pairwise(times)), "one line a minute, however many went"
    assert "times=" in small.log()


def nonblocking(port):
    peer = connected(port)
    peer.setblocking(False)
    return peer


def ended(peer):
    try:
        return peer.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def test_one_address_has_512_places_and_others_have_the_rest(tmp_path):
    server = configured(tmp_path, "").start()
    peers = [nonblocking(server.http_port) for _ in range(600)]

    def nobody_else_gets_in():
        """Places are counted as connections are accepted. One that the start asked with may still hold a place, and silent ones leave after a minute: others come for them."""
        peers[:] = [peer for peer in peers if not ended(peer)]
        peers.extend(nonblocking(server.http_port) for _ in range(512 - len(peers)))
        return len(peers) == 512 and newcomers_served(server.https_port, 3)[0] == 0
    conftest.until(nobody_else_gets_in, "512 connections are open, and that address has had its share")
    assert newcomers_served(server.https_port, 3, source="127.0.0.2")[0] == 3, "another one has its own"
    assert call(server, "GET", "/networks")[0] == 200
    close_all(peers)
    conftest.until(lambda: newcomers_served(server.https_port, 1)[0] == 1, "the places are given back")
    server.stop()


@pytest.fixture
def few_descriptors(tmp_path, monkeypatch):
    """A machine that allows 300 descriptors, 256 of them without being asked."""
    wrapper = tmp_path / "carillon"
    wrapper.write_text(f'#!/bin/sh\nulimit -Sn 256\nulimit -Hn 300\nexec {conftest.CARILLON} "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setattr(conftest, "CARILLON", wrapper)


def test_the_limit_follows_the_descriptors_and_they_do_not_run_out(tmp_path, few_descriptors):
    server = configured(tmp_path / "machine", '[limits]\nexempt = ["127.0.0.0/8"]\n').start()
    assert "file descriptor limit raised from=256 to=300" in server.log()
    assert "most_connections=225" in server.log()
    peers = flood("silent", server.https_port, 400)
    assert newcomers_served(server.https_port)[0] == 20
    assert call(server, "GET", "/networks")[0] == 200
    server.run("show", "list")
    close_all(peers)
    server.stop()


def test_commands_that_it_runs_have_the_limit_it_was_started_with(tmp_path, few_descriptors):
    said = tmp_path / "said"
    server = configured(tmp_path / "machine", f"""
[certificates]
names = ["www.harbour.test"]
[[certificates.exports]]
name = "www.harbour.test"
folder = "{tmp_path / 'exported'}"
command = ["sh", "-c", "until [ $(ulimit -Sn) = 256 ]; do sleep 0.1; done; ulimit -Sn > {said}"]
""").start()
    conftest.until(lambda: said.exists() and said.read_text() == "256\n", "the command has run")
    server.stop()
