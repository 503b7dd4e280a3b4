"""The API of a running server over its control socket."""

import http.client
import json
import socket


class Connection(http.client.HTTPConnection):
    """The API over the control socket."""

    def __init__(self, server):
        super().__init__("localhost", timeout=180)
        self.path = str(server.data / "control.sock")

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def call(server, method, path, document=None):
    connection = Connection(server)
    connection.request(method, "/api/v1" + path, body=None if document is None else json.dumps(document))
    answer = connection.getresponse()
    body = answer.read()
    return answer.status, json.loads(body) if body else None
