"""A show's own domain: claimed, looked up in DNS, given a certificate, and served."""

import http.client
import json
import re
import socket
import ssl
import urllib.parse
import xml.etree.ElementTree as ElementTree

import pytest

from conftest import make_recording, until
from keeping import World, handshake
from operations import picture
from test_public_pages import Page
from workflow import Api

ATOM = "{http://www.w3.org/2005/Atom}"
PODCAST = "{https://podcastindex.org/namespace/1.0}"

NAME = "podcast.harbour.test"       # of nobody's public DNS: its certificate is the local CA's
PUBLIC = "podcast.example.org"
PATIENCE = 180  # seconds


INSIDE = {"outgoing": {"allow": ["127.0.0.0/8", "::1"]}}  # the operator lets tenants' names lead to this machine


@pytest.fixture
def world(tmp_path):
    with World(tmp_path) as made:
        yield made


def fetch(server, name, path, trust=None, method="GET", fields=()):
    """(status, header fields, text) from the server, asked for by this name, with its certificate verified for it."""
    context = ssl.create_default_context(cafile=str(trust or server.authority))
    connection = http.client.HTTPSConnection(name, server.https_port, timeout=PATIENCE, context=context)
    plain = socket.create_connection(("127.0.0.1", server.https_port), PATIENCE)
    connection.sock = context.wrap_socket(plain, server_hostname=name)
    try:
        connection.request(method, path, headers={"Host": f"{name}:{server.https_port}", "Accept": "text/html", **dict(fields)})
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
    assert status == 200 and "Harbour talk" in page
    assert f"img-src 'self' {server.origin};" in fields["Content-Security-Policy"] and f"media-src 'self' {server.origin};" in fields["Content-Security-Policy"]
    assert server.origin not in fetch(server, "localhost", "/shows/demo")[1]["Content-Security-Policy"]
    status, _, feed = fetch(server, NAME, "/feed.xml")
    assert status == 200 and episode["enclosure"] in feed and episode["enclosure"].startswith(server.origin)
    slug = episode["page"].rsplit("/", 1)[1]
    assert "A talk" in fetch(server, NAME, "/" + slug)[2]
    assert fetch(server, NAME, "/nothing-of-the-kind")[0] == 404 and fetch(server, NAME, "/healthz")[0] == 200
    # There is nothing of the rest: not the API, nor signing in.
    assert fetch(server, NAME, "/api/v1/openapi.json")[0] == 404
    assert fetch_plain(server, NAME, "/a-talk?x=1") == (301, f"https://{NAME}:{server.https_port}/a-talk?x=1")
    assert fetch_plain(server, "localhost", "/x") == (301, f"{server.origin}/x")

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


def test_a_domain_has_one_show_all_of_it_under_its_own_name(world, tmp_path):
    server = world.keeper(issuers=[], **INSIDE)
    cover, other_cover = tmp_path / "mine.png", tmp_path / "theirs.png"
    cover.write_bytes(picture(1400))
    other_cover.write_bytes(picture(1500))
    server.make_show(title="Harbour talk", image=cover)
    server.json("network", "create", "away", "--name", "Away")
    Api(server).needed("POST", "/shows?network=away", {"slug": "other", "title": "Quite another"})
    server.run("show", "edit", "other", "--image", other_cover)
    mine = server.publish(make_recording(tmp_path / "talk.wav"), "demo", "A talk")
    theirs = server.publish(make_recording(tmp_path / "theirs.wav"), "other", "Their talk")
    for made in (mine, theirs):
        Api(server).needed("PUT", f"/episodes/{made['id']}/chapters", {"version": "1.2.0", "chapters": [{"startTime": 0, "title": "Hello"}]})
    Api(server).needed("POST", "/shows/demo/domains", {"name": NAME})
    world.name(NAME)
    wait_ready(server, NAME)
    here = f"https://{NAME}:{server.https_port}"
    slug = mine["page"].rsplit("/", 1)[1]

    # Every address of itself is its own; audio alone stays where it is for good.
    for path in ("/", f"/{slug}"):
        status, _, text = fetch(server, NAME, path)
        page = Page(text)
        assert status == 200 and page.links["canonical "] == page.meta["og:url"] == here + path
        assert page.links["alternate application/rss+xml"] == here + "/feed.xml"
        assert page.meta["og:image"].startswith(here + "/pictures/")
        assert set(re.findall(rf"{re.escape(server.origin)}[^\"'&<]*", text)) <= {mine["enclosure"]}, path
        assert "/shows/" not in text and "/status" not in text and "Quite another" not in text
    assert page.meta["twitter:player"] == f"{here}/embed/{mine['id']}"
    status, fields, feed = fetch(server, NAME, "/feed.xml")
    channel = ElementTree.fromstring(feed).find("channel")
    assert channel.findtext("link") == here + "/" and channel.findtext("item/link") == f"{here}/{slug}"
    assert [one.get("href") for one in channel.iter(ATOM + "link") if one.get("rel") == "self"] == [here + "/feed.xml"]
    assert channel.find("item/enclosure").get("url") == mine["enclosure"]
    assert set(re.findall(rf"{re.escape(server.origin)}[^\"'&<]*", feed)) == {mine["enclosure"]}
    at_origin = ElementTree.fromstring(fetch(server, "localhost", "/feeds/demo")[2]).find("channel")
    assert channel.findtext("item/guid") == at_origin.findtext("item/guid") and channel.findtext(PODCAST + "guid") == at_origin.findtext(PODCAST + "guid")
    assert fetch(server, NAME, "/feed.xml", fields={"If-None-Match": fields["ETag"]})[0] == 304

    # Search engines find this show here, and nothing else.
    assert f"Sitemap: {here}/sitemap.xml" in fetch(server, NAME, "/robots.txt")[2]
    assert re.findall("<loc>(.*?)</loc>", fetch(server, NAME, "/sitemap.xml")[2]) == [here + "/", f"{here}/{slug}"]
    for slug_of_map in ("demo", "other"):
        assert fetch(server, NAME, f"/sitemaps/{slug_of_map}.xml")[0] == 404

    # Who embeds a page of it is told so here and at the platform, and by no other show's name.
    for asked in (NAME, "localhost"):
        described = json.loads(fetch(server, asked, "/oembed?url=" + urllib.parse.quote(f"{here}/{slug}", safe=""))[2])
        assert (described["author_url"], described["provider_url"]) == (here + "/", here + "/") and f'src="{here}/embed/{mine["id"]}"' in described["html"]
        assert json.loads(fetch(server, asked, "/oembed?url=" + urllib.parse.quote(here + "/", safe=""))[2])["title"] == "Harbour talk"
    assert fetch(server, NAME, "/oembed?url=" + urllib.parse.quote(theirs["page"], safe=""))[0] == 404
    assert fetch(server, "localhost", "/oembed?url=" + urllib.parse.quote(theirs["page"], safe=""))[0] == 200

    # Its own is here, at one address each; what is of others is not.
    for path, there in (("/shows/demo", "/"), (f"/shows/demo/{slug}?x=1", f"/{slug}?x=1"), ("/feeds/demo", "/feed.xml"), (f"/{slug}/", f"/{slug}"),
                        (f"/{slug.capitalize()}", f"/{slug}"), ("/Feed.xml/", "/feed.xml")):
        status, fields, _ = fetch(server, NAME, path)
        assert (status, fields["Location"]) == (301, here + there), path
    pictures = {show: re.search(r"/pictures/[0-9a-f]{64}[^\"<]*", fetch(server, "localhost", f"/feeds/{show}")[2])[0] for show in ("demo", "other")}
    for path in (mine["enclosure"].removeprefix(server.origin), f"/embed/{mine['id']}", "/embed/shows/demo", f"/episodes/{mine['id']}/chapters.json", pictures["demo"]):
        assert fetch(server, NAME, path, method="HEAD")[0] == 200, path
    for path in (theirs["enclosure"].removeprefix(server.origin), f"/embed/{theirs['id']}", "/embed/shows/other", f"/episodes/{theirs['id']}/chapters.json", pictures["other"],
                 "/shows/other", "/feeds/other", f"/shows/other/{theirs['page'].rsplit('/', 1)[1]}", "/status"):
        assert fetch(server, "localhost", path, method="HEAD")[0] == 200, path
        status, _, text = fetch(server, NAME, path)
        assert status == 404 and "Quite another" not in text and "Their talk" not in text, path


def test_a_domain_that_is_not_the_shows_any_more_shows_nothing_of_it(world, tmp_path):
    server = world.keeper(issuers=[], **INSIDE)
    server.make_show(title="Harbour talk")
    server.publish(make_recording(tmp_path / "talk.wav"), "demo", "A talk")
    api = Api(server)
    api.needed("POST", "/shows/demo/domains", {"name": NAME})
    # Claimed, but not verified: nobody has shown that the name is theirs, and so it has no certificate and no show.
    world.names.set(NAME, a=["192.0.2.66"])
    assert domain_of(server, NAME)["state"] == "waiting-for-dns"
    with pytest.raises(ssl.SSLError):
        fetch(server, NAME, "/")
    here = f"https://{NAME}:{server.https_port}/"
    asked = "/oembed?url=" + urllib.parse.quote(here, safe="")
    assert fetch(server, "localhost", asked)[0] == 404
    assert fetch_plain(server, NAME, "/a-talk")[1] == f"{server.origin}/a-talk", "an unknown name is sent to the platform"

    world.name(NAME)
    wait_ready(server, NAME)
    assert fetch(server, NAME, "/")[0] == 200 and fetch(server, "localhost", asked)[0] == 200
    # In a network that was suspended, the domain says so, whatever is asked for.
    api.needed("POST", "/networks/default/suspend", {"reason": "A court said so."})
    for path in ("/", "/feed.xml", "/a-talk", "/sitemap.xml", asked):
        status, _, text = fetch(server, NAME, path)
        assert status == 451 and "A court said so." in text and "Harbour talk" not in text, path
    api.needed("POST", "/networks/default/resume")
    assert fetch(server, NAME, "/")[0] == 200

    # Removed: it is nobody's at once.
    server.run("show", "domain", "remove", "demo", NAME)
    assert fetch(server, "localhost", asked)[0] == 404
    assert fetch_plain(server, NAME, "/a-talk")[1] == f"{server.origin}/a-talk"
    until(lambda: not is_kept(server, NAME), "the keeper drops it", PATIENCE)


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
    assert "another show also claims the domain" in domain_of(server, NAME)["next"] and not is_kept(server, NAME)
    world.names.set(f"_carillon.{NAME}", txt=["unrelated", mine["proof_record"]["value"]])
    assert domain_of(server, NAME)["proof"] == "txt"
    assert "has verified the domain" in domain_of(server, NAME, "theirs")["next"]
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
    assert json.dumps(items).count("didn't respond") == 3
    # Nor a stop: what is asked ends by itself soon.
    assert server.stop() == 0
