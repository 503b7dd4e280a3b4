"""A second certificate with an RSA key for the same name: what real clients and servers get."""

import re
import shutil
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from conftest import free_port, until
from keeping import Guard, World

ECDSA, RSA = "ECDSA+SHA256", "RSA-PSS+SHA256"
OLD = "RSA+SHA256:RSA-PSS+SHA256"  # HAProxy 2.6 doesn't recognize RSA-PSS alone


@pytest.fixture
def world(tmp_path):
    with World(tmp_path / "world", "--without-limits") as made:
        yield made


def shown_to(signatures, name, port, *more):
    """The certificate that `openssl s_client` gets with these signature algorithms; None: no handshake."""
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", name, "-sigalgs", signatures, *more], input="",
                          capture_output=True, text=True, timeout=60, check=False)
    found = re.search(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", done.stdout, re.DOTALL)
    return x509.load_pem_x509_certificate(found[0].encode()) if found else None


def serial(keeper, name):
    return int(keeper.certificate(name)["serial"], 16)


def test_each_client_gets_the_certificate_that_it_can_verify(world, tmp_path):
    name = world.name("www.example.org")
    keeper = world.keeper(Guard)
    keeper.keep(name, f"{name}+rsa")
    for one in (name, f"{name}+rsa"):
        keeper.wait_seen(one)
    assert keeper.certificate(name)["rsa_name"] == f"{name}+rsa" and keeper.certificate(f"{name}+rsa")["names"] == [name]
    for version in ("-tls1_2", "-tls1_3"):
        usual, old = shown_to(ECDSA, name, keeper.https_port, version), shown_to(RSA, name, keeper.https_port, version)
        assert isinstance(usual.public_key(), ec.EllipticCurvePublicKey) and usual.serial_number == serial(keeper, name)
        assert isinstance(old.public_key(), rsa.RSAPublicKey) and old.serial_number == serial(keeper, f"{name}+rsa")
        assert shown_to(f"{RSA}:{ECDSA}", name, keeper.https_port, version).serial_number == usual.serial_number
    said = keeper.run("cert", "show", name).stdout
    assert f"carillon cert show {name}+rsa" in said
    assert name in keeper.run("cert", "show", f"{name}+rsa").stdout
    # Renewed alone.
    before = serial(keeper, name)
    keeper.run("cert", "renew", f"{name}+rsa")
    keeper.wait_seen(f"{name}+rsa", times=2)
    assert serial(keeper, name) == before
    assert shown_to(RSA, name, keeper.https_port).serial_number == serial(keeper, f"{name}+rsa") != old.serial_number
    # Both again after a restart; a reload without the one takes it away and leaves the other.
    keeper.stop()
    keeper.start()
    until(lambda: shown_to(RSA, name, keeper.https_port), "both are served again")
    keeper.configuration["certificates"]["names"].remove(f"{name}+rsa")
    keeper.reread()
    until(lambda: shown_to(RSA, name, keeper.https_port) is None, "the one with an RSA key is gone")
    assert shown_to(ECDSA, name, keeper.https_port).serial_number == before


@pytest.mark.parametrize("server", ["haproxy", "nginx"])
def test_a_real_server_serves_both_from_an_export(world, tmp_path, server):
    program = shutil.which(server, path="/usr/sbin:/usr/bin")
    if not program:
        pytest.skip(f"{server} isn't installed")
    name, port, folder = world.name("www.example.org"), free_port(), tmp_path / "tls"
    if server == "haproxy":
        (tmp_path / "haproxy.cfg").write_text(
            f"global\n  pidfile {tmp_path}/pid\n  master-worker\n  stats socket {tmp_path}/control mode 600\ndefaults\n  mode http\n  timeout connect 5s\n"
            f"  timeout client 5s\n  timeout server 5s\nfrontend f\n  bind 127.0.0.1:{port} ssl crt {folder}\n  http-request return status 200\n")
        start = [program, "-W", "-D", "-f", tmp_path / "haproxy.cfg", "-p", tmp_path / "pid"]
        reload = ["sh", "-c", f"kill -USR2 $(head -1 {tmp_path}/pid)"]
    else:
        (tmp_path / "nginx.conf").write_text(
            f"pid {tmp_path}/pid;\nerror_log {tmp_path}/error.log;\nevents {{}}\nhttp {{\n  access_log off;\n  server {{\n    listen 127.0.0.1:{port} ssl;\n"
            f"    ssl_certificate {folder}/{name}.pem;\n    ssl_certificate_key {folder}/{name}.key;\n"
            f"    ssl_certificate {folder}/{name}.rsa.pem;\n    ssl_certificate_key {folder}/{name}.rsa.key;\n    return 200;\n  }}\n}}\n")
        start = [program, "-c", tmp_path / "nginx.conf"]
        reload = ["sh", "-c", f"kill -HUP $(cat {tmp_path}/pid)"]
    keeper = world.keeper(Guard)
    keeper.configuration["certificates.exports"] = [{"name": name, "folder": folder, "port": port, "layout": "haproxy" if server == "haproxy" else "files"}]
    keeper.configuration["certificates"]["names"] = [f"{name}+rsa"]
    keeper.reread()
    for one in (name, f"{name}+rsa"):
        until(lambda: keeper.certificate(one)["exports"] and keeper.certificate(one)["exports"][0]["state"] == "ok", f"{one} is exported")
    if server == "haproxy":
        assert sorted(path.name for path in folder.iterdir()) == [f"{name}.pem", f"{name}.rsa.pem"]
    keeper.configuration["certificates.exports"][0]["command"] = reload
    subprocess.run(start, check=True, capture_output=True, timeout=60)
    try:
        keeper.reread()
        for one in (name, f"{name}+rsa"):
            keeper.wait_seen(one)
        assert shown_to(ECDSA, name, port).serial_number == serial(keeper, name)
        assert shown_to(OLD, name, port).serial_number == serial(keeper, f"{name}+rsa")
        keeper.run("cert", "renew", f"{name}+rsa")
        keeper.wait_seen(f"{name}+rsa", times=2)
        assert shown_to(OLD, name, port).serial_number == serial(keeper, f"{name}+rsa")
        assert keeper.incidents() == []
    finally:
        subprocess.run(["sh", "-c", f"kill $(head -1 {tmp_path}/pid)"], check=False)


@pytest.mark.parametrize("names, said", [
    (["a b+rsa"], "certificates.names"), (["+rsa"], "certificates.names"), (["www.example.org+ecdsa"], "certificates.names"),
])
def test_what_is_not_a_name_is_refused(world, names, said):
    keeper = world.keeper(Guard, start=False)
    keeper.configuration["certificates"]["names"] = names
    with pytest.raises(AssertionError):
        keeper.start()
    assert said in keeper.log()


def test_an_export_writes_both_so_naming_one_is_refused(world, tmp_path):
    keeper = world.keeper(Guard, start=False)
    keeper.configuration["certificates.exports"] = [{"name": "www.example.org+rsa", "folder": tmp_path / "tls"}]
    with pytest.raises(AssertionError):
        keeper.start()
    assert "remove “+rsa” here" in keeper.log()
