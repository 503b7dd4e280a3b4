"""What the outside sees of a careful server: fields in every answer, names that are not ours, a process without rights."""

import http.client
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile

import pytest

import conftest
from conftest import Carillon, make_recording
from floods import shaken

NAME = "pod.harbour.test"


@pytest.fixture(scope="module")
def named(tmp_path_factory):
    data = tmp_path_factory.mktemp("named") / "data"
    data.mkdir()
    (data / "carillon.toml").write_text(f'[certificates]\nnames = ["{NAME}"]\n')
    server = Carillon(data).start()
    server.make_show()
    recording = tmp_path_factory.mktemp("recordings") / "talk.wav"
    make_recording(recording, seconds=2)
    server.episode = server.publish(recording)
    conftest.until(lambda: answer(server, NAME, "/healthz", NAME)[0] == 200, "the name has its certificate")
    yield server
    server.stop()


def answer(server, server_name, target, host, method="GET"):
    """(status, fields) of a request; server_name None: the client names nobody. (0, {}) when the handshake is refused."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        peer = context.wrap_socket(socket.create_connection(("127.0.0.1", server.https_port), 60), server_hostname=server_name)
    except ssl.SSLError:
        return 0, {}
    with peer:
        peer.sendall(f"{method} {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        reply = http.client.HTTPResponse(peer, method=method)
        reply.begin()
        reply.read()
        return reply.status, reply.headers


@pytest.mark.parametrize("server_name, target, host, status", [
    ("localhost", "/healthz", "localhost", 200),
    ("localhost", "/healthz", NAME, 200),
    (NAME, "/healthz", NAME, 200),
    (NAME, "/healthz", NAME.upper() + ".:8443", 200),
    ("localhost", "/healthz", "stranger.test", 421),
    (NAME, "/healthz", "stranger.test", 421),
    (NAME, "/healthz", "198.51.100.7", 421),
    ("localhost", "https://stranger.test/healthz", "localhost", 421),
    ("localhost", "https://localhost/healthz", "stranger.test", 200),
    (None, "/healthz", "stranger.test", 200),
    (None, "https://stranger.test/healthz", "localhost", 200),
    ("stranger.test", "/healthz", "stranger.test", 0),
])
def test_a_name_that_is_not_ours_is_misdirected(named, server_name, target, host, status):
    assert answer(named, server_name, target, host)[0] == status


def test_every_answer_says_not_to_guess_its_type(named):
    enclosure = named.episode["enclosure"][len(named.origin):]
    page = named.episode["page"][len(named.origin):]
    for target, method in [("/", "GET"), (page, "GET"), ("/feeds/demo", "GET"), (enclosure, "GET"), (enclosure, "HEAD"), ("/nothing", "GET"),
                           ("/api/v1/openapi.json", "GET"), ("/api/v1/shows", "GET"), ("/api/v1/nothing", "GET"), ("/studio/", "GET"), ("/status", "GET"),
                           ("/healthz", "DELETE"), ("bad target", "GET"), ("/embed/" + named.episode["id"], "GET")]:
        status, fields = answer(named, NAME, target, NAME, method)
        assert fields.get_all("X-Content-Type-Options") == ["nosniff"], (target, status)
        assert fields.get_all("Strict-Transport-Security") == ["max-age=31536000"], (target, status)
    connection = http.client.HTTPConnection("127.0.0.1", named.http_port, timeout=60)
    connection.request("GET", "/feeds/demo", headers={"Host": NAME})
    redirected = connection.getresponse()
    assert redirected.status in (301, 302, 307, 308)
    assert redirected.headers["X-Content-Type-Options"] == "nosniff"
    assert "Strict-Transport-Security" not in redirected.headers, "over plain HTTP it means nothing"


@pytest.mark.parametrize("host", ["localhost", "localhost:8443", "127.0.0.1", "[::1]"])
def test_a_name_of_the_machine_itself_is_not_bound_to_https(named, host):
    status, fields = answer(named, None, "/healthz", host)
    assert status == 200 and "Strict-Transport-Security" not in fields


def test_pages_say_who_may_frame_them_as_before(named):
    page = named.episode["page"][len(named.origin):]
    assert "frame-ancestors 'none'" in answer(named, NAME, page, NAME)[1]["Content-Security-Policy"]
    assert "frame-ancestors *" in answer(named, NAME, "/embed/" + named.episode["id"], NAME)[1]["Content-Security-Policy"]
    assert "frame-ancestors" in answer(named, NAME, "/studio/", NAME)[1]["Content-Security-Policy"]


@pytest.mark.parametrize("suite", ["AES128-SHA", "AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384", "DHE-RSA-AES128-GCM-SHA256"])
def test_openssl_agrees_on_no_weak_suite(named, suite):
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{named.https_port}", "-servername", NAME, "-tls1_2", "-cipher", f"{suite}:@SECLEVEL=0"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
    assert done.returncode != 0 and ("handshake failure" in done.stderr or "no shared cipher" in done.stderr), done.stderr


def test_nothing_of_its_memory_goes_into_a_core_dump(named):
    limits = pathlib.Path(f"/proc/{named.process.pid}/limits").read_text()
    assert re.search(r"Max core file size +0 ", limits)


class Dropping(Carillon):
    """Started as root, to become somebody else."""

    def __init__(self, user):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="carillon-"))
        self.folder.chmod(0o755)
        super().__init__(self.folder / "data")
        self.configuration = self.folder / "carillon.toml"
        self.configuration.write_text(f'[server]\nuser = "{user}"\n')


@pytest.fixture
def dropping():
    if os.geteuid() != 0:
        pytest.skip("only root can give up root")
    server = Dropping("nobody")
    yield server
    if server.process:
        server.stop()
    shutil.rmtree(server.folder)


def test_root_is_given_up_and_everything_works(dropping, tmp_path):
    dropping.start("--config", dropping.configuration)
    status = pathlib.Path(f"/proc/{dropping.process.pid}/status").read_text()
    nobody = pwd.getpwnam("nobody")
    assert re.search(rf"Uid:\t{nobody.pw_uid}\t{nobody.pw_uid}\t{nobody.pw_uid}\t{nobody.pw_uid}\n", status)
    assert re.search(rf"Gid:\t{nobody.pw_gid}\t{nobody.pw_gid}\t{nobody.pw_gid}\t{nobody.pw_gid}\n", status)
    assert re.search(r"CapEff:\t0+\n", status) and re.search(r"CapPrm:\t0+\n", status)
    assert os.stat(f"/proc/{dropping.process.pid}/environ").st_uid == 0, "not even its own user may look into it"
    assert {path.stat().st_uid for path in dropping.data.rglob("*")} == {nobody.pw_uid}
    dropping.make_show()
    dropping.publish(make_recording(tmp_path / "talk.wav", seconds=2))
    assert dropping.get("/feeds/demo").status_code == 200
    with open(dropping.configuration, "a") as configuration:
        configuration.write('[certificates]\nsteward = "ops@example.org"\n[requests]\nkeep_days = 7\n')
    dropping.process.send_signal(signal.SIGHUP)
    conftest.until(lambda: "configuration reloaded" in dropping.log(), "the configuration is read again without root")
    said = dropping.log().split("configuration reloaded")[1].splitlines()[0]
    assert "certificates.steward" in said.split("needs_restart")[0] and "requests.keep_days" in said.split("needs_restart")[1], said


def test_a_reload_without_a_configuration_says_so(tmp_path):
    """Nothing is called read that isn't there; a file that was written since the start is read."""
    server = Carillon(tmp_path / "data").start()
    try:
        server.process.send_signal(signal.SIGHUP)
        conftest.until(lambda: "There is no configuration file" in server.log(), "that nothing was read is said")
        assert "configuration reloaded" not in server.log()
        (server.data / "carillon.toml").write_text('[outgoing]\nallow = ["192.0.2.0/24"]\n[dns]\nservers = ["192.0.2.1:53"]\n')
        server.process.send_signal(signal.SIGHUP)
        conftest.until(lambda: "configuration reloaded" in server.log(), "the file of now is read")
        said = server.log().split("configuration reloaded")[1].splitlines()[0]
        assert "applied=nothing" in said and "dns.servers, outgoing.allow" in said, said
    finally:
        server.stop()


class DroppingGuard(Dropping):
    command = "guard"
    doing = "guarding"


def test_a_guard_gives_up_root_as_well():
    if os.geteuid() != 0:
        pytest.skip("only root can give up root")
    guard = DroppingGuard("nobody")
    guard.start("--config", guard.configuration)
    assert re.search(rf"Uid:\t{pwd.getpwnam('nobody').pw_uid}\t", pathlib.Path(f"/proc/{guard.process.pid}/status").read_text())
    guard.run("cert", "list")
    assert guard.stop() == 0
    shutil.rmtree(guard.folder)


def test_a_data_folder_of_somebody_else_is_refused(dropping):
    dropping.data.mkdir()
    done = subprocess.run([conftest.CARILLON, "serve", "--data", dropping.data, "--config", dropping.configuration, "--http", "127.0.0.1:0", "--https", "127.0.0.1:0"],
                          capture_output=True, text=True, timeout=300)
    assert done.returncode == 1
    assert "doesn't belong to “nobody”" in done.stderr and f"chown -R nobody: {dropping.data}" in done.stderr


def test_a_user_that_is_not_there_is_named(dropping):
    dropping.configuration.write_text('[server]\nuser = "carillon-nobody-knows"\n')
    done = subprocess.run([conftest.CARILLON, "serve", "--data", dropping.data, "--config", dropping.configuration, "--http", "127.0.0.1:0", "--https", "127.0.0.1:0"],
                          capture_output=True, text=True, timeout=300)
    assert done.returncode == 1 and "carillon-nobody-knows" in done.stderr and "adduser" in done.stderr
