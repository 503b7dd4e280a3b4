"""The API over HTTPS, as programs and browsers use it. Every answer is held to the OpenAPI document."""

import openapi
import requests

CSRF = "X-CSRF-Token"


class FromAddress(requests.adapters.HTTPAdapter):
    """Connects from one of the machine's own addresses."""

    def __init__(self, address):
        self.address = address
        super().__init__()

    def init_poolmanager(self, *arguments, **options):
        super().init_poolmanager(*arguments, source_address=(self.address, 0), **options)


class Caller:
    """Somebody with a token, a session, or nothing; from `address`, where that matters."""

    def __init__(self, server, token=None, address=None):
        self.server = server
        self.session = requests.Session()
        self.session.verify = server.authority
        self.session.trust_env = False  # a bundle of the machine would take the place of our own CA
        if address:
            self.session.mount("https://", FromAddress(address))
        if token:
            self.session.headers["Authorization"] = f"Bearer {token}"

    def sign_in(self, email, password, code=None):
        answer = self.post("/sessions", {"email": email, "password": password, **({"code": code} if code else {})})
        if answer.status_code == 201:
            self.session.headers[CSRF] = answer.json()["csrf"]
        return answer

    def call(self, method, path, document=None, **options):
        answer = self.session.request(method, f"{self.server.origin}/api/v1{path}", json=document, timeout=60, **options)
        openapi.check(method, path, answer, document)
        return answer

    def get(self, path, **options):
        return self.call("GET", path, **options)

    def post(self, path, document=None, **options):
        return self.call("POST", path, document, **options)

    def put(self, path, document=None, **options):
        return self.call("PUT", path, document, **options)

    def patch(self, path, document=None, **options):
        return self.call("PATCH", path, document, **options)

    def delete(self, path, **options):
        return self.call("DELETE", path, **options)


def with_token(server, email, *scopes):
    """A caller with a new token of that person."""
    more = [part for scope in scopes for part in ("--scope", scope)]
    return Caller(server, server.json("token", "create", "--user", email, "--name", "test", *more)["token"])


def make_person(server, email, role, network="default"):
    """Somebody with a role; answers the secret of the link that sets the password."""
    more = [] if role == "operator" else ["--network", network]
    return server.json("user", "create", email, "--role", role, *more)["link"].rsplit("/", 1)[1]
