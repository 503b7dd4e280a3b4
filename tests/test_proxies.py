"""Behind real proxies: whose requests they are is the client's business, and no stranger's."""

import shutil
import socket
import subprocess

import pytest

import conftest
from conftest import Carillon, free_port
from floods import connected, shaken

HAPROXY, NGINX = shutil.which("haproxy") or "/usr/sbin/haproxy", shutil.which("nginx") or "/usr/sbin/nginx"
CLIENT = "127.0.9.7"  # an address of this machine that no proxy here connects from
SEEN = "127.0.9.0/24"


@pytest.fixture(scope="module", params=["x-forwarded-for", "forwarded"])
def behind(request, tmp_path_factory):
    """A server that trusts proxies on 127.0.0.1 alone."""
    data = tmp_path_factory.mktemp("behind") / "data"
    data.mkdir()
    (data / "carillon.toml").write_text(f'[proxy]\ntrusted = ["127.0.0.1"]\nheader = "{request.param}"\n')
    server = Carillon(data).start()
    server.field = request.param
    server.make_show()
    server.run("user", "create", "ada@example.org", "--role", "operator")
    yield server
    server.stop()


class Proxy:
    """A proxy in the foreground, until the end of the `with`."""

    def __init__(self, command, port):
        self.command, self.port = command, port

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        def listens():
            assert self.process.poll() is None, self.process.stderr.read().decode()
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0
        conftest.until(listens, "the proxy listens")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=60)
        self.process.stderr.close()


def haproxy(folder, server, option="", mode="tcp", front="", backend=""):
    port = free_port()
    configuration = folder / "haproxy.cfg"
    configuration.write_text(f"""
defaults
  mode {mode}
  timeout connect 10s
  timeout client 30s
  timeout server 30s
frontend in
  bind 127.0.0.1:{port} {front}
  default_backend out
backend out
  {backend}
  server carillon 127.0.0.1:{server.https_port} {option}
""")
    return Proxy([HAPROXY, "-db", "-f", configuration], port)


def certificate(folder):
    both = folder / "proxy.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "2", "-subj", "/CN=localhost",
                    "-out", folder / "proxy.crt", "-keyout", folder / "proxy.key"], check=True, capture_output=True)
    both.write_bytes((folder / "proxy.crt").read_bytes() + (folder / "proxy.key").read_bytes())
    return both


def nginx(folder, server, fields):
    port = free_port()
    certificate(folder)
    (folder / "nginx.conf").write_text(f"""
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {folder}/proxy.crt;
    ssl_certificate_key {folder}/proxy.key;
    location / {{
      proxy_pass https://127.0.0.1:{server.https_port};
      proxy_ssl_server_name on;
      proxy_ssl_name localhost;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host localhost;
      {fields}
    }}
  }}
}}
""")
    return Proxy([NGINX, "-p", folder, "-c", folder / "nginx.conf"], port)


def ask(port, method, target, fields="", body="", source=CLIENT):
    """The answer's bytes, from `source` by way of `port`."""
    with shaken(port, source) as peer:
        peer.sendall(f"{method} {target} HTTP/1.1\r\nHost: localhost\r\n{fields}Connection: close\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
        whole = b""
        while piece := peer.recv(65536):
            whole += piece
    return whole


def seen_by_way_of(server, port, fields="", source=CLIENT):
    """From where the audit trail says that somebody did something."""
    token = server.json("token", "create", "--user", "ada@example.org", "--name", "proxied")["token"]
    slug = f"show-{token[-8:].lower().replace('_', 'x').replace('-', 'x')}"
    document = f'{{"slug":"{slug}","title":"A show"}}'
    answer = ask(port, "POST", "/api/v1/shows", f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\n{fields}", document, source)
    assert b" 201 " in answer[:20], answer
    line = next(line for line in server.json("audit") if line.get("subject") == slug)
    return line["address_prefix"]


@pytest.mark.parametrize("option", ["send-proxy", "send-proxy-v2", "send-proxy-v2 proxy-v2-options crc32c,unique-id"])
def test_haproxy_says_whose_a_connection_is(behind, tmp_path, option):
    with haproxy(tmp_path, behind, option) as proxy:
        assert seen_by_way_of(behind, proxy.port) == SEEN
        # The client is no proxy, and so nothing it claims in a field is believed.
        assert seen_by_way_of(behind, proxy.port, "X-Forwarded-For: 203.0.113.9\r\nForwarded: for=203.0.113.9\r\n") == SEEN


def test_haproxys_health_checks_are_served(behind, tmp_path):
    with haproxy(tmp_path, behind, "send-proxy-v2 check check-send-proxy inter 100ms verify none check-ssl", backend="option httpchk GET /healthz") as proxy:
        assert b" 200 " in ask(proxy.port, "GET", "/healthz")[:20]
    assert "PROXY header can't be read" not in behind.log()


def test_a_proxy_that_sends_no_head_is_served_as_before(behind, tmp_path):
    with haproxy(tmp_path, behind) as proxy:
        assert seen_by_way_of(behind, proxy.port) == "127.0.0.0/24"


def test_haproxy_says_whose_a_request_is(behind, tmp_path):
    both = certificate(tmp_path)
    backend = "option forwardfor" if behind.field == "x-forwarded-for" else 'http-request add-header Forwarded "for=%[src]"'
    with haproxy(tmp_path, behind, "ssl verify none sni str(localhost)", "http", f"ssl crt {both}", backend) as proxy:
        assert seen_by_way_of(behind, proxy.port) == SEEN
        for claimed in ("X-Forwarded-For: 203.0.113.9\r\n", "Forwarded: for=203.0.113.9\r\n", "X-Forwarded-For: 127.0.0.1\r\nForwarded: for=127.0.0.1\r\n"):
            assert seen_by_way_of(behind, proxy.port, claimed) == SEEN, claimed


def test_nginx_says_whose_a_request_is(behind, tmp_path):
    field = ("proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;" if behind.field == "x-forwarded-for"
             else 'proxy_set_header Forwarded "$http_forwarded, for=$remote_addr";')
    with nginx(tmp_path, behind, field) as proxy:
        assert seen_by_way_of(behind, proxy.port) == SEEN
        for claimed in ("X-Forwarded-For: 203.0.113.9, nonsense\r\n", "Forwarded: for=203.0.113.9\r\n"):
            assert seen_by_way_of(behind, proxy.port, claimed) == SEEN, claimed


def test_a_stranger_is_nobody_else_by_saying_so(behind):
    for fields in ("", "X-Forwarded-For: 203.0.113.9\r\n", "Forwarded: for=203.0.113.9\r\n", "X-Forwarded-Proto: http\r\nX-Real-IP: 203.0.113.9\r\n"):
        assert seen_by_way_of(behind, behind.https_port, fields) == SEEN
    with connected(behind.http_port, CLIENT) as peer:
        peer.sendall(b"PROXY TCP4 203.0.113.9 127.0.0.1 4711 80\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert peer.recv(4096).startswith(b"HTTP/1.1 400 ")
    with connected(behind.http_port, CLIENT) as peer:
        peer.sendall(b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xcb\0\x71\x09\x7f\0\0\1\0\1\1\xbb")
        assert peer.recv(4096).startswith(b"HTTP/1.1 400 ")
    with connected(behind.https_port, CLIENT) as peer:
        peer.sendall(b"PROXY TCP4 203.0.113.9 127.0.0.1 4711 443\r\n")
        try:
            while peer.recv(4096):
                pass
        except ConnectionResetError:
            pass


def test_what_a_trusted_proxy_says_must_be_readable(behind):
    field = "X-Forwarded-For: nonsense" if behind.field == "x-forwarded-for" else "Forwarded: for=nonsense"
    assert b" 400 " in ask(behind.https_port, "GET", "/healthz", field + "\r\n", source="127.0.0.1")[:20]
    with connected(behind.https_port) as peer:
        peer.sendall(b"PROXY TCP4 203.0.113.9\r\n")
        try:
            assert peer.recv(1) == b""
        except ConnectionResetError:
            pass  # what was sent is unread: that is how the end looks then


def test_plain_http_stays_plain_whatever_a_proxy_says(behind):
    with connected(behind.http_port) as peer:
        peer.sendall(b"GET /feeds/demo HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Proto: https\r\nForwarded: for=203.0.113.9;proto=https\r\n"
                     b"Connection: close\r\n\r\n")
        answer = peer.recv(4096)
    assert answer.split()[1] in (b"301", b"302", b"307", b"308") and b"Strict-Transport-Security" not in answer
