"""Runs the tests of a module over HTTP/1.1 and over HTTP/2: `from over_http2 import over_both` at its top. What they send with `requests` over HTTPS
goes through an adapter of python3-h2 the second time."""

import io
import socket
import ssl
import urllib.parse

import h2.config
import h2.connection
import h2.events
import pytest
import requests
import urllib3

PATIENCE = 180  # seconds
PIECE = 65536


def context_for(verify):
    context = ssl.create_default_context(cafile=verify if isinstance(verify, str) else None)
    if not verify:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    return context


class Http2Connection:
    """One connection with python3-h2; as many streams as a test likes, read one after the other or together."""

    def __init__(self, host, port, verify=False, name=None, settings=None):
        plain = socket.create_connection((host, port), timeout=PATIENCE)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = context_for(verify).wrap_socket(plain, server_hostname=name or host)
        assert self.socket.selected_alpn_protocol() == "h2"
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding="utf-8", validate_outbound_headers=False, normalize_outbound_headers=False))
        if settings:
            self.h2.update_settings(settings)
        self.h2.initiate_connection()
        self.events = {}  # by stream
        self.goaway = None
        self.flush()

    def flush(self):
        data = self.h2.data_to_send()
        if data:
            self.socket.sendall(data)

    def receive(self):
        """Reads once; False at the end of the connection."""
        data = self.socket.recv(PIECE)
        if not data:
            return False
        for event in self.h2.receive_data(data):
            if isinstance(event, h2.events.DataReceived):
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            if isinstance(event, h2.events.ConnectionTerminated):
                self.goaway = event.error_code
            self.events.setdefault(getattr(event, "stream_id", 0), []).append(event)
        self.flush()
        return True

    def next_event(self, stream):
        while not self.events.get(stream):
            if not self.receive():
                raise requests.ConnectionError(f"the server closed the connection (GOAWAY {self.goaway})")
        return self.events[stream].pop(0)

    def request(self, method, authority, path, fields=(), body=None):
        stream = self.h2.get_next_available_stream_id()
        head = [(":method", method), (":scheme", "https"), (":authority", authority), (":path", path), *fields]
        self.h2.send_headers(stream, head, end_stream=body is None)
        self.flush()
        if body is not None:
            self.send(stream, body)
        return stream

    def answered(self, stream):
        return any(isinstance(event, (h2.events.ResponseReceived, h2.events.StreamReset)) for event in self.events.get(stream, ()))

    def send(self, stream, body):
        pieces = [body] if isinstance(body, bytes) else body
        for piece in pieces:
            view = memoryview(piece)
            while len(view):
                room = min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size, len(view))
                if room == 0:
                    if not self.receive():
                        raise requests.ConnectionError("the server closed the connection")
                    if self.answered(stream):
                        return  # it doesn't want the rest
                    continue
                self.h2.send_data(stream, bytes(view[:room]))
                view = view[room:]
                self.flush()
        self.h2.end_stream(stream)
        self.flush()

    def head_of(self, stream):
        while True:
            event = self.next_event(stream)
            if isinstance(event, h2.events.ResponseReceived):
                return event.headers
            if isinstance(event, h2.events.StreamReset):
                raise requests.ConnectionError(f"the server reset the request ({event.error_code})")

    def close(self):
        self.socket.close()


class Content(io.RawIOBase):
    """The body of a response, read as it arrives."""

    def __init__(self, connection, stream):
        self.connection, self.stream, self.pending, self.ended = connection, stream, b"", False

    def readable(self):
        return True

    def readinto(self, into):
        while not self.pending and not self.ended:
            event = self.connection.next_event(self.stream)
            if isinstance(event, h2.events.DataReceived):
                self.pending = event.data
            elif isinstance(event, h2.events.StreamEnded):
                self.ended = True
                self.connection.close()
            elif isinstance(event, h2.events.StreamReset):
                if event.error_code != 0:
                    raise requests.exceptions.ChunkedEncodingError(f"the server reset the response ({event.error_code})")
        count = min(len(into), len(self.pending))
        into[:count] = self.pending[:count]
        self.pending = self.pending[count:]
        return count

    def close(self):
        self.connection.close()
        super().close()


def pieces_of(body):
    if isinstance(body, str):
        return body.encode()
    if body is None or isinstance(body, bytes):
        return body
    if hasattr(body, "read"):
        return iter(lambda: body.read(PIECE), b"")
    return body


class Http2Adapter(requests.adapters.BaseAdapter):
    def send(self, request, stream=False, timeout=None, verify=True, cert=None, proxies=None):
        url = urllib.parse.urlsplit(request.url)
        fields = [(name.lower(), value if isinstance(value, str) else value.decode()) for name, value in request.headers.items()]
        dropped = ("connection", "transfer-encoding", "host", "keep-alive")
        authority = request.headers.get("Host", url.netloc)
        try:
            connection = Http2Connection(url.hostname, url.port or 443, verify)
            opened = connection.request(request.method, authority, request.path_url, [field for field in fields if field[0] not in dropped],
                                        pieces_of(request.body))
            head = connection.head_of(opened)
        except OSError as error:
            raise requests.ConnectionError(error) from error
        status = int(dict(head)[":status"])
        headers = urllib3.response.HTTPHeaderDict()
        for name, value in head:
            if not name.startswith(":"):
                headers.add(name, value)
        raw = urllib3.HTTPResponse(body=io.BufferedReader(Content(connection, opened)), headers=headers, status=status, preload_content=False,
                                   decode_content=False, request_method=request.method)
        response = requests.adapters.HTTPAdapter().build_response(request, raw)
        if not stream:
            response.content
        return response

    def close(self):
        pass


@pytest.fixture(params=["http1", "http2"], autouse=True)
def over_both(request, monkeypatch):
    if request.param == "http2":
        usual = requests.Session.get_adapter
        monkeypatch.setattr(requests.Session, "get_adapter", lambda self, url: Http2Adapter() if url.startswith("https://") else usual(self, url))
    return request.param
