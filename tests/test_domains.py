"""A show's own domain: claimed, looked up in DNS, given a certificate, and served."""

import http.client
import json
import socket
import ssl

import pytest

from conftest import make_recording, until
from keeping import World, handshake
from workflow import Api

NAME = "podcast.harbour.test"       # of nobody's public DNS: its certificate is the local CA's
PUBLIC = "podcast.example.org"
PATIENCE = 180  # seconds


INSIDE = {"outgoing": {"allow": ["127.0.0.0/8", "::1"]}}  # the operator lets tenants' names lead to this machine


@pytest.fixture
def world(tmp_path):
    with World(tmp_path) as made:
        yield made


def fetch(server, name, path, trust=None, method="GET"):
    """(status, header fields, text) from the server, asked for by this name, with its certificate verified for it."""
    context = ssl.create_default_context(cafile=str(trust or server.authority))
    connection = http.client.HTTPSConnection(name, server.https_port, timeout=PATIENCE, context=context)
    plain = socket.create_connection(("127.0.0.1", server.https_port), PATIENCE)
    connection.sock = context.wrap_socket(plain, server_hostname=name)
    try:
        connection.request(method, path, headers={"Host": f"{name}:{server.https_port}", "Accept": "text/html"})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


def fetch_plain(server, name, path):
    connection = http.client.HTTPConnection("127.0.0.1", server.http_port, timeout=PATIENCE)
    connection.request("GET", path, headers={"Host": name})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, answer.headers["Location"]


def domain_of(server, name, show="demo"):
    return Api(server).needed("GET", f"/shows/{show}/domains/{name}")


def wait_ready(server, name):
    return until(lambda: (found := domain_of(server, name))["state"] == "ready" and found, f"{name} is ready: {domain_of(server, name)}", PATIENCE)


def is_kept(server, name):
    return server.ask("GET", f"/certificates/{name}")[0] == 200


def test_a_domain_is_served_once_it_leads_here(world, tmp_path):
    server = world.keeper(issuers=[], **INSIDE)
    server.make_show(title="Harbour talk")
    server.make_show("other", title="Quite another")
    episode = server.publish(make_recording(tmp_path / "talk.wav"), "demo", "A talk")

    said = server.run("show", "domain", "add", "demo", "Podcast.Harbour.TEST.").stdout
    assert f"{NAME}.  CNAME  localhost." in said and f"{NAME}.  A  127.0.0.1" in said
    listed = server.json("show", "domain", "list", "demo")
    assert [(one["name"], one["state"], one["points_here"], one["certificate"]) for one in listed] == [(NAME, "waiting-for-dns", False, None)]
    assert "CNAME localhost." in listed[0]["next"]
    assert not is_kept(server, NAME)
    world.names.set(NAME, a=["192.0.2.66"])
    elsewhere = domain_of(server, NAME)
    assert elsewhere["addresses"] == ["192.0.2.66"] and "instead of here" in elsewhere["next"] and not is_kept(server, NAME)
    world.names.fail(NAME)
    assert domain_of(server, NAME)["points_here"] is None

    # Nobody asks: it is looked at by itself.
    world.names.set(NAME, cname=["localhost"])
    until(lambda: is_kept(server, NAME), "the keeper keeps it", PATIENCE)
    ready = wait_ready(server, NAME)
    assert ready["points_here"] and "Nothing to do" in ready["next"]
    server.wait_seen(NAME)
    assert domain_of(server, NAME)["certificate"]["state"] == "ok"
    assert (ready["page"], ready["feed"]) == (f"https://{NAME}:{server.https_port}/", f"https://{NAME}:{server.https_port}/feed.xml")
    assert "ready" in server.run("show", "domain", "list", "demo").stdout

    status, fields, page = fetch(server, NAME, "/")
    assert status == 200 and "Harbour talk" in page and page == fetch(server, "localhost", "/shows/demo")[2]
    assert f"img-src 'self' {server.origin};" in fields["Content-Security-Policy"] and f"media-src 'self' {server.origin};" in fields["Content-Security-Policy"]
    assert server.origin not in fetch(server, "localhost", "/shows/demo")[1]["Content-Security-Policy"]
    status, fields, feed = fetch(server, NAME, "/feed.xml")
    _, at_origin, same = fetch(server, "localhost", "/feeds/demo")
    assert status == 200 and feed == same and fields["ETag"] == at_origin["ETag"]
    assert episode["enclosure"] in feed and episode["enclosure"].startswith(server.origin)
    slug = episode["page"].rsplit("/", 1)[1]
    assert fetch(server, NAME, "/" + slug)[2] == fetch(server, "localhost", f"/shows/demo/{slug}")[2]
    assert fetch(server, NAME, "/nothing-of-the-kind")[0] == 404 and fetch(server, NAME, "/healthz")[0] == 200
    # There is nothing of the rest: not other shows, nor the API, nor signing in.
    for path in ("/shows/other", "/feeds/other", f"/shows/demo/{slug}?page=2"):
        status, fields, _ = fetch(server, NAME, path)
        assert (status, fields["Location"]) == (308, server.origin + path)
    assert fetch(server, NAME, "/api/v1/openapi.json")[0] == 404
    assert fetch_plain(server, NAME, "/a-talk?x=1") == (308, f"https://{NAME}:{server.https_port}/a-talk?x=1")
    assert fetch_plain(server, "localhost", "/x") == (308, f"{server.origin}/x")

    server.kill()
    server.start()
    assert fetch(server, NAME, "/")[0] == 200

    said = server.run("show", "domain", "remove", "demo", NAME).stdout
    assert NAME in said
    until(lambda: not is_kept(server, NAME), "the keeper drops it", PATIENCE)
    assert server.json("show", "domain", "list", "demo") == []
    assert server.run("show", "domain", "remove", "demo", NAME, check=False).returncode == 1
    acts = [line["act"] for line in Api(server).needed("GET", "/audit?network=default")["items"]]
    assert "show.domain.add" in acts and "show.domain.remove" in acts


def test_an_order_is_placed_only_once_dns_leads_here(world):
    server = world.keeper(**INSIDE)
    server.make_show()
    api = Api(server)
    api.needed("POST", "/shows/demo/domains", {"name": PUBLIC})
    world.names.set(PUBLIC, a=["192.0.2.66"])
    for _ in range(3):
        assert domain_of(server, PUBLIC)["state"] == "waiting-for-dns"
    assert not is_kept(server, PUBLIC) and not world.authority.certificates(PUBLIC)
    world.name(PUBLIC)
    assert domain_of(server, PUBLIC)["state"] in ("waiting-for-certificate", "ready")
    server.wait_seen(PUBLIC)
    assert domain_of(server, PUBLIC)["state"] == "ready"
    assert server.certificate(PUBLIC)["source"] == "domain" and server.certificate(PUBLIC)["steward"] is None
    handshake(PUBLIC, server.https_port, world.authority.trust_file)
    assert fetch(server, PUBLIC, "/", world.authority.trust_file)[0] == 200
    # The configuration is read again: the domains stay.
    server.reread()
    assert is_kept(server, PUBLIC)
    world.names.set(PUBLIC, a=["192.0.2.66"])
    gone = domain_of(server, PUBLIC)
    assert gone["state"] == "elsewhere" and "no longer points here" in gone["next"] and is_kept(server, PUBLIC)


def test_a_domain_is_whose_claim_is_proven(world):
    server = world.keeper(issuers=[], **{"server": {"former_origins": ["https://Old.harbour.test"]}}, **INSIDE)
    server.json("network", "create", "away", "--name", "Away")
    server.make_show()
    api = Api(server)
    api.needed("POST", "/shows?network=away", {"slug": "theirs", "title": "Theirs"})
    mine = api.needed("POST", "/shows/demo/domains", {"name": NAME})
    theirs = api.needed("POST", "/shows/theirs/domains", {"name": NAME.upper() + "."})
    assert (mine["state"], mine["proof"], theirs["state"], theirs["name"]) == ("waiting-for-dns", None, "waiting-for-dns", NAME), "a claim blocks nobody"
    assert mine["proof_record"] == {"type": "TXT", "name": f"_carillon.{NAME}", "value": mine["proof_record"]["value"]}
    assert mine["proof_record"]["value"].startswith("carillon-domain=") and mine["proof_record"] != theirs["proof_record"] and mine["dropped_at"]
    # It points here, but both claim it: only a text decides.
    world.name(NAME)
    assert "another show claims it" in domain_of(server, NAME)["next"] and not is_kept(server, NAME)
    world.names.set(f"_carillon.{NAME}", txt=["unrelated", mine["proof_record"]["value"]])
    assert domain_of(server, NAME)["proof"] == "txt"
    assert "has verified it" in domain_of(server, NAME, "theirs")["next"]
    ready = wait_ready(server, NAME)
    assert ready["dropped_at"] is None and fetch(server, NAME, "/")[0] == 200
    world.names.remove(f"_carillon.{NAME}")
    assert domain_of(server, NAME)["state"] == "ready", "who leads here need not keep the text"
    world.names.set(f"_carillon.{NAME}", txt=[theirs["proof_record"]["value"]])
    assert domain_of(server, NAME, "theirs")["proof"] == "txt", "the text has changed hands"
    assert domain_of(server, NAME)["proof"] is None
    until(lambda: "Theirs" in fetch(server, NAME, "/")[2], "it is their show's")
    assert server.incidents("domain-lost", f"{NAME} of demo")
    api.needed("DELETE", f"/shows/demo/domains/{NAME}")

    def refused(show, name, status):
        got, problem, _ = api.ask("POST", f"/shows/{show}/domains", {"name": name})
        assert got == status and problem["field"] == "name", (name, problem)
        return problem["detail"]

    taken = refused("demo", NAME, 409)
    assert "theirs" not in taken and "away" not in taken
    assert refused("demo", "old.harbour.test", 409) == taken.replace(NAME, "old.harbour.test"), "nobody learns why"
    refused("demo", "below.old.harbour.test", 409)
    assert "already" in refused("theirs", NAME, 409)
    for name, word in (("https://x.example.org", "page"), ("*.example.org", "wildcard"), ("127.0.0.1", "address"), ("localhost", "single"), ("co.uk", "suffix"),
                       ("x.localhost", "machine"), ("x" * 70 + ".example.org", "isn't a domain name"), ("a." * 200 + "org", "too long"), ("", "missing"), ("a\0b.example.org", "domain name"),
                       ("xn--a.example.org", "domain name")):
        assert word in refused("demo", name, 422), name
    assert api.ask("POST", "/shows/demo/domains", {"name": ["x"]})[0] == 422
    assert api.ask("GET", f"/shows/demo/domains/{NAME}")[0] == api.ask("DELETE", f"/shows/demo/domains/{NAME}")[0] == 404
    assert api.ask("GET", "/shows/demo/domains/%C3%BC")[0] == api.ask("GET", "/shows/demo/domains/never.harbour.test")[0] == 404
    for number in range(10):
        api.needed("POST", "/shows/demo/domains", {"name": f"{number}.harbour.test"})
    assert "10 domains" in refused("demo", "one-more.harbour.test", 409)
    assert len(api.needed("GET", "/shows/demo/domains")["items"]) == 10
    status, made, fields = api.ask("POST", "/shows/theirs/domains", {"name": "B\u00dcCHER.harbour.test"})
    assert status == 201 and fields["Location"] == "/api/v1/shows/theirs/domains/xn--bcher-kva.harbour.test"
    # What is deleted keeps its domains, and what is restored has them.
    server.run("show", "delete", "theirs")
    assert api.ask("GET", "/shows/theirs/domains")[0] == 404
    refused("demo", NAME, 409)
    server.run("show", "restore", "theirs")
    assert [one["name"] for one in api.needed("GET", "/shows/theirs/domains")["items"]] == [NAME, "xn--bcher-kva.harbour.test"]
    refusal = server.run("show", "domain", "add", "demo", "not a name", check=False)
    assert refusal.returncode == 1 and "isn't a domain name" in refusal.stderr


def test_a_tenants_name_leads_the_keeper_to_no_private_address(world):
    """DNS rebinding: the name is proven by a text, and then leads inside."""
    server = world.keeper(issuers=[])
    server.make_show()
    claim = Api(server).needed("POST", "/shows/demo/domains", {"name": NAME})
    # It leads here by its address, but nothing says that this may be looked at.
    world.name(NAME)
    found = domain_of(server, NAME)
    assert found["state"] == "waiting-for-dns" and "could not reach itself" in found["next"] and "[outgoing] allow" in found["next"]
    world.names.set(f"_carillon.{NAME}", txt=[claim["proof_record"]["value"]])
    assert domain_of(server, NAME)["proof"] == "txt"
    until(lambda: is_kept(server, NAME) and server.certificate(NAME)["last_seen"], "the keeper looks", PATIENCE)
    seen = server.certificate(NAME)["last_seen"]
    assert all("isn't a public address" in one["problem"] for one in seen), seen
    # The operator's own name is looked at where it is.
    server.wait_seen("localhost")


def test_silent_name_servers_do_not_hold_up_a_list(world):
    server = world.keeper(issuers=[], **INSIDE)
    server.make_show()
    api = Api(server)
    for number in range(3):
        name = f"{number}.harbour.test"
        world.names.fail(name, "silent")
        api.needed("POST", "/shows/demo/domains", {"name": name})
    items = api.needed("GET", "/shows/demo/domains")["items"]
    assert len(items) == 3 and all(one["points_here"] is None for one in items)
    assert json.dumps(items).count("didn't answer") == 3
    # Nor a stop: what is asked ends by itself soon.
    assert server.stop() == 0
