"""tools/plain_words bites: wording that isn't plain is found in documents, strings and messages, and nowhere else."""

import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent


def look(folder, files, *options):
    """What plain_words prints about a tree with these files: path -> text."""
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    done = subprocess.run([ROOT / "tools" / "plain_words", *options, folder], capture_output=True, text=True)
    assert done.stderr == ""
    assert done.returncode == (1 if done.stdout else 0)
    return done.stdout.splitlines()


@pytest.mark.parametrize("text, words", [
    ("“x” is no key of the configuration.", "is no"),
    ("Whoever opens it signs in.", "Whoever"),
    ("Ask somebody else.", "somebody"),
    ("The steward is told at once.", "is told"),
    ("The key stands in the file.", "stands"),
    ("The file lies in the folder.", "lies"),
    ("Use an offset, as in 2026-12-24.", ", as in"),
    ("Load the page anew.", "anew"),
    ("The slug stays for\never.", "for ever"),
    ("Take the show off the air.", "off the air"),
    ("You can call it off.", "call it off"),
    ("Restore brings it back.", "brings it back"),
    ("It was handed in late.", "handed in"),
    ("Only you can mend this.", "mend"),
    ("A second factor is needed.", "second factor"),
    ("A show's own domain.", "own domain"),
    ("The values in force.", "in force"),
    ("It waits. What waits is kept in memory.", "What waits is kept in memory."),
])
def test_each_marker_is_found(tmp_path, text, words):
    found = look(tmp_path, {"README.md": "# Title\n\n" + text + "\n"})
    assert len(found) == 1, found
    assert found[0].startswith(f"README.md:3: “{words}”: ")


@pytest.mark.parametrize("text", [
    "There is no route to it, and it is no longer needed.",
    "They can't be told apart.",
    "What is it? What does it do?",
    "Run `carillon user reset-second-factor` or `mend somebody`.",
    "See [the page](somebody/lies.md).",
    "```sh\nmend somebody\n```",
    "As in the directories.",
])
def test_plain_text_code_and_links_pass(tmp_path, text):
    assert look(tmp_path, {"docs/manual/page.md": text + "\n"}) == []


def test_comments_in_examples_are_read(tmp_path):
    assert look(tmp_path, {"README.md": "```sh\nmend  # whoever reads this\n```\n"}) == [
        "README.md:2: “whoever”: write name the person: the operator, the publisher, anyone who …, no one"]


def test_strings_of_cpp_are_read_and_comments_are_not(tmp_path):
    source = ('#include "somebody.hpp"\n'
              "// Whoever reads this.\n"
              "/* nobody */\n"
              'constexpr auto kQuote = \'"\'; constexpr auto kSql = R"sql(SELECT whoever)sql"; constexpr int kMany = 1\'000;\n'
              'auto text() { return "It stands " /* lies */ + name() + " and it is "\n    "told.\\" mend"; }\n')
    found = look(tmp_path, {"src/app/main.cpp": source, "src/app/main_test.cpp": source, "src/app/testing/world.cpp": source})
    assert [line.split(": write")[0] for line in found] == [
        "src/app/main.cpp:5: “stands”", "src/app/main.cpp:5: “is told”", "src/app/main.cpp:6: “mend”"]


def test_messages_of_the_studio_are_read(tmp_path):
    found = look(tmp_path, {"studio/src/messages/en.ts": "// somebody\nexport const en = { a: 'Load anew', b: `${name} is told` };\n"})
    assert [line.split(": write")[0] for line in found] == ["studio/src/messages/en.ts:2: “anew”", "studio/src/messages/en.ts:2: “is told”"]


def test_identifiers_and_tests_of_messages_are_not_texts(tmp_path):
    assert look(tmp_path, {"src/a.cpp": 'auto a = by("mended", "nobody-reads-mail", "second_factor");\n',
                           "studio/src/messages/en.ts": "export const en = { a: one['told'], b: 'nobody' };\n",
                           "studio/src/messages/messages.test.ts": "test('what stands in the texts', () => {});\n"}) == []


def test_only_what_is_asked_for_is_read(tmp_path):
    files = {"README.md": "Whoever.\n", "src/a.cpp": 'auto a = "Whoever";\n', "studio/src/messages/en.ts": "'Whoever'\n"}
    assert len(look(tmp_path, files)) == 3
    assert [line.split(":")[0] for line in look(tmp_path, files, "--only", "strings")] == ["src/a.cpp"]
    assert len(look(tmp_path, files, "--only", "documents", "--only", "messages")) == 2


def test_exceptions_need_a_reason_and_a_use(tmp_path):
    files = {"README.md": "It runs as nobody here,\nand nobody minds.\n", "tools/plain_words.allow": "runs as nobody :: the name of the user\n"}
    assert [line.split(": write")[0] for line in look(tmp_path, files)] == ["README.md:2: “nobody”"]
    files = {"README.md": "Fine.\n", "tools/plain_words.allow": "runs as nobody :: the name of the user\nmend\n"}
    found = look(tmp_path, files)
    assert len(found) == 2 and "the reason" in found[0] and "this exception is no longer needed" in found[1]


def test_the_documents_of_the_project_pass():
    done = subprocess.run([ROOT / "tools" / "plain_words", "--only", "documents"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")
