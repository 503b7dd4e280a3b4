"""An episode's own cover: given, seen everywhere, replaced, taken away, kept by a backup."""

import json
import re

from conftest import Carillon, make_recording
from operations import picture
from workflow import Api


def item_image(server):
    """What the feed says of the one episode's cover; None: nothing, so apps take the channel's."""
    item = re.search(r"<item>.*</item>", server.get("/feeds/demo").text, re.DOTALL).group()
    found = re.search(r'<itunes:image href="([^"]+)"', item)
    return found and found.group(1)


def shown(server, episode):
    """The cover that each place shows for the episode."""
    page, player = (server.get(address).text for address in (episode["page"], f"/embed/{episode['id']}"))
    data = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL).group(1))
    return {"card": re.search(r'property="og:image" content="([^"]+)"', page).group(1), "data": data["image"],
            "page": re.search(r'<img class="cover" src="([^"]+)"', page).group(1), "player": re.search(r'<img class="cover" src="([^"]+)"', player).group(1),
            "media keys": re.search(r'data-picture="([^"]+)"', player).group(1),
            "description": server.get("/oembed", params={"url": episode["page"]}).json()["thumbnail_url"]}


def everywhere(server, episode, address):
    """Each place shows that picture, at one of its sizes."""
    found = shown(server, episode)
    picture = address.removeprefix(server.origin).removesuffix(".jpg")
    assert {re.sub(r"(/\d+)?\.jpg$", "", one.removeprefix(server.origin)) for one in found.values()} == {picture}, found
    assert all(server.get(one).ok for one in found.values()), found


def test_an_episode_has_its_own_cover_until_it_is_taken_away(carillon, recording, tmp_path):
    pictures = {}
    for side in (1400, 1500, 1600):
        pictures[side] = tmp_path / f"{side}.png"
        pictures[side].write_bytes(picture(side))
    show = carillon.make_show(image=pictures[1400])
    episode = carillon.publish(recording, "demo", "A talk", "--image", pictures[1500])
    first = episode["image"]
    assert item_image(carillon) == first != show["image"]
    served = carillon.get(first)
    assert served.ok and served.headers["Content-Type"] == "image/jpeg"
    everywhere(carillon, episode, first)
    audio = carillon.get(episode["enclosure"]).headers["ETag"]

    second = carillon.json("episode", "edit", episode["id"], "--image", pictures[1600])["image"]
    assert second != first and item_image(carillon) == second, "a new picture has a new address"
    everywhere(carillon, episode, second)
    assert carillon.get(first).ok, "who read the feed before still finds it"
    assert carillon.get(episode["enclosure"]).headers["ETag"] == audio, "nobody downloads again"

    # A backup holds it.
    carillon.run("backup", tmp_path / "backup")
    other = Carillon(tmp_path / "restored")
    other.run("restore", tmp_path / "backup")
    other.start()
    try:
        assert other.json("episode", "show", episode["id"])["image"].rsplit("/", 1)[1] == second.rsplit("/", 1)[1]
        for address in ("/pictures/" + second.rsplit("/", 1)[1], "/pictures/" + second.rsplit("/", 1)[1].replace(".jpg", "/600.webp")):
            assert other.get(address).content == carillon.get(address).content
    finally:
        other.stop()

    assert carillon.json("episode", "edit", episode["id"], "--no-image")["image"] is None
    assert item_image(carillon) is None
    everywhere(carillon, episode, show["image"])


def test_a_cover_is_public_only_while_its_episode_is(carillon, recording, tmp_path):
    """What was withdrawn is gone for the public, and its people still see it; a takedown takes every picture along."""
    pictures = {}
    for side in (1400, 1500):
        pictures[side] = tmp_path / f"{side}.png"
        pictures[side].write_bytes(picture(side))
    show = carillon.make_show(image=pictures[1400])
    episode = carillon.publish(recording, "demo", "A talk", "--image", pictures[1500])
    public, api = episode["image"], Api(carillon)
    carillon.run("user", "create", "op@example.org", "--role", "operator")
    token = carillon.json("token", "create", "--user", "op@example.org", "--name", "test")["token"]
    assert carillon.get(public).ok
    for withdraw, bring_back in (("unpublish", "publish"), ("delete", "restore")):
        carillon.run("episode", withdraw, episode["id"])
        gone = carillon.get(public)
        assert gone.status_code == 404 and gone.headers["Cache-Control"] == "no-store", withdraw
        if withdraw == "unpublish":
            own = api.needed("GET", f"/episodes/{episode['id']}")["image"]
            assert own.removeprefix(carillon.origin).startswith(f"/api/v1/episodes/{episode['id']}/image?of=")
            assert carillon.get(own).status_code == 401, "it's for those who may see the episode"
            served = carillon.get(own, headers={"Authorization": f"Bearer {token}"})
            assert served.status_code == 200 and served.headers["Content-Type"] == "image/jpeg" and served.headers["Cache-Control"] == "private, no-cache"
        carillon.run("episode", bring_back, episode["id"])
        assert carillon.get(public).ok, bring_back
    carillon.run("show", "suspend", "demo", "--reason", "Court order 7")
    for address in (public, show["image"]):
        gone = carillon.get(address)
        assert gone.status_code == 451 and gone.headers["Cache-Control"] == "no-store" and "Court order 7" in gone.text
    carillon.run("show", "resume", "demo")
    assert carillon.get(public).ok and "immutable" in carillon.get(public).headers["Cache-Control"]


def test_a_refused_cover_says_why_and_changes_nothing(carillon, recording, tmp_path):
    carillon.make_show()
    episode = carillon.publish(recording)
    api = Api(carillon)
    path = f"/episodes/{episode['id']}/image"
    small = api.upload(picture(1000))
    status, problem, _ = api.ask("PUT", path, {"upload": small})
    assert (status, problem["field"]) == (422, "fit") and "1000 × 1000" in problem["detail"]
    assert api.ask("PUT", path, {"upload": "01jaaaaaaaaaaaaaaaaaaaaaaa"})[0] == 404
    assert api.ask("PUT", path, {})[1]["field"] == "upload"
    assert api.ask("PUT", path, {"upload": small, "more": 1})[1]["field"] == "more"
    assert api.needed("GET", f"/episodes/{episode['id']}")["image"] is None and item_image(carillon) is None
    # Before a long recording is sent, its picture is looked at.
    file = tmp_path / "small.png"
    file.write_bytes(picture(1000))
    refused = carillon.run("publish", recording, "--show", "demo", "--title", "Two", "--image", file, check=False)
    assert refused.returncode == 1 and "1000 × 1000" in refused.stderr
    assert len(carillon.json("episode", "list", "--show", "demo")) == 1


def test_a_cover_survives_the_trash_and_a_restart(carillon, tmp_path):
    carillon.make_show()
    episode = carillon.publish(make_recording(tmp_path / "talk.wav", seconds=1, rate=16000))
    file = tmp_path / "cover.png"
    file.write_bytes(picture())
    image = carillon.json("episode", "edit", episode["id"], "--image", file)["image"]
    carillon.run("episode", "delete", episode["id"])
    carillon.kill()
    carillon.start()
    assert carillon.json("episode", "restore", episode["id"])["image"] == image
    assert item_image(carillon) == image and carillon.get(image).ok
