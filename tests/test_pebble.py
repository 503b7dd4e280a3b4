"""The ACME client against a real CA: src/acme/pebble_test.cpp, with Pebble started for it."""

import http.server
import os
import subprocess
import threading

import pytest

import pebble

TESTS = pebble.ROOT / "build" / "release" / "acme_test"


@pytest.fixture(scope="module")
def programs():
    if not TESTS.exists():
        pytest.skip(f"{TESTS} is not built: ninja -C build/release acme_test")
    try:
        return pebble.binaries()
    except pebble.Unavailable as why:
        pytest.skip(f"Pebble {'.'.join(map(str, pebble.LEAST))} or newer cannot be had here: {why}")


class Control(http.server.BaseHTTPRequestHandler):
    """GET /restart: the CA forgets everything, then the answer comes."""

    def do_GET(self):
        if self.path == "/restart":
            self.server.pebble.restart()
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def run(ca, selection, expected):
    server = http.server.HTTPServer(("127.0.0.1", 0), Control)
    server.pebble = ca
    threading.Thread(target=server.serve_forever, daemon=True).start()
    environment = {**os.environ, "no_proxy": "127.0.0.1", "PEBBLE_DIRECTORY": ca.directory, "PEBBLE_TRUST": str(ca.trust), "PEBBLE_MANAGEMENT": ca.management,
                   "PEBBLE_HTTP_PORT": str(ca.http_port), "PEBBLE_TLS_PORT": str(ca.tls_port), "PEBBLE_CONTROL": f"http://127.0.0.1:{server.server_port}",
                   "PEBBLE_EAB_KEY_ID": ca.EAB_KEY_ID, "PEBBLE_EAB_HMAC_KEY": ca.EAB_HMAC_KEY}
    try:
        done = subprocess.run([TESTS, f"--gtest_filter={selection}"], env=environment, capture_output=True, text=True, timeout=300, cwd=pebble.ROOT)
    finally:
        server.shutdown()
        server.server_close()
    assert done.returncode == 0, done.stdout[-6000:] + (ca.folder / "pebble.log").read_text()[-3000:]
    assert f"[  PASSED  ] {expected} test" in done.stdout and "SKIPPED" not in done.stdout, done.stdout[-3000:]


@pytest.fixture
def ca(programs, tmp_path, request):
    made = pebble.Pebble(tmp_path / "pebble", programs, **getattr(request, "param", {})).start()
    yield made
    made.stop()


def test_the_client_does_all_that_a_ca_offers(ca):
    run(ca, "AgainstPebble.*", 9)


@pytest.mark.parametrize("ca", [{"external_accounts": True}], indirect=True)
def test_the_client_binds_an_external_account(ca):
    run(ca, "AgainstPebbleWithExternalAccounts.*", 1)
