"""WebSub and Podping: hubs hear of every change once, whatever becomes of them or of us, and nobody waits for them."""

import datetime
import http.server
import itertools
import json
import re
import threading
import urllib.parse
import xml.etree.ElementTree as ElementTree

import pytest

from api import make_person, with_token
from conftest import Carillon, free_port, until
from control import call
from workflow import Api

ORIGIN = "https://pod.example.org"  # announced is only what is public; the test itself comes in by the back door
LONG = 600  # seconds: how long what is tried again with growing pauses may take on a busy machine


class Hub:
    """A hub of our own: counts what it hears, and behaves as it is told."""

    def __init__(self):
        self.heard = []  # (method, path, fields, body)
        self.status = 204
        self.body = b""
        self.hold = threading.Event()
        self.hold.set()
        self.port = free_port()
        self.start()

    def start(self):
        hub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                hub.heard.append((self.command, self.path, self.headers, body.decode()))
                hub.hold.wait(60)
                self.send_response(hub.status)
                self.send_header("Content-Length", str(len(hub.body)))
                self.end_headers()
                self.wfile.write(hub.body)

            do_GET = do_POST = answer

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            allow_reuse_address = True
            daemon_threads = True

            def handle_error(self, *_):
                pass

        self.server = Server(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/"

    def feeds(self):
        return [urllib.parse.parse_qs(body)["hub.url"][0] for _, _, _, body in self.heard]

    def close(self):
        self.hold.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def hub():
    one = Hub()
    yield one
    one.close()


def configured(tmp_path, hubs=(), podping="", allow='["127.0.0.0/8"]', origin=ORIGIN):
    file = tmp_path / "carillon.toml"
    urls = ", ".join(f'"{one}"' for one in hubs)
    file.write_text(f'[server]\norigin = "{origin}"\n[outgoing]\nallow = {allow}\n[announce]\nhubs = [{urls}]\n{podping}')
    return Carillon(tmp_path / "data"), ("--config", file)


def announcements(server):
    _, answer = call(server, "GET", "/jobs")
    return [job for job in answer["items"] if job["kind"] == "announce"]


def assert_gathered(server):
    """By the times that the server wrote down: a change joins the announcement that waits, and makes another only when that was due."""
    for subject in {job["subject"] for job in announcements(server)}:
        jobs = sorted((job for job in announcements(server) if job["subject"] == subject), key=lambda job: job["created"])
        for earlier, later in itertools.pairwise(jobs):
            assert moment(earlier["run_at"]) <= moment(later["created"]), (earlier, later)


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def feed_of(server, show="demo"):
    """The feed as the world gets it, although the name of its origin leads elsewhere."""
    return server.get(f"https://localhost:{server.https_port}/feeds/{show}")


def edit(server, title):
    status, _ = call(server, "PATCH", "/shows/demo", {"title": title})
    assert status == 200


def test_each_change_is_announced_once_and_the_feed_names_its_hub(tmp_path, hub, recording):
    ping = Hub()
    (tmp_path / "token").write_text("secret-token\n")
    server, options = configured(tmp_path, [hub.url], f'[announce.podping]\nendpoint = "{ping.url}"\ntoken_file = "token"\n')
    server.start(*options)
    try:
        server.make_show()
        server.publish(recording)
        for number in range(5):
            edit(server, f"Title {number}")
        until(lambda: hub.heard and ping.heard, "both are told")
        method, path, fields, body = hub.heard[0]
        assert (method, path) == ("POST", "/")
        assert fields["Content-Type"] == "application/x-www-form-urlencoded"
        assert urllib.parse.parse_qs(body) == {"hub.mode": ["publish"], "hub.url": [f"{ORIGIN}/feeds/demo"]}
        method, path, fields, body = ping.heard[0]
        assert method == "GET" and body == ""
        assert urllib.parse.parse_qs(path.removeprefix("/?")) == {"url": [f"{ORIGIN}/feeds/demo"], "reason": ["update"], "medium": ["podcast"]}
        assert fields["Authorization"] == "secret-token" and fields["User-Agent"]
        until(lambda: {job["state"] for job in announcements(server)} == {"done"}, "the jobs end")
        # Whoever reads the feed learns where to hear of changes, and the feed told of is the one that says so.
        answer = feed_of(server)
        links = [(link.get("rel"), link.get("href")) for link in ElementTree.fromstring(answer.content).iter("{http://www.w3.org/2005/Atom}link")]
        assert links == [("self", f"{ORIGIN}/feeds/demo"), ("hub", hub.url)]
        assert re.findall(r'<([^>]+)>; rel="(\w+)"', answer.headers["Link"]) == [(hub.url, "hub"), (f"{ORIGIN}/feeds/demo", "self")]
        assert ElementTree.fromstring(answer.content).find("channel/{https://podcastindex.org/namespace/1.0}podping").get("usesPodping") == "true"
        assert b"Title 4" in answer.content
        # The changes so far were gathered; the next one is news again.
        assert_gathered(server)
        before = len(hub.heard), len(ping.heard)
        assert sum(before) == len(announcements(server)), "each announcement is one request"
        edit(server, "News")
        until(lambda: (len(hub.heard), len(ping.heard)) == (before[0] + 1, before[1] + 1), "the news is told")
        assert "secret-token" not in server.log()
    finally:
        server.stop()
        ping.close()


def jobs_told(caller):
    """(a list that fills with the events of jobs that this caller hears, a function that ends that)."""
    answer = caller.get("/events", stream=True)
    assert answer.ok
    lines = answer.iter_lines(chunk_size=1)
    while next(lines):
        pass  # subscribed once the greeting is there
    told = []

    def listen():
        kind = None
        try:
            for line in lines:
                name, _, value = line.decode().partition(": ")
                kind = value if name == "event" else kind
                if name == "data" and kind == "job":
                    told.append(json.loads(value))
        except Exception:
            pass  # the stream was closed

    threading.Thread(target=listen, daemon=True).start()
    return told, answer.close


def test_whoever_hears_of_a_job_may_read_it_and_nobody_else(tmp_path, hub, recording):
    server, options = configured(tmp_path, [hub.url])
    server.start(*options)
    try:
        for network in ("harbour", "outside"):
            assert call(server, "POST", "/networks", {"slug": network, "name": network.title()})[0] == 201
            make_person(server, f"owner@{network}.example.org", "owner", network)
        # Over the name of this machine: the origin of the configuration leads elsewhere.
        server.origin = f"https://localhost:{server.https_port}"
        owner, stranger = (with_token(server, f"owner@{network}.example.org") for network in ("harbour", "outside"))
        mine, others = jobs_told(owner), jobs_told(stranger)
        assert owner.post("/shows", {"slug": "demo", "title": "Demo"}).status_code == 201
        episode = owner.post("/shows/demo/episodes", {"title": "A talk"}).json()["id"]
        upload = owner.post("/uploads", data=recording.read_bytes()).json()["id"]
        assert owner.put(f"/episodes/{episode}/audio", {"upload": upload}).status_code == 202
        assert owner.post(f"/episodes/{episode}/publish", {}).ok
        until(lambda: {job["kind"] for job in mine[0] if job["state"] == "done"} == {"ingest", "announce"}, "both are told of")
        heard = {job["id"]: job["kind"] for job in mine[0]}
        assert all(job["network"] == "harbour" for job in mine[0])
        for job, kind in heard.items():
            answer = owner.get(f"/jobs/{job}")
            assert answer.status_code == 200, f"{kind}: {answer.text}"
            assert stranger.get(f"/jobs/{job}").status_code == 404, kind
        assert owner.post(f"/episodes/{episode}/unpublish").ok
        assert owner.post(f"/episodes/{episode}/publish", {"at": "2099-01-01T00:00:00Z"}).ok
        listed = {job["id"]: job["kind"] for job in owner.get("/jobs").json()["items"]}
        assert set(heard) <= set(listed) and "publish" in listed.values()
        assert not others[0] and not stranger.get("/jobs").json()["items"]
        everyone = call(server, "GET", "/jobs")[1]["items"]
        assert {job["kind"] for job in everyone if job["id"] not in listed} <= {"sweep"}, "the machine's own"
        for _, close in (mine, others):
            close()
    finally:
        server.stop()


def test_a_dead_hub_delays_nothing_and_hears_of_it_later(tmp_path, hub, recording):
    healthy = Hub()
    hub.hold.clear()  # takes the connection and never answers
    server, options = configured(tmp_path, [hub.url, healthy.url])
    server.start(*options)
    api = Api(server)
    sound = recording.read_bytes()

    def being_told():
        """The job that waits for the hub's answer, if one does at this moment."""
        return [job for job in announcements(server) if job["subject"].endswith(hub.url) and job["state"] == "running"]

    def ingested_meanwhile():
        """Whether an ingest began while the hub held its connection. The hub has ten seconds, which may be too few for a busy machine to
        show it; then the next try will."""
        episode = api.needed("POST", "/shows/demo/episodes", {"title": "A talk"})["id"]
        upload = api.upload(sound)
        edit(server, f"With {episode}")
        before = until(being_told, "the hub is asked")
        ingest = api.needed("PUT", f"/episodes/{episode}/audio", {"upload": upload})["id"]
        until(lambda: api.needed("GET", f"/jobs/{ingest}")["state"] in ("running", "done"), "the recording is taken up")
        return [(job["id"], job["attempts"]) for job in being_told()] == [(job["id"], job["attempts"]) for job in before]

    try:
        server.make_show()
        until(ingested_meanwhile, "work goes on while the hub holds its connection", LONG)
        assert server.publish(recording)["state"] == "published"
        until(lambda: healthy.heard, "the other hub is told")
        # So far the hub has answered nothing. A job that comes right after says that it gave no answer a moment ago.
        failed = until(lambda: [job for job in announcements(server) if "in time" in (job["error"] or "")], "the hub that hangs is given up", LONG)
        assert hub.url in failed[0]["error"], failed
        hub.hold.set()
        until(lambda: not [job for job in announcements(server) if job["state"] in ("waiting", "running")], "it is told when it is back", LONG)
        assert {job["state"] for job in announcements(server)} <= {"done", "failed"}
        assert set(hub.feeds()) == {f"{ORIGIN}/feeds/demo"}
    finally:
        server.stop()
        healthy.close()


def test_none_is_lost_over_a_kill(tmp_path, hub):
    server, options = configured(tmp_path, [hub.url])
    server.start(*options)
    all_told = lambda: {job["state"] for job in announcements(server)} <= {"done"}

    def killed_before_it_is_told():
        """Whether the server was killed while the announcement waited for others to join it; a busy machine needs another try."""
        until(all_told, "nothing is left to tell", LONG)
        told = len(hub.heard)
        edit(server, f"Before the kill, after {told}")
        server.kill()
        if len(hub.heard) == told:
            return True
        server.start(*options)
        return False

    try:
        server.make_show()
        until(killed_before_it_is_told, "it is killed in time", LONG)
        told = len(hub.heard)
        server.start(*options)
        until(lambda: len(hub.heard) == told + 1, "it is told after the restart")
        until(all_told, "that is noted")
        # Killed in the midst of telling: told again, as nobody knows whether it was heard.
        hub.hold.clear()
        edit(server, "During the kill")
        until(lambda: len(hub.heard) > told + 1, "it is being told")
        server.kill()
        told = len(hub.heard)
        hub.hold.set()
        server.start(*options)
        until(lambda: len(hub.heard) > told, "it is told again", LONG)
        until(all_told, "all is told")
        assert len(hub.heard) == told + 1
        # A hub that is down altogether, and comes back on the same port.
        hub.close()
        edit(server, "While it is down")
        until(lambda: [job for job in announcements(server) if job["error"] and job["state"] == "waiting"], "nobody answers")
        server.kill()
        hub.start()
        server.start(*options)
        until(lambda: len(hub.heard) == told + 2, "it is told when it is back", LONG)
    finally:
        server.stop()


def test_a_refusal_is_told_to_the_publisher(tmp_path, hub):
    hub.status, hub.body = 400, b"This topic is not known here.\n<script>"
    server, options = configured(tmp_path, [hub.url])
    server.start(*options)
    try:
        server.make_show()
        edit(server, "News")
        failed = until(lambda: [job for job in announcements(server) if job["state"] == "failed"], "the refusal is told")[0]
        assert "with status 400." in failed["error"] and "topic" not in json.dumps(failed), failed
        assert "This topic is not known here." in server.log(), "the operator finds what the hub said"
        found = next(one for one in json.loads(server.run("doctor", "--json", check=False).stdout) if "announce of" in one["what"])
        assert found["what"].startswith("1 failed job;") and "[announce]" in found["advice"] and "upload" not in found["advice"], found
        hub.status = 204
        status, _ = call(server, "POST", f"/jobs/{failed['id']}/retry")
        assert status == 200
        until(lambda: announcements(server)[0]["state"] == "done", "once it is mended it can be tried again")
    finally:
        server.stop()


def test_a_hub_at_a_private_address_is_refused_unless_allowed(tmp_path, hub):
    server, options = configured(tmp_path, [hub.url], allow="[]")
    server.start(*options)
    try:
        server.make_show()
        edit(server, "News")
        failed = until(lambda: [job for job in announcements(server) if job["state"] == "failed"], "the refusal is told")[0]
        assert "127.0.0.1" in failed["error"] and "[outgoing] allow" in failed["error"]
        assert hub.heard == []
    finally:
        server.stop()


def test_nothing_is_announced_of_what_nobody_can_reach(tmp_path, hub):
    server, options = configured(tmp_path, [hub.url], origin="https://localhost:8443")
    server.start(*options)
    try:
        server.make_show()
        edit(server, "News")
        assert announcements(server) == []
        assert "feeds aren't announced" in server.log()
        assert hub.url.encode() not in feed_of(server).content and "Link" not in feed_of(server).headers
    finally:
        server.stop()


def test_many_changes_of_many_shows_are_one_each(tmp_path, hub):
    server, options = configured(tmp_path, [hub.url])
    server.start(*options)
    try:
        shows = [f"show-{number}" for number in range(50)]
        for slug in shows:
            status, answer = call(server, "POST", "/shows", {"slug": slug, "title": slug})
            assert status == 201, answer
        for round_ in range(2):
            for slug in shows:
                status, _ = call(server, "PATCH", f"/shows/{slug}", {"title": f"{slug} {round_}"})
                assert status == 200
        until(lambda: set(hub.feeds()) == {f"{ORIGIN}/feeds/{slug}" for slug in shows}, "every show is announced")
        until(lambda: not [job for job in announcements(server) if job["state"] != "done"], "and nothing is left")
        assert_gathered(server)
        assert len(hub.heard) == len(announcements(server))
    finally:
        server.stop()
