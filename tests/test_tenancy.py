"""Who may do what, and that networks never meet: for every operation of the OpenAPI document, which is held to the route tables."""

import pytest

from openapi import OPERATIONS
from operations import AWAY, CASES, HOME, NOWHERE, PASSWORD, ROLES, World, nowhere, picture

# The roles that a permission is for. `operate` goes with none.
ALLOWED = {
    "everyone": ROLES, "signed_in": ROLES, "view": ROLES,
    "publish": ("owner", "manager", "producer"),
    "advertise": ("owner", "manager", "ads"),
    "analyse": ("owner", "manager", "ads", "analyst"),
    "manage": ("owner", "manager"),
    "own": ("owner",),
    "operate": (),
}
# What differs between two answers to the same question.
PASSING = ("Date", "RateLimit")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with World(tmp_path_factory.mktemp("tenancy")) as made:
        yield made


def test_every_operation_has_a_case_and_every_case_an_operation():
    assert sorted(CASES) == sorted(operation.id for operation in OPERATIONS)


def seen(answer, name):
    """An answer as somebody sees it who does not know the name."""
    fields = {field: value.replace(name, "NAME") for field, value in answer.headers.items() if field not in PASSING}
    return answer.status_code, fields, answer.text.replace(name, "NAME")


def problem_of(answer):
    return answer.json()["type"].removeprefix("urn:carillon:problem:")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_operation(world, operation):
    assert operation.id in CASES, f"{operation} has no case in operations.py"
    ask = CASES[operation.id](world)
    needed = operation.permission
    allowed = [role for role in ROLES if role in ALLOWED[needed] or role in ALLOWED.get(operation.also, ())]

    if needed != "everyone":
        answer = ask.send(operation.method, world.nobody())
        assert answer.status_code == 401, f"nobody: {answer.text}"
        answer = ask.send(operation.method, world.without(needed, operation.also))
        assert (answer.status_code, problem_of(answer)) == (403, "scope-missing"), f"a token without the scope: {answer.text}"

    if ask.real:
        there, missing = ask.send(operation.method, world.stranger), ask.send(operation.method, world.stranger, nothing=True)
        assert seen(there, ask.real) == seen(missing, nowhere(ask.real)), "a stranger can tell what exists from what does not"
        assert there.status_code == (403 if operation.owner == "nobody" and needed == "operate" else 404), there.text
    else:
        assert operation.owner == "nobody", f"the case of {operation} must say what of HOME's it names"

    for role in ROLES:
        if role in allowed:
            continue
        answer = ask.send(operation.method, world.people[role])
        assert (answer.status_code, problem_of(answer)) == (403, "not-allowed"), f"{role}: {answer.text}"

    # After all who may not have tried: it is still there.
    answer = ask.send(operation.method, ask.by or world.made_for(needed))
    assert answer.status_code == ask.refused if ask.refused else answer.ok, f"whose it is: {answer.status_code} {answer.text}"
    for role in allowed:
        answer = ask.send(operation.method, world.people[role])
        assert answer.status_code not in (401, 403), f"{role}: {answer.text}"
    if ask.after:
        ask.after()


def test_lists_hold_nothing_of_another_network(world):
    mine = [world.episode(), world.show(), world.job()["id"], world.upload(b"some bytes"), world.invitation(), world.member(), world.people["ads"].email]
    for path in ("/shows", "/jobs", "/uploads", "/people", "/audit", "/networks", "/invitations", "/tokens", "/sessions"):
        answer = world.stranger.get(path)
        assert answer.ok, answer.text
        assert not [one for one in [*mine, HOME] if one in answer.text], f"{path}: {answer.text}"


def test_a_network_that_the_body_names_is_asked_for_like_any_other(world):
    answers = [world.stranger.post("/shows", {"slug": "stowaway", "title": "Stowaway", "network": network}) for network in (HOME, NOWHERE)]
    assert seen(answers[0], HOME) == seen(answers[1], NOWHERE) and answers[0].status_code == 404
    analyst = world.people["analyst"].post(f"/shows?network={HOME}", {"slug": "stowaway", "title": "Stowaway", "network": HOME})
    assert analyst.status_code == 403, analyst.text


def test_a_takedown_has_no_side_door(world):
    """Somebody of two networks cannot make shows in the suspended one by asking for the other."""
    both = world.person("owner", AWAY)
    invitation = world.made(f"/invitations?network={HOME}", {"email": both.email, "role": "owner"})["id"]
    secret = world.made(f"/invitations/{invitation}/link")["link"].rsplit("/", 1)[1]
    assert both.post(f"/links/{secret}", {}).ok
    world.made(f"/networks/{HOME}/suspend", {"reason": "Court order 3"})
    try:
        answer = both.post(f"/shows?network={AWAY}", {"slug": "side-door", "title": "Side door", "network": HOME})
        assert (answer.status_code, problem_of(answer)) == (403, "suspended"), answer.text
    finally:
        world.made(f"/networks/{HOME}/resume")
    assert both.post(f"/shows?network={AWAY}", {"slug": "side-door", "title": "Side door", "network": HOME}).status_code == 201


@pytest.mark.parametrize("what", ("audio", "image"))
def test_a_stranger_makes_nothing_of_an_upload(world, what):
    """What a stranger may do in their own network takes nothing out of another."""
    show = world.made("/shows", {"slug": f"abroad-{world.number()}", "title": "Abroad"}, world.stranger)
    assert show["network"] == AWAY
    episode = world.made(f"/shows/{show['slug']}/episodes", {"title": "One"}, world.stranger)["id"]
    upload = world.upload(picture())
    answers = [world.stranger.put(f"/episodes/{episode}/{what}", {"upload": one}) for one in (upload, nowhere(upload))]
    assert seen(answers[0], upload) == seen(answers[1], nowhere(upload)) and answers[0].status_code == 404


def test_an_answer_that_is_kept_is_for_whoever_got_it(world):
    """The same key with a token of the same person that may do less: no answer by repetition."""
    document, key = {"name": "a program"}, {"Idempotency-Key": f"key-{world.number()}"}
    first = world.owner.post("/tokens", document, headers=key)
    assert first.status_code == 201 and world.owner.post("/tokens", document, headers=key).json() == first.json()
    narrow = world.token(world.owner.email, ["view"]).post("/tokens", document, headers=key)
    assert (narrow.status_code, problem_of(narrow)) == (403, "scope-missing"), narrow.text


def test_a_secret_that_is_told_once_lies_in_no_file(world):
    """Not even in the answer that is kept for whoever asks again."""
    key = {"Idempotency-Key": f"key-{world.number()}"}
    email = world.browser().email
    token = world.made("/tokens", {"name": "a program"}, world.owner, headers=key)["token"]
    cookie = world.nobody().post("/sessions", {"email": email, "password": PASSWORD}, headers=key).cookies["__Host-carillon"]
    link = world.made("/people", {"email": f"new-{world.number()}@example.org"}, headers=key)["link"].rsplit("/", 1)[1]
    files = [file for file in (world.folder / "data").glob("carillon.db*")]
    assert files
    for file in files:
        assert not [secret for secret in (token, cookie, link, PASSWORD) if secret.encode() in file.read_bytes()], file.name
