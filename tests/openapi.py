"""The OpenAPI document, and every answer of the API held to it.

    check("GET", "/shows/demo", answer)      # AssertionError: what the answer says and the document does not
"""

import datetime
import json
import pathlib
import re
import urllib.parse

import jsonschema

FILE = pathlib.Path(__file__).resolve().parent.parent / "src" / "api" / "openapi.json"
DOCUMENT = json.loads(FILE.read_text(encoding="utf-8"))
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
SHOWN = 2000  # characters of an answer in a message

FORMATS = jsonschema.FormatChecker(formats=())


@FORMATS.checks("date-time", raises=ValueError)
def is_date_time(text):
    if isinstance(text, str):
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", text):
            raise ValueError(text)
        datetime.datetime.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")
    return True


@FORMATS.checks("uri", raises=ValueError)
def is_uri(text):
    return not isinstance(text, str) or bool(urllib.parse.urlsplit(text).scheme)


@FORMATS.checks("uuid")
def is_uuid(text):
    return not isinstance(text, str) or bool(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text))


def followed(value):
    """What a $ref stands for."""
    while "$ref" in value:
        target = DOCUMENT
        for part in value["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        value = target
    return value


class Operation:
    def __init__(self, method, template, described):
        self.method, self.template, self.described = method, template, described
        self.id = described["operationId"]
        self.permission, self.owner = described["x-permission"], described["x-owner"]
        self.also = described.get("x-permission-also")  # is enough, too
        pattern = "".join(part if i % 2 == 0 else "[^/]+" for i, part in enumerate(re.split(r"(\{[^}]+\})", re.escape(template).replace(r"\{", "{").replace(r"\}", "}"))))
        self.pattern = re.compile(pattern)
        self.parameters = template.count("{")

    def __repr__(self):
        return f"{self.method} {self.template} ({self.id})"

    def response(self, status):
        """What is described for a status, exactly or as a range; none when nothing is."""
        responses = self.described["responses"]
        found = responses.get(str(status)) or responses.get(f"{status // 100}XX")
        return followed(found) if found else None


OPERATIONS = [Operation(method.upper(), template, item[method]) for template, item in DOCUMENT["paths"].items() for method in METHODS if method in item]


def operation_of(method, path):
    """The operation that a request means; none when there is none. Literal segments win over parameters."""
    path = urllib.parse.unquote(path.split("?")[0])
    method = "GET" if method == "HEAD" and not any(one.method == "HEAD" and one.pattern.fullmatch(path) for one in OPERATIONS) else method
    fitting = [one for one in OPERATIONS if one.method == method and one.pattern.fullmatch(path)]
    return min(fitting, key=lambda one: one.parameters, default=None)


VALIDATORS = {}


def complaint(schema, value):
    """What is wrong with a value; none when it is as the schema says."""
    key = json.dumps(schema, sort_keys=True)
    if key not in VALIDATORS:
        whole = {**schema, "components": DOCUMENT["components"]}
        jsonschema.Draft202012Validator.check_schema(whole)
        VALIDATORS[key] = jsonschema.Draft202012Validator(whole, format_checker=FORMATS)
    error = jsonschema.exceptions.best_match(VALIDATORS[key].iter_errors(value))
    return f"{error.json_path}: {error.message}" if error else None


def plain(text):
    """A document of JSON whose numbers are plain decimals, as simple readers expect them."""
    def number(digits):
        assert "e" not in digits.lower(), f"the number {digits} is no plain decimal in {text[:SHOWN]}"
        return float(digits)
    return json.loads(text, parse_float=number)


def check_content(what, content, answer):
    """Content-Type and body against a map from media type to schema."""
    kind = answer.headers.get("Content-Type", "").split(";")[0]
    assert kind in content, f"{what} is {kind or 'of no type'}; described are {', '.join(content)}"
    schema = content[kind].get("schema", {})
    if not kind.endswith("json"):
        return
    wrong = complaint(schema, plain(answer.text))
    assert not wrong, f"{what} is not as described: {wrong}\n{answer.text[:SHOWN]}"


def check(method, path, answer, sent=None):
    """Holds one answer over HTTPS to the document; a request that succeeded, too."""
    what = f"{method} {path}: {answer.status_code}"
    operation = operation_of(method, path)
    if operation is None:
        assert answer.status_code in (401, 404, 405, 429), f"{what}, but there is no such operation in the document"
        check_content(what, {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}, answer)
        return
    response = operation.response(answer.status_code)
    assert response, f"{what} is no status described for {operation}\n{answer.text[:SHOWN]}"
    by_secret = operation.id == "getCalendar" and "token=" in path  # answered before anybody is known or counted
    for name, header in response.get("headers", {}).items():
        header = followed(header)
        value = answer.headers.get(name)
        if header.get("required") or (name == "RateLimit" and not by_secret):
            assert value is not None, f"{what} has no field {name}"
        wrong = value is not None and complaint(header["schema"], value)
        assert not wrong, f"{what}: the field {name} is not as described: {wrong}"
    if method == "HEAD" or "content" not in response or response.get("x-body-optional") and not answer.content:
        assert not answer.content, f"{what} has a body, and none is described\n{answer.text[:SHOWN]}"
    else:
        check_content(what, response["content"], answer)
    if answer.ok and sent is not None:
        body = operation.described.get("requestBody")
        assert body, f"{what}: a body was taken, and none is described"
        wrong = complaint(body["content"]["application/json"]["schema"], sent)
        assert not wrong, f"{what}: the request was taken, and is not as described: {wrong}"
