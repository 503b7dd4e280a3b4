"""What a publisher's tools do all day: the API over the control socket."""

import json

from control import Connection


class Api:
    def __init__(self, server):
        self.server = server

    def ask(self, method, path, document=None, fields=None, body=None):
        """(status, document or text, header fields)."""
        connection = Connection(self.server)
        fields = dict(fields or {})
        if document is not None:
            body = json.dumps(document)
            fields.setdefault("Content-Type", "application/json")
        try:
            connection.request(method, "/api/v1" + path, body, fields)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        is_json = "json" in (answer.getheader("Content-Type") or "")
        return answer.status, json.loads(text) if is_json else text, answer.headers

    def needed(self, method, path, document=None, fields=None, body=None):
        """The document of an answer that must be a success."""
        status, answer, _ = self.ask(method, path, document, fields, body)
        assert status < 300, (method, path, status, answer)
        return answer

    def upload(self, recording):
        return self.needed("POST", "/uploads", body=recording)["id"]
