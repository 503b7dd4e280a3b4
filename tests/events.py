"""A listener of GET /api/v1/events over the control socket, as a browser's EventSource would be."""

import http.client
import json
import socket
import threading

from control import Connection


class Listener:
    """Reads events on a thread of its own until it is closed or the server ends the stream."""

    def __init__(self, server, last_id=None):
        self.events = []  # (kind, data)
        self.texts = []  # the data of each, as it came
        self.last_id = last_id
        self.comments = 0
        self.ended = threading.Event()
        self.connection = Connection(server)
        self.connection.request("GET", "/api/v1/events", headers={"Last-Event-ID": last_id} if last_id else {})
        self.response = self.connection.getresponse()
        self.status = self.response.status
        if self.status == 200:
            assert self.response.getheader("Content-Type") == "text/event-stream"
            # Subscribed once the greeting is there.
            self.block()
            self.thread = threading.Thread(target=self.listen, daemon=True)
            self.thread.start()

    def block(self):
        kind, data, new_id = None, None, self.last_id
        while True:
            line = self.response.readline()
            if not line:
                raise EOFError
            line = line.decode().rstrip("\n")
            if line == "":
                self.last_id = new_id
                if data is not None:
                    self.texts.append(data)
                    self.events.append((kind, json.loads(data)))
                return
            if line.startswith(":"):
                self.comments += 1
            name, _, value = line.partition(": ")
            if name == "id":
                new_id = value
            elif name == "event":
                kind = value
            elif name == "data":
                data = value

    def listen(self):
        try:
            while True:
                self.block()
        except (EOFError, OSError, ValueError, http.client.HTTPException, AttributeError):
            self.ended.set()

    def of(self, kind):
        return [data for one, data in list(self.events) if one == kind]

    def close(self):
        """As when the program of the listener is killed."""
        sock = self.connection.sock or self.response.fp.raw._sock
        sock.shutdown(socket.SHUT_RDWR)
        self.thread.join(timeout=60)
        self.response.close()
        self.connection.close()
