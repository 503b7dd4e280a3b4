"""tools/check_layers bites: each rule of the table in src/README.md, broken once in a small tree of its own."""

import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
TABLE = """
| folder | what lives there | may include besides |
| --- | --- | --- |
| `src/base/` | tools | – |
| `src/http/` | the wire | – |
| `src/accounts/` | who asks | – |
| `src/accounts/store/` | SQL | – |
| `src/podcast/model/` | values | – |
| `src/podcast/store/` | SQL | podcast/model |
| `src/podcast/feed/` | feeds | podcast/model |
| `src/testca/` | for tests | – |
| `src/announce/` | tells others | podcast/*, http/client, testca (tests) |
"""


def check(folder, files, table=TABLE):
    """What check_layers says of a tree with these files: path -> text."""
    (folder / "src").mkdir(exist_ok=True)
    (folder / "src" / "README.md").write_text(table, encoding="utf-8")
    for path, text in files.items():
        file = folder / "src" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    done = subprocess.run([ROOT / "tools" / "check_layers", folder], capture_output=True, text=True)
    assert done.returncode == (1 if done.stderr else 0)
    return done.stderr


@pytest.mark.parametrize("path, include", [
    ("podcast/store/shows.cpp", "podcast/model/show.hpp"),  # what its row names
    ("podcast/model/show.cpp", "base/time.hpp"),  # an open folder above it
    ("podcast/model/show.cpp", "accounts/caller.hpp"),
    ("accounts/store/people.cpp", "accounts/caller.hpp"),  # open to the rooms in it, too
    ("podcast/model/show.cpp", "podcast/model/guid.hpp"),  # its own
    ("podcast/store/show_queries.cpp", "podcast/store/show_queries.hpp"),  # its own private header
    ("podcast/store/testing/world.hpp", "podcast/store/show_queries.hpp"),  # the same from its testing/
    ("announce/announcer.cpp", "podcast/feed/feed.hpp"),  # all rows of a folder
    ("announce/announcer_test.cpp", "testca/authority.hpp"),  # what is for tests
    ("announce/testing/world.hpp", "testca/authority.hpp"),
    ("announce/announcer.cpp", "http/client/outgoing.hpp"),  # a part of a row's folder
    ("podcast/feed/notes/notes.cpp", "podcast/model/show.hpp"),  # a folder without a row goes by the one that holds it
])
def test_what_a_row_allows_passes(tmp_path, path, include):
    assert check(tmp_path, {path: f'#include "{include}"\n'}) == ""


@pytest.mark.parametrize("path, include, said", [
    ("base/wrong.cpp", "podcast/model/show.hpp", "src/base/ may not include podcast/model/show.hpp"),  # upwards
    ("http/message.hpp", "accounts/caller.hpp", "src/http/ may not include accounts/caller.hpp"),  # open, but to rows below its own
    ("podcast/model/wrong.cpp", "accounts/store/people.hpp", "src/podcast/model/ may not include"),  # a room in an open row is not open
    ("podcast/model/wrong.cpp", "podcast/store/shows.hpp", "src/podcast/model/ may not include"),  # upwards, within a folder
    ("podcast/feed/wrong.cpp", "podcast/store/shows.hpp", "src/podcast/feed/ may not include"),  # sideways
    ("announce/wrong.cpp", "http/message.hpp", "src/announce/ may not include http/message.hpp"),  # beside the part that is open
    ("announce/wrong.cpp", "testca/authority.hpp", "src/announce/ may not include"),  # what is for tests
    ("podcast/store/wrong.cpp", "podcast/secret/secret.hpp", "has no row in src/README.md"),
    ("podcast/store/wrong.cpp", "elsewhere/thing.hpp", "has no row in src/README.md"),
    ("base/wrong.cpp", "time.hpp", "has no row in src/README.md"),
    ("announce/wrong.cpp", "podcast/store/show_queries.hpp", "can only be included within src/podcast/store/"),
    ("announce/wrong_test.cpp", "podcast/feed/feed_impl.hpp", "can only be included within src/podcast/feed/"),
])
def test_what_no_row_allows_is_named_with_its_line(tmp_path, path, include, said):
    complaint = check(tmp_path, {path: f'\n#include "{include}"\n'})
    assert said in complaint and f"{path}:2:" in complaint


def test_a_folder_without_a_row_is_named(tmp_path):
    assert "its folder has no row" in check(tmp_path, {"podcast/show.cpp": ""})


def test_a_folder_that_is_too_full_needs_a_reason(tmp_path):
    # Tests, and the SQL of a unit, do not count.
    units = {f"base/unit{number}.cpp": "" for number in range(20)}
    beside = {"base/unit1.hpp": "", "base/unit1_test.cpp": "", "base/unit1_queries.cpp": ""}
    assert check(tmp_path, units | beside) == ""
    assert "src/base/ has 21 units" in check(tmp_path, {"base/another.cpp": ""})
    assert check(tmp_path, {}, TABLE.replace("| tools |", "| tools; over 20 units: each stands alone |")) == ""


def test_a_reason_that_is_not_needed_any_more_is_named(tmp_path):
    assert "needs no exception" in check(tmp_path, {"base/unit.cpp": ""}, TABLE.replace("| tools |", "| tools; over 20 units: many |"))


def test_a_row_that_names_what_is_none_is_named(tmp_path):
    assert "lists podcasts/model, which isn't a row" in check(tmp_path, {}, TABLE.replace("| podcast/model |", "| podcasts/model |"))


def test_the_projects_own_tree_passes():
    done = subprocess.run([ROOT / "tools" / "check_layers"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_http_does_not_know_who_asks():
    """The rows' order is the rule: were accounts above http, it would be open to it."""
    rooms = [line.split("`")[1] for line in (ROOT / "src" / "README.md").read_text(encoding="utf-8").splitlines() if line.startswith("| `src/")]
    assert rooms.index("src/http/") < rooms.index("src/accounts/")
