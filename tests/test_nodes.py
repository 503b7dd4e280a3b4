"""Two nodes on one database: what one does the other sees, nothing is done twice, and what a dead node held is taken over.

Both serve one data folder, each with listeners, a control socket and a request log of its own ([server] data_folder = "shared").
"""

import asyncio
import fcntl
import glob
import os
import re
import signal
import socket
import sqlite3
import ssl
import subprocess
import threading
import time

import pytest

from conftest import CARILLON, PATIENCE, Carillon, make_recording, until
from control import call
from events import Listener
from keeping import World as KeepersWorld
from keeping import as_toml
from mailbox_server import MailServer, make_certificate

LIBRARY = (glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1") or [None])[0]
A_MINUTE_AHEAD = {"LD_PRELOAD": LIBRARY, "FAKETIME": "+61s", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"}
DEAD_AFTER = 30  # seconds without a beat (src/jobs/node.hpp)


class Node(Carillon):
    def __init__(self, folder, name, **sections):
        super().__init__(folder)
        self.folder, self.name = folder, name
        self.data = folder / "nodes" / name  # where its control socket is
        self.configuration = folder.parent / f"{name}.toml"
        sections = {"server": {"node": name, "data_folder": "shared"}, "outgoing": {"allow": ["127.0.0.0/8"]}, **sections}
        self.configuration.write_text(as_toml(sections))

    def begin(self, environment=None):
        self.log_path = self.folder.parent / f"{self.name}.log"
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [CARILLON, "serve", "--data", self.folder, "--config", self.configuration, "--http", f"127.0.0.1:{self.http_port}", "--https",
                 f"127.0.0.1:{self.https_port}"], stdout=subprocess.PIPE, stderr=log, env={**os.environ, "CARILLON_REHEARSE_WRITES": "1", **(environment or {})})  # every write runs twice
        return self

    def wait_ready(self):
        line = self.process.stdout.readline().decode()
        assert line.startswith("ready "), f"{self.name} did not become ready:\n{self.log()[-4000:]}"
        self.origin = line.split()[1]
        self.http_port, self.https_port = map(int, re.findall(self.doing + r".* http=(\d+) https=(\d+)", self.log())[-1])
        return self

    def start(self, environment=None):
        return self.begin(environment).wait_ready()

    @property
    def authority(self):
        return str(self.folder / "ca" / "root.pem")

    def life(self):
        return query(self.folder, "SELECT life FROM nodes WHERE name = ?", self.name)[0][0]

    def call(self, method, path, document=None):
        status, answer = call(self, method, path, document)
        assert status < 300, (status, answer)
        return answer


def query(folder, sql, *values):
    with sqlite3.connect(folder / "carillon.db", timeout=PATIENCE) as database:
        return database.execute(sql, values).fetchall()


class World:
    def __init__(self, folder):
        self.folder, self.nodes = folder, []

    def node(self, name, **sections):
        self.nodes.append(Node(self.folder, name, **sections))
        return self.nodes[-1]


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path / "data")
    yield made
    for node in made.nodes:
        if node.process:
            node.process.send_signal(signal.SIGCONT)
            node.stop()


@pytest.fixture
def pair(world):
    return world.node("a").start(), world.node("b").start()


def shows(node, title):
    feed = node.get("/feeds/demo")
    return feed.status_code == 200 and f"<title>{title}</title>" in feed.text


def test_both_start_at_once_on_a_fresh_folder(world):
    a, b = world.node("a"), world.node("b")
    for node in (a, b):
        node.begin()
    for node in (a, b):
        node.wait_ready()
        assert node.get("/healthz").status_code == 200, "and both have a certificate of the one local CA"
    a.make_show()
    until(lambda: shows(b, "A show"), "b serves it")
    assert query(world.folder, "SELECT name, generation, ended FROM nodes ORDER BY name") == [("a", 1, 0), ("b", 1, 0)]
    assert len(list((world.folder / "ca").glob("root*.pem"))) == 1


def test_an_edit_in_one_is_visible_in_the_other(pair, recording):
    a, b = pair
    a.make_show(title="Before")
    assert shows(a, "Before"), "at once where it was made"
    until(lambda: shows(b, "Before"), "b serves the new show")
    heard = Listener(b)

    for title in ("One", "Two", "Three"):
        a.call("PATCH", "/shows/demo", {"title": title})
        assert shows(a, title), "its own edit is visible when it is acknowledged"
        until(lambda: shows(b, title), f"b shows “{title}”")
    until(lambda: ("show", "Three") in [(kind, data.get("title")) for kind, data in heard.events], f"b tells its listeners: {heard.events}")

    episode = b.publish(recording, title="Written elsewhere")
    until(lambda: shows(a, "Written elsewhere"), "a lists the episode")
    until(lambda: [data for kind, data in heard.events if kind == "job" and data["state"] == "done"], "the end of its job is told")
    assert a.get(episode["enclosure"].replace(b.origin, a.origin)).status_code == 200
    a.run("episode", "unpublish", episode["id"])
    until(lambda: not shows(b, "Written elsewhere"), "b does not serve it any more")

    a.call("POST", "/shows/demo/suspend", {"reason": "Court order 7"})
    until(lambda: b.get("/feeds/demo").status_code == 451, "the takedown is in force at b")
    a.call("POST", "/shows/demo/resume")
    until(lambda: b.get("/feeds/demo").status_code == 200, "and over")

    a.run("cert", "add", "kept-by-a.internal")
    until(lambda: "kept-by-a.internal" in [one["name"] for one in b.json("cert", "list")], "b knows the name")
    until(lambda: served(b, "kept-by-a.internal"), "and serves its certificate")
    heard.connection.close()


def served(node, name, authority=None):
    context = ssl.create_default_context(cafile=str(authority or node.authority))
    try:
        with socket.create_connection(("127.0.0.1", node.https_port), timeout=PATIENCE) as plain, context.wrap_socket(plain, server_hostname=name):
            return True
    except ssl.SSLError:
        return False


def test_a_revoked_token_ends_the_other_nodes_streams(pair):
    a, b = pair
    a.run("user", "create", "ada@example.org", "--role", "analyst", "--network", "default")
    token = a.json("token", "create", "--user", "ada@example.org", "--name", "events")["token"]
    stream = b.get("/api/v1/events", headers={"Authorization": f"Bearer {token}"}, stream=True)
    assert stream.status_code == 200
    until(lambda: next(stream.iter_content(64), b""), "the greeting")
    a.run("user", "disable", "ada@example.org")
    for _ in stream.iter_content(1024):  # until it ends; the connection has a time-out of its own
        pass


def put_job(folder, job_id, run_at, owner="", lease_until=0):
    """A sweep that waits, or runs for `owner`. Times in seconds."""
    micro = 1_000_000
    query(folder, "INSERT INTO jobs (id, kind, subject, payload, state, run_at, created, lease_owner, lease_until, lease_number, network) "
          "VALUES (?, 'sweep', ?, '{}', ?, ?, ?, ?, ?, 1, '')", job_id, job_id, "running" if owner else "waiting", int(run_at * micro),
          int(time.time() * micro), owner, int(lease_until * micro))


def job(folder, job_id):
    return query(folder, "SELECT state, lease_owner FROM jobs WHERE id = ?", job_id)[0]


@pytest.mark.skipif(LIBRARY is None, reason="libfaketime is not installed: tools/setup")
def test_leases_with_clocks_a_minute_apart_and_after_a_kill(world, recording):
    """Neither another node's start nor its fast clock frees a lease; the end of its holder's life does."""
    a = world.node("a").start()
    now = time.time()
    put_job(world.folder, "held", now - 100, owner=a.life(), lease_until=now + 50)  # by b's clock over since 11 s
    b = world.node("b").start(environment=A_MINUTE_AHEAD)
    put_job(world.folder, "free", now + 40)  # due by b's clock alone for now; b looks for the one that is due longest first
    until(lambda: job(world.folder, "free") == ("done", b.life()), "b has looked for work")
    assert job(world.folder, "held") == ("running", "a/1")

    a.make_show()
    episodes = [node.publish(recording, title=f"By {node.name}") for node in (a, b, a, b)]
    assert len(episodes) == 4
    assert query(world.folder, "SELECT attempts, state FROM jobs WHERE kind = 'ingest'") == [(1, "done")] * 4, "each was done once"

    a.kill()
    until(lambda: job(world.folder, "held") == ("done", b.life()), "b takes over what a held", within=PATIENCE + DEAD_AFTER)
    until(lambda: set(turns(world.folder).values()) == {b.life()}, "and its turns", within=PATIENCE + DEAD_AFTER)
    a.start()
    assert a.life() == "a/2"
    assert set(turns(world.folder).values()) == {b.life()}, "a's new life takes nothing from b"


def test_a_killed_nodes_order_is_finished_by_the_other(world, tmp_path):
    """Killed between its order and the CA's look: the other node answers for the name, and orders nothing again."""
    with KeepersWorld(tmp_path / "keeping") as keeping:
        keeping.authority.settings(authorization_reuse_seconds=0)
        sections = keeping.configuration()
        a, b = world.node("a", **sections).start(), world.node("b", **sections).start()
        name = keeping.name("pod.example.org")
        keeping.point(a)
        keeping.authority.fault("slow_body", at="authorization", delay_seconds=3600)
        a.run("cert", "add", name)
        holder = until(lambda: [owner for step, owner in query(world.folder, "SELECT step, lease_owner FROM certificate_names WHERE name = ?", name) if step == "ordered"],
                       "the order is placed")[0]
        dead, other = (a, b) if holder == a.life() else (b, a)
        dead.kill()
        keeping.point(other)
        keeping.authority.clear_faults()
        until(lambda: query(world.folder, "SELECT step FROM certificate_names WHERE name = ?", name)[0][0] in ("loaded", "seen"), "the other node finishes it", within=PATIENCE + 10 * DEAD_AFTER)
        assert int(keeping.authority.certificates(name)[-1]["serial"], 16) == keeping.handshake(name, other.https_port)[0].serial_number
        assert len(keeping.authority.ledger(act="order")) == len(keeping.authority.ledger(act="issuance")) == 1
        dead.start()
        until(lambda: served(dead, name, keeping.authority.trust_file), "its next life serves the certificate, too")


def stop_between_writes(node):
    """SIGSTOP, but not in the middle of a transaction: SQLite would keep the database locked for all (docs/decisions.md)."""
    def stopped():
        node.process.send_signal(signal.SIGSTOP)
        try:
            with sqlite3.connect(node.folder / "carillon.db", timeout=1, isolation_level=None) as database:
                database.execute("BEGIN IMMEDIATE")
                database.execute("ROLLBACK")
            return True
        except sqlite3.OperationalError:
            node.process.send_signal(signal.SIGCONT)
            return False
    until(stopped, f"{node.name} is stopped between its writes")


def test_a_node_that_stood_still_leaves_its_turns_to_the_other(pair, world):
    """A stopped machine comes back: it takes nothing from who went on, and learns what happened meanwhile."""
    a, b = pair
    a.make_show(title="Before")
    until(lambda: shows(b, "Before"), "b serves it")
    owner = turn_of(world.folder, "incidents")
    stopped, other = (a, b) if owner == a.life() else (b, a)
    life = stopped.life()
    stop_between_writes(stopped)
    until(lambda: turns(world.folder).get("incidents") == other.life(), "the other one takes the turn", within=PATIENCE + DEAD_AFTER)
    other.call("PATCH", "/shows/demo", {"title": "Meanwhile"})
    stopped.process.send_signal(signal.SIGCONT)
    until(lambda: shows(stopped, "Meanwhile"), "it learns of the edit")
    until(lambda: query(world.folder, "SELECT ended FROM nodes WHERE name = ?", stopped.name) == [(0,)], "it is among the living again")
    assert turns(world.folder)["incidents"] == other.life() and stopped.life() == life
    stopped.call("PATCH", "/shows/demo", {"title": "After"})
    until(lambda: shows(other, "After"), "and tells of its own")


def turns(folder):
    return dict(query(folder, "SELECT task, owner FROM turns"))


def turn_of(folder, task):
    return until(lambda: turns(folder).get(task), f"somebody has the turn “{task}”")


def test_a_restart_goes_on_with_its_own_leases_alone(pair, world):
    a, b = pair
    now = time.time()
    put_job(world.folder, "of-a", now - 100, owner=a.life(), lease_until=now + 3600)
    put_job(world.folder, "of-b", now - 100, owner=b.life(), lease_until=now + 3600)
    b.kill()
    b.start()
    until(lambda: job(world.folder, "of-b") == ("done", "b/2") or job(world.folder, "of-b")[0] == "done", "b goes on with its own")
    assert job(world.folder, "of-a") == ("running", "a/1")


class SlowMailServer(MailServer):
    """Takes so long that a second node would have sent the same message meanwhile."""

    async def handle_DATA(self, server, session, envelope):
        await asyncio.sleep(3)
        return await super().handle_DATA(server, session, envelope)


class BrokenServer:
    """Serves a certificate that nobody trusts: an incident for whoever watches it."""

    def __init__(self, folder):
        folder.mkdir()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*make_certificate(folder))
        self.listener = context.wrap_socket(socket.create_server(("127.0.0.1", 0)), server_side=True, do_handshake_on_connect=False)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
                connection.settimeout(5)
                connection.do_handshake()
                connection.close()
            except ssl.SSLError:
                pass
            except OSError:
                if self.listener.fileno() < 0:
                    return

    def close(self):
        self.listener.close()


def test_an_alarm_comes_once(world, tmp_path):
    broken = [BrokenServer(tmp_path / f"broken-{number}") for number in range(3)]
    with SlowMailServer(tmp_path / "mail") as mail:
        sections = {"certificates": {"steward": "ops@example.org"},
                    "notify.smtp": {"host": "127.0.0.1", "port": mail.port, "security": "none", "from": "carillon@example.org"}}
        a, b = world.node("a", **sections).start(), world.node("b", **sections).start()
        for server in broken[:2]:
            a.run("cert", "watch", f"127.0.0.1:{server.port}")
        # Noted, too: a message that a server took over just before a kill goes out again (src/incidents/incidents.hpp).
        until(lambda: [message["result"] for one in a.json("incident", "list") for message in one["messages"]].count("delivered") >= 2, "both are told of")
        # Whoever has the turn dies; the other one goes on, and repeats nothing.
        owner = turn_of(world.folder, "incidents")
        survivor, dead = (b, a) if owner == a.life() else (a, b)
        dead.kill()
        survivor.run("cert", "watch", f"127.0.0.1:{broken[2].port}")
        until(lambda: str(broken[2].port) in told(mail), "the other node tells of what comes then", within=2 * PATIENCE + DEAD_AFTER)
        counts = told(mail)
        assert sorted(counts) == sorted(str(server.port) for server in broken), counts
        assert set(counts.values()) == {1}, f"each alarm came once: {[one.subject for one in mail.mails]}"
    for server in broken:
        server.close()


def told(mail):
    """How many messages named each watched port."""
    counts = {}
    for one in list(mail.mails):
        for port in set(re.findall(r"127\.0\.0\.1:(\d+)", f"{one.subject}\n{one.text}")):
            counts[port] = counts.get(port, 0) + 1
    return counts


def test_a_name_belongs_to_one_process(world):
    a = world.node("a").start()
    assert "as the node “a”" in refused(world.folder, "--config", a.configuration)
    assert a.get("/healthz").status_code == 200


def refused(folder, *arguments):
    """The sentence with which a server does not start."""
    done = subprocess.run([CARILLON, "serve", "--data", folder, *arguments, "--http", "127.0.0.1:0", "--https", "127.0.0.1:0"], capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 1 and not done.stdout
    return done.stderr.splitlines()[-1]


def test_a_folder_is_shared_or_not(world, tmp_path):
    a = world.node("a").start()
    assert "using the data folder" in refused(world.folder)
    with open(world.folder / "lock", "r+b") as lock, pytest.raises(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # as programs do that know nothing of sharing
    a.stop()
    alone = Carillon(world.folder).start()
    assert "using the data folder" in refused(world.folder, "--config", a.configuration)
    alone.kill()
    # Alone it ended what the shared ones had left; and nobody waits for it.
    a.start()
    assert a.life() == "a/2"
    b = world.node("b").start()
    a.kill()
    b.kill()
    put_job(world.folder, "of-b", time.time() - 100, owner=b.life(), lease_until=time.time() + 3600)
    alone = Carillon(world.folder).start()
    until(lambda: job(world.folder, "of-b")[0] == "done", "what a killed node of the shared folder held goes on")
    alone.stop()


def test_a_folder_of_ones_own_makes_a_name_once(tmp_path):
    server = Carillon(tmp_path / "data").start()
    name = (tmp_path / "data" / "node").read_text().strip()
    assert re.fullmatch(r"node-[0-9a-f]{8}", name)
    server.stop()
    server.start()
    server.stop()
    assert query(tmp_path / "data", "SELECT name, generation FROM nodes") == [(name, 2)]
    # It is alone: nobody follows it, and nobody has to know whose turn it is.
    assert turns(tmp_path / "data") == {} and query(tmp_path / "data", "SELECT COUNT(*) FROM changes") == [(0,)]


@pytest.mark.parametrize("content", [b"", b"A b\n", b"\xff\x00", b"n" * 300, "näme".encode()])
def test_a_spoilt_name_is_named(tmp_path, content):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "node").write_bytes(content)
    assert f"{tmp_path}/data/node" in refused(tmp_path / "data")


@pytest.mark.parametrize("keys, says", [({"node": "A b"}, "server.node"), ({"node": "ä"}, "server.node"), ({"node": "n" * 300}, "server.node"), ({"node": "../a"}, "server.node"), ({"data_folder": "shared"}, "server.node"), ({"data_folder": "theirs"}, "own or shared")])
def test_wrong_settings_are_refused(tmp_path, keys, says):
    (tmp_path / "c.toml").write_text("[server]\n" + "".join(f'{key} = "{value}"\n' for key, value in keys.items()))
    assert says in refused(tmp_path / "data", "--config", tmp_path / "c.toml")
