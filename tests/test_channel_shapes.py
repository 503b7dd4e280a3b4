"""Webhooks that send what chats, pagers and push services expect: each request as the service documents it, and no secret anywhere else."""

import http.server
import json
import re
import threading

import pytest

from conftest import free_port, until
from keeping import Guard, World

STEWARD = "ops@example.org"
NAME = "pod.example.org"
TOKEN = "tk_0123456789-secret"
ROOM = "!alerts:matrix.example.org"


class Service:
    """Keeps what it hears, and answers as it is told."""

    def __init__(self):
        self.heard, self.status, self.fields, self.body = [], 200, {}, b"ok"
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                service.heard.append((self.command, self.path, self.headers, json.loads(body)))
                self.send_response(service.status)
                for name, value in service.fields.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(service.body)))
                self.end_headers()
                self.wfile.write(service.body)

            do_GET = do_POST = do_PUT = answer

            def log_message(self, *_):
                pass

        self.port = free_port()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def service():
    made = Service()
    yield made
    made.close()


@pytest.fixture
def world(tmp_path):
    with World(tmp_path / "world") as made:
        made.name(NAME)
        yield made


def sections(service, folder):
    """A webhook of every shape, each with its secrets in files."""
    (folder / "token").write_text(TOKEN + "\n")
    for name in ("slack", "mattermost", "teams", "discord"):
        (folder / f"{name}.url").write_text(f"{service.url}/{name}/secret-path\n")
    token = {"token_file": folder / "token"}
    return {"pagerduty": {"shape": "pagerduty", "url": f"{service.url}/v2/enqueue", **token},
            "ntfy": {"shape": "ntfy", "url": f"{service.url}/alerts", **token},
            "gotify": {"shape": "gotify", "url": service.url, **token},
            **{name: {"shape": name, "url_file": folder / f"{name}.url"} for name in ("slack", "mattermost", "teams", "discord")},
            "matrix": {"shape": "matrix", "url": service.url, "room": ROOM, **token},
            "telegram": {"shape": "telegram", "url": service.url, "chat": "-1001234567890", **token}}


def through(name, service, folder):
    """The configuration of one of them."""
    return {f"notify.webhooks.{name}": sections(service, folder)[name]}


PATHS = {"pagerduty": "/v2/enqueue", "ntfy": "/", "gotify": "/message", "slack": "/slack/secret-path", "mattermost": "/mattermost/secret-path",
         "teams": "/teams/secret-path", "discord": "/discord/secret-path", "telegram": f"/bot{TOKEN}/sendMessage"}
TEXTS = {"ntfy": lambda body: body["title"] + body["message"], "gotify": lambda body: body["title"] + body["message"],
         "slack": lambda body: body["blocks"][0]["text"]["text"] + body["blocks"][1]["text"]["text"], "mattermost": lambda body: body["text"],
         "teams": lambda body: "\n".join(run["text"] for block in body["attachments"][0]["content"]["body"] for run in block["inlines"]),
         "discord": lambda body: body["embeds"][0]["title"] + body["embeds"][0]["description"], "matrix": lambda body: body["formatted_body"],
         "telegram": lambda body: body["text"], "pagerduty": json.dumps}


def check_request(name, method, path, fields, body):
    """What the service's manual requires of every request."""
    assert method == ("PUT" if name == "matrix" else "POST") and fields["Content-Type"] == "application/json"
    assert "Carillon-Signature" not in fields
    if name == "matrix":
        assert re.fullmatch(r"/_matrix/client/v3/rooms/%21alerts%3Amatrix\.example\.org/send/m\.room\.message/[0-9a-z]+", path)
        assert body["msgtype"] == "m.text" and body["format"] == "org.matrix.custom.html" and body["m.mentions"] == {}
    else:
        assert path == PATHS[name]
    authorization = {"ntfy": ("Authorization", f"Bearer {TOKEN}"), "matrix": ("Authorization", f"Bearer {TOKEN}"), "gotify": ("X-Gotify-Key", TOKEN)}
    if name in authorization:
        field, value = authorization[name]
        assert fields[field] == value
    if name == "pagerduty":
        assert body["routing_key"] == TOKEN and body["event_action"] in ("trigger", "acknowledge", "resolve") and body["dedup_key"]
        if body["event_action"] == "trigger":
            assert body["payload"].keys() >= {"summary", "source", "severity"} and body["payload"]["severity"] in ("critical", "error", "warning", "info")
    if name == "ntfy":
        assert body["topic"] == "alerts" and 1 <= body["priority"] <= 5
    if name == "gotify":
        assert 0 <= body["priority"] <= 10
    if name == "teams":
        assert body["type"] == "message" and body["attachments"][0]["contentType"] == "application/vnd.microsoft.card.adaptive"
        assert body["attachments"][0]["content"]["type"] == "AdaptiveCard"
    if name == "discord":
        assert body["allowed_mentions"] == {"parse": []}
    if name == "telegram":
        assert body["chat_id"] == -1001234567890 and body["parse_mode"] == "HTML"


def test_each_channel_can_be_tried_and_tells_no_secret(world, service, tmp_path):
    every = sections(service, tmp_path)
    guard = world.keeper(Guard, **{f"notify.webhooks.{name}": section for name, section in every.items()})
    assert {one["id"] for one in guard.json("channel", "list")} == set(every)
    for name in every:
        service.heard.clear()
        said = guard.run("channel", "test", name, "--to", "ada@example.org").stdout
        assert "Delivered to ada@example.org" in said
        assert len(service.heard) == (2 if name == "pagerduty" else 1), "a pager is triggered and resolved"
        for request in service.heard:
            check_request(name, *request)
        if name != "pagerduty":
            assert "Carillon can reach you" in TEXTS[name](service.heard[0][3]).replace("\\", "")
        # A service that repeats what it was sent.
        service.status, service.body = 401, f"{TOKEN if 'token_file' in every[name] else 'It'} isn't valid at {service.heard[0][1]}".encode()
        refused = guard.run("channel", "test", name, "--to", "ada@example.org", check=False)
        assert refused.returncode == 1 and "401" in refused.stderr, refused.stderr
        assert TOKEN not in refused.stderr and "secret-path" not in refused.stderr
        # Nothing is sent where a redirect leads.
        service.heard.clear()
        service.status, service.body, service.fields = 302, b"", {"Location": f"{service.url}/elsewhere"}
        assert guard.run("channel", "test", name, "--to", "ada@example.org", check=False).returncode == 1
        assert [path for _, path, _, _ in service.heard if path == "/elsewhere"] == []
        service.status, service.body, service.fields = 200, b"ok", {}
    shown = guard.run("--config", guard.file, "doctor", check=False).stdout
    assert "notify.webhooks.slack.url" in shown
    for text in (shown, guard.log(), json.dumps(guard.ask("GET", "/channels")[1])):
        assert TOKEN not in text and "secret-path" not in text


@pytest.mark.parametrize("name", ["pagerduty", "ntfy", "gotify", "slack", "mattermost", "teams", "discord", "matrix", "telegram"])
def test_an_incident_is_opened_and_resolved(world, service, tmp_path, name):
    guard = world.keeper(Guard, **through(name, service, tmp_path))
    is_limited = name == "telegram"
    if is_limited:
        service.status, service.fields = 429, {"Retry-After": "1"}
    world.authority.fail_name(NAME, "unauthorized", "The proof was another one.")
    guard.keep(NAME)
    guard.wait_failures(NAME, 3)
    incident = guard.wait_incident("renewal-failed", NAME)
    until(lambda: service.heard, "the service is asked")
    if is_limited:
        service.heard.clear()
        service.status, service.fields = 200, {}
    until(lambda: [one for one in guard.incidents(subject=NAME)[-1]["messages"] if one["result"].startswith("delivered")], "the message is delivered, if need be later")
    for request in service.heard:
        check_request(name, *request)
    body = service.heard[-1][3]
    assert NAME in TEXTS[name](body).replace("\\", "") and "/acknowledge/" in json.dumps(body)
    if name == "pagerduty":
        assert body["event_action"] == "trigger" and body["dedup_key"] == incident["id"]
        service.heard.clear()
        guard.run("incident", "ack", incident["id"], "--for", "1h")
        until(lambda: service.heard, "the pager hears of it")
        assert (service.heard[0][3]["event_action"], service.heard[0][3]["dedup_key"]) == ("acknowledge", incident["id"])
    service.heard.clear()
    world.authority.heal_name(NAME)
    guard.ask("POST", f"/certificates/{NAME}/renew")
    until(lambda: service.heard, "the closing message")
    check_request(name, *service.heard[0])
    body = service.heard[0][3]
    if name == "pagerduty":
        assert body == {"routing_key": TOKEN, "event_action": "resolve", "dedup_key": incident["id"]}
    else:
        assert "Resolved" in TEXTS[name](body)
    assert TOKEN not in guard.log() and "secret-path" not in guard.log()


WRONG = [
    ({"shape": "hipchat"}, "notify.webhooks.chat.shape", "it must be carillon, pagerduty"),
    ({"shape": "slack"}, "notify.webhooks.chat.url", "is missing"),
    ({"shape": "slack", "url": "http://127.0.0.1/x", "room": "!a:b"}, "notify.webhooks.chat.room", "has no meaning"),
    ({"shape": "slack", "url": "http://127.0.0.1/x", "secret": "x"}, "notify.webhooks.chat.secret", "isn't signed"),
    ({"shape": "matrix", "url": "http://127.0.0.1", "token_file": "token", "room": "#a:b"}, "notify.webhooks.chat.room", "must be the room's id"),
    ({"shape": "telegram", "token_file": "token"}, "notify.webhooks.chat.chat", "is missing"),
    ({"shape": "ntfy", "url": "https://ntfy.example.org"}, "notify.webhooks.chat.url", "must end with the topic"),
    ({"shape": "pagerduty", "token": "12345"}, "notify.webhooks.chat.token", "write it to a file"),
    ({"shape": "gotify", "url": "http://127.0.0.1", "token_file": "nowhere"}, "notify.webhooks.chat.token", "nowhere"),
    ({"url": "http://127.0.0.1/x"}, "notify.webhooks.chat.secret", "is missing"),
    ({"colour": "red"}, "notify.webhooks.chat.colour", "isn't a configuration key"),
]


@pytest.mark.parametrize("section, key, words", WRONG, ids=[f"{key.rsplit('.', 1)[1]}-{index}" for index, (_, key, _) in enumerate(WRONG)])
def test_a_wrong_combination_gets_one_clear_sentence(world, tmp_path, section, key, words):
    (world.folder / "token").write_text(TOKEN)
    guard = world.keeper(Guard, start=False, **{"notify.webhooks.chat": section})
    with pytest.raises(AssertionError):
        guard.start()
    guard.process.wait(30)
    line = guard.log().strip().splitlines()[-1]
    assert key in line and words in line.lower(), line
    assert TOKEN not in guard.log()


@pytest.mark.parametrize("name", ["smtp", "webhook", "Upper", "a.b", "ünïcode", "-", "a" * 65])
def test_a_name_that_no_channel_can_have(world, service, tmp_path, name):
    guard = world.keeper(Guard, start=False, **{f'notify.webhooks."{name}"': {"shape": "slack", "url": service.url + "/x"}})
    with pytest.raises(AssertionError):
        guard.start()
    guard.process.wait(30)
    assert "notify.webhooks." in guard.log() and ("isn't a valid name" in guard.log() or "name of another channel" in guard.log()), guard.log()
