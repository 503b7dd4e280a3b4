"""The list of a show's episodes: searched, sorted, by the page, and quick when it is long."""

import os
import pathlib
import urllib.parse

from workflow import Api

MANY = 2000
QUICK = 0.1  # seconds of the server's own work for one page, which takes it a few milliseconds; how busy the machine is does not count


def listed(api, **questions):
    return api.needed("GET", "/shows/demo/episodes?" + urllib.parse.urlencode(questions))


def titles(api, **questions):
    """Over all pages."""
    found, total = [], None
    while True:
        page = listed(api, **questions)
        assert total in (None, page["total"]), "the total is the same on every page"
        total = page["total"]
        found += [episode["title"] for episode in page["items"]]
        if page["next"] is None:
            assert len(found) == total
            return found
        questions["cursor"] = page["next"]


def test_a_list_is_searched_chosen_and_sorted(carillon, recording):
    carillon.make_show()
    api = Api(carillon)
    published = carillon.publish(recording, "demo", "Ärger im GLOCKENTURM")
    for title, number in (("Zwölf", 12), ("Zimmer 12", None), ("100 % Eisen", 112), ("eisen_blech", None)):
        api.needed("POST", "/shows/demo/episodes", {"title": title, "number": number})
    newest = ["eisen_blech", "100 % Eisen", "Zimmer 12", "Zwölf", "Ärger im GLOCKENTURM"]
    assert titles(api) == titles(api, sort="newest", state="", search="") == newest
    assert titles(api, sort="oldest", limit=2) == newest[::-1]
    assert titles(api, sort="title", limit=1) == ["100 % Eisen", "eisen_blech", "Zimmer 12", "Zwölf", "Ärger im GLOCKENTURM"]
    assert titles(api, search="ärger IM glocken") == ["Ärger im GLOCKENTURM"]
    assert titles(api, search="12") == ["Zimmer 12", "Zwölf"]
    assert titles(api, search="%") == ["100 % Eisen"] and titles(api, search="_") == ["eisen_blech"]
    assert titles(api, search="nothing like it") == []
    assert [episode["id"] for episode in listed(api, state="published")["items"]] == [published["id"]]
    assert titles(api, state="draft,published", search="eisen", limit=1) == ["eisen_blech", "100 % Eisen"]
    assert carillon.json("episode", "list", "--show", "demo")[0]["title"] == "eisen_blech"

    first = listed(api, limit=2, sort="title")["next"]
    for question, field in ((f"sort=newest&cursor={first}", "cursor"), ("cursor=AAAA", "cursor"), ("state=drafts", "state"), ("sort=best", "sort"),
                            ("search=" + "x" * 201, "search"), ("search=%C3", "search"), ("limit=0", "limit")):
        status, problem, _ = api.ask("GET", "/shows/demo/episodes?" + question)
        assert (status, problem["field"]) == (422, field), question

    # An edit moves it, and what is in the trash has a list of its own.
    edited = listed(api, search="blech")["items"][0]["id"]
    api.needed("PATCH", f"/episodes/{edited}", {"title": "ÄÖÜ"})
    assert titles(api, search="äöü") == ["ÄÖÜ"] and titles(api, search="blech") == []
    for episode in listed(api, search="12")["items"]:
        api.needed("DELETE", f"/episodes/{episode['id']}")
    assert titles(api, deleted="true", limit=1) == ["Zwölf", "Zimmer 12"], "the last that was thrown away comes first"
    assert titles(api, deleted="true", search="zimmer") == ["Zimmer 12"] and titles(api, search="12") == []


def work_of(server):
    """Seconds of processor time that it has had."""
    ticks = pathlib.Path(f"/proc/{server.process.pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def test_a_page_of_two_thousand_episodes_is_quick(carillon):
    carillon.make_show()
    api = Api(carillon)
    for number in range(1, MANY + 1):
        api.needed("POST", "/shows/demo/episodes", {"title": f"Folge {number}: über {'Glocken' if number % 100 else 'Türme'}", "number": number, "notes": "Bells. " * 500})
    questions = [{}, {"sort": "oldest"}, {"sort": "title"}, {"search": "TÜRME"}, {"search": "1234"}, {"state": "draft", "search": "folge", "sort": "title"}, {"state": "published"}]
    for question in questions:
        before = work_of(carillon)
        for _ in range(5):
            page = listed(api, limit=50, **question)
        taken = (work_of(carillon) - before) / 5
        print(question, page["total"], f"{taken * 1000:.0f} ms")
        assert taken < QUICK, question
    assert listed(api)["total"] == MANY and listed(api, search="türme")["total"] == MANY // 100 and listed(api, search="1234")["total"] == 1
    assert titles(api, limit=200, sort="oldest") == titles(api, limit=200)[::-1]
