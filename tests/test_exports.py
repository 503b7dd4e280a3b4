"""Certificates for other servers: what is exported follows what is in force, each export for itself, in the way the operator set its files up."""

import os
import pathlib
import subprocess
import time

import pytest

from conftest import free_port, until
from keeping import Guard, World, is_serial, served

NAME = "www.example.org"
WITHIN = 60  # seconds: as the manual promises


@pytest.fixture
def world(tmp_path):
    with World(tmp_path / "world", "--without-limits") as made:
        made.name(NAME)
        yield made


class Command:
    """A command that counts its runs and fails while it is told to."""

    def __init__(self, folder: pathlib.Path, name="command", good=True):
        self.ran, self.flag = folder / f"{name}.ran", folder / f"{name}.good"
        self.words = ["/bin/sh", "-c", f"echo ran >> {self.ran}; test -e {self.flag} || {{ echo no such unit; exit 1; }}"]
        if good:
            self.mend()

    def mend(self):
        self.flag.touch()

    @property
    def runs(self):
        return self.ran.read_text().count("\n") if self.ran.exists() else 0


@pytest.fixture
def guard(world):
    guard = world.keeper(Guard)
    guard.keep(NAME)
    guard.wait_seen(NAME)
    return guard


def export(guard, *sections):
    guard.configuration["certificates.exports"] = [{"name": NAME, "port": guard.https_port, **one} for one in sections]
    guard.reread()


def states(guard):
    return {one["folder"]: one["state"] for one in guard.certificate(NAME)["exports"]}


def test_it_begins_by_sighup_and_puts_back_what_others_alter(guard, tmp_path):
    folder, command = tmp_path / "tls", Command(tmp_path)
    pem = folder / f"{NAME}.pem"
    export(guard, {"folder": folder, "command": command.words})
    until(lambda: states(guard) == {str(folder): "ok"}, "exported though it was kept already", WITHIN)
    good = pem.read_bytes()
    assert command.runs == 1
    pem.write_bytes(good[:100])
    until(lambda: pem.read_bytes() == good, "the altered file is put back", WITHIN)
    until(lambda: command.runs == 2, "and the server is reloaded")
    pem.unlink()
    until(pem.exists, "the lost file is put back", WITHIN)
    until(lambda: command.runs == 3, "and the server is reloaded")
    # Another folder takes its place, and the next start finds nothing to do.
    other = tmp_path / "other"
    export(guard, {"folder": other, "command": command.words})
    until(lambda: states(guard) == {str(other): "ok"}, "exported to the other folder", WITHIN)
    assert (other / f"{NAME}.pem").read_bytes() == good
    runs = command.runs
    guard.stop()
    (other / f"{NAME}.key").unlink()
    guard.start()
    until((other / f"{NAME}.key").exists, "a start puts back what was lost", WITHIN)
    until(lambda: command.runs == runs + 1, "and reloads")
    # All of it without another certificate.
    assert [step for step in guard.steps(NAME)].count("seen") == 1


def test_one_that_fails_stops_no_other(guard, tmp_path):
    ill, well = Command(tmp_path, "ill", good=False), Command(tmp_path, "well")
    folders = {"ill": tmp_path / "ill", "well": tmp_path / "well", "nowhere": tmp_path / "file" / "below"}
    (tmp_path / "file").write_text("no folder")
    export(guard, {"folder": folders["ill"], "command": ill.words}, {"folder": folders["nowhere"]}, {"folder": folders["well"], "command": well.words})
    until(lambda: states(guard) == {str(folders["ill"]): "failed", str(folders["nowhere"]): "failed", str(folders["well"]): "ok"}, "each for itself", WITHIN)
    tries = ill.runs
    until(lambda: ill.runs >= tries + 2, "it is tried again and again", 2 * WITHIN)
    assert well.runs == 1, "the healthy one is not reloaded for it"
    open_ones = until(lambda: (found := [one for one in guard.incidents("export-failed") if one["state"] == "open"]) and len(found) == 2 and found, "two incidents")
    assert {one["subject"] for one in open_ones} == {f"{NAME} in {folders[one]}" for one in ("ill", "nowhere")}
    said = guard.run("doctor", "--config", guard.file, check=False)
    for text in ("no such unit", str(folders["ill"]), str(folders["nowhere"])):
        assert text in said.stdout, said.stdout
    assert f"ok    Exported: {NAME} to {folders['well']}" in said.stdout
    assert guard.certificate(NAME)["failures"] == 0
    ill.mend()
    (tmp_path / "file").unlink()
    until(lambda: set(states(guard).values()) == {"ok"}, "all are well once their causes are gone", 2 * WITHIN)
    until(lambda: not [one for one in guard.incidents("export-failed") if one["state"] == "open"], "their incidents are solved")
    assert well.runs == 1


def test_files_keep_what_the_operator_gave_them(guard, tmp_path):
    folder, store = tmp_path / "tls", tmp_path / "store"
    store.mkdir()
    folder.mkdir()
    (folder / f"{NAME}.pem").symlink_to("../store/chain.pem")
    (store / "chain.pem").write_text("old")
    key = folder / f"{NAME}.key"
    key.write_text("old")
    key.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(key, 12345, 23456)
    export(guard, {"folder": folder})
    until(lambda: states(guard) == {str(folder): "ok"}, "exported", WITHIN)
    assert (folder / f"{NAME}.pem").is_symlink() and (store / "chain.pem").read_text().startswith("-----BEGIN CERTIFICATE")
    facts = key.stat()
    assert facts.st_mode & 0o777 == 0o640 and "PRIVATE KEY" in key.read_text()
    if os.geteuid() == 0:
        assert (facts.st_uid, facts.st_gid) == (12345, 23456)
    assert not [path for path in [*folder.iterdir(), *store.iterdir()] if path.name not in ("chain.pem", f"{NAME}.pem", f"{NAME}.key", f"{NAME}.combined.pem")]
    # The configuration's word counts more.
    export(guard, {"folder": folder, "mode": "0600"})
    until(lambda: key.stat().st_mode & 0o777 == 0o600, "the mode of the configuration", WITHIN)


@pytest.mark.parametrize("key, value, said", [("mode", "0644", "other users"), ("mode", "rw", "octal"), ("layout", "apache", "haproxy")])
def test_a_wrong_key_is_said(guard, tmp_path, key, value, said):
    guard.stop()
    guard.configuration["certificates.exports"] = [{"name": NAME, "folder": tmp_path / "tls", key: value}]
    with pytest.raises(AssertionError):
        guard.start()
    assert f"certificates.exports.{key}" in guard.log() and said in guard.log()


def test_a_pkcs12_file_is_for_java_and_windows_and_stays_until_its_content_changes(guard, tmp_path):
    folder, command, secret = tmp_path / "tls", Command(tmp_path), tmp_path / "p12.passphrase"
    secret.write_text("pass phrase\n")
    export(guard, {"folder": folder, "command": command.words, "pkcs12": "site.p12", "pkcs12_passphrase_file": secret})
    until(lambda: states(guard) == {str(folder): "ok"}, "exported", WITHIN)
    file = folder / "site.p12"

    def read(passphrase="pass phrase"):
        return subprocess.run(["openssl", "pkcs12", "-in", file, "-passin", f"pass:{passphrase}", "-nodes", "-info"], capture_output=True, text=True)
    shown = read()
    assert shown.returncode == 0, shown.stderr
    # The methods that old Java and Windows know.
    assert "pbeWithSHA1And3-KeyTripleDES-CBC" in shown.stderr and "MAC: sha1" in shown.stderr and "PBES2" not in shown.stderr, shown.stderr
    assert f"friendlyName: {NAME}" in shown.stdout and read("another").returncode != 0
    chain = (folder / f"{NAME}.pem").read_text()
    blocks = lambda text, kind: [block.split("-----END")[0] for block in text.split(f"-----BEGIN {kind}-----")[1:]]
    assert blocks(shown.stdout, "CERTIFICATE") == blocks(chain, "CERTIFICATE")
    assert blocks(shown.stdout, "PRIVATE KEY") == blocks((folder / f"{NAME}.key").read_text(), "PRIVATE KEY")
    assert file.stat().st_mode & 0o777 == 0o600
    # Its salt differs whenever it is written, and it is compared every ten seconds all the same: others' damage is the sign that a round is over.
    written, runs = file.read_bytes(), command.runs
    (folder / f"{NAME}.pem").write_text("damage")
    until(lambda: command.runs == runs + 1, "the other file is put back", WITHIN)
    assert file.read_bytes() == written
    file.write_bytes(written[:-20])
    until(lambda: read().returncode == 0 and command.runs == runs + 2, "the damaged file is put back", WITHIN)
    # Another passphrase, by SIGHUP.
    secret.write_text("another\n")
    guard.reread()
    until(lambda: read("another").returncode == 0, "it has the new passphrase", WITHIN)
    before = file.read_bytes()
    guard.run("cert", "renew", NAME)
    guard.wait_seen(NAME, times=2)
    until(lambda: file.read_bytes() != before and blocks(read("another").stdout, "CERTIFICATE") == blocks((folder / f"{NAME}.pem").read_text(), "CERTIFICATE"), "the renewal is in it", WITHIN)


@pytest.mark.parametrize("keys, said", [
    ({"pkcs12": "site.p12"}, "must be set together"),
    ({"pkcs12": "../site.p12", "pkcs12_passphrase": "x"}, "name of a file"),
    ({"pkcs12": "site.pem", "pkcs12_passphrase": "x"}, "ends with .p12 or .pfx"),
    ({"pkcs12": "site.p12", "pkcs12_passphrase": "x", "layout": "haproxy"}, "HAProxy reads all files")])
def test_a_pkcs12_file_that_cannot_be_is_said(guard, tmp_path, keys, said):
    guard.stop()
    guard.configuration["certificates.exports"] = [{"name": NAME, "folder": tmp_path / "tls", **keys}]
    with pytest.raises(AssertionError):
        guard.start()
    assert "certificates.exports.pkcs12" in guard.log() and said in guard.log()


@pytest.mark.skipif(not os.path.exists("/usr/sbin/haproxy"), reason="haproxy is not installed (tools/setup)")
def test_haproxy_reads_the_folder_as_it_is(guard, tmp_path):
    folder, port, file = tmp_path / "tls", free_port(), tmp_path / "haproxy.cfg"
    file.write_text(f"""
global
  maxconn 64
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend site
  bind 127.0.0.1:{port} ssl crt {folder}
  http-request return status 200 content-type text/plain string "hello"
""")
    pid = tmp_path / "haproxy.pid"
    export(guard, {"folder": folder, "layout": "haproxy", "port": port, "command": ["/bin/sh", "-c", f"test ! -e {pid} || kill -USR2 $(cat {pid})"]})
    until(lambda: states(guard) == {str(folder): "ok"}, "exported", WITHIN)
    assert [path.name for path in folder.iterdir()] == [f"{NAME}.pem"]
    checked = subprocess.run(["/usr/sbin/haproxy", "-c", "-f", file], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    process = subprocess.Popen(["/usr/sbin/haproxy", "-W", "-f", str(file)], stdout=subprocess.DEVNULL, stderr=(tmp_path / "log").open("w"))
    pid.write_text(str(process.pid))
    try:
        until(lambda: shown(port), "it serves")
        assert is_serial(guard.certificate(NAME)["serial"], shown(port))
        before = shown(port).serial_number
        guard.run("cert", "renew", NAME)
        until(lambda: shown(port) and shown(port).serial_number != before, "the reload takes the new one")
        guard.wait_seen(NAME, times=2)
        assert is_serial(guard.certificate(NAME)["serial"], shown(port))
        assert [path.name for path in folder.iterdir()] == [f"{NAME}.pem"]
    finally:
        process.terminate()
        process.wait(timeout=30)


def shown(port):
    try:
        return served(NAME, port)
    except OSError:
        return None


def test_a_kill_between_the_files_and_the_command_is_repaired(guard, tmp_path):
    folder, gate, ran = tmp_path / "tls", tmp_path / "open", tmp_path / "ran"
    export(guard, {"folder": folder, "command": ["/bin/sh", "-c", f"until [ -e {gate} ]; do sleep 0.05; done; echo ran >> {ran}"]})
    until((folder / f"{NAME}.combined.pem").exists, "the files are written", WITHIN)
    assert not ran.exists()
    guard.kill()
    gate.touch()
    guard.start()
    until(ran.exists, "the command is run after all", WITHIN)
    until(lambda: states(guard) == {str(folder): "ok"}, "and it is well")


def test_a_command_that_hangs_delays_no_stop(guard, tmp_path):
    export(guard, {"folder": tmp_path / "tls", "command": ["/bin/sleep", "50"]})
    until((tmp_path / "tls" / f"{NAME}.combined.pem").exists, "the files are written", WITHIN)
    began = time.monotonic()
    guard.stop()
    assert time.monotonic() - began < 40, "the command was stopped, too"
