"""Other people's programs: a podcast app subscribes and downloads, a browser plays."""

import pytest

from chromium import Chromium, needs_chromium
from conftest import until
from gpodder import Gpodder, needs_gpodder


@needs_gpodder
def test_gpodder_subscribes_updates_and_downloads(shared, tmp_path):
    gpo = Gpodder(shared, tmp_path)
    feed = shared.origin + "/feeds/demo"
    said, statuses = gpo("subscribe", feed)
    assert "Successfully added" in said and statuses == ["200"]
    assert gpo("update")[1] == ["304"], "what has not changed is not sent again"
    before = shared.get("/feeds/demo").headers["ETag"]
    assert gpo("update")[1] == ["304"]
    said, statuses = gpo("download")
    assert "1 episodes downloaded" in said and statuses == ["200"], said
    assert gpo.downloads() == [shared.get(shared.episode["enclosure"]).content]

    # A title that was edited is another feed and the same episode: nothing is downloaded again.
    shared.run("episode", "edit", shared.episode["id"], "--title", "Under another title")
    assert shared.get("/feeds/demo").headers["ETag"] != before
    assert gpo("update")[1] == ["200"]
    assert "0 episodes downloaded" in gpo("download")[0]
    assert [(episode["title"], episode["url"]) for episode in gpo.rows("episode")] == [("Under another title", shared.episode["enclosure"])]


@pytest.fixture
def chromium(shared, tmp_path):
    browser = Chromium(tmp_path / "profile", shared.https_port)
    yield browser
    browser.close()


@needs_chromium
def test_an_episode_plays_in_a_browser(shared, chromium):
    assert "errorText" not in chromium.call("Page.navigate", url=shared.episode["page"])
    until(lambda: chromium.evaluate("document.readyState") == "complete" and chromium.evaluate("location.href") == shared.episode["page"], "the page is there")
    assert chromium.evaluate("document.querySelector('audio').preload") == "none"
    assert chromium.evaluate("performance.getEntriesByType('resource').filter(r => r.name.includes('.mp3')).length") == 0, "nothing is fetched before somebody listens"
    chromium.evaluate("document.querySelector('audio').play()")
    until(lambda: chromium.evaluate("document.querySelector('audio').currentTime") > 0.5, "it plays")
    assert abs(chromium.evaluate("document.querySelector('audio').duration") - 20) < 0.2
    # Seeking asks for a range of what is there.
    chromium.evaluate("document.querySelector('audio').currentTime = 15")
    until(lambda: chromium.evaluate("document.querySelector('audio').currentTime") > 15.3, "it plays on from there")
    assert chromium.evaluate("document.querySelector('audio').error") is None
